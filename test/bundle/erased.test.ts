import { rmSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { streamOf } from '../../domain/event.ts';
import { folderAt } from '../../src/bundle/folder-on-disk.ts';
import { verifyBundle } from '../../src/bundle/verify.ts';
import type { EventStore } from '../../src/store/event-store.ts';
import { approvedBy, given, submittedBy } from '../domain/given.ts';
import { factory } from '../domain/vocabulary.ts';
import { type Node, startNode } from '../readmodel/node.ts';
import { exported, faultsAfter, keyNamed, treeOf, withLines } from './folder.ts';

const key = keyNamed('registry.example.org/ledger');
const pinned = { keys: [key.verifier], witnesses: [] };
const register = factory.register.name;
const stream = streamOf(register, 'kangqiao');
const folders: string[] = [];
const closing: (() => Promise<void>)[] = [];
afterAll(async () => {
  for (const folder of folders) rmSync(folder, { recursive: true });
  for (const close of closing) await close();
});

/** A ledger with a factory that was certified with a note, and the ids of its submission and of the fact. */
const certified = async () => {
  const node = await startNode((close) => closing.push(close));
  const certify = factory.certified('2020-12-22', { ...factory.described, note: '电话核实王五' });
  const about = { register: factory.register, key: 'kangqiao' };
  const submission = { ...submittedBy('li.wei', certify), about };
  const known = given(submission, { ...approvedBy('wang.fang', 0, 'li.wei', certify), about });
  await node.append(known);
  const [submitted, fact] = known.events.map(({ id }) => id);
  return { node, submitted: submitted ?? '', fact: fact ?? '' };
};

const erasure = (
  event: string,
  names: readonly string[],
  people: object = { by: 'he.yan', approvedBy: 'zhao.lei' },
) => ({
  id: crypto.randomUUID(),
  type: 'TextErased',
  data: { register, key: 'kangqiao', data: { event, names, basis: '申请' } },
  metadata: { schema: 1, by: 'he.yan', command: crypto.randomUUID(), bodySha256: '0'.repeat(64), ...people },
});

const gone = (store: EventStore, ...ids: readonly string[]) =>
  store.eraseTexts?.(ids.map((event) => ({ stream, event, names: ['note'] })));

const folderOf = async ({ store }: Node) => {
  const folder = await exported(store, key);
  folders.push(folder);
  return folder;
};

let erased: string;
beforeAll(async () => {
  const { node, submitted, fact } = await certified();
  const before = await treeOf(node.store, 3);
  await node.appendRaw(stream, [erasure(fact, ['note']), erasure(submitted, ['note'])]);
  await gone(node.store, submitted, fact);
  expect(await treeOf(node.store, 3)).toEqual(before);
  erased = await folderOf(node);
});

test('texts that two people erased are missing from a folder, and it is verified and says how many', () => {
  // The basis of each erasure is a text, too.
  expect(verifyBundle(folderAt(erased), pinned)).toMatchObject({
    isAnchored: true,
    faults: [],
    texts: 2,
    erased: 2,
    unknown: 0,
  });
});

test('of a text that is missing besides, or of another name, no event says so', () => {
  const faults = faultsAfter(
    erased,
    withLines('texts.ndjson', (lines) => lines.slice(1)),
    pinned,
  );
  expect(faults).toEqual([{ fault: 'missing-text', entryNumber: 3, place: '/data/basis' }]);
});

test.each([
  ['nobody', () => []],
  ['one person under two spellings', (fact: string) => [erasure(fact, ['note'], { approvedBy: ' HE.yan' })]],
  ['one person alone', (fact: string) => [erasure(fact, ['note'], {})]],
  ['an erasure of another text', (fact: string) => [erasure(fact, ['reason'])]],
  ['an erasure of another event', () => [erasure(crypto.randomUUID(), ['note'])]],
] as const)('a text that is gone by %s is a fault', async (_, erasures) => {
  const { node, fact } = await certified();
  const events = erasures(fact);
  if (events.length > 0) await node.appendRaw(stream, events);
  await gone(node.store, fact);
  expect(verifyBundle(folderAt(await folderOf(node)), pinned).faults).toEqual([
    { fault: 'missing-text', entryNumber: 2, place: '/note' },
  ]);
});

test('an erasure that another entry records does not count', async () => {
  const { node, fact } = await certified();
  const { data, ...rest } = erasure(fact, ['note']);
  const other = { ...data, key: 'other' };
  await node.appendRaw(streamOf(register, 'other'), [{ ...rest, data: other }]);
  await gone(node.store, fact);
  expect(verifyBundle(folderAt(await folderOf(node)), pinned).faults).toEqual([
    { fault: 'missing-text', entryNumber: 2, place: '/note' },
  ]);
});

test('a text that the store still has after its erasure is not exported', async () => {
  const { node, submitted, fact } = await certified();
  await node.appendRaw(stream, [erasure(fact, ['note']), erasure(submitted, ['note'])]);
  expect(verifyBundle(folderAt(await folderOf(node)), pinned)).toMatchObject({ faults: [], texts: 2, erased: 2 });
});

test('nothing with texts is exported while an erasure is not signed yet', async () => {
  const { node, fact } = await certified();
  const signed = { ...node.store, size: async () => 3 };
  await node.appendRaw(stream, [erasure(fact, ['note'])]);
  await gone(node.store, fact);
  await expect(exported(signed, key)).rejects.toThrow('erased-since');
});

import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { toldOfBundle } from '../../src/bundle/faults.ts';
import { folderAt } from '../../src/bundle/folder-on-disk.ts';
import { verifyBundle } from '../../src/bundle/verify.ts';
import { given } from '../domain/given.ts';
import { factory } from '../domain/vocabulary.ts';
import { newWitnessKey } from '../ledger/signing.ts';
import { startNode } from '../readmodel/node.ts';
import { certified, certifiedFolders } from './certified.ts';
import { exported, faultsAfter, keyNamed, newFolder, withBytes, withLines } from './folder.ts';
import { tamperingsOf } from './tamperings.ts';

const key = keyNamed('registry.example.org/ledger');
const impostor = keyNamed(key.name);
const root = Buffer.alloc(32, 7);
const pinned = { keys: [key.verifier], witnesses: [] };
const folders: string[] = [];
const kept = (folder: string) => {
  folders.push(folder);
  return folder;
};

let whole: string;
let other: string;
let older: Buffer;

beforeAll(async () => {
  ({ whole, other, older } = await certifiedFolders(key));
  folders.push(whole, other);
});
afterAll(() => folders.forEach((folder) => void rmSync(folder, { recursive: true })));

test('a folder as it was exported is verified with a key from elsewhere, and with an older checkpoint', () => {
  for (const more of [{}, { older }, { older: key.signed({ size: 0, root: Buffer.alloc(32) }) }]) {
    const verdict = verifyBundle(folderAt(whole), { ...pinned, ...more });
    expect(verdict.faults).toEqual([]);
    expect(verdict).toMatchObject({ isAnchored: true, size: 301, texts: 300, statements: 30, unknown: 0 });
  }
});

test('with nothing from elsewhere it is only consistent, and with an older checkpoint alone it is anchored', () => {
  expect(verifyBundle(folderAt(whole), { keys: [], witnesses: [] })).toMatchObject({ isAnchored: false, faults: [] });
  expect(verifyBundle(folderAt(whole), { keys: [], witnesses: [], older })).toMatchObject({
    isAnchored: true,
    faults: [],
  });
});

test.each(tamperingsOf(key, impostor))('%s: the answer says so', (_, tamper, fault) => {
  const [first] = faultsAfter(whole, tamper, pinned);
  expect(first).toMatchObject(fault);
  if (first === undefined) return;
  const { zh, en } = toldOfBundle(first);
  expect(zh).toMatch(/\p{Script=Han}/u);
  expect(en).toMatch(/^[A-Z/a-z]/);
});

test('another registry’s folder is not verified with this one’s key', () => {
  expect(verifyBundle(folderAt(other), pinned).faults).toEqual([
    { fault: 'other-registry', origin: 'other.example.org/ledger' },
  ]);
});

test('an older checkpoint tells a split view, an older backup and a changed history apart', () => {
  const faults = (checkpoint: { size: number; root: Buffer }) =>
    verifyBundle(folderAt(whole), { ...pinned, older: key.signed(checkpoint) }).faults;
  expect(faults({ size: 301, root })).toEqual([{ fault: 'split-view', size: 301 }]);
  expect(faults({ size: 302, root })).toEqual([{ fault: 'older-ledger', size: 301, known: 302 }]);
  expect(faults({ size: 100, root })).toEqual([{ fault: 'history-changed', size: 100 }]);
  expect(
    verifyBundle(folderAt(whole), { ...pinned, older: impostor.signed({ size: 100, root }) }).faults,
  ).toMatchObject([{ fault: 'signature', of: 'older-checkpoint', why: { fault: 'other-key' } }]);
});

test('if the tree is not as signed, that is told once, and of each statement only a figure that is wrong too', () => {
  const changed = withLines('events.ndjson', (lines) =>
    lines.map((line, at) => (at === 17 ? line.replace(/"command":"./, '"command":"-') : line)),
  );
  expect(faultsAfter(whole, changed, pinned)).toEqual([{ fault: 'changed-event', entryNumber: 17 }]);
  const otherwiseSigned = withBytes('checkpoint', () => key.signed({ size: 301, root }));
  expect(faultsAfter(whole, otherwiseSigned, pinned)).toEqual([{ fault: 'other-root' }]);
});

test('a witness that has not cosigned is named', () => {
  const { verifier } = newWitnessKey('witness.example.org');
  expect(verifyBundle(folderAt(whole), { ...pinned, witnesses: [verifier] }).faults).toEqual([
    { fault: 'signature', of: 'checkpoint', why: { fault: 'not-cosigned', witness: 'witness.example.org' } },
  ]);
});

test('an empty folder, and one that is not there, are nothing to verify', () => {
  const empty = kept(newFolder());
  for (const folder of [empty, join(empty, 'gone')])
    expect(verifyBundle(folderAt(folder), pinned)).toMatchObject({ faults: [{ fault: 'nothing-to-verify' }] });
});

test('a signed ledger in which a number moved on one person’s word, or a fact does not fit, is not verified', async () => {
  const node = await startNode();
  const alone = given({
    ...factory.certified('2020-01-01', factory.described),
    about: { register: factory.register, key: 'alone' },
  });
  const same = certified('same', '2020-02-01');
  const [submission, approval] = same.events;
  if (submission === undefined || approval === undefined) throw new Error('no events');
  await node.append(alone, {
    events: [submission, { ...approval, metadata: { ...approval.metadata, approvedBy: ' LI.wei' } }],
  });
  const [first] = certified('twice', '2020-02-01').events.slice(1);
  if (first === undefined) throw new Error('no event');
  const { data, type, metadata, stream } = first;
  await node.appendRaw(stream, [
    { id: crypto.randomUUID(), type: 'ModelCertificationReinstated', data: { ...data, data: {} }, metadata },
    { id: crypto.randomUUID(), type, data, metadata },
  ]);
  const folder = kept(await exported(node.store, key));
  expect(verifyBundle(folderAt(folder), pinned).faults).toEqual([
    { fault: 'no-second-person', entryNumber: 1, type: 'FactoryCertifiedAsModel' },
    { fault: 'no-second-person', entryNumber: 3, type: 'FactoryCertifiedAsModel' },
    { fault: 'does-not-fit', entryNumber: 4, type: 'ModelCertificationReinstated' },
    { fault: 'no-second-person', entryNumber: 5, type: 'FactoryCertifiedAsModel' },
  ]);
});

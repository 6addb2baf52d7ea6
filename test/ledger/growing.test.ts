import { randomUUID } from 'node:crypto';
import { appendFileSync, mkdirSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { type NewEvent, streamOf } from '../../domain/event.ts';
import { leafOf } from '../../domain/leaf.ts';
import { toldOfFault } from '../../src/ledger/fault-texts.ts';
import { type Growth, growthIn } from '../../src/ledger/growing.ts';
import { leafHash } from '../../src/ledger/tree.ts';
import type { ReadModel } from '../../src/readmodel/read-model.ts';
import { rebuild } from '../../src/readmodel/rebuild.ts';
import { type EventStore, start } from '../../src/store/event-store.ts';
import { openSqliteStore } from '../../src/store/sqlite/store.ts';
import { type Node, startNode } from '../readmodel/node.ts';
import { newEvent, readOn } from '../store/events.ts';

vi.setConfig({ testTimeout: 60_000 });

const ledgerOf = ({ folder }: Node): string => join(dirname(folder), 'ledger');

/** A server’s read model, which keeps the hashes of leaves. */
const serving = async (node: Node): Promise<ReadModel> => {
  const model = await node.open({ inThread: true, ledgerFolder: ledgerOf(node) });
  await model.caughtUp;
  return model;
};

/** A factory that nobody has recorded yet. */
const nomination = (): { readonly stream: string; readonly event: NewEvent } => {
  const key = `f-${randomUUID()}`;
  const event = newEvent({ name: '上海示范工厂', sector: 'automobiles', district: 'pudong' });
  return { stream: streamOf('factories', key), event: { ...event, data: { ...event.data, key } } };
};

/** Records events, each in a stream of its own. */
const record = async ({ store }: Pick<Node, 'store'>, count: number): Promise<number> => {
  const all = Array.from({ length: count }, nomination);
  await Promise.all(all.map(({ stream, event }) => store.append(stream, 'none', [event])));
  return store.size();
};

const until = async (model: ReadModel, holds: (growth: Growth) => boolean): Promise<Growth> => {
  for (;;) {
    const growth = model.ledger();
    if (growth !== undefined && holds(growth)) return growth;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
};

const hashedTo = (model: ReadModel, size: number) => until(model, (growth) => growth.size === size);
const stopped = (model: ReadModel) => until(model, (growth) => growth.stopped !== undefined);

const level = (node: Node, of: number): string => join(ledgerOf(node), `level-${of}`);

/** The hashes that the events of a store have. */
const hashesOf = async (store: EventStore): Promise<string> =>
  (await readOn(store, start))
    .map((event) => {
      const made = leafOf(event);
      return 'leaf' in made ? leafHash(Buffer.from(made.leaf)).toString('hex') : `${event.entryNumber} has no leaf`;
    })
    .join('\n');

const hashesIn = (node: Node): string =>
  readFileSync(level(node, 0))
    .toString('hex')
    .replace(/.{64}(?=.)/g, '$&\n');

test('the hashes are those of the leaves, in order, of events before the node’s first start and of events recorded since', async () => {
  const node = await startNode();
  const before = await record(node, 300);
  const model = await serving(node);
  await hashedTo(model, before);
  expect(hashesIn(node)).toBe(await hashesOf(node.store));
  const after = await record(node, 300);
  expect(await hashedTo(model, after)).toEqual({ size: after, since: before });
  expect(hashesIn(node)).toBe(await hashesOf(node.store));
  expect(readFileSync(level(node, 1))).toHaveLength(32 * Math.floor(after / 256));
});

const losses: readonly (readonly [string, (node: Node) => void])[] = [
  ['a tail that a crash tore off', (node) => truncateSync(level(node, 0), 32 * 277 + 7)],
  ['a tail that ends with what was never written', (node) => appendFileSync(level(node, 0), Buffer.alloc(4096))],
  ['an upper level that is lost', (node) => rmSync(level(node, 1))],
  ['the lowest level, which is lost', (node) => rmSync(level(node, 0))],
  ['all levels, which are lost', (node) => rmSync(ledgerOf(node), { recursive: true })],
  ['a state that cannot be read', (node) => writeFileSync(join(ledgerOf(node), 'state.json'), '{"sin')],
];

test.each(losses)('a node that starts makes whole again: %s', async (_what, lose) => {
  const node = await startNode();
  const first = await serving(node);
  const size = await record(node, 300);
  await hashedTo(first, size);
  await first.close();
  lose(node);
  const grown = await record(node, 10);
  const second = await serving(node);
  expect(await hashedTo(second, grown)).not.toHaveProperty('stopped');
  expect(hashesIn(node)).toBe(await hashesOf(node.store));
  await second.close();
  expect(readFileSync(level(node, 1))).toHaveLength(32);
});

test('a node says since which size it has hashed events as they were recorded, also after a restart; not after a loss', async () => {
  const node = await startNode();
  const joined = await record(node, 20);
  const first = await serving(node);
  const size = await record(node, 20);
  expect(await hashedTo(first, size)).toEqual({ size, since: joined });
  await first.close();
  const second = await serving(node);
  expect(await hashedTo(second, size)).toEqual({ size, since: joined });
  await second.close();
  expect(growthIn(ledgerOf(node))).toEqual({ size, since: joined });
  rmSync(ledgerOf(node), { recursive: true });
  expect(growthIn(ledgerOf(node))).toBeUndefined();
  expect(await hashedTo(await serving(node), size)).toEqual({ size, since: size });
});

test('an event that has no leaf ends the growing and is named; the read model goes on, and a restart says the same', async () => {
  const node = await startNode();
  const first = await serving(node);
  const size = await record(node, 5);
  const { stream, event: ours } = nomination();
  const appended = await node.store.append(stream, 'none', [
    { ...ours, metadata: { ...ours.metadata, schema: undefined } as never },
  ]);
  const [event] = appended.appended ? appended.events : [];
  const after = await record(node, 5);
  const growth = await stopped(first);
  const fault = { fault: 'no-leaf', entryNumber: size, event: event?.id, type: event?.type, noLeaf: 'other-hands' };
  expect(growth).toMatchObject({ size, stopped: fault });
  expect(growth.stopped && toldOfFault(growth.stopped).en).toBe(
    `Entry number ${size} (${event?.type} ${event?.id}) has no leaf: the registry has not recorded it`,
  );
  await until(first, () => first.place().size === after);
  expect(first.health().state).toBe('ready');
  expect(growthIn(ledgerOf(node))).toEqual(growth);
  await first.close();
  expect(await stopped(await serving(node))).toEqual(growth);
});

const otherStores: readonly (readonly [string, number, object])[] = [
  ['fewer events than were hashed', 10, { fault: 'short-store', size: 10, hashed: 31 }],
  ['other events', 40, { fault: 'other-event', entryNumber: 30 }],
];

test.each(otherStores)('a store that holds %s is named, and nothing of it is hashed', async (_what, size, fault) => {
  const node = await startNode();
  const first = await serving(node);
  await hashedTo(first, await record(node, 30));
  await first.close();
  const hashes = hashesIn(node);
  const file = join(dirname(node.folder), 'other.db');
  const store = openSqliteStore({ file, now: () => Date.UTC(2022, 2, 1), pollMs: 5 });
  onTestFinished(store.close);
  await record({ store }, size);
  const second = await node.open({ inThread: true, ledgerFolder: ledgerOf(node), through: store });
  expect(await stopped(second)).toMatchObject({ size: 31, stopped: fault });
  await record({ store }, 30);
  while (second.place().size < size + 30) await new Promise((resolve) => setTimeout(resolve, 5));
  await second.close();
  expect(hashesIn(node)).toBe(hashes);
});

test('events that are recorded while the hashes catch up are hashed once, in order', async () => {
  const node = await startNode();
  await record(node, 400);
  const model = await serving(node);
  for (let n = 0; n < 30; n++) await record(node, 10);
  await hashedTo(model, await node.store.size());
  expect(model.ledger()).not.toHaveProperty('stopped');
  expect(hashesIn(node)).toBe(await hashesOf(node.store));
});

test('of two servers on one folder one keeps the hashes; when it ends, the other one goes on without a gap', async () => {
  const node = await startNode();
  const models = [await serving(node), await serving(node)] as const;
  const size = await record(node, 300);
  const keeper = await Promise.race(models.map((model) => hashedTo(model, size).then(() => model)));
  expect(models.filter((model) => model.ledger() !== undefined)).toEqual([keeper]);
  await keeper.close();
  const grown = await record(node, 20);
  await hashedTo(models[0] === keeper ? models[1] : models[0], grown);
  expect(hashesIn(node)).toBe(await hashesOf(node.store));
});

test('a rebuild of the read model leaves the hashes as they are, and they grow on beside it', async () => {
  const node = await startNode();
  const model = await serving(node);
  const size = await record(node, 300);
  await hashedTo(model, size);
  const before = readdirSync(ledgerOf(node)).map((name) => [name, readFileSync(join(ledgerOf(node), name), 'hex')]);
  await rebuild(node.folder, node.store, Date.now, () => {});
  expect(readdirSync(ledgerOf(node)).map((name) => [name, readFileSync(join(ledgerOf(node), name), 'hex')])).toEqual(
    before,
  );
  const grown = await record(node, 300);
  await hashedTo(model, grown);
  expect(hashesIn(node)).toBe(await hashesOf(node.store));
});

test('while the folder cannot be written to, events are folded all the same; afterwards the hashes catch up', async () => {
  const node = await startNode();
  writeFileSync(ledgerOf(node), 'in the way');
  const model = await serving(node);
  const size = await record(node, 50);
  while (model.place().size < size) await new Promise((resolve) => setTimeout(resolve, 5));
  expect(model.ledger()).toBeUndefined();
  rmSync(ledgerOf(node));
  mkdirSync(ledgerOf(node));
  await hashedTo(model, size);
  expect(hashesIn(node)).toBe(await hashesOf(node.store));
});

import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import { expect, test, vi } from 'vitest';
import { formatCheckpoint, openCheckpoint } from '../../src/ledger/checkpoint.ts';
import { toldOfFault } from '../../src/ledger/fault-texts.ts';
import { signNote } from '../../src/ledger/note.ts';
import { type Remembered, rememberedFile, rememberedIn } from '../../src/ledger/remembered.ts';
import { emptyRoot } from '../../src/ledger/tree.ts';
import { memories } from './memories.ts';
import { leavesOf, mth } from './naive-tree.ts';
import { type Keys, newKeys, newNode, origin } from './publishing.ts';
import { newLogKey, sound } from './signing.ts';

vi.setConfig({ testTimeout: 60_000 });

const rootAt = (size: number): Buffer => mth(leavesOf(size));

const opened = ({ key }: Keys, note: Buffer | undefined) =>
  sound(openCheckpoint(note ?? Buffer.of(), { origin, keys: [key.verifier] }));

test('what is hashed is signed under the origin, published, and remembered beside the keys; without growth nothing is signed', async () => {
  const keys = newKeys();
  const { ledger, growTo } = newNode(keys);
  await ledger.look();
  expect(ledger.published()).toBeUndefined();
  for (const size of [1, 2, 255, 256, 257, 700]) {
    const published = await growTo(size);
    expect(published).toEqual({ size, root: rootAt(size), note: published?.note });
    expect(opened(keys, published?.note)).toMatchObject({ origin, size, root: rootAt(size) });
    expect(await rememberedIn(keys.keys, origin).last()).toEqual(published?.note);
    await ledger.look();
    expect(ledger.published()).toBe(published);
  }
  expect(ledger.fault()).toBeUndefined();
});

test.each(memories)(
  'two nodes that sign at the same time and in turns never sign a fork, and publish the same in the end: %s',
  async (_, shared) => {
    const keys = newKeys();
    const open = await shared(keys);
    const signed: number[] = [];
    const noted = (): Remembered => {
      const remembered = open();
      const remember = async (note: Buffer, instead: Buffer | 'none') => {
        const isDone = await remembered.remember(note, instead);
        if (isDone) signed.push(opened(keys, note).size);
        return isDone;
      };
      return { ...remembered, remember };
    };
    const [a, b] = [newNode(keys, { remembered: noted() }), newNode(keys, { remembered: noted() })];
    for (let size = 3; size < 60; size += 3) {
      // They are shown the events at different times; now and then only one of them looks.
      if (size % 5 === 0) await a.growTo(size);
      else if (size % 7 === 0) await b.growTo(size);
      else await Promise.all([a.growTo(size), b.growTo(size - 1)]);
    }
    await Promise.all([a.growTo(60), b.growTo(60)]);
    while ([a, b].some(({ ledger }) => ledger.published()?.size !== 60))
      await Promise.all([a.ledger.look(), b.ledger.look()]);
    expect(signed).toEqual([...new Set(signed)].sort((one, other) => one - other));
    expect(signed.length).toBeGreaterThan(10);
    expect(a.ledger.published()).toEqual(b.ledger.published());
    expect([a.ledger.fault(), b.ledger.fault()]).toEqual([undefined, undefined]);
  },
);

test('if one node signs, the other one waits; once it has ended, the other one signs on from there', async () => {
  const keys = newKeys();
  const [a, b] = [newNode(keys), newNode(keys)];
  await a.growTo(5);
  expect((await b.growTo(7))?.size).toBe(7);
  await a.growTo(9); // b has signed meanwhile, so a waits
  expect(a.ledger.published()?.size).toBe(7);
  await a.ledger.look();
  expect(a.ledger.published()?.size).toBe(9);
  await b.growTo(11); // a may still be there
  await b.ledger.look();
  expect(b.ledger.published()?.size).toBe(11);
});

test.each(memories)(
  'what one node has signed is not replaced by another one that has read an older one: %s',
  async (_, shared) => {
    const keys = newKeys();
    const open = await shared(keys);
    const [a, b] = [open(), open()];
    const note = (size: number) => signNote(formatCheckpoint({ origin, size, root: emptyRoot }), [keys.key.signer]);
    expect([await a.last(), await b.last()]).toEqual(['none', 'none']);
    expect([await a.remember(note(1), 'none'), await b.remember(note(2), 'none')]).toEqual([true, false]);
    expect(await b.last()).toEqual(note(1));
    expect([
      await b.remember(note(2), note(1)),
      await a.remember(note(3), note(1)),
      await b.remember(note(4), note(2)),
    ]).toEqual([true, false, true]);
    expect([await a.last(), await open().last()]).toEqual([note(4), note(4)]);
  },
);

test('a node that does not sign publishes what another one signs, as far as its own hashes reach', async () => {
  const keys = newKeys();
  const [a, b] = [newNode(keys), newNode(keys, { signs: false, sizeNow: async () => undefined })];
  await b.growTo(10);
  expect(b.ledger.published()).toBeUndefined();
  const first = await a.growTo(20);
  await b.ledger.look();
  expect(b.ledger.published()).toBeUndefined();
  expect(await b.growTo(25)).toEqual(first);
  expect(b.ledger.fault()).toBeUndefined();
});

test.each(['before', 'after'])(
  'a node that is killed %s its checkpoint is remembered signs no fork after its next start',
  (when) => {
    const keys = newKeys();
    const { folder } = newNode(keys);
    const script = fileURLToPath(new URL('./dying-signer.ts', import.meta.url));
    const args = [script, keys.keys, folder, '300', when];
    expect(spawnSync(process.execPath, args, { encoding: 'utf8' })).toMatchObject({ signal: 'SIGKILL', stderr: '' });
    return check();

    async function check() {
      const { ledger, growTo } = newNode(keys, { folder });
      await ledger.look();
      expect(ledger.published()).toMatchObject({ size: 300, root: rootAt(300) });
      expect(await growTo(301)).toMatchObject({ size: 301, root: rootAt(301) });
    }
  },
);

test('a ledger that was put back to an earlier state is not signed, also once it has grown beyond what was signed', async () => {
  const keys = newKeys();
  const signed = await newNode(keys).growTo(40);
  const back = newNode(keys, {}, (n) => (n < 30 ? `leaf ${n}` : `another ${n}`));
  for (const size of [30, 39]) {
    expect(await back.growTo(size)).toBeUndefined();
    expect(back.ledger.fault()).toEqual({ fault: 'signed-more', size, signed: 40 });
  }
  for (const size of [40, 41, 300]) {
    expect(await back.growTo(size)).toBeUndefined();
    expect(back.ledger.fault()).toEqual({ fault: 'other-root', size: 40 });
  }
  expect(await rememberedIn(keys.keys, origin).last()).toEqual(signed?.note);
});

test('a ledger with one event changed, or two swapped, is not signed', async () => {
  const keys = newKeys();
  await newNode(keys).growTo(40);
  for (const leaf of [
    (n: number) => `leaf ${n === 7 ? 'changed' : n}`,
    (n: number) => `leaf ${[7, 8].includes(n) ? 15 - n : n}`,
    (n: number) => `leaf ${n < 7 ? n : n + 1}`,
    (n: number) => `leaf ${n < 7 ? n : n === 7 ? 'inserted' : n - 1}`,
  ]) {
    const other = newNode(keys, {}, leaf);
    expect(await other.growTo(41)).toBeUndefined();
    expect(other.ledger.fault()).toEqual({ fault: 'other-root', size: 40 });
  }
});

const written = ({ keys }: Keys, note: Buffer): void => {
  const db = new DatabaseSync(join(keys, rememberedFile));
  db.prepare('UPDATE signed SET note = ?').run(note);
  db.close();
};

const noteOf = (keys: Keys, more: object = {}): Buffer =>
  signNote(formatCheckpoint({ origin, size: 3, root: rootAt(3), ...more }), [keys.key.signer]);

const unsigned: readonly (readonly [string, (keys: Keys) => void, object])[] = [
  ['the record is lost', ({ keys }) => rmSync(join(keys, rememberedFile)), { fault: 'forgotten' }],
  [
    'the record is of another origin alone',
    ({ keys }) => void new DatabaseSync(join(keys, rememberedFile)).exec("UPDATE signed SET origin = 'x'"),
    { fault: 'forgotten' },
  ],
  [
    'it was signed by another key of the same name',
    (keys) => written(keys, noteOf({ ...keys, key: { ...keys.key, signer: newLogKey(origin).signer } })),
    { fault: 'other-key' },
  ],
  [
    'it is the checkpoint of another origin',
    (keys) => written(keys, noteOf(keys, { origin: 'elsewhere' })),
    { fault: 'other-origin' },
  ],
  [
    'a byte of it was changed',
    (keys) => written(keys, Buffer.from(noteOf(keys).toString().replace('\n3\n', '\n2\n'))),
    { fault: 'wrong-signature' },
  ],
  ['it is empty', (keys) => written(keys, Buffer.of()), { fault: 'note-without-signatures' }],
  [
    'it is no checkpoint',
    (keys) => written(keys, signNote('hello\n', [keys.key.signer])),
    { fault: 'malformed-checkpoint' },
  ],
  [
    'it says another root',
    (keys) => written(keys, noteOf(keys, { root: rootAt(4) })),
    { fault: 'other-root', size: 3 },
  ],
];

test.each(unsigned)('nothing is signed if, of what was signed last, %s', async (_, tamper, fault) => {
  const keys = newKeys();
  await newNode(keys).growTo(3);
  tamper(keys);
  const said: string[] = [];
  const log = { info: () => {}, error: (_fields: object, message: string) => void said.push(message) };
  const { ledger, growTo } = newNode(keys, { log });
  expect(await growTo(10)).toBeUndefined();
  await ledger.look();
  expect(ledger.fault()).toMatchObject(fault);
  const is = ledger.fault();
  expect(said).toEqual([`no checkpoint of the ledger is signed: ${is && toldOfFault(is).en}`]);
});

test('while the checkpoint cannot be remembered, nothing is published; afterwards it is', async () => {
  const keys = newKeys();
  const remembered = rememberedIn(keys.keys, origin);
  let isFull = true;
  const full: Remembered = {
    ...remembered,
    remember: async (note, instead) => {
      if (isFull) throw new Error('database or disk is full');
      return remembered.remember(note, instead);
    },
  };
  const { ledger, growTo } = newNode(keys, { remembered: full });
  expect(await growTo(5)).toBeUndefined();
  expect(ledger.fault()).toEqual({ fault: 'cannot-sign', reason: 'database or disk is full' });
  isFull = false;
  expect(await growTo(6)).toMatchObject({ size: 6 });
  expect(ledger.fault()).toBeUndefined();
});

test('a level file that is lost while the node runs stops the signing, and is named', async () => {
  const keys = newKeys();
  const { folder, ledger, growTo } = newNode(keys);
  const published = await growTo(300);
  rmSync(join(folder, 'level-1'));
  expect(await growTo(600)).toBe(published);
  expect(ledger.fault()).toMatchObject({ fault: 'cannot-sign', reason: expect.stringContaining('level-1') });
});

test('a node that is closed while it looks says nothing of it, and looks no more', async () => {
  const keys = newKeys();
  const said: string[] = [];
  const log = { info: () => {}, error: (_fields: object, message: string) => void said.push(message) };
  const { ledger, growTo } = newNode(keys, { log });
  const growing = growTo(5);
  await ledger.close();
  await growing;
  await growTo(6);
  expect(said).toEqual([]);
  expect(ledger.fault()).toBeUndefined();
});

test('who waits for a size is told once it is published, and after a time that it is not', async () => {
  const { ledger, growTo } = newNode(newKeys());
  const waits = [ledger.reached(5, 60_000), ledger.reached(9, 20)];
  await growTo(5);
  expect(await Promise.all(waits)).toEqual([true, false]);
  expect(await ledger.reached(5, 0)).toBe(true);
});

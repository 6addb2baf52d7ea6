import { randomUUID } from 'node:crypto';
import { readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { streamOf } from '../../domain/event.ts';
import type { JsonObject } from '../../domain/json.ts';
import { eventFromRow, eventNumbered } from '../../projections/trail.ts';
import { auditStore } from '../../src/ledger/audit.ts';
import type { AuditFault } from '../../src/ledger/audit-fault.ts';
import { toldOfFault } from '../../src/ledger/fault-texts.ts';
import { openLevelReader } from '../../src/ledger/level-files.ts';
import { nodesOf } from '../../src/ledger/tile.ts';
import { rootOf, type Tree } from '../../src/ledger/tree.ts';
import type { ReadModel } from '../../src/readmodel/read-model.ts';
import { openSqliteStore } from '../../src/store/sqlite/store.ts';
import { type Node, startNode } from '../readmodel/node.ts';
import { newEvent } from '../store/events.ts';
import { flipped } from './signing.ts';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const size = 601;
let node: Node;
let model: ReadModel;
let close = async () => {};
let sound: { readonly rows: readonly Row[]; readonly levels: readonly Buffer[] };
let signed: Tree;

type Row = Record<string, string | number | null>;

const ledger = (): string => join(dirname(node.folder), 'ledger');
const level = (of: number): string => join(ledger(), `level-${of}`);

const inStore = <T>(work: (db: DatabaseSync) => T): T => {
  const db = new DatabaseSync(node.storeFile);
  db.exec('PRAGMA synchronous = OFF');
  try {
    return work(db);
  } finally {
    db.close();
  }
};

beforeAll(async () => {
  node = await startNode((end) => {
    close = end;
  });
  for (let n = 1; n < size; n++) {
    const key = `f-${n}`;
    const event = newEvent({ name: `工厂 ${n}`, sector: 'automobiles', district: 'pudong' });
    const data = { ...event.data, key, note: `备注 ${n}` };
    void node.store.append(streamOf('factories', key), 'none', [{ ...event, data }]);
  }
  model = await node.open({ inThread: true, ledgerFolder: ledger() });
  while (model.ledger()?.size !== size) await new Promise((resolve) => setTimeout(resolve, 5));
  const { read, close: closeLevels } = openLevelReader(ledger());
  signed = { size, root: rootOf(nodesOf(read), size) };
  closeLevels();
  sound = {
    rows: inStore((db) => db.prepare('SELECT * FROM events ORDER BY entry_number').all() as Row[]),
    levels: [0, 1].map((of) => readFileSync(level(of))),
  };
});
afterAll(() => close());

/** The ledger as it was hashed and signed. */
const restore = (): void => {
  putRows(sound.rows);
  for (const [of, bytes] of sound.levels.entries()) writeFileSync(level(of), bytes);
};

const putRows = (rows: readonly Row[]): void =>
  inStore((db) => {
    const names = Object.keys(sound.rows[0] ?? {});
    const insert = db.prepare(`INSERT INTO events (${names.join()}) VALUES (${names.map(() => '?').join()})`);
    db.exec('BEGIN; DELETE FROM events');
    for (const row of rows) insert.run(...names.map((name) => row[name] ?? null));
    db.exec('COMMIT');
  });

const audited = async (known: Tree | 'nothing' = signed): Promise<readonly AuditFault[]> => {
  const foldedAt = (entryNumber: number) => {
    const row = model.get(eventNumbered(entryNumber));
    return row && eventFromRow(row);
  };
  const store = openSqliteStore({ file: node.storeFile, now: Date.now });
  try {
    const { faults } = await auditStore({
      store,
      folder: ledger(),
      signed: known === 'nothing' ? undefined : known,
      foldedAt,
      onPage: async () => {},
    });
    return faults;
  } finally {
    await store.close();
  }
};

const numbered = (rows: readonly Row[]): Row[] => rows.map((row, entry_number) => ({ ...row, entry_number }));
const set = (at: number, column: string, value: (was: string) => string) => (rows: readonly Row[]) =>
  rows.map((row) => (row.entry_number === at ? { ...row, [column]: value(String(row[column])) } : row));
const swapped = (a: number, b: number) => (rows: readonly Row[]) =>
  numbered(rows.map((row, n) => rows[n === a ? b : n === b ? a : n] ?? row));
const added =
  (at: number, change: Row = {}) =>
  (rows: readonly Row[]) => {
    const key = `new-${at}`;
    const like = rows[at] ?? {};
    const data = { ...JSON.parse(String(like.data)), key };
    const fresh = {
      ...like,
      id: randomUUID(),
      stream: streamOf('factories', key),
      data: JSON.stringify(data),
      ...change,
    };
    return numbered([...rows.slice(0, at), fresh, ...rows.slice(at)]);
  };
/** Events that nobody has hashed. */
const others = (rows: readonly Row[], count: number): readonly Row[] =>
  Array.from({ length: count }, (_, n) => added(n + 1)(rows)[n + 1] ?? {});
const changedData = (text: string): string => {
  const data = JSON.parse(text) as { data: JsonObject };
  return JSON.stringify({ ...data, data: { ...data.data, district: 'minhang' } });
};
const of = (n: number) => ({ entryNumber: n, type: 'FactoryNominated', of: `factories/f-${n}` });
const inserted = (at: number) => [{ fault: 'appeared-event', entryNumber: at, of: `factories/new-${at}` }];
const long = (text: string): string => text.replace('"name"', `"long":"${'x'.repeat(66_000)}","name"`);

type Tampering = readonly [what: string, tamper: (rows: readonly Row[]) => readonly Row[], faults: readonly object[]];

const inTheStore: readonly Tampering[] = [
  ['one value of an event is changed', set(300, 'data', changedData), [{ fault: 'changed-event', ...of(300) }]],
  ['the first event is changed', set(0, 'id', () => randomUUID()), [{ fault: 'changed-event', entryNumber: 0 }]],
  ['the last event is changed', set(600, 'data', changedData), [{ fault: 'changed-event', ...of(600) }]],
  ['its type is changed', set(9, 'type', () => 'FactoryAssessed'), [{ fault: 'changed-event', entryNumber: 9 }]],
  [
    'who recorded it is changed',
    set(9, 'metadata', (text) => text.replace('"clerk"', '"other"')),
    [{ fault: 'changed-event', ...of(9) }],
  ],
  [
    'when it was recorded is changed',
    set(9, 'recorded_at', (ms) => `${Number(ms) + 1}`),
    [{ fault: 'changed-event', ...of(9) }],
  ],
  [
    'a free text is changed, which its leaf has as a digest',
    set(9, 'metadata', (text) => text.replace('备注 9', '备注 8')),
    [{ fault: 'changed-text', ...of(9), place: '/note' }],
  ],
  [
    'the salt of a free text is changed',
    set(9, 'metadata', (text) => text.replace(/("\/note":\[").{22}/, `$1${'A'.repeat(22)}`)),
    [{ fault: 'changed-text', ...of(9), place: '/note' }],
  ],
  [
    'a free text is gone, and nobody has erased it',
    set(9, 'metadata', (text) => text.replace(/"texts":.*\]\}/, '"texts":{"/note":null}')),
    [{ fault: 'missing-text', ...of(9), place: '/note' }],
  ],
  [
    'a free text and its place are gone',
    set(9, 'metadata', (text) => text.replace(/,"texts":.*\]\}/, '')),
    [{ fault: 'missing-text', ...of(9), place: '/note' }],
  ],
  [
    'several events are changed, some in a row',
    (rows) => [7, 8, 9, 300].reduce((all, at) => set(at, 'data', changedData)(all), rows),
    [7, 8, 9, 300].map((n) => ({ fault: 'changed-event', ...of(n) })),
  ],
  [
    'an event is removed from the middle',
    (rows) => rows.filter((_, n) => n !== 300),
    [{ fault: 'vanished-events', ...of(300), to: 300 }],
  ],
  [
    'an event is removed, and those after it move up',
    (rows) => numbered(rows.filter((_, n) => n !== 300)),
    [{ fault: 'vanished-events', ...of(300), to: 300 }],
  ],
  [
    'many events are removed, and those after them move up',
    (rows) => numbered(rows.filter((_, n) => n < 100 || n > 420)),
    [{ fault: 'vanished-events', ...of(100), to: 420 }],
  ],
  [
    'the first event is removed',
    (rows) => numbered(rows.slice(1)),
    [{ fault: 'vanished-events', entryNumber: 0, to: 0 }],
  ],
  ['the tail is cut', (rows) => rows.slice(0, 590), [{ fault: 'tail-cut', ...of(590), size: 590, hashed: 601 }]],
  [
    'the last event is removed',
    (rows) => rows.slice(0, 600),
    [{ fault: 'tail-cut', ...of(600), size: 600, hashed: 601 }],
  ],
  ['all is removed', () => [], [{ fault: 'tail-cut', entryNumber: 0, size: 0, hashed: 601 }]],
  ['two neighbours are swapped', swapped(300, 301), [{ fault: 'moved-event', ...of(301), to: 300 }]],
  [
    'two are swapped that stand apart',
    swapped(10, 500),
    [
      { fault: 'moved-event', ...of(10), to: 500 },
      { fault: 'moved-event', ...of(500), to: 10 },
    ],
  ],
  ['one is inserted in the middle', added(300), inserted(300)],
  ['one is inserted before all', added(0, { type: 'FactoryNominated' }), [{ fault: 'appeared-event', entryNumber: 0 }]],
  ['one is inserted before the last', added(600), inserted(600)],
  [
    'one is put in the place of another, which is gone',
    (rows) => numbered(added(300)(rows).filter((_, n) => n !== 301)),
    [{ fault: 'changed-event', entryNumber: 300, of: 'factories/new-300' }],
  ],
  [
    'an event is made longer than a leaf may be',
    set(300, 'data', long),
    [{ fault: 'no-leaf', entryNumber: 300, noLeaf: 'too-long' }],
  ],
  ['an event is no JSON', set(300, 'data', () => '{'), [{ fault: 'no-leaf', entryNumber: 300, noLeaf: 'not-json' }]],
  [
    'an older backup is restored, and something else is recorded since',
    (rows) => numbered([...rows.slice(0, 30), ...others(rows, 5)]),
    [{ fault: 'other-history', ...of(30) }],
  ],
  [
    'from some point on another history is put in its place, longer than the old one',
    (rows) => numbered([...rows.slice(0, 400), ...others(rows, 300)]),
    [{ fault: 'other-history', ...of(400) }],
  ],
];

test.each(inTheStore)('the audit has an answer of its own if %s', async (_what, tamper, faults) => {
  putRows(tamper(sound.rows));
  try {
    const found = await audited();
    expect(found).toMatchObject(faults);
    for (const fault of found) {
      const { zh, en } = toldOfFault(fault);
      expect(en).toMatch(/[Ee]ntry number \d+/);
      expect(zh).toMatch(/台账第 \d+ 条/);
    }
    // Without a checkpoint the hashes alone say the same.
    expect(await audited('nothing')).toMatchObject(faults);
  } finally {
    restore();
  }
});

const inTheHashes: readonly (readonly [string, () => void, object | undefined])[] = [
  ['nothing', () => {}, undefined],
  [
    'a hash of level 0',
    () => writeFileSync(level(0), flipped(sound.levels[0] ?? Buffer.of(), 32 * 300)),
    { level: 0, index: 1, width: 256 },
  ],
  [
    'a hash at the end of level 0',
    () => writeFileSync(level(0), flipped(sound.levels[0] ?? Buffer.of(), 32 * 600)),
    { level: 0, index: 2, width: 89 },
  ],
  [
    'a whole tile of level 0',
    () =>
      writeFileSync(
        level(0),
        Buffer.concat([
          sound.levels[0]?.subarray(0, 8192) ?? Buffer.of(),
          Buffer.alloc(8192),
          sound.levels[0]?.subarray(16_384) ?? Buffer.of(),
        ]),
      ),
    { level: 0, index: 1, width: 256 },
  ],
  [
    'a hash of level 1',
    () => writeFileSync(level(1), flipped(sound.levels[1] ?? Buffer.of(), 32)),
    { level: 1, index: 0, width: 2 },
  ],
  ['level 1, which is lost and made again at the next start', () => rmSync(level(1)), undefined],
  ['the tail of level 1, which a crash tore off', () => truncateSync(level(1), 40), undefined],
];

test.each(inTheHashes)('the audit knows events from hashes: of these, %s is changed', async (_what, tamper, tile) => {
  tamper();
  try {
    expect(await audited()).toEqual(tile === undefined ? [] : [{ fault: 'changed-tile', tile }]);
  } finally {
    restore();
  }
});

test('if store and hashes were both changed, what was signed says so', async () => {
  const root = flipped(signed.root, 3);
  expect(await audited({ size, root })).toEqual([{ fault: 'not-signed-root', size }]);
  expect(await audited({ size: 500, root })).toEqual([{ fault: 'not-signed-root', size: 500 }]);
  expect(await audited({ size: 700, root })).toEqual([{ fault: 'signed-more', size, signed: 700 }]);
});

test('what a power failure leaves at the end of the hashes is no fault, and having no hashes is one', async () => {
  const [bytes = Buffer.of()] = sound.levels;
  writeFileSync(level(0), Buffer.concat([bytes.subarray(0, 32 * 590), Buffer.alloc(7)]));
  expect(await audited('nothing')).toEqual([]);
  writeFileSync(level(0), Buffer.concat([bytes.subarray(0, 32 * 590), Buffer.alloc(4_096)]));
  expect(await audited('nothing')).toEqual([]);
  rmSync(level(0));
  await expect(audited('nothing')).rejects.toThrow('has no hashes to compare the store with');
  restore();
});

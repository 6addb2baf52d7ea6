import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { registers } from '../../domain/registers/index.ts';
import {
  type EntryFilter,
  type EntryPage,
  type EntryRow,
  entriesBy,
  entryCounts,
  sorts,
} from '../../projections/lists.ts';
import { type IndexKind, indexOf } from '../../projections/search.ts';
import { buildReadModelFile, openReadModelFile, type ReadModelFile } from '../../src/readmodel/file.ts';
import { folding } from '../../src/readmodel/fold.ts';
import { newPath } from '../../src/readmodel/folder.ts';
import { start } from '../../src/store/event-store.ts';
import { given } from '../domain/given.ts';
import { criterion, factory } from '../domain/vocabulary.ts';
import { type Node, startNode } from './node.ts';

/** Twice as many as are indexed for search at a time, and some more that are not indexed yet. */
const many = 1_100;
const operator = '91310000132260250X';
const nameOf = (number: number): string => `上海${['精密', '电气', '航空'][number % 3]}${number}厂`;
const keyOf = (number: number): string => `f-${String((number * 367) % 1_000).padStart(3, '0')}-${number}`;

let node: Node;
let size: number;
const files: ReadModelFile[] = [];

beforeAll(async () => {
  node = await startNode(afterAll);
  const factories = Array.from({ length: many }, (_, number) => {
    const place = number % 2 === 0 ? { district: 'pudong', lingang: number % 4 === 0 } : { district: 'minhang' };
    const named = { ...factory.described, name: nameOf(number), ...place };
    const tied = number % 7 === 0 ? { ...named, enterprise: operator } : named;
    const day = `2020-0${1 + (number % 9)}-10`;
    const nominated = { ...factory.nominated(day, tied), about: { register: factory.register, key: keyOf(number) } };
    return given(nominated, ...(number % 5 === 0 ? [factory.certified('2020-11-03')] : []));
  });
  const others = Array.from({ length: 30 }, (_, number) =>
    given({
      ...criterion.proposed('2020-02-01', { ...criterion.described, title: { zh: `精密制造 ${number}` } }),
      about: { register: criterion.register, key: `T-SH-${number}-2020` },
    }),
  );
  size = await node.append(...factories, ...others);
  const events = await node.store.readAll(start, size);
  const grown = openReadModelFile(newPath(node.folder, 'grown'));
  const fold = folding(grown);
  for (let at = 0; at < events.length; at += 40) fold(events.slice(at, at + 40));
  const whole = buildReadModelFile(newPath(node.folder, 'whole'));
  folding(whole)(events);
  whole.finish();
  files.push(grown, whole);
  return () => {
    for (const file of files) file.close();
  };
});
/** The answers to a filter by each of its shortcuts, and the one along the order. */
const answers = (file: ReadModelFile, filter: EntryFilter & EntryPage): readonly (readonly EntryRow[])[] => {
  const by = (chosen: number) => {
    let asked = 0;
    const tooLong = { upTo: '' } as never;
    const query = entriesBy(filter, () => (asked++ === chosen ? undefined : tooLong));
    return { asked, rows: file.all(query) };
  };
  const { asked, rows } = by(-1);
  return [rows, ...Array.from({ length: asked }, (_, index) => by(index).rows)];
};

/** How many match, counted by each of the shortcuts. */
const totals = (file: ReadModelFile, filter: EntryFilter): readonly number[] =>
  [-1, 0, 1, 2, 3].map((chosen) => {
    let asked = 0;
    const query = entryCounts(filter, [], () => (asked++ === chosen ? undefined : ({ upTo: '' } as never)));
    return file.get(query)?.count ?? 0;
  });

/** All that match, however many. */
const all = (filter: EntryFilter & EntryPage): readonly EntryRow[] =>
  answers(files[0] as ReadModelFile, { ...filter, limit: 10_000 })[0] ?? [];

const view = { register: 'factories', on: '2020-12-31', limit: 50 };

test.each([
  {},
  { q: '上海' },
  { q: '精密' },
  { q: '上海精密' },
  { q: '精密 航空' },
  { measure: 'factories.certified', district: 'pudong' },
  { refersTo: ['enterprises', operator] },
  { refersTo: ['enterprises', operator], q: '精密' },
  { q: '厂 6' },
  { q: '699' },
  { q: 'f-00' },
  { q: '精密制造' },
  { q: '密6', district: 'pudong' },
  { status: 'certified', q: '电气' },
  { on: '2020-04-15' },
  { size: 90, on: '2020-11-30' },
  { area: { name: 'core', belt: ['minhang'] } },
  { area: { name: 'core', belt: ['minhang'] }, status: 'certified', on: '2020-11-30' },
  { area: { name: 'belt', belt: ['minhang'] } },
] as const)('a list is the same whichever way it is found: %j', (asked) => {
  for (const sort of sorts) {
    const filter: EntryFilter & EntryPage = { ...view, size, sort, ...asked };
    const [grown = [], ...others] = files.flatMap((file) => answers(file, filter));
    expect(others.length).toBeGreaterThanOrEqual(5);
    for (const rows of others) expect(rows).toEqual(grown);
    expect(new Set(files.flatMap((file) => totals(file, filter)))).toEqual(new Set([all(filter).length]));
    const after = grown[20];
    if (after === undefined) continue;
    const rest = { ...filter, after: [after.sorted, after.key] as const, limit: 20 };
    for (const rows of files.flatMap((file) => answers(file, rest))) expect(rows).toEqual(grown.slice(21, 41));
  }
});

test.each([
  ['上海精密', 50],
  ['密69', 5],
  ['电气 700', 2],
  ['精密制造', 0],
])('a search finds what has the words: %s', (q, count) => {
  const expected = Array.from({ length: many }, (_, number) => ({ name: nameOf(number), key: keyOf(number) }))
    .filter(({ name, key }) => q.split(' ').every((word) => `${name} ${key}`.includes(word)))
    .map(({ key }) => key)
    .sort()
    .slice(0, 50);
  expect(expected).toHaveLength(count);
  for (const rows of files.flatMap((file) => answers(file, { ...view, q, size, sort: 'key' })))
    expect(rows.map(({ key }) => key)).toEqual(expected);
});

test('the entries that refer to another are listed, and no others', () => {
  const tied = Array.from({ length: many }, (_, number) => number).filter((number) => number % 7 === 0);
  const expected = tied.map(keyOf).sort();
  const filter: EntryFilter & EntryPage = {
    ...view,
    limit: many,
    size,
    sort: 'key',
    refersTo: ['enterprises', operator],
  };
  for (const rows of files.flatMap((file) => answers(file, filter)))
    expect(rows.map(({ key }) => key)).toEqual(expected);
});

test('search is indexed 512 texts at a time, in a file that grows as in one that is built at once', () => {
  for (const { path } of files) {
    const db = new DatabaseSync(path, { readOnly: true });
    const find = (register: string, kind: IndexKind, match: string) => {
      const name = indexOf(register, kind);
      return db.prepare(`SELECT rowid FROM ${name} WHERE ${name} MATCH ?`).all(match).length;
    };
    const indexed = db.prepare("SELECT count(*) AS texts FROM entry_text WHERE register = 'factories' AND id <= 1024");
    expect(indexed.get(), path).toEqual({ texts: find('factories', 'gram', '上'.codePointAt(0)?.toString(16) ?? '') });
    expect(indexed.get(), path).toEqual({ texts: find('factories', 'trigram', '"上海精" OR "上海电" OR "上海航"') });
    for (const { name } of registers) expect(find(name, 'trigram', 'abc'), `${path} ${name}`).toBe(0);
    db.close();
  }
});

import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Day } from '../../domain/calendar.ts';
import { measureIds, registers } from '../../domain/registers/index.ts';
import { targetFigures } from '../../domain/targets.ts';
import { replayLog, targetsDocument } from '../../src/maintenance/replay.ts';
import { currentVersion } from '../../src/readmodel/file.ts';
import { questionsTo } from '../../src/readmodel/questions.ts';
import { rebuild } from '../../src/readmodel/rebuild.ts';
import type { Known } from '../domain/given.ts';
import { contributes, standingOn } from '../domain/naive-model.ts';
import { tables } from '../domain/tables.ts';
import { days, type Ledger, ledgers, rowsOf } from './histories.ts';
import { foldedTo, type Node, startNode } from './node.ts';

/** Appends a generated ledger event by event; the read model follows at its own pace. */
const appendAll = async (
  { store, appendRaw }: Node,
  { order, streams }: Ledger,
  wait: (size: number) => Promise<void>,
) => {
  for (const [index, { stream, revision }] of order.entries()) {
    const event = streams.get(stream)?.events[revision];
    if (event === undefined) throw new Error('No event');
    const size = await appendRaw(stream, [event]);
    if (index % 7 === 0) await wait(size);
  }
  const size = await store.size();
  await wait(size);
  return size;
};

/** What was known of each entry at a size: its first events. The plan is event 0. */
const knownAt = ({ order, streams }: Ledger, size: number) =>
  [...streams].map(([stream, known]) => {
    const count = order.slice(0, Math.max(0, size - 1)).filter((each) => each.stream === stream).length;
    const { register, key } = known as Known;
    return { register: register.name, key, rows: rowsOf(known).slice(0, count) };
  });

/** The contract's registers but for plans; its tables say nothing of others that are declared. */
const ofContract = registers.filter(({ name }) => Object.hasOwn(tables, name) && name !== 'plans');

const tableOf = (register: string) => {
  const table = tables[register];
  if (table === undefined) throw new Error(`No table of ${register}`);
  return table;
};

/** `measure sector district core` of everything that counts on a day, as known at a size. */
const counting = (ledger: Ledger, on: Day, size: number): readonly (readonly [cell: string, key: string])[] =>
  knownAt(ledger, size).flatMap(({ register, key, rows }) =>
    contributes(register, tableOf(register), rows, on).map((cell) => [cell, key] as const),
  );

test('whatever is recorded late, corrected or annulled: every count, list and breakdown equals a recount of the facts', async () => {
  await fc.assert(
    fc.asyncProperty(ledgers, async (ledger) => {
      const node = await startNode();
      const model = await node.open();
      const total = await appendAll(node, ledger, (size) => foldedTo(model, size));
      const questions = questionsTo(model);
      for (let size = 0; size <= total; size++)
        for (const on of days) {
          const counted = counting(ledger, on, size);
          for (const measure of measureIds) {
            const own = counted.filter(([cell]) => cell.startsWith(`${measure} `));
            expect(questions.count({ measure }, on, size), `${measure} on ${on} at ${size}`).toBe(own.length);
            const cells = questions
              .cells({ measure }, on, size)
              .flatMap(({ sector, district, lingang, count }) =>
                Array.from({ length: count }, () => `${measure} ${sector} ${district} ${lingang}`),
              );
            expect(cells.sort()).toEqual(own.map(([cell]) => cell).sort());
            for (const sector of ['automobiles', 'biomedicine'])
              for (const district of ['pudong', undefined]) {
                const quota = { measure, sector, district };
                const start = `${measure} ${sector} ${district ?? ''}`;
                expect(questions.count(quota, on, size)).toBe(own.filter(([cell]) => cell.startsWith(start)).length);
              }
            const register = measure.split('.')[0] ?? '';
            const listed = questionsTo(model).entries({ register, on, size, measure, sort: 'key', limit: 100 });
            expect(listed.map(({ key }) => key)).toEqual(own.map(([, key]) => key).sort());
          }
        }
    }),
    { numRuns: 10 },
  );
});

test('whatever is recorded late, corrected or annulled: the lists show each entry as its facts leave it', async () => {
  await fc.assert(
    fc.asyncProperty(ledgers, async (ledger) => {
      const node = await startNode();
      const model = await node.open();
      const total = await appendAll(node, ledger, (size) => foldedTo(model, size));
      for (let size = 0; size <= total; size++)
        for (const on of days)
          for (const { name } of ofContract) {
            const { required, optional } = tableOf(name).descriptive;
            const described = (fields: object) =>
              Object.fromEntries(
                Object.entries(fields).filter(([field]) => [...required, ...optional].includes(field)),
              );
            const expected = knownAt(ledger, size)
              .flatMap(({ register, key, rows }) => {
                const standing = register === name ? standingOn(tableOf(name), rows, on) : undefined;
                return standing ? [[key, standing.status, described(standing.fields), rows.length - 1]] : [];
              })
              .sort();
            const listed = questionsTo(model).entries({ register: name, on, size, sort: 'key', limit: 100 });
            const found = listed.map(({ key, status, fields, revision }) => [
              key,
              status,
              described(JSON.parse(fields)),
              revision,
            ]);
            expect(found, `${name} on ${on} at ${size}`).toEqual(expected);
          }
    }),
    { numRuns: 8 },
  );
});

test('the changes between any two sizes add up to the difference of the counts', async () => {
  await fc.assert(
    fc.asyncProperty(ledgers, fc.nat(60), async (ledger, from) => {
      const node = await startNode();
      const model = await node.open();
      const total = await appendAll(node, ledger, (size) => foldedTo(model, size));
      const since = from % (total + 1);
      const questions = questionsTo(model);
      for (const measure of measureIds)
        for (const on of days)
          for (let size = since; size <= total; size++) {
            const moved = questions.movers({ measure }, on, since, size);
            const sum = moved.reduce((all, { change }) => all + change, 0);
            expect(questions.count({ measure }, on, since) + sum).toBe(questions.count({ measure }, on, size));
          }
    }),
    { numRuns: 8 },
  );
});

test('the log replayed without any read model gives the same targets, and a rebuilt file the same rows', async () => {
  await fc.assert(
    fc.asyncProperty(ledgers, async (ledger) => {
      const node = await startNode();
      const model = await node.open();
      const total = await appendAll(node, ledger, (size) => foldedTo(model, size));
      const questions = questionsTo(model);
      for (let size = 0; size <= total; size += 3)
        for (const on of days) {
          const view = questions.view(on, size);
          const targets = targetFigures(questions.plans(view), on, (counted, day) =>
            questions.count(counted, day, size),
          );
          expect(targetsDocument(await replayLog(node.store, { size }), on)).toEqual({ ...view, targets });
        }
      const rebuilt = await rebuild(node.folder, node.store, Date.now, () => {});
      expect(rebuilt).toEqual({ events: total, version: currentVersion, differences: [], targets: [], swapped: true });
    }),
    { numRuns: 8 },
  );
});

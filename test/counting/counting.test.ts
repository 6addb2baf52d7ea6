import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { leafOf } from '../../domain/leaf.ts';
import { measureIds, registerNamed } from '../../domain/registers/index.ts';
import { explain, replayLog, targetsDocument } from '../../src/maintenance/replay.ts';
import { type EventStore, start } from '../../src/store/event-store.ts';
import { annulled, corrected, given, type Known } from '../domain/given.ts';
import { enterprise, factory, plan } from '../domain/vocabulary.ts';
import { days, ledgers } from '../readmodel/histories.ts';
import { startNode } from '../readmodel/node.ts';
import { counterAt, type Figure, type Line } from './counter.ts';
import { mixed, planHistories } from './plan-histories.ts';
import { rulesIn } from './rules.ts';

const rules = rulesIn(readFileSync('docs/counting.md', 'utf8'));

const linesOf = async (store: EventStore): Promise<readonly Line[]> =>
  (await store.readAll(start, 10_000)).map((event) => {
    const made = leafOf(event);
    if ('noLeaf' in made) throw new Error(`${event.type} has no leaf: ${made.noLeaf}`);
    return JSON.parse(made.leaf);
  });

const targetsOf = (measure: string, district?: string) => [
  { id: 'a', title: { zh: '甲', en: 'A' }, measure, goal: { min: 4 }, ...(district ? { district } : {}) },
  { id: 'model-factories', title: { zh: '乙', en: 'B' }, measure: 'factories.benchmark', goal: null },
];

/** With events among the others that no rule of version 1 gives a meaning. */
const withStrangers = ({ events }: Known): Pick<Known, 'events'> => {
  const [first] = events;
  if (first === undefined) throw new Error('No event');
  const { metadata, data } = first;
  const strange = [
    { ...first, id: randomUUID(), type: 'FactoryPainted' },
    { ...first, id: randomUUID(), metadata: { ...metadata, schema: 2 } },
    { ...first, id: randomUUID(), data: { register: data.register, key: data.key, data: data.data } },
  ];
  return { events: [...events.slice(0, 1), ...strange, ...events.slice(1)] };
};

const withoutKeys = ({ keys: _, ...figure }: Figure) => figure;

const asked = [...days, '2020-03-15', '2022-03-01'];

/** Compares the counter with the product, for every day and size, or for some sizes. */
const compare = async (store: EventStore, step: number): Promise<void> => {
  const lines = await linesOf(store);
  for (let size = 0; size <= lines.length; size += step) {
    const counted = counterAt(rules, lines, size);
    const replayed = await replayLog(store, { size });
    for (const on of asked) {
      const { targets } = targetsDocument(replayed, on);
      const figures = targets.map(({ title: _, ...figure }) => figure);
      expect(counted.figures(on).map(withoutKeys), `on ${on} at ${size}`).toEqual(figures);
      for (const id of new Set(figures.map((each) => each.id))) {
        const explained = explain(replayed, id, on);
        const figure = counted.figure(id, on);
        expect(figure?.plan, `the plan meant by ${id} on ${on} at ${size}`).toBe(explained?.target.plan);
        expect(figure?.keys, `${id} on ${on} at ${size}`).toEqual(explained?.entries.map(({ key }) => key));
      }
    }
  }
};

test('anyone who counts by docs/counting.md alone gets every figure, and the entries behind it, for any day and size', async () => {
  await fc.assert(
    fc.asyncProperty(ledgers, planHistories, async (ledger, plans) => {
      const { store, appendRaw } = await startNode();
      const { order, streams } = mixed(ledger, plans);
      for (const { stream, revision } of order) {
        const event = streams.get(stream)?.events[revision];
        if (event !== undefined) await appendRaw(stream, [event]);
      }
      await compare(store, 7);
    }),
    { numRuns: 8, interruptAfterTimeLimit: 60_000 },
  );
}, 120_000);

test('so too after nulls in amendments and in corrections of them, patches of a goal, and events that nobody knows', async () => {
  const node = await startNode();
  const small = { ...enterprise.described, aboveDesignatedSize: false };
  const known = [
    given(
      enterprise.completedUpgrade('2020-02-28', small),
      enterprise.amended('2020-02-29', { aboveDesignatedSize: null }),
      corrected(1, { data: { aboveDesignatedSize: null, name: '更名' } }),
      corrected(1, { data: { aboveDesignatedSize: true } }),
      annulled(1),
      corrected(1, { effectiveOn: '2020-02-28' }),
      enterprise.left('2020-03-01'),
      enterprise.enrolled('2020-03-02'),
      enterprise.completedUpgrade('2020-03-02', enterprise.described),
    ),
    given(
      ...[
        plan.adopted('2020-02-29', { from: '2020-03-01', to: '2020-03-01', targets: targetsOf('factories.certified') }),
        plan.revised('2020-02-29', { target: 'a', goal: { min: 2, max: 3 } }),
        corrected(1, { data: { goal: { min: 1 } } }),
        plan.revised('2020-03-02', { target: 'a', goal: null }),
        plan.amended('2020-03-03', { to: '2020-03-02', targets: targetsOf('enterprises.upgraded', 'minhang') }),
      ].map((action) => ({ ...action, about: { register: plan.register, key: 'Two-Days' } })),
    ),
    given(
      factory.certified('2020-03-03', { ...factory.described, grade: 'benchmark', lingang: true }),
      corrected(0, { effectiveOn: '2020-02-28', data: { lingang: null, district: 'minhang' } }),
      factory.amended('2020-03-01', { lingang: false }),
      factory.suspended('2020-03-01'),
      factory.reinstated('2020-03-01'),
      factory.revoked('2020-03-02'),
      factory.nominated('2020-03-03'),
    ),
  ].map(withStrangers);
  await node.append(...known);
  await compare(node.store, 1);
});

test('the tables of docs/counting.md say what the registers declare', () => {
  for (const [name, rows] of Object.entries(rules.registers)) {
    const register = registerNamed(name);
    const statuses = Object.keys(register?.statuses ?? {});
    const declared = register?.facts.map(({ event, moves, differs }) => ({ type: event, moves, another: differs }));
    const said = rows.map(({ type, moves, another }) => {
      const each = moves.any === undefined ? moves : Object.fromEntries(statuses.map((status) => [status, 'same']));
      const to = Object.entries(each).map(([from, status]) => [from, status === 'same' ? from : status]);
      return { type, moves: Object.fromEntries(to), another };
    });
    expect(said, name).toEqual(declared);
  }
  const ofTables = measureIds.filter((id) => rules.registers[id.replace(/\..*/, '')] !== undefined);
  expect(rules.measures.map(({ id }) => id).sort()).toEqual(ofTables.toSorted());
});

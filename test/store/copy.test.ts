import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import fc from 'fast-check';
import { afterAll, afterEach, expect, test } from 'vitest';
import type { JsonObject } from '../../domain/json.ts';
import { copyLedger } from '../../src/maintenance/copy.ts';
import { type EventStore, StoreUnavailable, start } from '../../src/store/event-store.ts';
import { openSqliteStore } from '../../src/store/sqlite/store.ts';
import type { Fault } from './esdb-wire/faults.ts';
import { closeAll, generations, open, patiently, startServer } from './esdb-wire/stores.ts';
import { newEvent, newStream, readOn } from './events.ts';

const folder = mkdtempSync(join(tmpdir(), 'upgrade-copy-'));
afterEach(closeAll);
afterAll(() => rmSync(folder, { recursive: true }));

let files = 0;
const newFile = (): string => {
  files += 1;
  return join(folder, `${files}.sqlite`);
};

/** Works on the ledger in a file; its clock begins on the day of the plan, and `wait` moves it on. */
const inFile = async <T>(
  file: string,
  work: (store: EventStore, wait: (timeMs: number) => void) => Promise<T>,
): Promise<T> => {
  let clock = Date.UTC(2019, 5, 24);
  const store = openSqliteStore({ file, now: () => clock });
  try {
    return await work(store, (timeMs) => {
      clock += timeMs;
    });
  } finally {
    await store.close();
  }
};

/** All rows of a file. */
const rowsOf = (file: string): readonly unknown[] => {
  const db = new DatabaseSync(file, { readOnly: true });
  try {
    return db.prepare('SELECT * FROM events ORDER BY entry_number').all();
  } finally {
    db.close();
  }
};

type Step = { readonly stream: number; readonly waitMs: number; readonly bodies: readonly JsonObject[] };

/** Logs in which streams take turns, appends have one or more events, and times stand still and jump. */
const logs = fc.array(
  fc.record<Step>({
    stream: fc.nat(3),
    waitMs: fc.oneof(fc.constant(0), fc.nat(1_000), fc.nat(100 * 86_400_000)),
    bodies: fc.array(fc.dictionary(fc.string(), fc.jsonValue(), { maxKeys: 3 }) as fc.Arbitrary<JsonObject>, {
      minLength: 1,
      maxLength: 4,
    }),
  }),
  { minLength: 1, maxLength: 12 },
);

const write = (file: string, steps: readonly Step[]): Promise<void> =>
  inFile(file, async (store, wait) => {
    const revisions = new Map<string, number>();
    for (const { stream: index, waitMs, bodies } of steps) {
      wait(waitMs);
      const stream = `upgrade.factories-${index}`;
      const revision = revisions.get(stream) ?? -1;
      await store.append(stream, revision === -1 ? 'none' : revision, bodies.map(newEvent));
      revisions.set(stream, revision + bodies.length);
    }
  });

/** A target that interrupts the copy after N appends, for each N of `counts`. */
const interruptedAfter = (store: EventStore, counts: number[]): Pick<EventStore, 'readAppends' | 'appendRecorded'> => ({
  readAppends: store.readAppends,
  appendRecorded: async (appends) => {
    const count = counts.shift();
    if (count === undefined) return store.appendRecorded(appends);
    await store.appendRecorded(appends.slice(0, count));
    throw new StoreUnavailable('interrupted');
  },
});

test.each(generations)(
  'any log comes back the same, row for row, from SQLite over the wire, however often a copy is interrupted, %s',
  { timeout: 120_000 },
  async (_, options) => {
    await fc.assert(
      fc.asyncProperty(logs, fc.array(fc.nat(5), { maxLength: 3 }), async (steps, counts) => {
        const [file, back] = [newFile(), newFile()];
        await write(file, steps);
        const wire = open(await startServer(options));
        const size = steps.flatMap(({ bodies }) => bodies).length;
        const [outward, homeward] = [[...counts], [...counts]];
        await inFile(file, async (source) => {
          expect(await patiently(() => copyLedger(source, interruptedAfter(wire, outward)))).toMatchObject({ size });
          const shown = (await readOn(wire, start)).map(({ position: _p, ...event }) => event);
          expect(shown).toEqual((await readOn(source, start)).map(({ position: _p, ...event }) => event));
        });
        await inFile(back, async (target) => {
          expect(await patiently(() => copyLedger(wire, interruptedAfter(target, homeward)))).toMatchObject({ size });
          expect(await copyLedger(wire, target)).toEqual({ outcome: 'copied', size, copied: 0 });
        });
        expect(rowsOf(back)).toEqual(rowsOf(file));
        await closeAll();
      }),
      { numRuns: 15 },
    );
  },
);

const thirty: readonly Step[] = Array.from({ length: 30 }, (_, index) => ({
  stream: index % 4,
  waitMs: index * 1_000,
  bodies: Array.from({ length: 1 + (index % 3) }, (_each, at) => ({ name: `${index}.${at}` })),
}));

const faults: readonly (readonly [string, Fault])[] = [
  ['cut before', { do: 'cut' }],
  ['cut after', { do: 'cut', written: true }],
  ['ended without an answer after', { do: 'end', written: true }],
  ['hung after', { do: 'hang', written: true }],
  ['hung before', { do: 'hang' }],
];

test.each(faults)(
  'an append that is %s it was written is copied once and in order',
  { timeout: 60_000 },
  async (_, fault) => {
    const file = newFile();
    await write(file, thirty);
    const server = await startServer();
    const wire = open(server, { callMs: 100 });
    await inFile(file, async (source) => {
      const copying = patiently(() =>
        copyLedger(source, {
          readAppends: wire.readAppends,
          appendRecorded: (appends) => {
            server.fail('append', fault, 3);
            return wire.appendRecorded(appends.slice(0, 4));
          },
        }),
      );
      expect(await copying).toMatchObject({ outcome: 'copied', size: 60 });
    });
    server.heal();
    await inFile(newFile(), async (target) => {
      await patiently(() => copyLedger(open(server), target));
      expect((await readOn(target, start)).map(({ id }) => id)).toEqual(
        (rowsOf(file) as { id: string }[]).map(({ id }) => id),
      );
    });
  },
);

test('two copies to one target at once leave the same as one', async () => {
  const file = newFile();
  await write(file, thirty);
  const server = await startServer();
  await inFile(file, async (source) => {
    const done = await Promise.all([open(server), open(server)].map((target) => copyLedger(source, target)));
    expect(done).toMatchObject([{ outcome: 'copied' }, { outcome: 'copied' }]);
    expect(await copyLedger(source, open(server))).toEqual({ outcome: 'copied', size: 60, copied: 0 });
  });
});

test('a copy waits for a node of the target that is behind the others', async () => {
  const file = newFile();
  await write(file, thirty);
  const wire = open(await startServer());
  let reads = 0;
  const behind: EventStore['readAppends'] = async (after, limit) => {
    reads += 1;
    return reads % 4 === 0
      ? wire.readAppends(after, limit)
      : (await wire.readAppends(after, limit)).slice(0, 7 * reads);
  };
  await inFile(file, async (source) => {
    const done = await copyLedger(source, { readAppends: behind, appendRecorded: wire.appendRecorded });
    expect(done).toEqual({ outcome: 'copied', size: 60, copied: 60 });
    expect(await copyLedger(source, wire)).toMatchObject({ copied: 0 });
  });
});

test('a foreign event in the target, before, during or after the copy, is reported by its entry number', async () => {
  const file = newFile();
  await write(file, thirty);
  await inFile(file, async (source) => {
    const [before, during, after] = [open(await startServer()), open(await startServer()), open(await startServer())];
    await before.append(newStream(), 'none', [newEvent()]);
    expect(await copyLedger(source, before)).toEqual({ outcome: 'target-differs', entryNumber: 0 });
    expect(await before.size()).toBe(1);

    const disturbed: EventStore['appendRecorded'] = async (appends) => {
      await during.appendRecorded(appends.slice(0, 6));
      await during.append(newStream(), 'none', [newEvent()]);
      return during.appendRecorded(appends.slice(6));
    };
    const there = { readAppends: during.readAppends, appendRecorded: disturbed };
    expect(await copyLedger(source, there)).toEqual({ outcome: 'target-differs', entryNumber: 12 });

    await copyLedger(source, after);
    await after.append(newStream(), 'none', [newEvent()]);
    expect(await copyLedger(source, after)).toEqual({ outcome: 'target-differs', entryNumber: 60 });
  });
});

test.each<[string, (row: string) => string]>([
  ['an id', (rows) => `UPDATE ${rows} SET id = lower(hex(randomblob(16)))`],
  ['a type', (rows) => `UPDATE ${rows} SET type = 'FactoryAssessed'`],
  ['a time', (rows) => `UPDATE ${rows} SET recorded_at = recorded_at - 1`],
  ['a stream', (rows) => `UPDATE ${rows} SET stream = stream || 'x'`],
  ['a revision', (rows) => `UPDATE ${rows} SET revision = 1000`],
  ['a value', (rows) => `UPDATE ${rows} SET data = replace(data, '7.0', '7.9')`],
  ['a name', (rows) => `UPDATE ${rows} SET metadata = replace(metadata, 'clerk', 'Clerk')`],
  ['the append', (rows) => `UPDATE ${rows} SET expected = 1000`],
])('a target in which %s of one event differs is refused at that event and left unchanged', async (_, change) => {
  const [file, other] = [newFile(), newFile()];
  await write(file, thirty);
  await inFile(file, (source) => inFile(other, (target) => copyLedger(source, target)));
  const db = new DatabaseSync(other);
  const { entry_number: entryNumber } =
    db.prepare(`SELECT entry_number FROM events WHERE data LIKE '%"7.0"%'`).get() ?? {};
  db.exec(`${change('events')} WHERE data LIKE '%"7.0"%'; DELETE FROM events WHERE entry_number > 20`);
  db.close();
  const before = rowsOf(other);
  const done = await inFile(file, (source) => inFile(other, (target) => copyLedger(source, target)));
  expect(done).toEqual({ outcome: 'target-differs', entryNumber });
  expect(rowsOf(other)).toEqual(before);
});

test('a copy of a source without events fails', async () => {
  const done = await inFile(newFile(), (source) => inFile(newFile(), (target) => copyLedger(source, target)));
  expect(done).toEqual({ outcome: 'source-empty' });
});

import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import pino from 'pino';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { flipped } from '../ledger/signing.ts';
import { nomination } from './office.ts';
import { startServer, type TestServer } from './server.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const size = 9;
const auditTimes = { firstMs: 0, restMs: 50 };

const said: string[] = [];
const log = pino({ level: 'info' }, { write: (line: string) => void said.push(JSON.parse(line).msg) });
const folder = mkdtempSync(join(tmpdir(), 'upgrade-registry-test-'));
let server: TestServer;
let events: readonly Readonly<Record<string, string | number | null>>[];

/** A server with some factories, all of them signed and audited. */
beforeAll(async () => {
  server = await startServer({ folder, inThread: true, auditTimes, log });
  for (let n = 1; n < size; n++) await nominate(n);
  await server.registry.ledger.reached(size, 60_000);
  events = inStore((db) => db.prepare('SELECT * FROM events').all()) as typeof events;
});
afterAll(async () => {
  await server?.close();
  rmSync(folder, { recursive: true, force: true });
});

const nominate = async (n: number): Promise<void> => {
  const body = { ...nomination, note: `备注 ${n}` };
  const { status } = await server.post(`/api/v1/factories/f-${n}/nominate`, body, {
    token: await server.token('clerk'),
  });
  expect(status).toBe(201);
};

const inStore = <T>(work: (db: DatabaseSync) => T): T => {
  const db = new DatabaseSync(join(folder, 'events.db'), { timeout: 5_000 });
  try {
    db.exec('BEGIN IMMEDIATE');
    const done = work(db);
    db.exec('COMMIT');
    return done;
  } finally {
    db.close();
  }
};
const change = (sql: string) => () => inStore((db) => db.exec(sql));

/** Puts back what was recorded. */
const putBack = (): void =>
  inStore((db) => {
    const names = Object.keys(events[0] ?? {});
    const insert = db.prepare(`INSERT INTO events (${names.join()}) VALUES (${names.map(() => '?').join()})`);
    db.exec('DELETE FROM events');
    for (const row of events) insert.run(...names.map((name) => row[name] ?? null));
  });

/** What an auditor is told of the server, once that is so. */
const told = async (isSo: (health: Health) => boolean): Promise<Health> => {
  const token = await server.token('auditor');
  for (;;) {
    const { json, status } = await server.get('/health/ready', { token });
    if (isSo(json)) return { ...json, status };
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
};
type Health = {
  readonly status: number;
  readonly state: string;
  readonly ledger: {
    readonly notSigned?: string;
    readonly checkpoint?: number;
    readonly audit?: { readonly lastPass?: { readonly size: number }; readonly found?: readonly string[] };
  };
};
const isSound = ({ ledger, state }: Health) =>
  state === 'ready' && ledger.audit?.lastPass?.size === size && ledger.notSigned === undefined;

test('a running server audits its ledger again and again from the start on, and says how far and when', async () => {
  const { status } = await told(isSound);
  expect(status).toBe(200);
  const { text } = await server.get('/metrics');
  expect(text).toMatch(/\nregistry_audit_checked \d+\n/);
  expect(text).toContain('\nregistry_audit_faults 0\n');
  expect(text).toMatch(/\nregistry_audit_last_pass_timestamp_seconds \d{10}/);
  expect((await server.get('/health/ready')).json).not.toHaveProperty('ledger');
});

const renumber = (sql: string) =>
  change(`${sql}; UPDATE events SET entry_number = -entry_number WHERE entry_number < 0`);
const columns = 'stream, revision, expected, id, type, recorded_at, data, metadata';

const tamperings: readonly (readonly [string, () => void, RegExp])[] = [
  [
    'one value of an event is changed',
    change(`UPDATE events SET data = replace(data, '${nomination.district}', 'minhang') WHERE entry_number = 4`),
    /^Entry number 4 \(FactoryNominated \S+ of factories\/f-4\) is not what this node has hashed: it was changed in the store$/,
  ],
  [
    'a free text is changed',
    change("UPDATE events SET metadata = replace(metadata, '备注 4', '备注 5') WHERE entry_number = 4"),
    /^Entry number 4 \(FactoryNominated \S+ of factories\/f-4\): the text \/note, or its salt, does not match its digest$/,
  ],
  [
    'an event is removed from the middle',
    change('DELETE FROM events WHERE entry_number = 4'),
    /^Entry number 4 \(FactoryNominated \S+ of factories\/f-4\) has vanished from the store$/,
  ],
  [
    'the tail is cut',
    change('DELETE FROM events WHERE entry_number > 6'),
    /^The store has 7 events, and this node has hashed 9\. Entry number 7 \(FactoryNominated \S+ of factories\/f-7\) is the first that is gone: the end was cut off, or an older backup was restored$/,
  ],
  [
    'two events are swapped',
    renumber(
      'UPDATE events SET entry_number = -4 WHERE entry_number = 5; UPDATE events SET entry_number = 5 WHERE entry_number = 4',
    ),
    /^Entry number 5 \(FactoryNominated \S+ of factories\/f-5\) stands at number 4 in the store: the order was changed$/,
  ],
  [
    'an event is made longer than a leaf may be',
    change(
      `UPDATE events SET data = replace(data, '"name"', '"x":"${'x'.repeat(66_000)}","name"') WHERE entry_number = 4`,
    ),
    /^Entry number 4 \(FactoryNominated \S+\) has no leaf: it would have more than 65,535 bytes$/,
  ],
  [
    'an older state is put back, and something else recorded since',
    change(`DELETE FROM events WHERE entry_number > 6;
         UPDATE events SET id = '00000000-0000-4000-8000-000000000000' WHERE entry_number > 4`),
    /^Entry number 5 \(FactoryNominated \S+ of factories\/f-5\) and all after it are not what this node has hashed: an older backup may have been restored, and more recorded since$/,
  ],
];

/** What the server says of the first thing that it has found; it signs nothing meanwhile. */
const red = async (sentence: RegExp): Promise<void> => {
  const { status, state, ledger } = await told(
    ({ ledger }) => sentence.test(ledger.audit?.found?.[0] ?? '') && ledger.notSigned !== undefined,
  );
  expect(status).toBe(503);
  expect(state).toMatch(/^(ledger-fault|stopped)$/);
  expect(ledger.notSigned).toMatch(sentence);
  expect(ledger.checkpoint).toBe(server.registry.ledger.published()?.size);
  expect((await server.get('/health/ready')).json).not.toHaveProperty('ledger');
  const { text } = await server.get('/metrics');
  expect(text).toMatch(/\nregistry_audit_faults [1-9]\d*\n/);
  expect(text).toContain('\nregistry_checkpoint_fault 1\n');
  const found = said.filter((line) => line.startsWith('the self-audit of the ledger: ')).at(-1) ?? '';
  expect(found.replace('the self-audit of the ledger: ', '')).toMatch(sentence);
};

test.each(tamperings)(
  'a running server turns red, signs nothing and says what it is if %s; once that is put right, a whole pass ends it',
  async (_what, tamper, sentence) => {
    await told(isSound);
    tamper();
    await red(sentence);
    putBack();
    const { status } = await told(isSound);
    expect(status).toBe(200);
    expect(said.at(-1)).toMatch(/finds nothing wrong any more|are signed again/);
  },
);

/** Not as `writeFileSync` does, which first empties the file that the server reads meanwhile. */
const writeInPlace = (path: string, bytes: Buffer): void => {
  const file = openSync(path, 'r+');
  writeSync(file, bytes, 0, bytes.length, 0);
  closeSync(file);
};

test('a running server knows changed hashes from changed events', async () => {
  const path = join(folder, 'ledger', 'level-0');
  const bytes = readFileSync(path);
  const before = said.length;
  writeInPlace(path, flipped(bytes, 32 * 3));
  await red(/^The hashes of tile\/0\/000\.p\/9 were changed, in the file level-0; the events were not$/);
  expect(said.slice(before).filter((line) => line.includes('Entry number'))).toEqual([]); // not even in passing
  writeInPlace(path, bytes);
  await told(isSound);
});

test('while the ledger is at fault, commands are recorded but not signed', async () => {
  change(`UPDATE events SET type = 'FactoryAssessed' WHERE entry_number = 4`)();
  const sentence = /^Entry number 4 \(FactoryAssessed \S+ of factories\/f-4\) is not what this node has hashed/;
  await red(sentence);
  await nominate(size);
  expect(await server.registry.ledger.reached(size + 1, 1_500)).toBe(false);

  // A restart changes nothing of that, not even before its first pass.
  await server.close();
  server = await startServer({ folder, inThread: true, auditTimes: { firstMs: 600_000, restMs: 50 }, log });
  await red(sentence);
  await server.close();
  server = await startServer({ folder, inThread: true, auditTimes, log });
  change(`UPDATE events SET type = 'FactoryNominated' WHERE entry_number = 4`)();
  expect(await server.registry.ledger.reached(size + 1, 30_000)).toBe(true);
});

test('an event that is inserted is named, though the event that it moves on is folded again and stops the read model', async () => {
  renumber(
    `UPDATE events SET entry_number = -(entry_number + 1) WHERE entry_number >= 4;
     INSERT INTO events (entry_number, ${columns})
     SELECT 4, 'upgrade.factories-f-new', revision, expected, '00000000-0000-4000-8000-000000000000', type, recorded_at,
            replace(data, '"f-3"', '"f-new"'), metadata FROM events WHERE entry_number = 3`,
  )();
  await red(
    /^Entry number 4 \(FactoryNominated 00000000-0000-4000-8000-000000000000 of factories\/f-new\) was not there when this node hashed its place: it was inserted into the store$/,
  );
});

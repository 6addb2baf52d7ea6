import { execFileSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  watch,
  writeFileSync,
} from 'node:fs';
import { join, resolve } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { kept } from '../../src/data-folder.ts';
import { start as beginning } from '../../src/store/event-store.ts';
import { openSqliteStore } from '../../src/store/sqlite/store.ts';
import { chanceOf } from '../faults/chance.ts';
import { openOffice } from '../faults/journal.ts';
import { csv } from '../imports/spreadsheet.ts';
import { copyOf, ended, ending, get, newFolder, registry, serve, start, tokenFor } from './command-line.ts';
import { fillFolder } from './filled.ts';

let filled: string;
let whole: string;
beforeAll(async () => {
  filled = await fillFolder();
  whole = join(filled, 'backup.db');
  const env = { ...process.env, REGISTRY_DATA: join(filled, 'data') };
  execFileSync(resolve('registry'), ['backup', whole], { env, stdio: 'pipe' });
});
afterAll(() => rmSync(filled, { recursive: true, force: true }));

/** The ledger’s first N events as they are stored. */
const stored = async (folder: string, size: number) => {
  const store = openSqliteStore({ file: join(folder, 'data', 'events.db'), now: Date.now });
  const events = await store.readAll(beginning, size);
  await store.close();
  return events;
};

const modeOf = (path: string): number => statSync(path).mode & 0o777;

test('a backup made while clerks work holds the ledger of one moment, and a restored one serves', {
  timeout: 90_000,
}, async () => {
  const folder = newFolder();
  const { url } = await serve(folder);
  const office = await openOffice(folder, chanceOf('backup'));
  await office.nominate(url);
  const stop = new AbortController();
  const work = office.work(url, stop.signal);
  const file = join(folder, 'backup.db');
  const made = await registry(folder, ['backup', file, '--json']);
  stop.abort();
  await work;
  expect(made.code).toBe(0);
  const backup = JSON.parse(made.stdout);
  const events = await stored(folder, 100_000);
  expect(backup.events).toBeLessThan(events.length);
  expect(backup).toMatchObject({
    file,
    files: ['accounts.db', 'keys/ledger-signing.key', 'keys/token-signing.pem'],
    lastEvent: { id: events[backup.events - 1]?.id },
  });
  expect(modeOf(file)).toBe(0o600);

  const other = newFolder();
  const restored = await registry(other, ['restore', file, '--json']);
  expect(restored.code).toBe(0);
  expect(JSON.parse(restored.stdout)).toMatchObject({ events: backup.events, sha256: backup.sha256 });
  expect(await stored(other, 100_000)).toEqual(events.slice(0, backup.events));
  const key = join('data', 'keys', 'token-signing.pem');
  expect(readFileSync(join(other, key))).toEqual(readFileSync(join(folder, key)));
  expect([modeOf(join(other, key)), modeOf(join(other, 'data', 'keys'))]).toEqual([0o600, 0o700]);
  const [, secret = ''] = readFileSync(join(other, key), 'utf8').split('\n');
  expect(readFileSync(file).includes(secret)).toBe(true);
  expect(readFileSync(join(other, 'data', 'events.db')).includes(secret)).toBe(false);

  const again = await serve(other);
  const auditor = await tokenFor(folder, 'auditor');
  const trail = await get(`${again.url}/api/v1/events?limit=1&after=${backup.events - 2}`, auditor, {
    'registry-position': String(backup.events),
  });
  expect(trail).toMatchObject([{ id: backup.lastEvent.id }]);
  const { targets } = await get(`${again.url}/api/v1/targets?on=2021-06-30`);
  const replayed = await registry(folder, [
    'replay',
    '--on',
    '2021-06-30',
    '--known-at',
    String(backup.events),
    '--json',
  ]);
  expect(JSON.parse(replayed.stdout).targets).toEqual(targets);
});

test('an import that was running during the backup continues after the restore, and records every row once', {
  timeout: 90_000,
}, async () => {
  const folder = newFolder();
  const total = 1_500;
  const rows = Array.from({ length: total }, (_, index) => [
    `k${index}`,
    `第 ${index} 厂`,
    '汽车',
    '浦东',
    '2020-12-22',
  ]);
  const file = join(folder, 'rows.csv');
  writeFileSync(file, csv(['编号', '工厂名称', '行业', '区', '日期'], ...rows));
  const child = start('./registry', ['import', 'factories', file, '--as', 'li.wei'], folder);
  child.stderr.resume();
  const id = await new Promise<string>((resolve) => {
    child.stdout.on('data', (bytes: Buffer) => resolve(/import (\S+)/.exec(String(bytes))?.[1] ?? ''));
  });
  child.kill('SIGSTOP'); // halfway, however fast it is
  const backup = join(folder, 'backup.db');
  const { stdout } = await registry(folder, ['backup', backup, '--json']);
  expect(JSON.parse(stdout).files).toContain(`imports/${id}`);
  expect(JSON.parse(stdout).events).toBeLessThan(total);
  child.kill('SIGKILL');

  const other = newFolder();
  expect(await registry(other, ['restore', backup])).toMatchObject({ code: 0 });
  const { url } = await serve(other);
  const auditor = await tokenFor(other, 'auditor');
  const progress = await fetch(`${url}/api/v1/imports/${id}`, {
    headers: { authorization: `Bearer ${auditor}`, accept: 'text/event-stream' },
  });
  await progress.text();
  const { import: ended } = await get(`${url}/api/v1/imports/${id}`, auditor);
  expect(ended).toMatchObject({ state: 'finished', refused: 0 });
  const nominated = (await stored(other, 10_000)).filter(({ type }) => type === 'FactoryNominated');
  expect(new Set(nominated.map(({ data }) => data.key)).size).toBe(total);
  expect(nominated).toHaveLength(total);
});

test('a backup overwrites no file, and needs a ledger on this machine', async () => {
  const folder = copyOf(filled);
  const file = join(folder, 'mine');
  writeFileSync(file, 'mine');
  const refusal = (stderr: string) => ({ code: 1, stdout: '', stderr: expect.stringMatching(stderr) });
  expect(await registry(folder, ['backup', file])).toEqual(refusal('^registry: .*mine already exists'));
  expect(readFileSync(file, 'utf8')).toBe('mine');
  expect(await registry(folder, ['backup', join(folder, 'no', 'b')])).toEqual(refusal('^registry: there is no folder'));
  expect(await registry(newFolder(), ['backup', join(folder, 'b')])).toEqual(refusal('^registry: there is no ledger'));
  const cluster = { REGISTRY_STORE: 'esdb://admin:secret@127.0.0.1:1?tls=false' };
  for (const args of [
    ['backup', join(folder, 'b')],
    ['restore', whole],
  ])
    expect(await registry(newFolder(), args, cluster)).toEqual(refusal('is backed up there'));
  const { stderr } = await registry(newFolder(), ['backup', join(folder, 'b')], cluster);
  const others = Object.values(kept).filter((part) => part.inBackup && part !== kept.ledger && part !== kept.keys);
  expect(stderr).toContain('the folder of the keys (REGISTRY_KEYS)');
  for (const { path } of others) expect(stderr).toContain(path);
  expect(readdirSync(folder).sort()).toEqual(['data', 'mine']);
});

test('a backup is restored only into an empty folder, and existing files stay unchanged', async () => {
  const folder = copyOf(filled);
  const before = await stored(folder, 1_000);
  expect(await registry(folder, ['restore', whole])).toEqual({
    code: 1,
    stdout: '',
    stderr: expect.stringContaining('is not empty'),
  });
  expect(await stored(folder, 1_000)).toEqual(before);
  const ledger = { REGISTRY_STORE: `sqlite:${join(folder, 'data', 'events.db')}` };
  expect(await registry(newFolder(), ['restore', whole], ledger)).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('was left unchanged'),
  });
});

test('a file that is not a complete backup, or has changed since, is not restored', { timeout: 60_000 }, async () => {
  const scratch = newFolder();
  const damaged = (name: string, damage: (file: string) => void): string => {
    const file = join(scratch, name);
    copyFileSync(whole, file);
    damage(file);
    return file;
  };
  const changing = (sql: string) => (file: string) => {
    const db = new DatabaseSync(file);
    db.exec(sql);
    db.close();
  };
  const cases: readonly (readonly [file: string, why: string])[] = [
    [join(scratch, 'absent'), 'there is no file'],
    [damaged('text', (file) => writeFileSync(file, 'text')), 'not a valid ledger'],
    [join(filled, 'data', 'events.db'), 'is not a complete backup'],
    [damaged('cut', (file) => truncateSync(file, 40_960)), 'is (damaged|not a valid ledger)'],
    [damaged('word', changing("UPDATE events SET data = replace(data, '澜起', '瀾起')")), 'their SHA-256 differs'],
    [damaged('key', changing("UPDATE backup_file SET content = x'00'")), 'their SHA-256 differs'],
    [damaged('lost', changing('DELETE FROM events WHERE entry_number = 7')), 'entry 7 is missing'],
    [damaged('short', changing('DELETE FROM events WHERE entry_number > 100')), 'holds 101 events instead of the 137'],
  ];
  for (const [file, why] of cases) {
    const folder = newFolder();
    const run = await registry(folder, ['restore', file]);
    expect(run, file).toEqual({ code: 1, stdout: '', stderr: expect.stringMatching(`registry: .*${why}`) });
    expect(existsSync(join(folder, 'data')) ? readdirSync(join(folder, 'data')) : [], file).toEqual([]);
  }
});

/** A backup that somebody has worked on, with a statement that fits: its SHA-256 needs no secret. */
const workedOn = (name: string, sql: string): string => {
  const file = join(filled, name);
  copyFileSync(whole, file);
  const db = new DatabaseSync(file, { defensive: false });
  db.exec(sql);
  db.close();
  return file;
};

const asView = `ALTER TABLE events RENAME TO hidden; CREATE VIEW events AS SELECT * FROM hidden`;
const asTable = (columns: string) => {
  const names = 'entry_number, stream, revision, expected, id, type, recorded_at, data, metadata';
  return `ALTER TABLE events RENAME TO old; CREATE TABLE events (${columns}, UNIQUE (stream, revision)) STRICT;
          INSERT INTO events (${names}) SELECT ${names} FROM old; DROP TABLE old`;
};
const ownColumns = `entry_number INTEGER PRIMARY KEY, stream TEXT NOT NULL, revision INTEGER NOT NULL,
  expected INTEGER NOT NULL, id TEXT NOT NULL, type TEXT NOT NULL, recorded_at INTEGER NOT NULL, data TEXT NOT NULL,
  metadata TEXT NOT NULL`;

test.each([
  [
    'a trigger',
    "CREATE TRIGGER t AFTER INSERT ON events BEGIN UPDATE events SET data = '{}' WHERE entry_number = 0; END",
  ],
  ['a trigger of the backup’s own table', 'CREATE TRIGGER t AFTER DELETE ON backup BEGIN DELETE FROM events; END'],
  ['a view', 'CREATE VIEW v AS SELECT * FROM events'],
  ['an extra table', "CREATE TABLE more (a TEXT); INSERT INTO more VALUES ('x')"],
  ['an index', 'CREATE INDEX i ON events (type)'],
  ['a virtual table', 'CREATE VIRTUAL TABLE f USING fts5 (a)'],
  ['what ANALYZE leaves', 'ANALYZE'],
])('of a backup with %s the rows are restored and nothing else', async (what, sql) => {
  const folder = newFolder();
  const run = await registry(folder, ['restore', workedOn(`${what}.db`, sql)]);
  expect(run).toMatchObject({ code: 0 });
  const db = new DatabaseSync(join(folder, 'data', 'events.db'), { readOnly: true });
  const items = db.prepare('SELECT name FROM sqlite_schema').all();
  db.close();
  expect(items).toEqual([{ name: 'events' }, { name: 'sqlite_autoindex_events_1' }]);
  expect(await stored(folder, 1_000)).toEqual(await stored(filled, 1_000));
});

const otherTables: readonly (readonly [what: string, sql: string])[] = [
  ['a view in place of a table', asView],
  ['an extra column', asTable(`${ownColumns}, more TEXT`)],
  ['a generated column', asTable(`${ownColumns}, more TEXT AS (upper(data))`)],
  ['a stored generated column', asTable(`${ownColumns}, more TEXT AS (upper(data)) STORED`)],
  [
    'a default that SQLite evaluates',
    asTable(ownColumns.replace('id TEXT NOT NULL', 'id TEXT NOT NULL DEFAULT (random())')),
  ],
  ['a check that SQLite evaluates', asTable(`${ownColumns}, CHECK (length(id) > 0)`)],
  ['a comment in a text', asTable(ownColumns.replace('id TEXT NOT NULL', "id TEXT NOT NULL DEFAULT '--\n'"))],
  ['another collation', asTable(ownColumns.replace('stream TEXT', 'stream TEXT COLLATE NOCASE'))],
];

test.each(otherTables)('a backup with %s is no backup of a registry', async (what, sql) => {
  const folder = newFolder();
  const run = await registry(folder, ['restore', workedOn(`${what}.db`, sql)]);
  expect(run).toEqual({ code: 1, stdout: '', stderr: expect.stringMatching(/events is defined differently.*Nothing/) });
  expect(existsSync(join(folder, 'data'))).toBe(false);
});

test.each([
  ...otherTables,
  ['a trigger', 'CREATE TRIGGER t AFTER INSERT ON events BEGIN DELETE FROM events; END'],
  ['an extra table', 'CREATE TABLE more (a TEXT)'],
] as const)('a ledger with %s is not served, and left as it is', async (_, sql) => {
  const folder = copyOf(filled);
  const file = join(folder, 'data', 'events.db');
  const db = new DatabaseSync(file, { defensive: false });
  db.exec(sql);
  db.close();
  const before = readFileSync(file);
  expect(await registry(folder, ['serve'])).toEqual({
    code: 78,
    stdout: '',
    stderr: expect.stringMatching(/^registry: .*events\.db is not used as a ledger: it.*It was left unchanged\.\n$/),
  });
  expect(readFileSync(file)).toEqual(before);
});

test('a ledger that ANALYZE has run on is served', async () => {
  const folder = copyOf(filled);
  const db = new DatabaseSync(join(folder, 'data', 'events.db'));
  db.exec('ANALYZE');
  db.close();
  expect(await registry(folder, ['status'])).toMatchObject({ code: 0 });
});

test('a damaged ledger is not backed up', async () => {
  const folder = copyOf(filled);
  const ledger = join(folder, 'data', 'events.db');
  const content = readFileSync(ledger);
  content.fill(0xa5, 5 * 4_096, 6 * 4_096);
  writeFileSync(ledger, content);
  const run = await registry(folder, ['backup', join(folder, 'b')]);
  expect(run).toMatchObject({ code: 78, stdout: '', stderr: expect.stringMatching(/is (damaged|not a valid ledger)/) });
  expect(readdirSync(folder)).toEqual(['data']);
});

test('a backup that is killed leaves no file under the requested name', async () => {
  const folder = copyOf(filled);
  const file = join(folder, 'b');
  const begun = new Promise<string>((resolve) => {
    const watcher = watch(folder, (_, name) => {
      watcher.close();
      resolve(name ?? '');
    });
  });
  const child = start('./registry', ['backup', file], folder);
  const partial = await begun;
  child.kill('SIGKILL');
  await ended(child);
  expect(partial).toBe(`b.${child.pid}.partial`);
  expect(existsSync(file)).toBe(false);
});

test('an interrupted restore is named, no registry starts beside it, and it can be run again', async () => {
  const folder = newFolder();
  mkdirSync(join(folder, 'data'));
  writeFileSync(join(folder, 'data', 'events.db.restoring'), '');
  for (const args of [['serve'], ['status']])
    expect(await registry(folder, args)).toEqual({
      code: 78,
      stdout: '',
      stderr: expect.stringMatching(/^registry: .*events\.db\.restoring exists: a restore .*\n$/),
    });
  expect(await registry(folder, ['restore', whole])).toMatchObject({ code: 0 });
  expect(readdirSync(join(folder, 'data')).sort()).toEqual(['accounts.db', 'events.db', 'imports', 'keys']);
  expect(await stored(folder, 1_000)).toEqual(await stored(filled, 1_000));
});

test('a backup made while people sign in holds the accounts and their log, and none of their sessions', async () => {
  const folder = newFolder();
  const { url } = await serve(folder);
  const add = "printf 'four words nobody guesses\\n' | ./registry user add 李伟 --role clerk --json";
  const account = JSON.parse((await ending(start('sh', ['-c', add], folder))).stdout);
  const signIn = (where: string) =>
    fetch(`${where}/api/v1/session`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', origin: where },
      body: JSON.stringify({ name: '李伟', password: 'four words nobody guesses' }),
    });
  const cookie = (await signIn(url)).headers.get('set-cookie')?.split(';')[0] ?? '';
  const session = async (where: string) =>
    (await fetch(`${where}/api/v1/session`, { headers: { cookie, origin: where } })).status;
  expect(await session(url)).toBe(200);
  const file = join(folder, 'backup.db');
  await registry(folder, ['backup', file]);
  const other = newFolder();
  expect(await registry(other, ['restore', file])).toMatchObject({ code: 0 });
  expect(modeOf(join(other, 'data', 'accounts.db'))).toBe(0o600);
  expect(readdirSync(join(other, 'data')).sort()).toEqual(['accounts.db', 'events.db', 'keys']);
  const again = await serve(other);
  expect(await session(again.url)).toBe(204);
  expect(await (await signIn(again.url)).json()).toMatchObject({ subject: account.subject, roles: ['clerk'] });
  const auditor = await tokenFor(other, 'auditor');
  const { items } = await get(`${again.url}/api/v1/accounts/log`, auditor);
  expect(items).toMatchObject([{ by: 'command-line', subject: account.subject, what: 'made', roles: ['clerk'] }]);
});

import { createHash } from 'node:crypto';
import {
  chmodSync,
  closeSync,
  cpSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { asOrdinary, copyOf, ended, ending, get, newFolder, registry, serve, start } from '../cli/command-line.ts';
import { fillFolder } from '../cli/filled.ts';
import { chanceOf } from './chance.ts';
import { openOffice } from './journal.ts';

const timeout = 120_000;
const pageBytes = 4_096;
const frameBytes = pageBytes + 24;

/** The pages, counted from 0, whose latest content is in a write-ahead log and not in the file (SQLite's file format, 4.1). */
const pagesIn = (log: string): ReadonlySet<number> => {
  const content = readFileSync(log);
  const pages = new Set<number>();
  for (let at = 32; at + frameBytes <= content.length; at += frameBytes) pages.add(content.readUInt32BE(at) - 1);
  return pages;
};

let filled: string;
beforeAll(async () => {
  filled = await fillFolder();
}, timeout);
afterAll(() => rmSync(filled, { recursive: true, force: true }));

/** Every file of a data folder with the hash of its content, except the index that SQLite keeps of its log. */
const contents = (folder: string) =>
  readdirSync(join(folder, 'data'), { recursive: true, encoding: 'utf8' })
    .filter((name) => !name.endsWith('-shm') && statSync(join(folder, 'data', name)).isFile())
    .sort()
    .map(
      (name) =>
        `${name} ${createHash('sha256')
          .update(readFileSync(join(folder, 'data', name)))
          .digest('hex')}`,
    );

test('a read-only folder or ledger is named and left as it is', { timeout }, async () => {
  for (const [name, mode] of [
    ['', 0o500],
    ['events.db', 0o400],
  ] as const) {
    const folder = copyOf(filled);
    const before = contents(folder);
    chmodSync(join(folder, 'data', name), mode);
    const [program = '', ...args] = [...asOrdinary, './registry', 'serve'];
    const run = await ending(start(program, args, folder));
    expect(run).toEqual({
      code: 78,
      stdout: '',
      stderr: expect.stringMatching(/^registry: .* cannot be written to.*\n$/),
    });
    chmodSync(join(folder, 'data', name), 0o700);
    expect(contents(folder)).toEqual(before);
  }
});

test('a damaged page of the ledger ends the start with status 78 and a message, and nothing is overwritten', {
  timeout,
}, async () => {
  const chance = chanceOf('damaged page');
  for (const pick of ['the first', 'any', 'any']) {
    const folder = copyOf(filled);
    // A server that is killed leaves a log; one that closes writes it into the ledger.
    const { child, url } = await serve(folder);
    await (await openOffice(folder, chance)).nominate(url);
    child.kill('SIGKILL');
    await ended(child);
    const file = join(folder, 'data', 'events.db');
    const content = readFileSync(file);
    const newer = pagesIn(`${file}-wal`);
    const read = Array.from({ length: content.length / pageBytes }, (_, index) => index).filter((it) => !newer.has(it));
    const page = read[pick === 'any' ? chance.below(read.length) : 0] ?? 0; // the log has others anew, the first too if the file grew
    for (let at = page * pageBytes; at < (page + 1) * pageBytes; at++) content[at] = chance.below(256);
    writeFileSync(file, content);
    const before = contents(folder);
    const run = await registry(folder, ['serve']);
    expect(run, `page ${page}`).toEqual({
      code: 78,
      stdout: '',
      stderr: expect.stringMatching(/^registry: \S*events\.db is [^\n]* It was left unchanged\.\n$/),
    });
    expect(contents(folder), `page ${page}`).toEqual(before);
  }
});

test('a damaged page of a large ledger, which is checked during the first reads, ends the server before it records', {
  timeout,
}, async () => {
  const folder = copyOf(filled);
  const file = join(folder, 'data', 'events.db');
  const db = new DatabaseSync(file);
  db.exec('CREATE TABLE filler (content BLOB); INSERT INTO filler VALUES (zeroblob(70 * 1048576)); DROP TABLE filler');
  db.close();
  const descriptor = openSync(file, 'r+');
  writeSync(descriptor, Buffer.alloc(pageBytes, 0xa5), 0, pageBytes, 5 * pageBytes);
  closeSync(descriptor);
  const before = contents(folder).find((line) => line.startsWith('events.db '));
  const run = await registry(folder, ['serve']);
  expect(run).toMatchObject({ code: 78, stderr: expect.stringMatching(/^registry: \S*events\.db is damaged: .*\n$/m) });
  expect(contents(folder)).toContain(before);
});

test('a ledger whose log has torn last pages keeps every answered command and records new ones', {
  timeout,
}, async () => {
  const chance = chanceOf('torn log');
  const folder = newFolder();
  const office = await openOffice(folder, chance);
  const { child, url } = await serve(folder);
  for (let each = 0; each < 10; each++) await office.nominate(url);
  await office.check(url);
  const log = join('data', 'events.db-wal');
  const answered = statSync(join(folder, log)).size;
  // The next write is answered only once it is whole on the disk, so cutting it short loses no answered command.
  const unanswered = await openOffice(folder, chance, 'unanswered');
  await unanswered.nominate(url);
  child.kill('SIGKILL');
  await ended(child);
  const frames = statSync(join(folder, log)).size - answered;
  expect(frames).toBeGreaterThanOrEqual(frameBytes);
  for (const tear of [
    (path: string) => truncateSync(path, answered + frames - 1 - chance.below(pageBytes)),
    (path: string) => truncateSync(path, answered + 1 + chance.below(frames - 1)),
    (path: string) => {
      const content = readFileSync(path);
      const from = answered + frames - 1 - chance.below(pageBytes - 1);
      content.fill(chance.below(255) + 1, from);
      content[from] = ((content[from] ?? 0) + 1) % 256;
      writeFileSync(path, content);
    },
  ]) {
    const copy = newFolder();
    // The read model is built from what is on the disk, so it does not have the torn pages.
    cpSync(join(folder, 'data'), join(copy, 'data'), {
      recursive: true,
      verbatimSymlinks: true,
      filter: (path) => !path.includes('readmodel') && !path.endsWith('-shm'),
    });
    tear(join(copy, log));
    const again = await serve(copy);
    await office.check(again.url, join(copy, 'data'));
    const there = await get(`${again.url}/api/v1/factories?limit=500`);
    expect(there.items).toHaveLength(10);
    const later = await openOffice(copy, chance, 'later');
    expect((await later.nominate(again.url))?.status).toBe(201);
    await later.check(again.url);
    await office.check(again.url, join(copy, 'data'));
  }
});

test('a damaged read model is rebuilt from the ledger', { timeout }, async () => {
  const folder = copyOf(filled);
  const before = await registry(folder, ['replay', '--on', '2020-12-31', '--json']);
  writeFileSync(join(folder, 'data', 'readmodel', 'current.db'), 'no database '.repeat(2_000));
  const { url } = await serve(folder, { LOG_LEVEL: 'silent' });
  const { size } = JSON.parse(before.stdout);
  const targets = await get(`${url}/api/v1/targets?on=2020-12-31`, undefined, { 'registry-position': String(size) });
  expect(targets).toEqual(JSON.parse(before.stdout));
});

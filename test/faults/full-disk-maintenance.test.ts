import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, expect, type TestContext, test } from 'vitest';
import { openTokens } from '../../src/identity/tokens.ts';
import { ending, get, lineOf, newFolder, start } from '../cli/command-line.ts';
import { fillFolder } from '../cli/filled.ts';
import { chanceOf } from './chance.ts';
import { openOffice } from './journal.ts';

const timeout = 60_000;
const mount = ['unshare', '--mount', ...(process.getuid?.() === 0 ? [] : ['--map-root-user'])];
const [program, ...options] = mount as [string, ...string[]];
const pageBytes = 4_096;

let filled: string;
let whole: string;
let bytes: { readonly ledger: number; readonly readModel: number };
beforeAll(async () => {
  filled = await fillFolder();
  whole = join(filled, 'whole.db');
  const run = (command: string, data: string) =>
    execFileSync(resolve('registry'), [command, whole], {
      env: { ...process.env, REGISTRY_DATA: data },
      stdio: 'pipe',
    });
  run('backup', join(filled, 'data'));
  run('restore', join(filled, 'restored'));
  const sizeOf = (path: string) => statSync(join(filled, path)).size;
  bytes = { ledger: sizeOf('restored/events.db'), readModel: sizeOf('data/readmodel/current.db') };
}, timeout);
afterAll(() => rmSync(filled, { recursive: true, force: true }));

/** Runs shell commands that see a file system of their own, in `disk`. */
const onDisk = (folder: string, disk: string, commands: readonly string[]) =>
  start(program, [...options, 'sh', '-c', commands.join('\n')], folder, {
    REGISTRY_DATA: join(filled, 'data'),
    DISK: disk,
  });

const needsMounts = (folder: string, { skip }: TestContext): void => {
  const tried = spawnSync(program, [...options, 'mount', '-t', 'tmpfs', 'tmpfs', folder], { encoding: 'utf8' });
  if (tried.status !== 0) skip(`no file system can be mounted here: ${tried.stderr}`);
};

type Work = {
  readonly prepare?: string;
  readonly command: () => string;
  /** The bytes on the disk before; and how many more it needs at least, so that with as many it is full. */
  readonly before?: () => number;
  readonly needs: () => number;
  /** The files that stay on the disk if the command fails. */
  readonly stays: RegExp;
};

const works: Readonly<Record<string, Work>> = {
  backup: { command: () => 'backup "$DISK/b"', needs: () => bytes.ledger, stays: /^$/ },
  restore: {
    prepare: 'export REGISTRY_DATA="$DISK/data"',
    command: () => `restore ${whole}`,
    needs: () => bytes.ledger,
    stays: /^$/,
  },
  copy: {
    command: () => 'copy --from sqlite:events.db --to "sqlite:$DISK/copy.db"',
    needs: () => bytes.ledger,
    stays: /^(\S*\/copy\.db(-wal)?\n)*$/, // from which it goes on
  },
  rebuild: {
    prepare: 'cp -a "$REGISTRY_DATA" "$DISK/data"; export REGISTRY_DATA="$DISK/data"',
    command: () => 'rebuild',
    before: () => bytes.ledger + bytes.readModel + 2 * pageBytes,
    needs: () => bytes.readModel,
    stays: /^(\S*\/((events|accounts)\.db|token-signing\.pem|imports\/[^/]*\.rows|[^/]*\.1\.db)(-wal|-shm)?\n)*$/,
  },
};

test.for(Object.keys(works))(
  'if the disk is full during a %s, one line says so, nothing half-written stays, and it succeeds once there is space',
  { timeout },
  async (name, context) => {
    const { prepare = '', command, before = () => 0, needs, stays } = works[name] as Work;
    const folder = newFolder();
    needsMounts(folder, context);
    await Promise.all(
      [0.3, 0.95, 1].map(async (part, index) => {
        const disk = join(folder, String(index));
        mkdirSync(disk);
        const pages = Math.ceil((before() + part * needs()) / pageBytes) + 1;
        const run = await ending(
          onDisk(folder, disk, [
            `mount -t tmpfs -o size=${pages * pageBytes} tmpfs "$DISK"`,
            prepare,
            `./registry ${command()} >&2`,
            'echo $?',
            'find "$DISK" -type f ! -empty',
            'echo again',
            'mount -o remount,size=64m "$DISK"',
            `exec ./registry ${command()} --json`,
          ]),
        );
        const [failed = '', again = ''] = run.stdout.split('again\n');
        const [status, ...files] = failed.split('\n');
        const lines = run.stderr.split('\n').filter((line) => line !== '' && !/^\w+ [█░]/.test(line));
        expect(lines, `${part}`).toEqual([
          expect.stringMatching(/^registry: .* (is unavailable: the disk is full\.|cannot be written: ENOSPC.*)$/),
        ]);
        expect(status).toBe('1');
        expect(files.join('\n')).toMatch(stays);
        expect(run.code).toBe(0);
        const done = JSON.parse(again);
        expect(name === 'copy' ? done.size : done.events).toBe(137);
      }),
    );
  },
);

test('if the disk of the read model is full, commands are recorded, one line is logged, and it carries on once there is space', {
  timeout,
}, async (context) => {
  const folder = newFolder();
  const disk = join(folder, 'data');
  mkdirSync(disk);
  needsMounts(disk, context);
  const store = { REGISTRY_STORE: `sqlite:${join(folder, 'events.db')}`, REGISTRY_KEYS: join(folder, 'keys') };
  const commands = 'mount -t tmpfs -o size=8m tmpfs "$REGISTRY_DATA" && LOG_LEVEL=info exec ./registry serve';
  const child = start(program, [...options, 'sh', '-c', commands], folder, store);
  const said: string[] = [];
  createInterface({ input: child.stdout }).on('line', (line) =>
    said.push(/"msg":"([^"]*read model[^"]*)"/.exec(line)?.[1] ?? ''),
  );
  const [, url = ''] = await lineOf(child, /^listening on (http:\/\/\S+)$/);
  const office = await openOffice(folder, chanceOf('read model'), 'f', folder);
  const auditor = await openTokens(join(folder, 'keys'), 'localhost/upgrade-registry', Date.now).sign(
    'zhao',
    ['auditor'],
    600,
  );
  const read = (size: number) => fetch(`${url}/api/v1/targets`, { headers: { 'registry-position': String(size) } });
  const record = async (count: number) => {
    for (let each = 0; each < count; each++) expect((await office.nominate(url))?.status).toBe(201);
  };

  await record(5);
  expect((await read(6)).status).toBe(200);
  const filler = join(`/proc/${child.pid}/root`, disk, 'filler');
  expect(() => writeFileSync(filler, Buffer.alloc(8 * 1_048_576))).toThrow('ENOSPC');
  await record(5);
  expect((await read(11)).status).toBe(503); // after five seconds and ten attempts
  expect((await get(`${url}/api/v1/factories`)).items).toHaveLength(5);
  const ready = await fetch(`${url}/health/ready`, { headers: { authorization: `Bearer ${auditor}` } });
  expect(ready.status).toBe(503);
  expect(await ready.json()).toMatchObject({ detail: expect.stringMatching(/^The read model .* the disk is full\.$/) });
  rmSync(filler);
  expect((await read(11)).status).toBe(200);
  await office.check(url);
  expect(said.filter((line) => line !== '')).toEqual([
    'the read model cannot follow the store',
    'the read model follows the store again',
  ]);
});

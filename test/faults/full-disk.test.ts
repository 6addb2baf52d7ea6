import { execFileSync, spawnSync } from 'node:child_process';
import { closeSync, cpSync, fsyncSync, mkdirSync, openSync, rmSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { expect, type TestContext, test, vi } from 'vitest';
import { type Child, get, lineOf, newFolder, registry, serve, start } from '../cli/command-line.ts';
import { chanceOf } from './chance.ts';
import { openOffice } from './journal.ts';

const timeout = 120_000;
const mount = ['unshare', '--mount', ...(process.getuid?.() === 0 ? [] : ['--map-root-user'])];
const [program, ...options] = mount as [string, ...string[]];

type Disk = { readonly child: Child; readonly url: string; readonly data: string; fill(): void; clear(): void };

/** A file system of eight megabytes, visible only to the server, its children and under `/proc`. */
const smallDisk = async (folder: string, { skip }: TestContext): Promise<Disk> => {
  mkdirSync(join(folder, 'data'));
  const mounting = 'mount -t tmpfs -o size=8m tmpfs "$REGISTRY_DATA"';
  const tried = spawnSync(program, [...options, 'sh', '-c', mounting], {
    env: { PATH: process.env.PATH, REGISTRY_DATA: join(folder, 'data') },
    encoding: 'utf8',
  });
  if (tried.status !== 0) skip(`no file system can be mounted here: ${tried.stderr}`);
  const child = start(program, [...options, 'sh', '-c', `${mounting} && exec ./registry serve`], folder);
  const [, url = ''] = await lineOf(child, /^listening on (http:\/\/\S+)$/);
  const data = `/proc/${child.pid}/root${join(folder, 'data')}`;
  const filler = join(data, 'filler');
  return {
    child,
    url,
    data,
    fill: () => {
      const descriptor = openSync(filler, 'w');
      try {
        for (;;) writeSync(descriptor, Buffer.alloc(4_096));
      } catch (error) {
        expect(error).toMatchObject({ code: 'ENOSPC' });
        fsyncSync(descriptor);
      } finally {
        closeSync(descriptor);
      }
    },
    clear: () => rmSync(filler),
  };
};

/** A server none of whose files may grow beyond the ledger's current log, in place of a full disk. */
const limitedFiles = async (folder: string): Promise<Disk> => {
  const { child, url } = await serve(folder);
  const ledger = join(folder, 'data', 'events.db');
  const limit = (size: string) =>
    execFileSync('prlimit', ['--pid', String(child.pid), `--fsize=${size}:unlimited`], { stdio: 'pipe' });
  return {
    child,
    url,
    data: join(folder, 'data'),
    fill: () => limit(String(statSync(`${ledger}-wal`).size)),
    clear: () => limit('unlimited'),
  };
};

const refusedUntilThereIsSpace = async (name: string, folder: string, disk: Disk): Promise<void> => {
  const office = await openOffice(folder, chanceOf(name), 'f', disk.data);
  /** Checks a copy, because SQLite takes a path under `/proc` for one of this process; nobody writes meanwhile. */
  const check = async (at?: string) => {
    const copy = join(newFolder(), 'data');
    cpSync(disk.data, copy, { recursive: true, verbatimSymlinks: true, filter: (path) => !/-shm$|filler$/.test(path) });
    await office.check(at, copy);
  };
  const { url, child } = disk;
  for (let each = 0; each < 20; each++) expect((await office.nominate(url))?.status).toBe(201);
  disk.fill();
  for (let each = 0; each < 20; each++) {
    const answer = await office.nominate(url);
    expect(answer?.status, answer?.text).toBe(503);
    expect(Number(answer?.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(JSON.parse(answer?.text ?? '')).toMatchObject({ type: '/problems/unavailable', status: 503 });
  }
  await check();
  expect((await get(`${url}/api/v1/plans`)).items).toHaveLength(1);
  disk.clear();
  await office.ask(url);
  expect(office.answered(503)).toBe(0);
  expect(office.answered(201)).toBe(40);
  await check(url);
  await signedAndSound(disk);
  expect(child.exitCode).toBeNull();
};

/** Once there is space, all is hashed and signed, and the self-audit finds nothing. */
const signedAndSound = async ({ url, data }: Disk): Promise<void> => {
  const size = async () => Number((await (await fetch(`${url}/ledger/checkpoint`)).text()).split('\n')[1]);
  const { size: recorded } = await get(`${url}/health/ready`);
  await vi.waitUntil(async () => (await size()) === recorded, { timeout: 30_000 });
  const folder = newFolder();
  const copied = (path: string) => !/-shm$|filler$/.test(path);
  cpSync(data, join(folder, 'data'), { recursive: true, verbatimSymlinks: true, filter: copied });
  expect(await registry(folder, ['audit'])).toMatchObject({
    code: 0,
    stdout: expect.stringContaining(`${recorded} events, each as it was hashed`),
  });
};

test('on a full disk commands are refused and nothing is recorded; once there is space, the server carries on by itself', {
  timeout,
}, async (context) => {
  const folder = newFolder();
  await refusedUntilThereIsSpace('full disk', folder, await smallDisk(folder, context));
});

test('if no file may grow, commands are refused and nothing is recorded; once files may, the server carries on by itself', {
  timeout,
}, async () => {
  const folder = newFolder();
  await refusedUntilThereIsSpace('limited files', folder, await limitedFiles(folder));
});

import { randomUUID } from 'node:crypto';
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import pino from 'pino';
import { expect } from 'vitest';
import { factories } from '../../domain/registers/factories.ts';
import { readConfig } from '../../src/config.ts';
import { openRegistry } from '../../src/registry.ts';
import { type Child, ending, type Server, serve, start, tokenFor } from '../cli/command-line.ts';
import { andThen, nothingOf } from '../domain/given.ts';
import { factory } from '../domain/vocabulary.ts';
import { nomination } from '../http/office.ts';

/** What an attack costs: the server in a process of its own, somebody who records facts meanwhile, and what both use. */

/** A folder with a ledger of so many factories. The caller removes it. */
export const folderWith = async (entries: number): Promise<string> => {
  const folder = mkdtempSync(join(tmpdir(), 'upgrade-registry-test-'));
  const { config } = readConfig({ REGISTRY_DATA: join(folder, 'data'), LOG_LEVEL: 'silent' });
  const { store, model, close } = await openRegistry(config, pino({ level: 'silent' }));
  const name = '康桥数字化工厂'.repeat(20);
  const appended = await Promise.all(
    Array.from({ length: entries }, (_, number) => {
      const { events } = andThen(nothingOf(factories, `f-${number}`), factory.nominated('2020-01-10', { name }));
      const [event] = events;
      if (event === undefined) throw new Error('Nothing was said');
      return store.append(event.stream, 'none', events);
    }),
  );
  const last = appended.at(-1);
  if (last?.appended) await model.reached(last.events.at(-1)?.position ?? '', 60_000);
  await close();
  return folder;
};

export type Office = Server & {
  readonly folder: string;
  readonly clerk: string;
  readonly auditor: string;
  readonly limitMs: number;
};

/** A server on a folder, with somebody who records facts there and knows how long that takes without an attack. */
export const officeIn = async (folder: string, settings: Readonly<Record<string, string>>): Promise<Office> => {
  const server = await serve(folder, settings);
  const clerk = await tokenFor(folder, 'clerk');
  const auditor = await tokenFor(folder, 'auditor');
  return { ...server, folder, clerk, auditor, limitMs: await waitLimitMs(server.url, clerk) };
};

/** The most that an attack may cost a server: work, memory at any time since its start, and bytes that stay in the ledger for ever. */
export type Bounds = { readonly cpuSeconds: number; readonly peakMib: number; readonly ledgerBytes: number };

/** Attacks a server while somebody records facts there, and sees that they wait no longer than they may, and what it cost. */
export const attacked = async <T>(
  { url, child, clerk, auditor, limitMs }: Office,
  what: string,
  bounds: Bounds,
  attack: () => Promise<T>,
): Promise<T> => {
  const bytesBefore = await othersBytes(url, auditor);
  const before = usageOf(child).cpuSeconds;
  const attacking = attack();
  const took = await recordWhile(url, clerk, attacking);
  const answer = await attacking;
  const { cpuSeconds, peakBytes } = usageOf(child);
  const cost = {
    cpuSeconds: cpuSeconds - before,
    peakMib: peakBytes / 2 ** 20,
    ledgerBytes: (await othersBytes(url, auditor)) - bytesBefore,
    p99Ms: p99(took),
  };
  const figures = Object.entries(cost).map(([name, figure]) => `${name} ${figure.toFixed(1)}`);
  process.stdout.write(`${what}: ${figures.join(', ')} of ${took.length}\n`);
  for (const [name, limit] of Object.entries({ ...bounds, p99Ms: limitMs }))
    expect(cost[name as keyof typeof cost], `${what}: ${name}`).toBeLessThanOrEqual(limit);
  return answer;
};

/** The bytes of what others have recorded than those who record facts meanwhile. */
const othersBytes = async (url: string, auditor: string): Promise<number> => {
  const answer = await fetch(`${url}/api/v1/events`, {
    headers: { authorization: `Bearer ${auditor}`, accept: 'application/x-ndjson' },
  });
  const lines = (await answer.text()).split('\n').filter((line) => !line.includes('bystander-'));
  return Buffer.byteLength(lines.join('\n'));
};

/** Between two facts that somebody records; without a pause they would be an attack of their own. */
const pauseMs = 5;

/** Records facts one after the other while the attack lasts, and some at least; how long each took, in milliseconds. */
const recordWhile = async (url: string, token: string, attack: Promise<unknown>): Promise<readonly number[]> => {
  const took: number[] = [];
  let goesOn = true;
  const end = () => {
    goesOn = false;
  };
  void attack.then(end, end);
  while (goesOn || took.length < 20) {
    const before = performance.now();
    const { status } = await fetch(`${url}/api/v1/factories/bystander-${randomUUID()}/nominate`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify(nomination),
      signal: AbortSignal.timeout(30_000),
    });
    if (status !== 201) throw new Error(`A command was answered with ${status}`);
    took.push(performance.now() - before);
    await wait(pauseMs);
  }
  return took;
};

const p99 = (took: readonly number[]): number => took.toSorted((a, b) => a - b)[Math.ceil(took.length * 0.99) - 1] ?? 0;

/** The longest that a command may wait at p99. A machine that is busy with something else has what it takes there without an attack added. */
const waitLimitMs = async (url: string, token: string): Promise<number> => {
  const aloneMs = p99(await recordWhile(url, token, Promise.resolve()));
  process.stdout.write(`a command without an attack: p99 ${aloneMs.toFixed(0)} ms\n`);
  return aloneMs <= quietMs ? limitMs : limitMs + 3 * aloneMs;
};

const limitMs = 200;
/** A machine on which a command takes longer than this, with nothing else to do, is busy. */
const quietMs = 20;

const program = fileURLToPath(new URL('./attack.ts', import.meta.url));

/** An attack in a process of its own; resolves to how many connections were answered with each status. */
export const attack = async (folder: string, ...args: readonly string[]): Promise<Record<string, number>> => {
  const { stdout, stderr } = await ending(start(process.execPath, [program, ...args], folder));
  if (stdout === '') throw new Error(stderr);
  return JSON.parse(stdout);
};

/** What a process has used so far: seconds of CPU, and the most memory at once. Linux only. */
const usageOf = ({ pid }: Child): { readonly cpuSeconds: number; readonly peakBytes: number } => {
  const [user = 0, system = 0] = (readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1] ?? '')
    .split(' ')
    .slice(11, 13)
    .map(Number);
  const [, kilobytes = ''] = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return { cpuSeconds: (user + system) / 100, peakBytes: Number(kilobytes) * 1_024 };
};

import { randomUUID } from 'node:crypto';
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import pino from 'pino';
import { factories } from '../../domain/registers/factories.ts';
import { readConfig } from '../../src/config.ts';
import { openRegistry } from '../../src/registry.ts';
import { type Child, ending, start } from '../cli/command-line.ts';
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

/** Records facts one after the other while the attack lasts, and some at least; how long each took, in milliseconds. */
export const recordWhile = async (url: string, token: string, attack: Promise<unknown>): Promise<readonly number[]> => {
  const took: number[] = [];
  let goesOn = true;
  void attack.finally(() => {
    goesOn = false;
  });
  while (goesOn || took.length < 20) {
    const before = performance.now();
    const { status } = await fetch(`${url}/api/v1/factories/${randomUUID()}/nominate`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify(nomination),
      signal: AbortSignal.timeout(30_000),
    });
    if (status !== 201) throw new Error(`A command was answered with ${status}`);
    took.push(performance.now() - before);
  }
  return took;
};

export const p99 = (took: readonly number[]): number =>
  took.toSorted((a, b) => a - b)[Math.ceil(took.length * 0.99) - 1] ?? 0;

/** The p99 of what commands took during an attack, which is printed too. */
export const p99During = (what: string, took: readonly number[]): number => {
  const ms = p99(took);
  process.stdout.write(`a command during ${what}: p99 ${ms.toFixed(0)} ms of ${took.length}\n`);
  return ms;
};

/** The longest that a command may wait at p99. A machine that is busy with something else has what it takes there without an attack added. */
export const waitLimitMs = async (url: string, token: string): Promise<number> => {
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
export const usageOf = ({ pid }: Child): { readonly cpuSeconds: number; readonly peakBytes: number } => {
  const [user = 0, system = 0] = (readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1] ?? '')
    .split(' ')
    .slice(11, 13)
    .map(Number);
  const [, kilobytes = ''] = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return { cpuSeconds: (user + system) / 100, peakBytes: Number(kilobytes) * 1_024 };
};

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, globSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

/** Runs programs in processes of their own, started as a user starts them. */

export type Environment = Readonly<Record<string, string>>;

/** The checkout of the repository, with its `node_modules`, that a program belongs to. */
export type Checkout = { readonly root: string };

export const here: Checkout = { root: join(import.meta.dirname, '..') };

export const registryMain = 'src/main.ts';

const nodeOf = ({ root }: Checkout): string => {
  const pinned = join(root, 'node_modules/.bin/node');
  return existsSync(pinned) ? pinned : process.execPath;
};

/** The registry's own launcher, as a user starts it; Node for other programs. */
const programOf = (checkout: Checkout, [program = '', ...args]: readonly string[]): [string, string[]] =>
  program === registryMain ? [join(checkout.root, 'registry'), args] : [nodeOf(checkout), [program, ...args]];

const begin = (checkout: Checkout, args: readonly string[], output: string, environment: Environment): ChildProcess =>
  spawn(...programOf(checkout, args), {
    cwd: checkout.root,
    env: {
      PATH: process.env.PATH ?? '',
      HOME: process.env.HOME ?? '',
      TMPDIR: process.env.TMPDIR ?? '/tmp',
      NODE_OPTIONS: process.env.NODE_OPTIONS ?? '', // such as --cpu-prof
      ...environment,
    },
    stdio: ['ignore', openSync(output, 'w'), openSync(`${output}.errors`, 'w')],
  });

const failureOf = (args: readonly string[], output: string): Error =>
  new Error(`${args.join(' ')} failed:\n${readFileSync(`${output}.errors`, 'utf8').slice(-2_000)}`);

const running = new Set<ChildProcess>();

/** Kills every program that still runs, if the bench ends early. */
export const endAll = (): void => {
  for (const child of running) child.kill('SIGKILL');
};

export type Server = {
  readonly url: string;
  readonly cpu: () => CpuSeconds;
  readonly stop: () => Promise<void>;
};

/** What a process has used so far: on its main thread, in Node's worker threads, in V8's helper threads, and in all. */
export type CpuSeconds = Readonly<Record<'main' | 'workers' | 'helpers' | 'all', number>>;

const ticksPerSecond = 100; // USER_HZ, see proc_pid_stat(5)

/** User and system time from a `stat` file of Linux's `/proc`; not a number on other systems. */
const secondsIn = (file: string): number => {
  if (!existsSync(file)) return Number.NaN;
  const fields = readFileSync(file, 'utf8').split(') ').at(-1)?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
};

/** The time of the threads that have a name, as Node gives it; not a number on other systems. */
const secondsOfThreads = (tasks: string, name: string): number => {
  if (!existsSync(tasks)) return Number.NaN;
  return globSync('*', { cwd: tasks })
    .filter((task) => readFileSync(join(tasks, task, 'comm'), 'utf8').trim() === name)
    .reduce((sum, task) => sum + secondsIn(join(tasks, task, 'stat')), 0);
};

const cpuOf = (pid: number | undefined): CpuSeconds => ({
  main: secondsIn(`/proc/${pid}/task/${pid}/stat`),
  workers: secondsOfThreads(`/proc/${pid}/task`, 'WorkerThread'),
  helpers: secondsOfThreads(`/proc/${pid}/task`, 'node-V8Worker'),
  all: secondsIn(`/proc/${pid}/stat`),
});

/** Starts a server and waits for its line `listening on URL`; its output goes to the file `output`. */
export const serve = async (
  checkout: Checkout,
  args: readonly string[],
  output: string,
  environment: Environment,
): Promise<Server> => {
  const child = begin(checkout, args, output, environment);
  running.add(child);
  const exited = once(child, 'exit').finally(() => running.delete(child));
  for (;;) {
    const [, url] = /^listening on (\S+)$/m.exec(readFileSync(output, 'utf8')) ?? [];
    if (url !== undefined) {
      return {
        url,
        cpu: () => cpuOf(child.pid),
        stop: async () => {
          child.kill('SIGTERM');
          await exited;
        },
      };
    }
    if (child.exitCode !== null) throw failureOf(args, output);
    await pause(2);
  }
};

export type Run = { readonly seconds: number; readonly stdout: string; readonly peakBytes: number };

/** Runs a program to its end; throws if it fails. */
export const run = async (
  checkout: Checkout,
  args: readonly string[],
  output: string,
  environment: Environment = {},
): Promise<Run> => {
  const began = performance.now();
  const peak = `${output}.peak`;
  const child = begin(checkout, ['--import', join(here.root, 'bench/peak.ts'), ...args], output, {
    ...environment,
    PEAK_FILE: peak,
  });
  running.add(child);
  const [code] = await once(child, 'exit');
  running.delete(child);
  if (code !== 0) throw failureOf(args, output);
  const seconds = (performance.now() - began) / 1_000;
  return { seconds, stdout: readFileSync(output, 'utf8'), peakBytes: Number(readFileSync(peak, 'utf8')) };
};

import { createHash } from 'node:crypto';
import { cpSync, existsSync, globSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { ledgerOf } from './log/generate.ts';
import { type Checkout, type Environment, registryMain, run, type Server, serve } from './processes.ts';
import type { Result } from './result.ts';

/** What every measurement needs. */
export type Bench = {
  /** The checkout of the registry that is measured. */
  readonly checkout: Checkout;
  /** A folder that is removed when the bench ends. */
  readonly scratch: string;
  /** The size of the ledger that is read. */
  readonly events: number;
  readonly rounds: number;
  readonly seconds: number;
  /** The file of that ledger, generated if it does not exist yet. */
  readonly ledger: () => Promise<string>;
  /** A data folder whose read model has folded that ledger. */
  readonly folded: () => Promise<string>;
  readonly progress: (what: string) => void;
};

export type Measurement = (bench: Bench) => Promise<readonly Result[]>;

export type BenchOptions = Pick<Bench, 'checkout' | 'events' | 'rounds' | 'seconds' | 'progress'>;

export const openBench = (options: BenchOptions): Bench => {
  const { checkout, events, progress } = options;
  const scratch = mkdtempSync(join(tmpdir(), 'upgrade-registry-bench-'));
  const ledger = once(() => ledgerOf(events, (done) => progress(`generating the ledger: ${done} of ${events} events`)));
  const folded = once(async () => {
    const file = await ledger();
    const folder = `${file.replace(/\.db$/, '')}-folded-${folding(checkout)}`;
    if (existsSync(folder)) return folder;
    progress('building the read model');
    const unfinished = join(scratch, 'folded');
    await run(checkout, [registryMain, 'rebuild'], join(scratch, 'folding'), settings(unfinished, file));
    keepWhole(unfinished, folder);
    return folder;
  });
  return { ...options, scratch, ledger, folded };
};

/** Moves a folder to its place, possibly on another disk: all of it at once, so that a bench that is ended or runs beside leaves no part. */
const keepWhole = (from: string, to: string): void => {
  const copy = `${to}-${process.pid}`;
  cpSync(from, copy, { recursive: true, verbatimSymlinks: true });
  rmSync(from, { recursive: true });
  if (existsSync(to)) rmSync(copy, { recursive: true });
  else renameSync(copy, to);
};

/** A hash of the code that builds the read model: other code gives another hash. */
const folding = ({ root }: Checkout): string => {
  const hash = createHash('sha256');
  for (const file of globSync('{domain,projections,src/readmodel}/**/*.ts', { cwd: root }).sort())
    hash.update(readFileSync(join(root, file)));
  return hash.digest('hex').slice(0, 8);
};

const once = <T>(work: () => Promise<T>): (() => Promise<T>) => {
  let begun: Promise<T> | undefined;
  return () => {
    begun ??= work();
    return begun;
  };
};

/** The registry's settings: the defaults, but a free port, and no limit for the one address that all of the load comes from. */
export const settings = (dataFolder: string, ledger?: string): Environment => ({
  PORT: '0',
  REGISTRY_RATE_LIMIT: 'off',
  REGISTRY_DATA: dataFolder,
  ...(ledger === undefined ? {} : { REGISTRY_STORE: `sqlite:${ledger}` }),
});

export type Registry = Server & { readonly token: string };

/** Starts the registry's server; with a clerk's token. */
export const serveRegistry = async ({ checkout, scratch }: Bench, environment: Environment): Promise<Registry> => {
  const output = join(scratch, `registry-${crypto.randomUUID()}`);
  const server = await serve(checkout, [registryMain, 'serve'], output, environment);
  const asked = [registryMain, 'token', '--subject', 'li.wei', '--role', 'clerk'];
  const { stdout } = await run(checkout, asked, `${output}.token`, environment);
  return { ...server, token: stdout.trim() };
};

/** The demo, once its rows are loaded. */
export const serveDemo = async ({ checkout, scratch }: Bench, ...args: readonly string[]): Promise<Server> => {
  const output = join(scratch, `demo-${crypto.randomUUID()}`);
  const server = await serve(checkout, [registryMain, 'demo', ...args], output, settings(''));
  while (!readFileSync(output, 'utf8').includes('Try:')) await pause(20);
  return server;
};

/** A folder for one use. */
export const newFolder = ({ scratch }: Bench, name: string): string => {
  const folder = join(scratch, `${name}-${crypto.randomUUID()}`);
  mkdirSync(folder);
  return folder;
};

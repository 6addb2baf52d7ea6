import { cpSync, existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as pause } from 'node:timers/promises';
import { growingIn } from '../../src/ledger/growing.ts';
import { type Bench, type Measurement, newFolder, type Registry, serveRegistry, settings } from '../bench.ts';
import { type Loaded, load, percentile } from '../load.ts';
import { type Run, registryMain, run } from '../processes.ts';
import { mebibytes, milliseconds, type Result, seconds } from '../result.ts';
import { enrolments, rates } from './commands.ts';

const many = 64;
const treeLimitSeconds = 60;
const proofLimitMs = 5;
const verifyLimitBytes = 300 * 2 ** 20;

/** What the ledger costs: hashes and signatures beside commands, the tree of a large ledger, and proofs from it. */
export const ledger: Measurement = async (bench) => [
  await besideCommands(bench),
  await ofRebuild(bench),
  ...(await ofLargeLedger(bench)),
];

/** Commands with the ledger, and on a server that keeps no hashes and signs nothing, since another process has their lock. */
const besideCommands = async (bench: Bench): Promise<Result> => {
  const [signing, plain] = [newFolder(bench, 'signing'), newFolder(bench, 'plain')];
  const lock = growingIn(join(plain, 'ledger'));
  lock.open(0);
  const servers = [await serveRegistry(bench, settings(signing)), await serveRegistry(bench, settings(plain))];
  const next = servers.map(({ token }) => enrolments(token));
  const done: Loaded[][] = servers.map(() => []);
  for (let round = 0; round <= bench.rounds; round += 1) {
    bench.progress(`ledger: commands, round ${round} of ${bench.rounds}`);
    // The order alternates, since what runs second meets a machine that the first has warmed.
    for (const index of round % 2 === 0 ? [0, 1] : [1, 0]) {
      const [server, requests] = [servers[index], next[index]];
      if (server === undefined || requests === undefined) continue;
      const loaded = await load(server.url, many, bench.seconds, 201, requests);
      if (round > 0) done[index]?.push(loaded);
    }
  }
  await Promise.all(servers.map((server) => server.stop()));
  lock.close();
  const [ours = [], theirs = []] = done;
  const result = rates('commands with hashes and signatures, 64 connections', ours, theirs, 'the same without');
  return { ...result, target: { atLeast: 0.95 } };
};

const ofRebuild = async (bench: Bench): Promise<Result> => {
  bench.progress('ledger: rebuild');
  const folder = newFolder(bench, 'rebuilt');
  await run(bench.checkout, [registryMain, 'rebuild'], join(bench.scratch, 'rebuild'), {
    ...settings(folder, await bench.ledger()),
  });
  const isHashed = existsSync(join(folder, 'ledger'));
  rmSync(folder, { recursive: true });
  return {
    name: 'hashes that a rebuild makes',
    ours: isHashed ? 'some' : 'none',
    baseline: '',
    against: '',
    target: { below: '1', holds: !isHashed },
  };
};

/** From the start of a server that has no hashes until its tree is signed; a start that has them; and proofs. */
const ofLargeLedger = async (bench: Bench): Promise<readonly Result[]> => {
  const [folder, file] = [newFolder(bench, 'tree'), await bench.ledger()];
  cpSync(await bench.folded(), folder, { recursive: true, verbatimSymlinks: true });
  for (const name of ['ledger', 'keys']) rmSync(join(folder, name), { recursive: true, force: true });
  bench.progress('ledger: the first tree');
  const first = await untilSigned(bench, folder, file);
  await first.server.stop();
  bench.progress('ledger: the next start');
  const again = await untilSigned(bench, folder, file);
  bench.progress('ledger: proofs');
  const times = await proofs(bench, again.server, folder, file);
  await again.server.stop();
  bench.progress('ledger: verify');
  const verified = await verifying(bench, folder, file);
  const count = bench.events.toLocaleString('en');
  const p99 = percentile(times.latenciesMs, 0.99);
  const within = (name: string, took: number, limit: number, said: (value: number) => string): Result => ({
    name,
    ours: said(took),
    baseline: '',
    against: '',
    target: { below: said(limit), holds: took < limit },
  });
  return [
    within(`first tree over ${count} events, signed`, first.took, treeLimitSeconds, seconds),
    {
      name: `start until the tree of ${count} events is published`,
      ours: seconds(again.took),
      baseline: '',
      against: '',
    },
    within(`a proof at ${count} events, p99`, p99, proofLimitMs, milliseconds),
    within(`verify of ${count} events, peak memory`, verified.peakBytes, verifyLimitBytes, mebibytes),
    { name: `verify of ${count} events`, ours: seconds(verified.seconds), baseline: '', against: '' },
  ];
};

const untilSigned = async (bench: Bench, folder: string, file: string) => {
  const began = performance.now();
  const server = await serveRegistry(bench, settings(folder, file));
  for (;;) {
    const answer = await fetch(`${server.url}/ledger/checkpoint`);
    const [, size] = (await answer.text()).split('\n');
    if (answer.ok && Number(size) >= bench.events) break;
    await pause(20);
  }
  return { server, took: (performance.now() - began) / 1_000 };
};

/** Exports the whole ledger, and verifies it with its key and a recount of every figure. */
const verifying = async (bench: Bench, folder: string, file: string): Promise<Run> => {
  const exported = newFolder(bench, 'exported');
  const command = (...args: readonly string[]) =>
    run(bench.checkout, [registryMain, ...args], join(bench.scratch, 'verifying'), settings(folder, file));
  const { stdout: key } = await command('ledger', 'key');
  await command('export', join(exported, 'bundle'));
  return command('verify', join(exported, 'bundle'), '--key', key.trim());
};

/** Proofs of events from all parts of the ledger, to an auditor on one connection. */
const proofs = async (bench: Bench, { url }: Registry, folder: string, file: string): Promise<Loaded> => {
  const asked = [registryMain, 'token', '--subject', 'chen.yu', '--role', 'auditor'];
  const { stdout } = await run(bench.checkout, asked, join(bench.scratch, 'auditor'), settings(folder, file));
  const headers = { authorization: `Bearer ${stdout.trim()}` };
  const ids = idsIn(file, bench.events);
  let at = 0;
  const next = () => {
    at = (at + 1) % ids.length;
    return { method: 'GET' as const, path: `/api/v1/events/${ids[at]}/proof`, headers };
  };
  await load(url, 1, Math.min(1, bench.seconds), 200, next);
  return load(url, 1, bench.seconds, 200, next);
};

/** The ids of some two thousand events, in an order that jumps about. */
const idsIn = (file: string, events: number): readonly string[] => {
  const store = new DatabaseSync(file, { readOnly: true });
  const step = Math.max(1, Math.floor(events / 2_000));
  const rows = store.prepare('SELECT id FROM events WHERE entry_number % ? = 0 ORDER BY id').all(step);
  store.close();
  return rows.map(({ id }) => String(id));
};

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Bench, type Measurement, newFolder, type Registry, serveRegistry, settings } from '../bench.ts';
import { type Loaded, load, percentile, type Request } from '../load.ts';
import { enterpriseCode } from '../log/enterprise-code.ts';
import { type CpuSeconds, here, type Server, serve } from '../processes.ts';
import { median, microseconds, milliseconds, perSecond, type Result } from '../result.ts';
import { startPeer } from './peer.ts';

const many = 64;

/** Enrolments, each of another enterprise that is not enrolled yet. */
export const enrolments = (token?: string, first = 0): (() => Request) => {
  let number = first;
  return () => {
    number += 1;
    return {
      method: 'POST',
      path: `/api/v1/enterprises/${enterpriseCode(number)}/enroll`,
      headers: {
        'content-type': 'application/json',
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      },
      body: JSON.stringify({
        effectiveOn: '2020-09-27',
        name: `上海精密机械${number}号有限公司`,
        sector: 'high-end-manufacturing',
        district: 'minhang',
        aboveDesignatedSize: true,
        evidence: [{ title: '沪经信智〔2020〕1 号' }],
      }),
    };
  };
};

/** Starts the baseline server, which answers with the same bytes as the registry. */
export const serveBare = async (bench: Bench, registry: Registry): Promise<Server> => {
  const folder = newFolder(bench, 'bare');
  const { path, body = '', headers = {} } = enrolments(registry.token, 90_000_000)();
  const recorded = await fetch(`${registry.url}${path}`, { method: 'POST', headers, body });
  const targets = await fetch(`${registry.url}/api/v1/targets`);
  writeFileSync(join(folder, 'recorded.json'), await recorded.text());
  writeFileSync(join(folder, 'targets.json'), await targets.text());
  return serve(here, [join(here.root, 'bench/servers/bare.ts'), folder], join(folder, 'output'), {});
};

type Subject = { readonly server: Server; readonly next: () => Request };
type Rounds = {
  readonly many: readonly Loaded[];
  readonly one: readonly Loaded[];
  /** Per command of each round from many connections. */
  readonly cpu: readonly CpuSeconds[];
};

/** Durable commands, from 64 connections and from one. */
export const commands: Measurement = async (bench) => {
  const registry = await serveRegistry(bench, settings(newFolder(bench, 'data')));
  const bare = await serveBare(bench, registry);
  const peer = await startPeer(bench);
  const subjects: Subject[] = [
    { server: registry, next: enrolments(registry.token) },
    { server: bare, next: enrolments() },
    ...(peer ? [{ server: peer, next: enrolments() }] : []),
  ];
  const [ours, theirs, peers] = await interleaved(bench, subjects);
  await Promise.all(subjects.map(({ server }) => server.stop()));
  if (ours === undefined || theirs === undefined) return [];
  const against = 'Fastify, one insert';
  return [
    { ...rates('commands, 64 connections', ours.many, theirs.many, against), target: { atLeast: 0.6 } },
    { ...latencies('command, 1 connection, p50', ours.one, theirs.one, against), target: { atLeast: 1 / 1.5 } },
    { ...cpu('CPU per command, all threads', ours, theirs, against, 'all'), target: { atLeast: 1 / 6 } },
    { ...cpu('CPU per command, main thread', ours, theirs, against, 'main'), target: { atLeast: 1 / 3.2 } },
    ownCpu('CPU per command, worker threads', ours, 'workers'),
    ownCpu('CPU per command, V8’s helper threads', ours, 'helpers'),
    ...(peers ? [rates('commands, 64 connections', ours.many, peers.many, 'Emmett on SQLite')] : []),
    ...(peers ? [latencies('command, 1 connection, p50', ours.one, peers.one, 'Emmett on SQLite')] : []),
  ];
};

/** Rounds of all subjects in turn, so that noise affects all of them; a first round warms up. */
const interleaved = async (bench: Bench, subjects: readonly Subject[]): Promise<readonly Rounds[]> => {
  const done = subjects.map(() => ({ many: [] as Loaded[], one: [] as Loaded[], cpu: [] as CpuSeconds[] }));
  for (let round = 0; round <= bench.rounds; round += 1) {
    bench.progress(`commands, round ${round} of ${bench.rounds}`);
    for (const [index, { server, next }] of subjects.entries()) {
      const before = server.cpu();
      const fromMany = await load(server.url, many, bench.seconds, 201, next);
      const after = server.cpu();
      const fromOne = await load(server.url, 1, bench.seconds, 201, next);
      if (round === 0) continue;
      done[index]?.many.push(fromMany);
      const each = (of: keyof CpuSeconds) => (after[of] - before[of]) / fromMany.latenciesMs.length;
      done[index]?.cpu.push({
        main: each('main'),
        workers: each('workers'),
        helpers: each('helpers'),
        all: each('all'),
      });
      done[index]?.one.push(fromOne);
    }
  }
  return done;
};

export const rates = (name: string, ours: readonly Loaded[], theirs: readonly Loaded[], against: string): Result => ({
  name,
  ours: perSecond(median(ours.map(({ rate }) => rate))),
  baseline: perSecond(median(theirs.map(({ rate }) => rate))),
  against,
  ratios: ours.map(({ rate }, round) => rate / (theirs[round]?.rate ?? Number.NaN)),
});

const latencies = (name: string, ours: readonly Loaded[], theirs: readonly Loaded[], against: string): Result => {
  const p50 = ({ latenciesMs }: Loaded): number => percentile(latenciesMs, 0.5);
  return {
    name,
    ours: milliseconds(median(ours.map(p50))),
    baseline: milliseconds(median(theirs.map(p50))),
    against,
    ratios: ours.map((loaded, round) => p50(theirs[round] ?? loaded) / p50(loaded)),
  };
};

const cpu = (name: string, ours: Rounds, theirs: Rounds, against: string, of: keyof CpuSeconds): Result => ({
  ...ownCpu(name, ours, of),
  baseline: microseconds(median(theirs.cpu.map((used) => used[of]))),
  against,
  ratios: ours.cpu.map((used, round) => (theirs.cpu[round] ?? used)[of] / used[of]),
});

const ownCpu = (name: string, { cpu }: Rounds, of: keyof CpuSeconds): Result => ({
  name,
  ours: microseconds(median(cpu.map((used) => used[of]))),
  baseline: '',
  against: '',
});

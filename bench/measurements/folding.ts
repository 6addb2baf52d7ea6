import { join } from 'node:path';
import { type Bench, type Measurement, newFolder, serveRegistry, settings } from '../bench.ts';
import { here, type Run, registryMain, run, serve } from '../processes.ts';
import { mebibytes, median, perSecond, seconds } from '../result.ts';
import { serveBare } from './commands.ts';

const peakLimitBytes = 400 * 2 ** 20;
const startLimitSeconds = 1;

/** Reads and parses the ledger and does nothing with it. */
const readLog = async (bench: Bench): Promise<Run> =>
  run(here, [join(here.root, 'bench/servers/read-log.ts'), await bench.ledger()], join(bench.scratch, 'read-log'));

/** Rounds of `fold`, each between two rounds of merely reading the ledger. */
const besideReading = async (bench: Bench, rounds: number, fold: () => Promise<Run>) => {
  const pairs: { readonly ours: Run; readonly reading: number }[] = [];
  let before = (await readLog(bench)).seconds;
  for (let round = 1; round <= rounds; round += 1) {
    const ours = await fold();
    const after = (await readLog(bench)).seconds;
    pairs.push({ ours, reading: (before + after) / 2 });
    before = after;
  }
  return {
    ours: median(pairs.map(({ ours }) => ours.seconds)),
    reading: median(pairs.map(({ reading }) => reading)),
    ratios: pairs.map(({ ours, reading }) => reading / ours.seconds),
    peakBytes: Math.max(...pairs.map(({ ours }) => ours.peakBytes)),
  };
};

const against = 'reading and parsing';

/** A new read model from the whole ledger, and the memory that it takes. */
export const rebuild: Measurement = async (bench) => {
  const ledger = await bench.ledger();
  bench.progress('rebuild');
  const { ours, reading, ratios, peakBytes } = await besideReading(bench, 1, () =>
    run(
      bench.checkout,
      [registryMain, 'rebuild'],
      join(bench.scratch, 'rebuild'),
      settings(newFolder(bench, 'data'), ledger),
    ),
  );
  return [
    {
      name: `rebuild from ${bench.events.toLocaleString('en')} events`,
      ours: perSecond(bench.events / ours),
      baseline: perSecond(bench.events / reading),
      against,
      ratios,
      target: { atLeast: 0.2 },
    },
    {
      name: 'rebuild, peak memory',
      ours: mebibytes(peakBytes),
      baseline: '',
      against: '',
      target: { below: mebibytes(peakLimitBytes), holds: peakBytes < peakLimitBytes },
    },
  ];
};

export const replay: Measurement = async (bench) => {
  const ledger = await bench.ledger();
  const folder = newFolder(bench, 'data');
  bench.progress('replay');
  const { ours, reading, ratios } = await besideReading(bench, Math.min(2, bench.rounds), () =>
    run(bench.checkout, [registryMain, 'replay', '--json'], join(bench.scratch, 'replay'), settings(folder, ledger)),
  );
  return [
    {
      name: `replay of ${bench.events.toLocaleString('en')} events`,
      ours: seconds(ours),
      baseline: seconds(reading),
      against,
      ratios,
      target: { atLeast: 1 / 3 },
    },
  ];
};

/** The time from starting the process to its first answer that it is ready; its read model is up to date. */
export const start: Measurement = async (bench) => {
  const environment = settings(await bench.folded(), await bench.ledger());
  const registry = await serveRegistry(bench, settings(newFolder(bench, 'data')));
  const ours: number[] = [];
  const bare: number[] = [];
  for (let round = 1; round <= bench.rounds; round += 1) {
    bench.progress(`start, round ${round} of ${bench.rounds}`);
    const output = join(bench.scratch, 'start');
    ours.push(
      await untilAnswered(() => serve(bench.checkout, [registryMain, 'serve'], output, environment), '/health/ready'),
    );
    bare.push(await untilAnswered(() => serveBare(bench, registry), '/api/v1/targets'));
  }
  await registry.stop();
  return [
    {
      name: `start over ${bench.events.toLocaleString('en')} events`,
      ours: seconds(median(ours)),
      baseline: seconds(median(bare)),
      against: 'bare Fastify',
      ratios: ours.map((took, round) => (bare[round] ?? Number.NaN) / took),
      target: { below: seconds(startLimitSeconds), holds: median(ours) < startLimitSeconds },
    },
  ];
};

const untilAnswered = async (begin: () => ReturnType<typeof serve>, path: string): Promise<number> => {
  const began = performance.now();
  const server = await begin();
  while (!(await fetch(`${server.url}${path}`)).ok);
  const took = (performance.now() - began) / 1_000;
  await server.stop();
  return took;
};

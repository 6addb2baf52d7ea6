import { setTimeout as pause } from 'node:timers/promises';
import { program } from 'commander';
import { chanceFrom } from './log/chance.ts';
import { positive, whole } from './numbers.ts';
import { startRegistry } from './soak/registry.ts';
import { newTally, row } from './soak/tally.ts';
import { type Bound, floorOf, type Point, trendOf } from './soak/trend.ts';
import { openOffice } from './soak/work.ts';

/**
 * Mixed load on a server in a process of its own. Exits with 1 if memory or a lag grows, or if an answer is not the
 * expected one: a 503 is an error too, because this load is far below the server's limits.
 */

const sampleMs = 2_000;
/** The least of N samples of a heap counts: the rest is memory not collected yet. */
const floorSamples = 10;
const printMs = 60_000;

const { minutes, seed } = program
  .name('npm run soak --')
  .description('puts a mixed load on a server; fails if memory or a lag grows, or if an answer is not the expected one')
  .option('--minutes <minutes>', 'duration', positive, 10)
  .option('--seed <seed>', 'seed of the random work', whole, 1)
  .parse()
  .opts<{ readonly minutes: number; readonly seed: number }>();

const print = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

type Sample = { readonly minute: number; readonly figures: Readonly<Record<string, number>> };
type Figure = { readonly name: string; readonly unit: string; readonly bound: Bound; readonly isFloor?: boolean };

const figures: readonly Figure[] = [
  { name: 'resident memory', unit: 'MiB', bound: { slope: 5, times: 1.1, plus: 10 } },
  { name: 'heap after collection', unit: 'MiB', bound: { slope: 3, times: 1.1, plus: 5 }, isFloor: true },
  { name: 'external memory', unit: 'MiB', bound: { slope: 2, times: 1.1, plus: 5 }, isFloor: true },
  { name: 'event loop lag, p99', unit: 'ms', bound: { slope: 5, times: 1.5, plus: 20 } },
  { name: 'reading one’s own write', unit: 'ms', bound: { slope: 5, times: 1.5, plus: 20 } },
];

const mebibytes = (bytes: number): number => bytes / 2 ** 20;

/** The figures of the server's own metrics. */
const measured = async (url: string): Promise<Readonly<Record<string, number>>> => {
  const text = await (await fetch(`${url}/metrics`)).text();
  const value = (name: string) => Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1]);
  return {
    'resident memory': mebibytes(value('process_resident_memory_bytes')),
    'heap after collection': mebibytes(value('nodejs_heap_size_used_bytes')),
    'external memory': mebibytes(value('nodejs_external_memory_bytes')),
    'event loop lag, p99': 1_000 * value('nodejs_eventloop_lag_p99_seconds'),
    ledger: value('registry_ledger_size'),
  };
};

const pointsOf = (samples: readonly Sample[], { name, isFloor }: Figure): readonly Point[] => {
  const points = samples.flatMap(({ minute, figures: { [name]: value } }) =>
    value === undefined ? [] : [{ minute, value }],
  );
  return isFloor ? floorOf(points, floorSamples) : points;
};

const registry = await startRegistry();
print(`seed ${seed}, ${minutes} minutes, on ${registry.url}`);
const stop = new AbortController();
const tally = newTally();
const office = await openOffice({ registry, tally, chance: chanceFrom(seed), stop: stop.signal });
const working = office.work();

const began = performance.now();
const minutesSince = () => (performance.now() - began) / 60_000;
const samples: Sample[] = [];
let printed = 0;
print(row('minute', ...figures.map(({ unit }) => unit), 'events', 'answers', 'errors'));
while (minutesSince() < minutes) {
  const ownWrite = await office.readOwnWrite();
  const minute = minutesSince();
  const taken = await measured(registry.url);
  samples.push({ minute, figures: ownWrite === undefined ? taken : { ...taken, 'reading one’s own write': ownWrite } });
  if (minute * 60_000 >= printed) {
    printed += printMs;
    const last = samples.at(-1)?.figures ?? {};
    const wrong = [...tally.errors().values()].reduce((sum, each) => sum + each, 0);
    const now = figures.map(({ name }) => Math.round(last[name] ?? 0));
    print(row(minute.toFixed(1), ...now, last.ledger ?? 0, tally.count(), wrong));
  }
  await pause(sampleMs);
}
stop.abort();
await working;
const warnings = await registry.stop();

print(`\n${tally.table().join('\n')}`);

const warm = samples.filter(({ minute }) => minute >= minutes / 5);
print(`\n${row('after the first fifth', 'per min', '2nd qrtr', '4th qrtr')}`);
const growing = figures.filter((figure) => {
  const { slope, early, late, grows } = trendOf(pointsOf(warm, figure), figure.bound);
  print(
    row(`${figure.name}, ${figure.unit}`, slope.toFixed(2), early.toFixed(1), late.toFixed(1), grows ? 'GROWS' : ''),
  );
  return grows;
});

print('');
for (const [what, times] of tally.errors()) print(row(what, times));
if (warnings !== '') print(`the server logged:\n${warnings.slice(0, 5_000)}`);
const passes = growing.length === 0 && tally.errors().size === 0 && warnings === '';
print(passes ? 'passed: memory and lag are flat, and every answer was the expected one' : 'FAILED');
process.exitCode = passes ? 0 : 1;

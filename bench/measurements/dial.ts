import { Pool } from 'undici';
import { addDays } from '../../domain/calendar.ts';
import { isObject } from '../../domain/json.ts';
import { type Measurement, serveDemo } from '../bench.ts';
import { percentile } from '../load.ts';
import { chanceFrom } from '../log/chance.ts';
import { median, milliseconds } from '../result.ts';

/** What one step of the dial may take, nineteen times of twenty. */
const limitMs = 60;

/**
 * The known-at dial of the page over the demo's data, moved by one reader to any day and any size: each step asks for
 * all targets with their breakdown, and for their series, at the same time.
 */
export const dial: Measurement = async (bench) => {
  const server = await serveDemo(bench);
  const client = new Pool(server.url, { connections: 2, pipelining: 1 });
  const read = async (path: string): Promise<string> => {
    const { statusCode, body } = await client.request({ method: 'GET', path });
    const text = await body.text();
    if (statusCode !== 200) throw new Error(`GET ${path}: ${statusCode} ${text}`);
    return text;
  };
  const now: unknown = JSON.parse(await read('/api/v1/targets'));
  const size = isObject(now) ? Number(now.size) : 0;
  const chance = chanceFrom(1);
  const step = async (): Promise<number> => {
    const on = addDays('2019-06-24', chance.below(921));
    const knownAt = 1 + chance.below(size);
    const sent = performance.now();
    await Promise.all([
      read(`/api/v1/targets?by=district&on=${on}&knownAt=${knownAt}`),
      read(`/api/v1/series?to=${on}&step=month&knownAt=${knownAt}`),
    ]);
    return performance.now() - sent;
  };

  const rounds: number[] = [];
  for (let round = 1; round <= bench.rounds; round += 1) {
    bench.progress(`dial, round ${round} of ${bench.rounds}`);
    const took: number[] = [];
    for (const until = performance.now() + bench.seconds * 1_000; performance.now() < until; ) took.push(await step());
    rounds.push(percentile(Float64Array.from(took).sort(), 0.95));
  }
  await client.close();
  await server.stop();
  const p95 = median(rounds);
  return [
    {
      name: 'a step of the known-at dial over the demo, p95',
      ours: milliseconds(p95),
      baseline: '',
      against: '',
      target: { below: milliseconds(limitMs), holds: p95 < limitMs },
    },
  ];
};

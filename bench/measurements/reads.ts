import { addDays } from '../../domain/calendar.ts';
import { type Measurement, serveRegistry, settings } from '../bench.ts';
import { type Loaded, load, percentile, type Request } from '../load.ts';
import { chanceFrom } from '../log/chance.ts';
import { median, milliseconds, type Result } from '../result.ts';
import { rates, serveBare } from './commands.ts';

const many = 64;
/** The number of connections if the time of an answer is measured. */
const few = 4;
const limitMs = 50;

const get = (path: string): Request => ({ method: 'GET', path });

/** The numbers under full load, and on any day as known at any size; search and lists. */
export const reads: Measurement = async (bench) => {
  const registry = await serveRegistry(bench, settings(await bench.folded(), await bench.ledger()));
  const bare = await serveBare(bench, registry);
  const chance = chanceFrom(1);
  const anyTime = (): string =>
    `on=${addDays('2019-06-24', chance.below(2_700))}&knownAt=${1 + chance.below(bench.events)}`;
  const sought = ['精密机械', '机器人 有限公司', '智能工厂', '上海', '913100000', 'f-00001', '4321'] as const;
  const filters = [
    'status=upgraded',
    'sector=biomedicine',
    'district=pudong',
    'area=core',
    'area=belt&sort=name',
  ] as const;
  const questions: readonly (readonly [name: string, next: () => Request])[] = [
    ['targets, any on and knownAt', () => get(`/api/v1/targets?${anyTime()}`)],
    ['breakdown, any on and knownAt', () => get(`/api/v1/breakdown?by=sector,district&${anyTime()}`)],
    ['entries of a target, any on and knownAt', () => get(`/api/v1/targets/upgraded-enterprises/entries?${anyTime()}`)],
    [
      'series by week',
      () => get('/api/v1/targets/upgraded-enterprises/series?from=2019-06-24&to=2021-12-31&step=week'),
    ],
    [
      'search',
      () => get(`/api/v1/${chance.oneOf(['enterprises', 'factories'])}?q=${encodeURIComponent(chance.oneOf(sought))}`),
    ],
    ['lists', () => get(`/api/v1/enterprises?${chance.oneOf(filters)}`)],
    ['lists, any on and knownAt', () => get(`/api/v1/enterprises?${chance.oneOf(filters)}&${anyTime()}`)],
  ];

  const [ours, theirs]: [Loaded[], Loaded[]] = [[], []];
  const asked = questions.map(() => [] as Loaded[]);
  const empty: Loaded[] = [];
  const targets = () => get('/api/v1/targets');
  for (let round = 1; round <= bench.rounds; round += 1) {
    bench.progress(`reads, round ${round} of ${bench.rounds}`);
    ours.push(await load(registry.url, many, bench.seconds, 200, targets));
    theirs.push(await load(bare.url, many, bench.seconds, 200, targets));
    empty.push(await load(bare.url, few, bench.seconds, 200, targets));
    for (const [index, [, next]] of questions.entries())
      asked[index]?.push(await load(registry.url, few, bench.seconds, 200, next));
  }
  await registry.stop();
  await bare.stop();
  const p99 = ({ latenciesMs }: Loaded): number => percentile(latenciesMs, 0.99);
  return [
    { ...rates('targets, 64 connections', ours, theirs, 'Fastify, same bytes'), target: { atLeast: 0.5 } },
    ...questions.map(([name], index): Result => {
      const took = median((asked[index] ?? []).map(p99));
      return {
        name: `${name}, p99`,
        ours: milliseconds(took),
        baseline: milliseconds(median(empty.map(p99))),
        against: 'Fastify, same bytes',
        target: { below: milliseconds(limitMs), holds: took < limitMs },
      };
    }),
  ];
};

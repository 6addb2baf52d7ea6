import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { factories } from '../../domain/registers/factories.ts';
import { factory } from '../domain/vocabulary.ts';
import { named, type Recording, startRecording } from './recording.ts';

let recording: Recording;
let token: string;
beforeAll(async () => {
  recording = await startRecording('2022-03-01T00:00:00Z', {}, { inThread: true });
  token = await recording.server.token(['clerk', 'auditor']);
  for (let n = 0; n < 12; n++)
    await recording.record(named(factories, `f-${n}`), factory.certified(`2020-0${1 + (n % 9)}-11`, factory.described));
  const clerk = await recording.server.token('clerk', 'li.wei');
  for (const key of ['waits-1', 'waits-2']) {
    const body = { effectiveOn: '2020-12-22', grade: 'demonstration', ...factory.described };
    await recording.server.post(`/api/v1/factories/${key}/certify`, body, { token: clerk });
  }
});
afterAll(() => recording.server.close());
afterEach(() => vi.restoreAllMocks());

const lines = 'application/x-ndjson';
const reads: [path: string, accept?: string][] = [
  ['/api/v1/factories'],
  ['/api/v1/factories?limit=3&sort=-since&status=certified'],
  ['/api/v1/factories?q=f-1&on=2021-01-01&knownAt=9'],
  ['/api/v1/factories?flag=dangling'],
  ['/api/v1/enterprises?area=belt'],
  ['/api/v1/targets/model-factories/entries'],
  ['/api/v1/targets/model-factories/entries?limit=5&sector=automobiles'],
  ['/api/v1/targets/model-factories/series?step=week'],
  ['/api/v1/targets/model-factories/series?from=2012-01-01&to=2025-01-01&step=day'],
  ['/api/v1/targets/model-factories/changes?since=3'],
  ['/api/v1/factories/f-3/history'],
  ['/api/v1/factories/f-3/history?knownAt=8'],
  ['/api/v1/events?limit=4'],
  ['/api/v1/events?register=factories&key=F-3'],
  ['/api/v1/events?from=2021-01-01&to=2031-01-01', 'application/json'],
  ['/api/v1/events?after=4', lines],
  ['/api/v1/submissions?status=pending'],
  ['/api/v1/submissions?register=factories&order=desc&limit=1'],
  ['/api/v1/exports/targets.csv'],
  ['/api/v1/exports/factories.csv'],
  ['/api/v1/exports/factories.csv?on=2020-05-01&lang=en'],
];

const answerTo = async (path: string, accept = '*/*') => {
  const answer = await fetch(recording.server.url + path, { headers: { authorization: `Bearer ${token}`, accept } });
  const { status, headers } = answer;
  const named = ['content-type', 'link', 'registry-position', 'cache-control', 'vary', 'content-disposition'];
  return { path, status, headers: named.map((name) => headers.get(name)), text: await answer.text() };
};

/** From now on all is read in the thread that takes commands. */
const withoutThreads = () => vi.spyOn(recording.server.registry.model, 'pathForThreads').mockReturnValue(undefined);

test.each(reads)(
  '%s is not read in the thread that takes commands, and its answer is the same as from there',
  async (path, accept) => {
    const { questions } = recording.server.registry;
    const long = (['entries', 'counts', 'movers', 'events', 'eventsOf', 'submissions'] as const).map((name) =>
      vi.spyOn(questions, name),
    );
    const theirs = await answerTo(path, accept);
    for (const each of long) expect(each).not.toHaveBeenCalled();
    withoutThreads();
    expect(await answerTo(path, accept)).toEqual(theirs);
    expect(theirs.status).toBe(200);
  },
);

test('an answer says no more than its position, whatever is recorded while it is made', async () => {
  const { server, record } = recording;
  const { size, position } = server.registry.model.place();
  const asked = server.get('/api/v1/targets/model-factories/series?from=2012-01-01&to=2025-01-01&step=day');
  const [answer, after] = await Promise.all([
    asked,
    record(named(factories, 'meanwhile'), factory.nominated('2020-01-10')),
  ]);
  const isBefore = answer.json.size === size;
  expect([size, after]).toContain(answer.json.size);
  expect(answer.headers.get('registry-position') === position).toBe(isBefore);
});

test('a read is answered even if the file has just been swapped for another and removed', async () => {
  vi.spyOn(recording.server.registry.model, 'pathForThreads').mockReturnValue('/nowhere/gone.db');
  expect((await answerTo('/api/v1/factories?limit=3')).status).toBe(200);
  vi.restoreAllMocks();
  expect((await answerTo('/api/v1/factories?limit=3')).status).toBe(200);
});

test('more reads at once than one reader may have are refused with a time to wait; others and commands are not', async () => {
  const { server } = recording;
  const clerk = await server.token('clerk', 'zhang.min');
  const long = (n: number) =>
    `/api/v1/targets/model-factories/series?from=2012-01-${String(1 + (n % 28)).padStart(2, '0')}&to=2025-01-01&step=day`;
  const [replies, other, command] = await Promise.all([
    Promise.all(Array.from({ length: 60 }, (_, n) => server.get(long(n)))),
    server.get('/api/v1/factories', { token: clerk }),
    server.post(
      '/api/v1/factories/beside/nominate',
      { effectiveOn: '2020-01-10', ...factory.described },
      { token: clerk },
    ),
  ]);
  expect([other.status, command.status]).toEqual([200, 201]);
  const refused = replies.filter(({ status }) => status !== 200);
  expect(refused.length).toBeGreaterThan(0);
  expect(refused.length).toBeLessThan(60);
  for (const { status, json, headers } of refused) {
    expect([status, json.type]).toEqual([503, '/problems/overloaded']);
    expect(Number(headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
  }
});

test('however many people read at once, no more than 128 reads wait, and those beyond are refused with a time to wait', async () => {
  const { server } = recording;
  const people = await Promise.all(['a', 'b', 'c', 'd', 'e', 'f'].map((name) => server.token('viewer', `li.${name}`)));
  const path = '/api/v1/targets/model-factories/series?from=2012-01-01&to=2025-01-01&step=day';
  const replies = await Promise.all(
    people.flatMap((token) => Array.from({ length: 32 }, () => server.get(path, { token }))),
  );
  const refused = replies.filter(({ status }) => status !== 200);
  expect(refused.length).toBeGreaterThan(0);
  for (const { status, json, headers } of refused) {
    expect([status, json.type]).toEqual([503, '/problems/overloaded']);
    expect(json.detail).toContain('128');
    expect(Number(headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
  }
});

test('the reads of readers who have left are not made', async () => {
  const { server } = recording;
  const left = new AbortController();
  const gone = Array.from({ length: 30 }, (_, n) =>
    fetch(
      `${server.url}/api/v1/targets/model-factories/series?from=2011-12-${1 + n}&to=2025-01-01&step=day`.replace(
        /-(\d)&/,
        '-0$1&',
      ),
      {
        signal: left.signal,
      },
    ).catch(() => undefined),
  );
  await server.get('/health/live');
  left.abort();
  await Promise.all(gone);
  const began = performance.now();
  expect((await server.get('/api/v1/factories?limit=2')).status).toBe(200);
  expect(performance.now() - began).toBeLessThan(2_000);
});

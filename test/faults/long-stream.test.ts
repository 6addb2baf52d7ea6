import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openTokens } from '../../src/identity/tokens.ts';
import { start as beginning } from '../../src/store/event-store.ts';
import { openSqliteStore } from '../../src/store/sqlite/store.ts';
import { ended, get, newFolder, registry, serve } from '../cli/command-line.ts';

/** With those that are sent at the end, as many as a stream may have. */
const events = 9_995;
const more = 5;
/** On two busy cores; on idle ones it takes a tenth of that. */
const longestMs = { command: 3_000, read: 3_000, start: 30_000, rebuild: 30_000 };

test('an entry with 10,000 events, the most that it may have, is listed and read, and is folded anew in seconds; its last ones are commands', {
  timeout: 120_000,
}, async () => {
  const folder = newFolder();
  const first = await serve(folder);
  const tokens = openTokens(join(folder, 'data', 'keys'), 'localhost/upgrade-registry', Date.now);
  const clerk = await tokens.sign('li.wei', ['clerk'], 600);
  const auditor = await tokens.sign('zhao', ['auditor'], 600);
  const tookMs: Record<string, number> = {};
  const timed = async <T>(name: string, work: () => Promise<T>): Promise<T> => {
    const began = performance.now();
    const done = await work();
    tookMs[name] = Math.max(tookMs[name] ?? 0, Math.round(performance.now() - began));
    return done;
  };
  const send = (url: string, command: string, revision: number, fields: object) =>
    timed('command', async () => {
      const answer = await fetch(`${url}/api/v1/factories/long/${command}`, {
        method: 'POST',
        headers: {
          authorization: `Bearer ${clerk}`,
          'content-type': 'application/json',
          ...(revision === -1 ? {} : { 'if-match': `"${revision}"` }),
        },
        body: JSON.stringify({ effectiveOn: '2020-01-10', ...fields }),
      });
      return { status: answer.status, text: await answer.text() };
    });
  const described = { name: '长厂', sector: 'automobiles', district: 'pudong' };
  expect((await send(first.url, 'nominate', -1, described)).status).toBe(201);
  expect((await send(first.url, 'amend', 0, { operator: 'first' })).status).toBe(201);
  first.child.kill('SIGTERM');
  await ended(first.child);

  const store = openSqliteStore({ file: join(folder, 'data', 'events.db'), now: Date.now });
  const last = (await store.readAll(beginning, 10)).at(-1);
  if (last === undefined) throw new Error('nothing was recorded');
  for (let revision = last.revision; revision < events - 1; ) {
    const batch = Array.from({ length: Math.min(500, events - 1 - revision) }, () => ({ ...last, id: randomUUID() }));
    const appended = await store.append(last.stream, revision, batch);
    expect(appended.appended).toBe(true);
    revision += batch.length;
  }
  await store.close();

  const { url } = await timed('start', async () => {
    const server = await serve(folder);
    await expect.poll(async () => (await fetch(`${server.url}/health/ready`)).status, { timeout: 30_000 }).toBe(200);
    return server;
  });
  for (let revision = events - 1; revision < events - 1 + more; revision++)
    expect((await send(url, 'amend', revision, { operator: `operator ${revision}` })).status).toBe(201);

  const beyond = await send(url, 'amend', events - 1 + more, { operator: 'one more' });
  expect([beyond.status, beyond.text]).toEqual([409, expect.stringContaining('entry-full')]);

  const position = { 'registry-position': String(events + more + 1) };
  const list = await timed('read', () => get(`${url}/api/v1/factories`, undefined, position));
  expect(list.items).toMatchObject([{ key: 'long' }]);
  const entry = await timed('read', () => get(`${url}/api/v1/factories/long`, auditor, position));
  expect(entry).toMatchObject({ revision: events + more - 1, operator: `operator ${events + more - 2}` });
  const history = await timed('read', () => get(`${url}/api/v1/factories/long/history`, auditor, position));
  expect(history.events).toHaveLength(events + more);
  const rebuilt = await timed('rebuild', () => registry(folder, ['rebuild', '--json']));
  expect(JSON.parse(rebuilt.stdout)).toMatchObject({ events: events + more + 1, differences: [], swapped: true });
  if (process.env.FAULTS_FIGURES) process.stdout.write(`${JSON.stringify(tookMs)}\n`);
  for (const [name, bound] of Object.entries(longestMs)) expect(tookMs[name], name).toBeLessThan(bound);
});

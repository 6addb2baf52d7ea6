import pino from 'pino';
import { afterEach, expect, test, vi } from 'vitest';
import { readConfig } from '../../src/config.ts';
import { openRegistry } from '../../src/registry.ts';
import { newFolder } from '../cli/command-line.ts';
import { openWireLog } from '../store/esdb-wire/log.ts';
import type { WireServer } from '../store/esdb-wire/server.ts';
import { closeAll, idsIn, startServer as startStore } from '../store/esdb-wire/stores.ts';
import { nomination, refusedAs } from './office.ts';
import { startServer, type TestServer } from './server.ts';

/** A store whose leader is frozen, and one whose clock is not the node's. It is the wire server of the tests. */

vi.setConfig({ testTimeout: 60_000 });

const opened: TestServer[] = [];
afterEach(async () => {
  await Promise.all(opened.splice(0).map((node) => node.close()));
  await closeAll();
});

/** A node with the store's own time limits. */
const openNode = async (store: WireServer): Promise<TestServer> => {
  const node = await startServer({ environment: { REGISTRY_STORE: store.connectionString } });
  opened.push(node);
  return node;
};

const forever = Number.POSITIVE_INFINITY;

test('no command is held longer than ten seconds by a leader that is frozen; its repeat is then recorded once', async () => {
  const store = await startStore();
  const node = await openNode(store);
  const [clerk, reviewer] = [await node.token('clerk', 'li.wei'), await node.token('reviewer', 'wang.fang')];
  const send = (path: string, body: object, token: string) =>
    node.post(path, body, { token, headers: { 'idempotency-key': 'once', 'accept-language': 'en' } });
  const verify = {
    effectiveOn: '2020-12-22',
    title: '首台套',
    category: 'equipment',
    sector: 'automobiles',
    panel: '专家组',
  };
  const submitted = await send('/api/v1/breakthroughs/first/verify', verify, clerk);
  expect(submitted.status).toBe(202);
  const submission = `/api/v1/submissions/${submitted.json.submission.id}`;
  const began = performance.now();
  const heldMs: number[] = [];
  store.pause();
  const commands: readonly (readonly [string, object, string])[] = [
    ['/api/v1/factories/kangqiao/nominate', nomination, clerk],
    ['/api/v1/factories/kangqiao/nominate?dryRun=true', nomination, clerk],
    [`${submission}/approve`, {}, reviewer],
    [`${submission}/return`, { reason: '名单有误' }, reviewer],
    [`${submission}/withdraw`, {}, clerk],
  ];
  await Promise.all(
    commands.map(async ([path, body, token]) => {
      const reply = await send(path, body, token);
      heldMs.push(performance.now() - began);
      refusedAs(reply, 503, 'unavailable');
      expect(reply.headers.get('retry-after')).toBe('1');
    }),
  );
  expect(Math.max(...heldMs)).toBeLessThan(10_000);
  store.resume();
  const [path, body, token] = ['/api/v1/factories/kangqiao/nominate', nomination, clerk] as const;
  while ((await send(path, body, token)).status !== 201);
  expect(idsIn(store, 'upgrade.factories-kangqiao')).toHaveLength(1);
});

test('a store that freezes between the read and the append of a command holds it no longer either', async () => {
  const store = await startStore();
  const node = await openNode(store);
  const token = await node.token('clerk', 'li.wei');
  store.fail('append', { do: 'hang' }, forever);
  const began = performance.now();
  const reply = await node.post('/api/v1/factories/kangqiao/nominate', nomination, { token });
  expect(performance.now() - began).toBeLessThan(10_000);
  refusedAs(reply, 503, 'unavailable');
  store.heal();
});

test.each([
  ['ahead of', 120_000],
  ['behind', -120_000],
])(
  'if the store’s clock is %s the node’s, what it has just recorded can be asked about, and the operator is warned once',
  async (where, skewMs) => {
    const log = openWireLog({ now: () => Date.now() + skewMs });
    const store = await startStore({ log });
    const { config } = readConfig({ REGISTRY_STORE: store.connectionString, REGISTRY_DATA: newFolder(), PORT: '0' });
    const lines: string[] = [];
    const logger = pino({ level: 'warn' }, { write: (line: string) => lines.push(line) });
    const registry = await openRegistry(config, logger);
    await registry.model.caughtUp;
    const app = await registry.app();
    const url = await app.listen({ port: 0 });
    const headers = {
      authorization: `Bearer ${await registry.tokens.sign('li.wei', ['clerk'], 60)}`,
      'content-type': 'application/json',
    };
    for (const key of ['a1', 'a2', 'a3']) {
      const request = { method: 'POST', headers, body: JSON.stringify(nomination) };
      const recorded = await fetch(`${url}/api/v1/factories/${key}/nominate`, request);
      expect(recorded.status).toBe(201);
      const { position } = (await recorded.json()) as { position: string };
      const read = { headers: { 'registry-position': position } };
      expect((await fetch(`${url}/api/v1/factories`, read)).status).toBe(200);
      const { knownAt } = registry.questions.view('2020-12-31', registry.model.place().size);
      const asked = await fetch(`${url}/api/v1/factories?knownAt=${encodeURIComponent(knownAt ?? '')}`, read);
      expect(asked.status).toBe(200);
      const later = new Date(Math.max(Date.now(), Date.parse(knownAt ?? '')) + 60_000).toISOString();
      expect((await fetch(`${url}/api/v1/factories?knownAt=${later}`, read)).status).toBe(400);
    }
    await app.close();
    await registry.close();
    const warned = lines.map((line) => JSON.parse(line).msg).filter((message) => message.includes('clock'));
    expect(warned).toEqual([`the store's clock is 120 s ${where} this node's; synchronise both with NTP`]);
  },
);

import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { nomination, openOffice, refusedAs } from './office.ts';
import type { TestServer } from './server.ts';

let server: TestServer;
let clerk: string;
let folder: string;
afterEach(() => server.close());

const nominate = (key: string) => server.post(`/api/v1/factories/${key}/nominate`, nomination, { token: clerk });
const size = () => server.registry.store.size();

describe('commands', () => {
  const environment = { REGISTRY_COMMAND_LIMIT: '2' };
  /** Lets the store record. */
  let record: () => void;

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'upgrade-registry-test-'));
    await (await openOffice({ folder })).close(); // adopts the plan
    const sound = Promise.withResolvers<void>();
    record = sound.resolve;
    server = await openOffice({ folder, environment, sound: sound.promise });
    clerk = await server.token('clerk');
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  /** Commands that wait for the store; each has taken its place before it is appended. */
  const begin = async (...keys: readonly string[]) => {
    const appends = vi.spyOn(server.registry.store, 'append');
    const begun = keys.map(nominate);
    await expect.poll(() => appends.mock.calls.length, { timeout: 10_000 }).toBe(keys.length);
    return begun;
  };

  test('a command beyond the limit is refused with a time to wait, and nothing is recorded', async () => {
    const before = await size();
    const begun = await begin('first', 'second');
    const reply = await nominate('third');
    refusedAs(reply, 503, 'overloaded');
    expect(Number(reply.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
    expect(Number(reply.headers.get('retry-after'))).toBeLessThanOrEqual(5);
    expect(reply.headers.get('x-request-id')).not.toBeNull();
    expect(await size()).toBe(before);
    record();
    expect((await Promise.all(begun)).map(({ status }) => status)).toEqual([201, 201]);
    expect((await nominate('third')).status).toBe(201);
  });

  test('reads are answered meanwhile', async () => {
    const begun = await begin('first', 'second');
    for (const path of ['/api/v1/targets', '/api/v1/factories', '/health/ready', '/metrics'])
      expect((await server.get(path)).status, path).toBe(200);
    record();
    await Promise.all(begun);
  });

  test('one takes no place before all of it has arrived, no matter who sends it', async () => {
    record();
    const { hostname, port } = new URL(server.url);
    const sockets = ['', `Authorization: Bearer ${clerk}\r\n`].flatMap((authorization) =>
      Array.from({ length: 5 }, () => {
        const socket = connect(Number(port), hostname);
        socket.write(
          `POST /api/v1/factories/held/nominate HTTP/1.1\r\nHost: x\r\n${authorization}` +
            'Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{',
        );
        return socket;
      }),
    );
    await Promise.all(sockets.map((socket) => once(socket, 'connect')));
    for (let n = 0; n < 5; n++) expect((await nominate(`f${n}`)).status).toBe(201);
    for (const socket of sockets) socket.destroy();
  });

  test('many times as many at once are each either recorded or refused, and none is lost', async () => {
    record();
    const before = await size();
    const replies = await Promise.all(Array.from({ length: 200 }, (_, index) => nominate(`f${index}`)));
    const recorded = replies.filter(({ status }) => status === 201);
    for (const reply of replies.filter(({ status }) => status !== 201)) refusedAs(reply, 503, 'overloaded');
    expect(recorded.length).toBeGreaterThan(0);
    expect(await size()).toBe(before + recorded.length);
  });
});

describe('a server whose event loop lags behind', () => {
  const limitMs = 150;
  beforeEach(async () => {
    server = await openOffice({ environment: { REGISTRY_DELAY_LIMIT: String(limitMs) } });
    clerk = await server.token('clerk');
  });

  /** Holds the event loop up, which it shares with the server. */
  const hold = () => {
    const until = performance.now() + 4 * limitMs;
    while (performance.now() < until);
  };
  const readUntil = async (status: number, meanwhile: () => void) => {
    let reply = await server.get('/api/v1/targets');
    while (reply.status !== status) {
      meanwhile();
      reply = await server.get('/api/v1/targets');
    }
    return reply;
  };

  test('refuses reads and commands with a time to wait, and answers again once it has caught up', async () => {
    const before = await size();
    const reply = await readUntil(503, hold);
    refusedAs(reply, 503, 'overloaded');
    expect(Number(reply.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
    refusedAs(await nominate('kangqiao'), 503, 'overloaded');
    expect((await fetch(`${server.url}/api/v1/nowhere`)).status).toBe(503);
    expect(await size()).toBe(before);
    await readUntil(200, () => {});
    expect((await nominate('kangqiao')).status).toBe(201);
  });

  test('says all the same that it lives and how it fares', async () => {
    await readUntil(503, hold);
    for (const path of ['/health/live', '/health/ready', '/metrics'])
      expect((await server.get(path)).status, path).toBe(200);
  });
});

import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { nomination, openOffice, parseRaw, refusedAs } from './office.ts';
import type { TestServer } from './server.ts';

let server: TestServer;
let clerk: string;
afterEach(() => server.close());

const nominate = (key: string) => server.post(`/api/v1/factories/${key}/nominate`, nomination, { token: clerk });
const size = () => server.registry.store.size();

describe('commands', () => {
  beforeEach(async () => {
    server = await openOffice({ environment: { REGISTRY_COMMAND_LIMIT: '2' } });
    clerk = await server.token('clerk');
  });

  /** A command that the server has begun with and whose body has not come yet. */
  const begin = async (key: string): Promise<{ readonly socket: Socket; readonly end: () => Promise<number> }> => {
    const { hostname, port } = new URL(server.url);
    const socket = connect(Number(port), hostname);
    const body = JSON.stringify(nomination);
    socket.write(
      `POST /api/v1/factories/${key}/nominate HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${clerk}\r\n` +
        `Content-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n` +
        'Connection: close\r\nExpect: 100-continue\r\n\r\n',
    );
    await once(socket, 'data');
    return {
      socket,
      end: async () => {
        socket.end(body);
        return parseRaw((await socket.setEncoding('utf8').toArray()).join('')).status;
      },
    };
  };

  test('a command beyond the limit is refused with a time to wait, and nothing is recorded', async () => {
    const before = await size();
    const [first, second] = [await begin('first'), await begin('second')];
    const reply = await nominate('third');
    refusedAs(reply, 503, 'overloaded');
    expect(Number(reply.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
    expect(Number(reply.headers.get('retry-after'))).toBeLessThanOrEqual(5);
    expect(reply.headers.get('x-request-id')).not.toBeNull();
    expect(await size()).toBe(before);
    expect(await Promise.all([first.end(), second.end()])).toEqual([201, 201]);
    expect((await nominate('third')).status).toBe(201);
  });

  test('reads are answered meanwhile', async () => {
    const [first, second] = [await begin('first'), await begin('second')];
    for (const path of ['/api/v1/targets', '/api/v1/factories', '/health/ready', '/metrics'])
      expect((await server.get(path)).status, path).toBe(200);
    await Promise.all([first.end(), second.end()]);
  });

  test('one whose sender has gone makes room for another', async () => {
    const [first, second] = [await begin('first'), await begin('second')];
    first.socket.destroy();
    await expect.poll(async () => (await nominate('third')).status).toBe(201);
    expect(await second.end()).toBe(201);
  });

  test('many times as many at once are each either recorded or refused, and none is lost', async () => {
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

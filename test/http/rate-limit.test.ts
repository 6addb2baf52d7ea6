import { randomUUID } from 'node:crypto';
import pino from 'pino';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { addressOf } from '../../src/http/addresses.ts';
import { tokenBuckets } from '../../src/http/rate-limit.ts';
import { nomination, openOffice, people, refusedAs } from './office.ts';
import type { Reply, TestServer } from './server.ts';

describe('an address without a valid token', () => {
  let office: TestServer;
  beforeEach(async () => {
    office = await openOffice({ environment: { REGISTRY_RATE_LIMIT: '3' } });
  });
  afterEach(() => office.close());

  const asked = (times: number, path: string, token?: string): Promise<Reply[]> =>
    Promise.all(Array.from({ length: times }, () => office.get(path, { token })));
  const statuses = async (times: number, path: string, token?: string) =>
    (await asked(times, path, token)).map(({ status }) => status);

  test('may send ten seconds’ worth of requests at once, and then learns how long to wait', async () => {
    const replies = await asked(60, '/api/v1/measures');
    const refused = replies.filter(({ status }) => status === 429);
    expect(replies.filter(({ status }) => status === 200).length).toBeGreaterThanOrEqual(29);
    expect(refused.length).toBeGreaterThan(10);
    for (const reply of refused) {
      refusedAs(reply, 429, 'too-many-requests');
      expect(Number(reply.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
    }
  });

  test('is limited too if it guesses tokens or asks for what is not there', async () => {
    expect(new Set(await statuses(50, '/api/v1/measures', 'guess'))).toEqual(new Set([401, 429]));
    const missing = Array.from({ length: 10 }, () => fetch(`${office.url}/api/v1/no-such-thing`));
    expect((await Promise.all(missing)).map(({ status }) => status)).toContain(429);
  });

  test('never makes those wait who are signed in, health checks or metrics', async () => {
    const { clerk } = await people(office);
    expect(await statuses(50, '/api/v1/measures')).toContain(429);
    for (const path of ['/health/live', '/health/ready', '/metrics'])
      expect(new Set(await statuses(50, path)), path).toEqual(new Set([200]));
    expect(new Set(await statuses(50, '/api/v1/measures', clerk))).toEqual(new Set([200]));
    const commands = Array.from({ length: 20 }, () =>
      office.post(`/api/v1/factories/${randomUUID()}/nominate`, nomination, { token: clerk }),
    );
    expect(new Set((await Promise.all(commands)).map(({ status }) => status))).toEqual(new Set([201]));
  });
});

test('an address gets back what it has used, a request at a time and no more than ten seconds’ worth', () => {
  const take = tokenBuckets(2);
  const taken = (times: number, atMs: number) => Array.from({ length: times }, () => take('a', atMs));
  expect(taken(20, 0)).toEqual(Array(20).fill(0));
  expect(take('a', 0)).toBe(1);
  expect(take('b', 0)).toBe(0);
  expect(taken(2, 500)).toEqual([0, 1]);
  expect(taken(21, 1_000_000)).toEqual([...Array(20).fill(0), 1]);
});

test.each([
  ['192.0.2.7', '192.0.2.7'],
  ['::ffff:192.0.2.7', '192.0.2.7'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2'],
  ['2001:db8:1:2::9', '2001:db8:1:2'],
  ['2001:db8::1', '2001:db8:0:0'],
  ['fe80::1%eth0', 'fe80:0:0:0'],
  ['::1', '0:0:0:0'],
])('%s counts as %s', (ip, address) => {
  expect(addressOf(ip)).toBe(address);
});

test.each([
  ['forwarded', 'for=192.0.2.7', {}, 1],
  ['x-forwarded-for', '192.0.2.7', {}, 1],
  ['x-forwarded-for', '192.0.2.7', { REGISTRY_TRUST_PROXY: 'loopback' }, 0],
  ['x-request-id', 'none', {}, 0],
])('a node that sees %s: %s with the settings %o warns %d times', async (name, value, settings, times) => {
  const lines: string[] = [];
  const log = pino({ level: 'warn' }, { write: (line: string) => lines.push(line) });
  const office = await openOffice({ log, environment: { REGISTRY_RATE_LIMIT: '100', ...settings } });
  try {
    for (let n = 0; n < 3; n++) await office.get('/api/v1/measures', { headers: { [name]: value } });
    expect(lines.filter((line) => line.includes('REGISTRY_TRUST_PROXY'))).toHaveLength(times);
  } finally {
    await office.close();
  }
});

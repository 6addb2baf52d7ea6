import { afterAll, beforeAll, expect, test } from 'vitest';
import { nomination, openOffice } from './office.ts';
import type { TestServer } from './server.ts';
import { addAccount, cookieFor } from './signing-in.ts';

const friend = 'https://dashboard.example';
let server: TestServer;

beforeAll(async () => {
  server = await openOffice({ environment: { REGISTRY_CORS_ORIGINS: `${friend},http://127.0.0.1:9` } });
});
afterAll(() => server.close());

const allowed = async (
  origin: string,
  headers: Readonly<Record<string, string>>,
  method = 'GET',
  path = '/targets',
) => {
  const reply = await fetch(`${server.url}/api/v1${path}`, { method, headers: { origin, ...headers } });
  await reply.text();
  expect(reply.headers.get('access-control-allow-credentials')).toBeNull();
  return reply.headers.get('access-control-allow-origin');
};
const preflight = (origin: string, method: string, headers: string) =>
  allowed(
    origin,
    {
      'access-control-request-method': method,
      ...(headers === '' ? {} : { 'access-control-request-headers': headers }),
    },
    'OPTIONS',
  );

test('pages of named origins may send a token, for reads and for changes', async () => {
  const authorization = `Bearer ${await server.token('clerk')}`;
  expect(await allowed(friend, { authorization })).toBe(friend);
  const body = JSON.stringify(nomination);
  const headers = { origin: friend, authorization, 'content-type': 'application/json' };
  const posted = await fetch(`${server.url}/api/v1/factories/cors/nominate`, { method: 'POST', headers, body });
  expect([posted.status, posted.headers.get('access-control-allow-origin')]).toEqual([201, friend]);
  expect(posted.headers.get('access-control-expose-headers')).toContain('ETag');
  for (const method of ['GET', 'POST', 'PATCH', 'DELETE'])
    expect(await preflight(friend, method, 'authorization,content-type,if-match')).toBe(friend);
});

test('pages of other origins may not, whatever they are called', async () => {
  const authorization = `Bearer ${await server.token('clerk')}`;
  for (const origin of [
    'https://other.example',
    'http://dashboard.example',
    `${friend}:8443`,
    `${friend}.evil.example`,
    'https://DASHBOARD.example',
    'null',
  ]) {
    expect(await allowed(origin, { authorization }), origin).toBeNull();
    const asked = { origin, 'access-control-request-method': 'GET', 'access-control-request-headers': 'authorization' };
    const answer = await fetch(`${server.url}/api/v1/targets`, { method: 'OPTIONS', headers: asked });
    expect(answer.headers.get('access-control-allow-headers'), origin).not.toMatch(/authorization/i);
    expect(await preflight(origin, 'POST', 'content-type'), origin).toBeNull();
    expect(await allowed(origin, {}), origin).toBe('*');
  }
});

test('caches learn that answers differ by origin, once some origins may send a token', async () => {
  const authorization = `Bearer ${await server.token('clerk')}`;
  for (const [path, headers] of [
    ['/api/v1/targets', {}],
    ['/api/v1/targets', { origin: friend, authorization }],
    ['/api/v1/targets?on=x', {}],
    ['/api/v1/exports/targets.csv', {}],
    ['/api/openapi.json', {}],
    ['/health/live', { origin: friend }],
    ['/problems/not-found', {}],
  ] as const) {
    const reply = await fetch(`${server.url}${path}`, { headers });
    await reply.text();
    const named = (reply.headers.get('vary') ?? '').split(/,\s*/).filter((each) => each.toLowerCase() === 'origin');
    expect([path, named.length]).toEqual([path, 1]);
  }
  const preflighted = await fetch(`${server.url}/api/v1/targets`, {
    method: 'OPTIONS',
    headers: { origin: friend, 'access-control-request-method': 'GET' },
  });
  expect(preflighted.headers.get('vary')).toMatch(/origin/i);
});

test('no page of another origin sees an answer to the cookie', async () => {
  await addAccount(server, 'li.wei', 'clerk');
  const cookie = await cookieFor(server, 'li.wei');
  for (const origin of [friend, 'https://other.example']) expect(await allowed(origin, { cookie })).toBeNull();
});

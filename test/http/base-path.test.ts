import { describe, expect, test, vi } from 'vitest';
import { ConfigError, readConfig } from '../../src/config.ts';
import { withoutBasePath } from '../../src/http/base-path.ts';
import { countOf, csv, imported } from '../imports/spreadsheet.ts';
import { mainJob } from './main-job.ts';
import { openOffice, parseRaw, refusedAs, sendRaw } from './office.ts';
import type { TestServer } from './server.ts';
import { addAccount, cookieOf, ownPage, signIn, withCookie } from './signing-in.ts';

const basePath = '/offices/registry';
const openUnder = (environment: Readonly<Record<string, string>> = {}): Promise<TestServer> =>
  openOffice({ environment: { REGISTRY_BASE_PATH: basePath, ...environment } });

const within = async (server: TestServer, work: (server: TestServer) => Promise<void>): Promise<void> => {
  try {
    await work(server);
  } finally {
    await server.close();
  }
};

/** The paths of this server that a text names from the root on, without the base path. */
const bare = (text: string): readonly string[] =>
  text.match(/(?<![\w./-])\/(?:api|auth|health|ledger|metrics|problems|sign-up)(?![\w-])[^\s"'<>]*/g) ?? [];

/** Everything that is answered from now on: what was asked for, and the headers and the body. */
const listening = () => {
  const answers: Promise<readonly [url: string, headers: string, body: string]>[] = [];
  const send = globalThis.fetch;
  const spy = vi.spyOn(globalThis, 'fetch').mockImplementation(async (input, options) => {
    const response = await send(input, { redirect: 'manual', ...options });
    const headers = [...response.headers].map((pair) => pair.join(': ')).join('\n');
    answers.push(
      response
        .clone()
        .text()
        .then((body) => [String(input), headers, body]),
    );
    return response;
  });
  return { answers, stop: () => spy.mockRestore() };
};

/** A little of everything: what is recorded, read, exported, imported, refused and shown. */
const aDay = async (server: TestServer): Promise<void> => {
  await mainJob(server, 'kangqiao');
  await mainJob(server, 'lingang');
  const [clerk, auditor, admin] = await Promise.all(
    (['clerk', 'auditor', 'admin'] as const).map((role) => server.token(role)),
  );
  const get = (path: string, token?: string) => server.get(path, { token, headers: { 'accept-language': 'en' } });
  const columns = ['编号', '工厂名称', '行业', '区', '推荐日期'];
  const done = await imported(server, 'factories', csv(columns, ['first', '甲厂', '汽车', '浦东新区', '2020-01-10']));
  const failed = await imported(server, 'factories', csv(columns, ['', '合计', '', '', '']));
  expect(failed.problem.type).toBe(`${basePath}/problems/invalid-request`);
  await server.call('POST', `/api/v1/imports/${done.id}/undo`, { token: clerk, body: { reason: '试用' } });
  for (const path of ['/api/v1/imports', '/api/v1/registers', '/api/v1/targets', '/api/v1/series', '/api/v1/breakdown'])
    await get(path);
  for (const path of ['/api/v1/factories?limit=1', '/api/v1/targets/model-factories/entries?limit=1&on=2021-01-01'])
    expect((await get(path)).headers.get('link')).toContain(`<${basePath}/api/v1/`);
  for (const path of ['/api/v1/submissions?limit=1', `/api/v1/imports/${done.id}`]) await get(path, clerk);
  for (const path of ['/api/v1/events?limit=1', '/api/v1/events.csv', '/api/v1/logs/security', '/api/v1/accounts/log'])
    await get(path, path.includes('accounts') ? admin : auditor);
  for (const path of ['/', '/api/docs', '/problems/not-found', '/health/ready', '/api/v1/exports/factories.csv'])
    await fetch(`${server.url}${path}`);
  for (const path of ['/nothing', '/api/v1/nothing', '/api/v1/targets?on=never']) await get(path);
  refusedAs(await server.post('/api/v1/targets', {}), 405, 'method-not-allowed', '', basePath);
  await server.post('/api/v1/accounts', { name: '新人', roles: ['clerk'] }, { token: admin });
  await addAccount(server, 'li.wei', 'clerk');
  const cookie = cookieOf(await signIn(server, 'li.wei'));
  await server.call('DELETE', '/api/v1/session', withCookie(cookie));
};

describe('under a base path', () => {
  test('every path in every answer begins with it, in headers as in bodies', async () => {
    await within(await openUnder(), async (server) => {
      const heard = listening();
      await aDay(server).finally(heard.stop);
      const answers = await Promise.all(heard.answers);
      expect(answers.length).toBeGreaterThan(40);
      for (const [url, headers, body] of answers) {
        expect(bare(headers), url).toEqual([]);
        expect(bare(body), url).toEqual([]);
      }
      const all = answers.map(([, headers, body]) => `${headers}\n${body}`).join('\n');
      for (const path of [
        'api/v1/submissions/',
        'api/v1/factories/',
        'api/v1/imports/',
        'problems/',
        'sign-up',
        'api/docs',
      ])
        expect(all).toContain(`${basePath}/${path}`);
    });
  });

  test('the OpenAPI document names it as the server, to which its own paths are relative', async () => {
    await within(await openUnder(), async (server) => {
      const { json } = await server.get('/api/openapi.json');
      expect(json.servers).toEqual([{ url: basePath }]);
      expect(json.components.schemas.ProblemNotFound.properties.type.const).toBe(`${basePath}/problems/not-found`);
      expect(json.components.securitySchemes.session.description).toContain('__Secure-registry-session');
      const { components } = json;
      expect(bare(JSON.stringify({ ...components, securitySchemes: {} }))).toEqual([]);
    });
  });

  test('a proxy may pass the base path on or take it away; anything that only begins alike does not exist', async () => {
    await within(await openUnder(), async (server) => {
      const { origin } = new URL(server.url);
      for (const path of [`${basePath}/api/v1/targets`, '/api/v1/targets', `${basePath}/health/live?`, '/health/live'])
        expect((await fetch(`${origin}${path}`)).status, path).toBe(200);
      for (const path of [basePath, `${basePath}/`, '/']) {
        const { status, headers } = await fetch(`${origin}${path}`, { redirect: 'manual' });
        expect([status, headers.get('content-type')], path).toEqual([200, 'text/html; charset=utf-8']);
      }
      for (const path of [
        `${basePath}s/api/v1/targets`,
        '/offices/api/v1/targets',
        `${basePath}${basePath}/health/live`,
        '/OFFICES/registry/health/live',
      ])
        expect((await fetch(`${origin}${path}`)).status, path).toBe(404);
    });
  });

  test('what cannot be read as a request is refused by a problem whose page is there, too', async () => {
    await within(await openUnder(), async ({ url }) => {
      const requests = [
        'CONNECT registry:443 HTTP/1.1\r\nHost: registry\r\n\r\n',
        `GET ${basePath}/health/live HTTP/1.1\r\nHost: registry\r\nExpect: the-moon\r\n\r\n`,
        'nonsense\r\n\r\n',
        `GET ${basePath}/北京 HTTP/1.1\r\nHost: registry\r\n\r\n`,
        `GET ${basePath}/health/live HTTP/1.1\r\nHost: registry\r\nConnection: close\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`,
      ];
      for (const request of requests) {
        const { body } = parseRaw(await sendRaw(url, request));
        const { type } = JSON.parse(body);
        expect(type, request.slice(0, 40)).toMatch(new RegExp(`^${basePath}/problems/`));
        expect((await fetch(new URL(type, url))).status).toBe(200);
      }
    });
  });

  test('the cookie belongs to it: __Secure- over TLS, and its Path', async () => {
    await within(await openUnder({ REGISTRY_TRUST_PROXY: 'loopback' }), async (server) => {
      await addAccount(server, 'li.wei', 'clerk');
      const plain = await signIn(server, 'li.wei');
      expect(plain.headers.get('set-cookie')).toMatch(
        new RegExp(`^registry-session=[\\w-]{20,}; Path=${basePath}; HttpOnly; SameSite=Strict$`),
      );
      const tls = { headers: { 'x-forwarded-proto': 'https' } };
      const secure = await signIn(server, 'li.wei', undefined, tls);
      expect(secure.headers.get('set-cookie')).toMatch(
        new RegExp(`^__Secure-registry-session=[\\w-]{20,}; Path=${basePath}; HttpOnly; SameSite=Strict; Secure$`),
      );
      const own = { headers: { ...ownPage, ...tls.headers, cookie: cookieOf(secure) } };
      expect((await server.get('/api/v1/session', own)).json).toMatchObject({ name: 'li.wei' });
      const ended = await server.call('DELETE', '/api/v1/session', own);
      expect(ended.headers.get('set-cookie')).toBe(
        `__Secure-registry-session=; Path=${basePath}; HttpOnly; SameSite=Strict; Max-Age=0; Secure`,
      );
    });
  });

  test('the count is the same as without one', async () => {
    await within(await openUnder(), async (server) => {
      await mainJob(server, 'kangqiao');
      expect(await countOf(server, 'model-factories', '2020-12-31')).toBe(1);
    });
  });
});

describe('REGISTRY_BASE_PATH', () => {
  const read = (text: string): string => readConfig({ REGISTRY_BASE_PATH: text }).config.basePath;

  test.each([
    ['/', ''],
    ['registry', '/registry'],
    ['/registry', '/registry'],
    ['/registry/', '/registry'],
    ['registry/', '/registry'],
    ['/a/b', '/a/b'],
    ['/a/b/', '/a/b'],
    ['/Upgrade_Registry-2.0~x', '/Upgrade_Registry-2.0~x'],
    ['/registry/api', '/registry/api'],
    ['/apis', '/apis'],
  ])('%s is %s', (text, path) => {
    expect(read(text)).toBe(path);
  });

  test.each([
    ...['//', '//x', '/a//b', '/a/../b', '/./a', '/..', '.', '/a?b', '/a#b', '/a b', ' /a', '/a%2Fb', '/%61', '/登记'],
    ...['https://example.org/registry', 'example.org:80/x', '/a\\b', '/a;b', '/a/:key', '/*', '/a"b', '/a\n'],
    ...['/api', 'api/v1', '/health', '/problems/x', '/metrics', '/ledger', '/auth', '/sign-up'],
  ])('%j may be no path or be read in two ways, and is refused', (text) => {
    expect(() => read(text)).toThrow(ConfigError);
    expect(() => read(text)).toThrow(/^REGISTRY_BASE_PATH=.* is not valid: expected \/ or a path such as \/registry/);
  });

  test('is taken off the beginning of what is asked for, and nowhere else', () => {
    const table = [
      ['/registry', '/'],
      ['/registry?a=1', '/?a=1'],
      ['/registry/', '/'],
      ['/registry/api/v1/targets?on=2020-12-31', '/api/v1/targets?on=2020-12-31'],
      ['/registry//x', '//x'],
      ['http://registry.example/registry/api', 'http://registry.example/api'],
      ['http://registry.example/registry', 'http://registry.example/'],
      ['/registryx', '/registryx'],
      ['/x/registry/api', '/x/registry/api'],
      ['/api/v1/factories?q=/registry/api', '/api/v1/factories?q=/registry/api'],
      ['*', '*'],
      ['', ''],
    ] as const;
    for (const [asked, path] of table) expect(withoutBasePath(asked, '/registry'), asked).toBe(path);
    for (const [asked] of table) expect(withoutBasePath(asked, ''), asked).toBe(asked);
  });
});

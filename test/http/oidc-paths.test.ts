import { afterAll, beforeAll, expect, test } from 'vitest';
import { newBrowser } from './browser.ts';
import { refusedAs } from './office.ts';
import { type OidcOffice, openOidcOffice } from './oidc-office.ts';

/** Where a sign-in at the provider leads in the end: never to another origin. */

let office: OidcOffice;
beforeAll(async () => {
  office = await openOidcOffice();
});
afterAll(() => office.close());

test.each([
  ...['//elsewhere', '/\\elsewhere', '\\\\elsewhere', 'https://elsewhere', 'https:/elsewhere', 'javascript:alert(1)'],
  ...[
    '/\t/elsewhere',
    '/\n/elsewhere',
    '\t//elsewhere',
    ' //elsewhere',
    '/%2Felsewhere',
    '/%5celsewhere',
    '/%09/elsewhere',
  ],
  ...[
    '/./%2Felsewhere',
    '/.//elsewhere',
    '/a/..//elsewhere',
    '',
    'elsewhere',
    '@elsewhere',
    '?x',
    '#x',
    '/\u0000',
    '/%',
  ],
])('a sign-in never leads on to %j', async (to) => {
  const reply = await office.server.get(`/auth/oidc/start?to=${encodeURIComponent(to)}`);
  refusedAs(reply, 400, 'invalid-request');
  expect(reply.json.errors).toMatchObject([{ in: 'query', name: 'to' }]);
});

test.each([
  ['/', '/'],
  ['/entries?status=certified&q=a%2Fb#top', '/entries?status=certified&amp;q=a%2Fb#top'],
  ['/登记?q=康桥', '/%E7%99%BB%E8%AE%B0?q=%E5%BA%B7%E6%A1%A5'],
  ['/a/../b', '/b'],
  ['/:80', '/:80'],
  ['/"><script>', '/%22%3E%3Cscript%3E'],
  ['/?x=\'"', '/?x=%27%22'],
])('a sign-in leads on to %j', async (to, href) => {
  const page = await office.signIn(newBrowser(), 'li', to);
  expect(page.text).toContain(`<a href="${href}">`);
  expect(page.text).toContain(`content="0; url=${href}">`);
});

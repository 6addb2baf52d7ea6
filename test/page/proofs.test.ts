import type { Browser, Page, Route } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, vi } from 'vitest';
import { formatCheckpoint } from '../../src/ledger/checkpoint.ts';
import { signNote } from '../../src/ledger/note.ts';
import { ledgerKeyOf } from '../../src/ledger/opening.ts';
import { formatProof } from '../../src/ledger/proof.ts';
import { test as base, openOffice, people, seen, submitCertificate } from '../http/office.ts';
import type { TestServer } from '../http/server.ts';
import { mth, path } from '../ledger/naive-tree.ts';
import { newLogKey } from '../ledger/signing.ts';
import { faultsOn, isRead, type Look, launch, looks, needsChromium } from './chromium.ts';
import { openDesk } from './staff.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 180_000 });

let browser: Browser | undefined;
beforeAll(async () => {
  browser = await launch();
});
afterAll(() => browser?.close());
beforeEach(needsChromium);

/** A server that signs: a factory that was certified with a note, corrected, and revoked. */
// biome-ignore lint/correctness/noEmptyPattern: vitest reads from the pattern which fixtures this one needs
const test = base.extend('server', { scope: 'file' }, async ({}, { onCleanup }) => {
  const server = await openOffice({ inThread: true, environment: { REGISTRY_ORIGIN: 'registry.example.org/ledger' } });
  onCleanup(() => server.close());
  const staff = await people(server);
  const approve = async (id: string) => server.post(`/api/v1/submissions/${id}/approve`, {}, { token: staff.reviewer });
  await approve(
    await submitCertificate(server, staff.clerk, 'kangqiao', { note: '电话核实', evidence: [{ title: '认定文件' }] }),
  );
  const revoked = await server.post(
    '/api/v1/factories/kangqiao/revoke',
    { effectiveOn: '2021-03-01', reason: '停产', note: '现场核查' },
    { token: staff.clerk, headers: seen(1) },
  );
  await approve(revoked.json.submission.id);
  await fetch(server.url, { headers: { accept: 'text/html' } });
  expect(await server.registry.ledger.reached(server.registry.model.place().size, 60_000)).toBe(true);
  return server;
});

const open = (server: TestServer, look?: Look) =>
  openDesk(browser, server, { name: 'zhao.lei', roles: ['auditor'], ...(look === undefined ? {} : { look }) });

const keyOf = (server: TestServer) => ledgerKeyOf(server.registry.config);

const pin = async (page: Page, key: string) => {
  await page.getByLabel('Verifier key of the registry').fill(key);
  await page.getByRole('button', { name: 'Pin this key' }).click();
};

/** Opens the certification in the trail and checks its proof; what the page says, and the name of what is wrong. */
const checked = async (page: Page, number: number) => {
  await page.getByRole('button', { name: `Check the proof of No. ${number}`, exact: true }).click();
  const status = page.getByRole('status').filter({ hasText: /^[✓✗]/ }).filter({ hasNotText: 'The server’s' });
  await status.waitFor();
  return {
    text: await status.innerText(),
    fault: await status.locator('[data-fault]').evaluateAll(([each]) => each?.getAttribute('data-fault')),
  };
};

const openEvent = async (page: Page, server: TestServer, number: number) => {
  await page.goto(`${server.url}/audit?lang=en&key=kangqiao`);
  await page.getByRole('button', { name: `All that entry ${number} holds` }).click();
};

/** The leaves as the server has them. */
const leavesOf = async (page: Page, server: TestServer): Promise<Buffer[]> => {
  const feed = await page.request.get(`${server.url}/api/v1/events`, { headers: { accept: 'application/x-ndjson' } });
  return (await feed.text())
    .trimEnd()
    .split('\n')
    .map((line) => Buffer.from(line));
};

/** A proof by the server’s own key, out of any list of leaves. */
const forgedProof = (server: TestServer, leaves: readonly Buffer[], index: number): Buffer => {
  const { origin, signer } = keyOf(server);
  const checkpoint = signNote(formatCheckpoint({ origin, size: leaves.length, root: mth(leaves) }), [signer]);
  return formatProof({ index, hashes: path(index, leaves), checkpoint });
};

const answer = (body: Buffer | string) => (route: Route) => route.fulfill({ body, contentType: 'text/plain' });
const changed = (change: (text: string) => string) => async (route: Route) => {
  const response = await route.fetch();
  await route.fulfill({ response, body: change(await response.text()) });
};

test('an auditor pins the key once, and checks events in the trail and in a history against it', async ({ server }) => {
  const { page, complaints, close } = await open(server);
  await openEvent(page, server, 2);
  await page.getByRole('button', { name: 'Check the proof of No. 2', exact: true }).click();
  await page.getByText('First give the key that you trust.').waitFor();
  await pin(page, 'nonsense');
  await page.getByText('The key is malformed').waitFor();
  const { verifierKey, verifier } = keyOf(server);
  await pin(page, ` ${verifierKey}\n`);
  const key = page.getByRole('region', { name: 'Pinned key' });
  await key.getByText('The server’s checkpoint is signed by this key and covers 5 events').waitFor();
  for (const text of [verifier.name, verifier.keyId, verifierKey]) expect(await key.innerText()).toContain(text);
  expect(await checked(page, 2)).toMatchObject({
    text: expect.stringContaining('the signed ledger of 5 events has this event'),
  });

  const href = await page.getByRole('link', { name: 'Download with free texts' }).getAttribute('href');
  const folder = await page.request.get(new URL(href ?? '', server.url).href);
  expect([folder.status(), folder.headers()['content-type']]).toEqual([200, 'application/zip']);

  await page.goto(`${server.url}/registers/factories/kangqiao?lang=en`);
  for (const number of [2, 4]) {
    await page.getByRole('button', { name: `Check the proof of No. ${number}`, exact: true }).click();
    await expect.poll(() => page.getByText('the signed ledger of 5 events has this event').count()).toBe(number / 2);
  }
  // It stays after signing out, for the server must not be able to have it forgotten.
  await page.goto(`${server.url}/account?lang=en`);
  await page.getByRole('button', { name: 'Sign out', exact: true }).click();
  await page.getByRole('link', { name: 'Sign in' }).first().waitFor();
  expect(await page.evaluate(() => Object.keys(localStorage))).toEqual([expect.stringMatching(/^pinned-key /)]);
  expect(complaints).toEqual([]);
  await close();
});

test('whatever is wrong with an event, its proof or the key has an answer of its own', async ({ server }) => {
  const { page, complaints, close } = await open(server);
  const { verifierKey } = keyOf(server);
  await page.goto(`${server.url}/audit?lang=en`);
  await pin(page, verifierKey);
  const leaves = await leavesOf(page, server);
  const size = leaves.length;
  const proofs = '**/api/v1/events/*/proof';
  const trail = '**/api/v1/events?*';
  const lying = changed((text) => text.replaceAll('康桥数字化工厂', '康桥数字化二厂'));
  const other = leaves.with(0, Buffer.from('another beginning'));
  const ways: readonly (readonly [what: string, url: string, way: (route: Route) => Promise<void>, fault: string])[] = [
    [
      'an event altered in transit on its way to the table',
      trail,
      (route) => (route.request().headers().accept?.includes('ndjson') ? route.continue() : lying(route)),
      'altered',
    ],
    ['an event altered in both of its forms', trail, lying, 'not-included'],
    ['a proof for another event', proofs, answer(forgedProof(server, leaves, 3)), 'other-index'],
    ['a proof that is none', proofs, answer('hello'), 'malformed-proof'],
    [
      'a changed path',
      proofs,
      changed((text) => text.replace(/\n[^\n]{44}\n/, `\n${Buffer.alloc(32, 7).toString('base64')}\n`)),
      'not-included',
    ],
    [
      'a changed checkpoint',
      proofs,
      changed((text) => text.replace(`\n${size}\n`, `\n${size + 1}\n`)),
      'wrong-signature',
    ],
    ['a split view: another ledger of the same size', proofs, answer(forgedProof(server, other, 2)), 'split-view'],
    [
      'another ledger that is longer',
      proofs,
      answer(forgedProof(server, [...other.slice(0, -1), ...other], 2)),
      'unproven',
    ],
  ];
  for (const [what, url, way, fault] of ways) {
    await page.route(url, way);
    await openEvent(page, server, 2);
    await page.getByText('The server’s checkpoint is signed by this key').waitFor();
    expect((await checked(page, 2)).fault, what).toBe(fault);
    await page.unroute(url);
  }
  // Another key under the same name
  await page.getByRole('button', { name: 'Unpin' }).click();
  await pin(page, newLogKey('registry.example.org/ledger').verifierKey);
  await page.getByRole('alert').filter({ hasText: 'The checkpoint of the server does not go with this key' }).waitFor();
  expect((await checked(page, 2)).fault).toBe('other-key');
  await page.getByRole('button', { name: 'Unpin' }).click();
  await pin(page, newLogKey('other.example.org/ledger').verifierKey);
  await page.getByRole('alert').filter({ hasText: 'None of the trusted keys has signed' }).waitFor();
  expect(complaints).toEqual([]);
  await close();
});

test('what was seen is what the next checkpoint must go on from', async ({ server, staff }) => {
  const { page, complaints, close } = await open(server);
  const { verifierKey } = keyOf(server);
  await page.goto(`${server.url}/audit?lang=en`);
  await pin(page, verifierKey);
  await page.getByText('The server’s checkpoint is signed by this key').waitFor();
  await submitCertificate(server, staff.clerk, 'lingang');
  const { size } = server.registry.model.place();
  expect(await server.registry.ledger.reached(size, 60_000)).toBe(true);
  await openEvent(page, server, 2);
  await page.getByText(`is signed by this key and covers ${size} events`).waitFor();
  expect((await checked(page, 2)).text).toContain(`the signed ledger of ${size} events has this event`);
  expect(complaints).toEqual([]);
  await close();
});

describe.for(looks)('at $width px, $scheme, $lang', (look) => {
  test('proofs and the key have no fault that axe finds', async ({ server }) => {
    const { page, complaints, close } = await open(server, look);
    await page.goto(`${server.url}/audit?key=kangqiao&lang=${look.lang}`);
    await page.locator('tbody button').first().click();
    await isRead(page);
    expect(await faultsOn(page, look)).toEqual([]);
    await page.locator('#pinned-key ~ form input').fill(keyOf(server).verifierKey);
    await page.locator('#pinned-key ~ form button').click();
    await page.locator('#pinned-key ~ [role=status]').waitFor();
    await page.getByRole('button', { name: /第 \d+ 条的证明|proof of No/ }).click();
    await page.getByText(/核对通过|Verified/).waitFor();
    expect(await faultsOn(page, look)).toEqual([]);
    await page.goto(`${server.url}/registers/factories/kangqiao?lang=${look.lang}`);
    await page
      .getByRole('button', { name: /第 \d+ 条的证明|proof of No/ })
      .first()
      .click();
    await page.getByText(/核对通过|Verified/).waitFor();
    expect(await faultsOn(page, look)).toEqual([]);
    expect(complaints).toEqual([]);
    await close();
  });
});

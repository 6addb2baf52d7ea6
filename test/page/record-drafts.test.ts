import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, expect, vi } from 'vitest';
import { nominate, test } from '../http/office.ts';
import { ownPage, password } from '../http/signing-in.ts';
import { launch, needsChromium } from './chromium.ts';
import { openDesk } from './staff.ts';

vi.setConfig({ testTimeout: 120_000 }); // whole jobs in a browser, and the first waits for the build

let browser: Browser | undefined;
beforeAll(async () => {
  browser = await launch();
});
afterAll(() => browser?.close());
beforeEach(needsChromium);

const clerk = { name: 'li.wei', roles: ['clerk'] } as const;
const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true });
const nominationOf = async (page: Page, key: string) => {
  await page.getByRole('textbox', { name: 'Key' }).fill(key);
  await page.getByRole('textbox', { name: 'Effective date' }).fill('2020-01-10');
  await page.getByRole('textbox', { name: 'Name', exact: true }).fill('草稿工厂');
  await page.getByLabel('Sector', { exact: true }).selectOption('automobiles');
  await page.getByLabel('District', { exact: true }).selectOption('pudong');
};

test('a form that was not finished is there again in a new tab, says so, and goes once it is recorded', async ({
  server,
}) => {
  const { page, complaints, close } = await openDesk(browser, server, clerk);
  await page.goto(`${server.url}/record/factories/nominate?lang=en`);
  await nominationOf(page, 'draft');
  await button(page, 'Record').waitFor();
  const tab = await page.context().newPage();
  await page.close();
  await tab.goto(`${server.url}/record/factories/nominate?lang=en`);
  await tab.getByText(/^Restored your draft of \d{4}-/).waitFor();
  expect(await tab.getByRole('textbox', { name: 'Key' }).inputValue()).toBe('draft');
  expect(await tab.getByLabel('District', { exact: true }).inputValue()).toBe('pudong');
  await button(tab, 'Record').click();
  await tab.getByRole('heading', { name: 'Recorded' }).waitFor();
  await tab.reload();
  await expect.poll(() => tab.getByRole('textbox', { name: 'Key' }).inputValue()).toBe('');
  expect(await tab.getByText('Restored your draft').count()).toBe(0);
  await tab.getByRole('textbox', { name: 'Key' }).fill('given-up');
  await button(tab, 'Discard draft').click();
  await tab.reload();
  await expect.poll(() => tab.getByRole('textbox', { name: 'Key' }).inputValue()).toBe('');
  expect(complaints).toEqual([]);
  await close();
});

test('a draft of one clerk is not shown to another at the same browser', async ({ server, staff: _ }) => {
  const { page, close } = await openDesk(browser, server, clerk);
  await page.goto(`${server.url}/record/factories/nominate?lang=en`);
  await page.getByRole('textbox', { name: 'Key' }).fill('mine-alone');
  const second = await openDesk(browser, server, { name: 'zhang.min', roles: ['clerk'] });
  await second.close();
  const entered = await page.request.post(`${server.url}/api/v1/session`, {
    data: { name: 'zhang.min', password },
    headers: ownPage,
  });
  expect(entered.ok()).toBe(true);
  await page.reload();
  await page.getByRole('textbox', { name: 'Key' }).waitFor();
  expect(await page.getByRole('textbox', { name: 'Key' }).inputValue()).toBe('');
  await close();
});

test('a double click, and an answer that is lost on its way, record once', async ({ server, staff }) => {
  const { page, complaints, close } = await openDesk(browser, server, clerk);
  await nominate(server, staff.clerk, 'once');
  const assess = async () => {
    await page.goto(`${server.url}/registers/factories/once/assess?lang=en`);
    await page.getByRole('textbox', { name: 'Effective date' }).fill('2020-03-01');
    await page.getByRole('textbox', { name: 'Panel' }).fill('专家组');
    await button(page, 'Record').waitFor();
  };
  const recorded = async () => (await server.get('/api/v1/factories/once/history')).json.events.length;
  await assess();
  await button(page, 'Record').dblclick();
  await page.getByRole('heading', { name: 'Recorded' }).waitFor();
  expect(await recorded()).toBe(2);

  await assess();
  const isSend = (url: URL) => url.pathname.endsWith('/assess') && url.search === '';
  await page.route(isSend, async (route) => {
    await route.fetch();
    await route.abort();
  });
  await button(page, 'Record').click();
  await page
    .getByText(/cannot be reached/)
    .first()
    .waitFor();
  expect(await recorded()).toBe(3);
  await page.unroute(isSend);
  await button(page, 'Record').click();
  await page.getByRole('heading', { name: 'Recorded' }).waitFor();
  expect(await recorded()).toBe(3);
  expect(complaints).toEqual([]);
  await close();
});

test('a session that ends in the middle of a form keeps what was typed, and the form goes on after signing in', async ({
  server,
}) => {
  const { page, complaints, close } = await openDesk(browser, server, clerk);
  await page.goto(`${server.url}/record/factories/nominate?lang=en`);
  await nominationOf(page, 'ended');
  await button(page, 'Record').waitFor();
  const cookies = await page.context().cookies();
  await page.context().clearCookies();
  await button(page, 'Record').click();
  await page.getByText('Your session has ended').waitFor();
  expect(await page.getByRole('textbox', { name: 'Key' }).inputValue()).toBe('ended');
  const link = page.getByRole('alert').getByRole('link', { name: 'Sign in' });
  expect(await link.getAttribute('href')).toMatch(/\/sign-in\?.*to=%2Frecord%2Ffactories%2Fnominate/);
  await page.context().addCookies(cookies);
  await page.goto(`${server.url}/record/factories/nominate?lang=en`);
  await button(page, 'Record').click();
  await page.getByRole('heading', { name: 'Recorded' }).waitFor();
  expect((await server.get('/api/v1/factories/ended')).status).toBe(200);
  expect(complaints).toEqual([]);
  await close();
});

test('a server that was too busy to try a form is asked again by itself', async ({ server }) => {
  const { page, complaints, close } = await openDesk(browser, server, clerk);
  let refusals = 0;
  await page.route(/dryRun=true/, async (route) => {
    if (refusals++ > 0) return route.continue();
    await route.fulfill({
      status: 503,
      headers: { 'retry-after': '1' },
      json: { type: '/problems/overloaded', title: 'Busy' },
    });
  });
  await page.goto(`${server.url}/record/factories/nominate?lang=en`);
  await nominationOf(page, 'busy');
  await button(page, 'Record').waitFor();
  expect(refusals).toBeGreaterThan(1);
  expect(complaints).toEqual([]);
  await close();
});

test('a form is drawn once what it needs is there, and is never taken away under the hands of who fills it', async ({
  server,
  staff,
}) => {
  await nominate(server, staff.clerk, 'steady');
  const { json } = await server.get('/api/v1/factories/steady/history');
  const { page, complaints, close } = await openDesk(browser, server, clerk);
  await page.addInitScript(() => {
    const seen: string[] = [];
    Object.assign(globalThis, { seen });
    const forms = (nodes: NodeList) =>
      [...nodes].flatMap((node) => (node instanceof Element ? [node, ...node.querySelectorAll('form')] : []));
    new MutationObserver((changes) => {
      for (const { addedNodes, removedNodes } of changes)
        for (const [nodes, what] of [[addedNodes, 'drawn'] as const, [removedNodes, 'taken away'] as const])
          for (const each of forms(nodes)) if (each instanceof HTMLFormElement && each.noValidate) seen.push(what);
    }).observe(document, { childList: true, subtree: true });
  });
  const paths = ['assess', 'amend', `correct?event=${json.events[0].id}`, 'annul'].map(
    (each) => `registers/factories/steady/${each}`,
  );
  for (const path of [...paths, 'record/factories/nominate']) {
    await page.goto(`${server.url}/${path}`);
    await page.getByRole('region', { name: /办理结果预览|What will happen/ }).waitFor();
    await expect.poll(() => page.evaluate(() => Reflect.get(globalThis, 'seen'))).toEqual(['drawn']);
    await page
      .getByLabel(/^(Reason|Effective date|Key)$/)
      .first()
      .fill('2020-05-01');
    await page.waitForLoadState('networkidle');
    expect(await page.evaluate(() => Reflect.get(globalThis, 'seen')), path).toEqual(['drawn']);
  }
  expect(complaints).toEqual([]);
  await close();
});

const focused = (page: Page) => page.evaluate(() => document.activeElement?.closest('main')?.id ?? 'nowhere');

test('the focus stays in the form when what held it goes: a draft, a document or an offer', async ({ server }) => {
  const { page, complaints, close } = await openDesk(browser, server, clerk);
  await page.goto(`${server.url}/record/factories/nominate?lang=en`);
  await page.getByRole('textbox', { name: 'Key' }).fill('focus');
  for (const name of ['Add a document', 'Add a document', 'Remove item 2', 'Remove item 1', 'Discard draft']) {
    await button(page, name).focus();
    await page.keyboard.press('Enter');
    expect(await focused(page), name).toBe('content');
  }
  expect(await page.getByRole('textbox', { name: 'Key' }).inputValue()).toBe('');
  await page.getByRole('link', { name: 'Factories', exact: true }).focus();
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Factories' }).waitFor();
  await expect.poll(() => focused(page)).toBe('content');
  expect(complaints).toEqual([]);
  await close();
});

test('a key that is not on record can be typed after one that is', async ({ server, staff }) => {
  await nominate(server, staff.clerk, 'there');
  const { page, complaints, close } = await openDesk(browser, server, clerk);
  await page.goto(`${server.url}/record/factories/nominate?lang=en`);
  await page.getByRole('textbox', { name: 'Key' }).fill('there');
  await page.getByText('This key is on record:').waitFor();
  await nominationOf(page, 'not-there');
  await page.getByText('This key is not on record yet').waitFor();
  await button(page, 'Record').click();
  await page.getByRole('heading', { name: 'Recorded' }).waitFor();
  expect(complaints).toEqual([]);
  await close();
});

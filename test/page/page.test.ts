import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect } from 'vitest';
import type { Role } from '../../src/identity/identity.ts';
import { certificate, factory, nominate, test as officeTest, submitCertificate } from '../http/office.ts';
import { desk, faultsOn, isRead, launch, looks, needsChromium, openPage, overflows } from './chromium.ts';
import { openDesk } from './staff.ts';

let browser: Browser | undefined;
beforeAll(async () => {
  browser = await launch();
});
afterAll(() => browser?.close());
beforeEach(needsChromium);

/** An office with three factories, one of them certified on 22 December 2020. */
const test = officeTest.extend('shown', { scope: 'file' }, async ({ server, staff }) => {
  const certify = async (key: string, body: object = {}) => {
    const id = await submitCertificate(server, staff.clerk, key, body);
    const approved = await server.post(`/api/v1/submissions/${id}/approve`, {}, { token: staff.reviewer });
    expect(approved.status, approved.text).toBe(201);
  };
  await certify('kangqiao');
  await nominate(server, staff.clerk, 'nominated-one', { name: '待评工厂' });
  await nominate(server, staff.clerk, 'nominated-two', { name: '嘉定工厂', district: 'jiading' });
  return { certify };
});

test('the dashboard shows what the API says, and both dials move it', async ({ server, shown: _ }) => {
  const { page, complaints, close } = await openPage(browser);
  await page.goto(`${server.url}/?on=2020-12-31&lang=en`);
  const card = page.getByRole('listitem').filter({ has: page.getByRole('link', { name: /Model \(demonstration\)/ }) });
  await expect.poll(() => card.innerText()).toMatch(/^Model \(demonstration\) factories\s+1\s+Goal 100\s+▼ Behind/);
  expect(await page.getByText('You are looking at the past').isVisible()).toBe(true);

  const day = page.getByRole('textbox', { name: 'Day' });
  await day.fill('2020年12月21日');
  await day.press('Enter');
  await expect.poll(() => page.url()).toContain('on=2020-12-21');
  await expect.poll(() => card.innerText()).toMatch(/factories\s+0\s/);
  await day.fill('21/12/2020');
  await day.press('Enter');
  expect(await page.getByRole('alert').innerText()).toContain('Write a day such as 2020-12-22');
  await day.press('Escape');

  await page.getByRole('button', { name: 'Return to today' }).click();
  await expect.poll(() => card.innerText()).toMatch(/factories\s+1\s/);
  const known = page.getByRole('slider', { name: 'As known' });
  await known.focus();
  await known.press('Home');
  await expect.poll(() => page.url()).toContain('knownAt=0');
  await expect.poll(() => page.getByText('No plan was known at this point').count()).toBe(1);
  await known.press('ArrowRight');
  await expect.poll(() => card.innerText()).toMatch(/factories\s+0\s/);
  expect(complaints).toEqual([]);
  await close();
});

test('the public dashboard loads at most 130 kB of JavaScript before anybody touches it', async ({
  server,
  shown: _,
}) => {
  const { page, close } = await openPage(browser, { ...desk, width: 1440 }); // no other test has this look, so its cache is empty
  await page.goto(`${server.url}/?lang=en`);
  await page.getByRole('listitem').first().waitFor();
  await page.waitForLoadState('networkidle');
  const sizes = await page.evaluate(() =>
    performance
      .getEntriesByType('resource')
      .filter(({ name }) => name.endsWith('.js'))
      .map((entry) => (entry as PerformanceResourceTiming).transferSize),
  );
  expect(sizes.length).toBeGreaterThan(0);
  expect(Math.min(...sizes)).toBeGreaterThan(0);
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThanOrEqual(130_000);
  await close();
});

test('every number is two clicks away from the facts behind it', async ({ server, shown: _ }) => {
  const { page, complaints, close } = await openPage(browser);
  await page.goto(`${server.url}/?lang=en`);
  await page.getByRole('link', { name: /Model \(demonstration\)/ }).click();
  const entries = page.getByRole('region', { name: 'The entries behind this number' });
  await entries.getByRole('link', { name: factory.name }).click();
  const history = page.getByRole('region', { name: 'History' });
  await expect.poll(() => history.innerText()).toContain(certificate.effectiveOn);
  expect(await history.innerText()).toContain('Certify');
  expect(new URL(page.url()).pathname).toBe('/registers/factories/kangqiao');
  expect(complaints).toEqual([]);
  await close();
});

test('a number that moves does so on an open dashboard, and is announced', async ({ server, shown }) => {
  const { page, close } = await openPage(browser);
  await page.goto(`${server.url}/?lang=zh`);
  const card = page.getByRole('listitem').filter({ has: page.getByRole('link', { name: '示范性智能工厂' }) });
  await expect.poll(() => card.innerText()).toMatch(/示范性智能工厂\s+1\s/);
  await expect.poll(() => page.getByText('实时').count()).toBe(1);
  await shown.certify('moves-live', { name: '实时工厂' });
  await expect.poll(() => card.innerText()).toMatch(/示范性智能工厂\s+2\s/);
  await expect.poll(() => page.getByText('数据已更新：示范性智能工厂 2').count()).toBe(1);
  await close();
});

test('a register is found through by words and filters, which the address carries', async ({ server, shown: _ }) => {
  const { page, complaints, close } = await openPage(browser);
  await page.goto(`${server.url}/registers/factories?lang=zh`);
  await page.getByRole('combobox', { name: '区', exact: true }).selectOption('jiading');
  await expect.poll(() => page.url()).toContain('district=jiading');
  await expect.poll(() => page.getByText('共 1 条').count()).toBe(1);
  await page.getByRole('button', { name: '清除条件' }).click();
  await page.getByLabel('名称或编号').fill('待评');
  await expect.poll(() => page.getByRole('rowheader').allInnerTexts()).toEqual(['待评工厂']);
  await page.reload();
  expect(await page.getByLabel('名称或编号').inputValue()).toBe('待评');
  await page.getByLabel('名称或编号').fill('没有这样的工厂');
  await expect.poll(() => page.getByText('没有符合条件的登记项').count()).toBe(1);
  expect(complaints).toEqual([]);
  await close();
});

test('on a telephone a register begins on the first screen, and its filters stand behind a button', async ({
  server,
  shown: _,
}) => {
  const { page, complaints, close } = await openPage(browser, { width: 360, scheme: 'light', lang: 'en' });
  await page.goto(`${server.url}/registers/factories?lang=en`);
  const first = page.getByRole('rowheader').first();
  await first.waitFor();
  expect((await first.boundingBox())?.y).toBeLessThan(700);
  const district = page.getByRole('combobox', { name: 'District' });
  expect(await district.isVisible()).toBe(false);
  await page.getByRole('button', { name: 'Filters', exact: true }).click();
  await district.selectOption('jiading');
  await page.getByRole('button', { name: 'Filters (1)', exact: true }).click();
  await expect.poll(() => page.getByRole('rowheader').allInnerTexts()).toEqual(['嘉定工厂']);
  expect(await district.isVisible()).toBe(false);
  await page.getByRole('button', { name: 'Clear filters' }).click();
  await expect.poll(() => page.getByRole('rowheader').count()).toBeGreaterThan(2);
  expect(complaints).toEqual([]);
  await close();
});

test('/ begins a search from anywhere, and the other language is one click away', async ({ server, shown: _ }) => {
  const { page, complaints, close } = await openPage(browser);
  await page.goto(`${server.url}/?lang=zh&on=2020-12-31`);
  await page.getByRole('button', { name: 'Read this page in English' }).click();
  await expect.poll(() => page.locator('html').getAttribute('lang')).toBe('en');
  await expect.poll(() => page.title()).toBe('Upgrade Registry');
  await page.keyboard.press('/');
  const field = page.getByRole('searchbox', { name: 'Name, key or code' });
  await expect.poll(() => field.evaluate((each) => each === document.activeElement)).toBe(true);
  await field.fill('嘉定工厂');
  await field.press('Enter');
  await page.getByRole('link', { name: '嘉定工厂' }).click();
  await expect.poll(() => page.getByRole('heading', { level: 1 }).innerText()).toBe('嘉定工厂');
  expect(page.url()).toContain('lang=en');
  expect(page.url()).toContain('on=2020-12-31');
  expect(complaints).toEqual([]);
  await close();
});

const hostile = {
  markup: '<img src=x onerror="document.title=1">',
  long: '长'.repeat(500),
  reversed: '\u202e工厂<script>1</script>',
  formula: '=HYPERLINK("http://127.0.0.1:1/","x")',
};

test('hostile names are text on every page that shows them', async ({ server, staff, shown: _ }) => {
  for (const [key, name] of Object.entries(hostile)) {
    const token = staff.clerk;
    const { status } = await server.post(
      `/api/v1/factories/x-${key}/nominate`,
      { effectiveOn: '2020-01-10', ...factory, name },
      { token },
    );
    if (key !== 'reversed') expect(status).toBe(201);
  }
  for (const path of [
    '/registers/factories',
    '/registers/factories/x-markup',
    '/registers/factories/x-long',
    '/search?q=HYPERLINK',
  ]) {
    const { page, complaints, close } = await openPage(browser, { width: 360, scheme: 'light', lang: 'zh' });
    const asked: string[] = [];
    page.on('request', (request) => asked.push(request.url()));
    await page.goto(`${server.url}${path}${path.includes('?') ? '&' : '?'}lang=zh`);
    await page
      .getByText(/onerror|长长长|HYPERLINK/)
      .first()
      .waitFor();
    expect(await page.locator('main img, main script').count(), path).toBe(0);
    expect(await page.title()).toBe('智能制造登记簿');
    expect(await overflows(page), path).toBe(false);
    expect(asked.filter((url) => !url.startsWith(server.url) && !url.startsWith('data:'))).toEqual([]);
    expect(complaints, path).toEqual([]);
    await close();
  }
});

test('a tenth register needs no line of the page', async ({ server, shown: _ }) => {
  const { page, complaints, close } = await openPage(browser);
  const title = { zh: '绿色园区', en: 'Green parks' };
  await page.route('**/api/v1/registers', async (route) => {
    const response = await route.fetch();
    const { registers } = await response.json();
    const [like] = registers.filter(({ name }: { name: string }) => name === 'factories');
    await route.fulfill({ response, json: { registers: [...registers, { ...like, name: 'parks', title }] } });
  });
  await page.route('**/api/v1/parks?**', (route) =>
    route.fulfill({
      json: {
        on: '2021-06-15',
        knownAt: null,
        size: 1,
        total: 1,
        items: [
          { register: 'parks', key: 'one', status: 'certified', revision: 0, since: '2020-01-01', name: '一号园' },
        ],
      },
    }),
  );
  await page.goto(`${server.url}/registers?lang=en`);
  await page.getByRole('link', { name: 'Green parks' }).click();
  await expect.poll(() => page.getByRole('rowheader').allInnerTexts()).toEqual(['一号园']);
  expect(await page.getByRole('cell', { name: 'Certified' }).count()).toBe(1);
  expect(complaints).toEqual([]);
  await close();
});

describe.for(looks)('at $width px, $scheme, $lang', (look) => {
  test('the public pages have no fault that axe finds, and none is wider than the window', async ({
    server,
    shown: _,
  }) => {
    const { page, complaints, close } = await openPage(browser, look);
    for (const path of [
      '/?on=2020-12-31',
      '/?view=table',
      '/?knownAt=0',
      '/targets/model-factories?on=2020-12-31',
      '/targets/model-factories?on=2020-12-31&view=table',
      '/registers/factories?q=nothing-like-it',
      '/registers/enterprises',
      '/registers/factories',
      '/registers/factories/kangqiao',
      '/registers/factories/never-recorded',
      '/search?q=%E5%B7%A5%E5%8E%82',
      '/registers/nope',
    ]) {
      await page.goto(`${server.url}${path}${path.includes('?') ? '&' : '?'}lang=${look.lang}`);
      await page
        .getByRole('heading')
        .or(page.getByText(/没有这个页面|There is no such page|尚无行动计划|No plan was known/))
        .first()
        .waitFor();
      await isRead(page);
      expect(await faultsOn(page, look), path).toEqual([]);
    }
    expect(complaints).toEqual([]);
    await close();
  });
});

test('the page shows each person the ways to what they may do', async ({ server, shown: _ }) => {
  const ways = async (name: string, ...roles: readonly Role[]) => {
    const { page, complaints, close } = await openDesk(browser, server, { name, roles });
    await page.goto(`${server.url}/?lang=en`);
    await page.getByRole('link', { name: `${name}, your account` }).waitFor();
    const links = await page.getByRole('navigation', { name: 'Main' }).getByRole('link').allInnerTexts();
    expect(complaints).toEqual([]);
    await close();
    return links;
  };
  const reads = ['Targets', 'Registers', 'Search'];
  expect(await ways('a clerk', 'clerk')).toEqual([...reads, 'Review', 'Imports']);
  expect(await ways('a reviewer', 'reviewer')).toEqual([...reads, 'Review', 'Imports']);
  expect(await ways('an auditor', 'auditor')).toEqual([...reads, 'Imports', 'Audit']);
  expect(await ways('an administrator', 'admin')).toEqual([...reads, 'Plans', 'Accounts']);
});

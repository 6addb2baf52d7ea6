import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, expect } from 'vitest';
import { certificate, nominate, test as officeTest, openOffice, seen } from '../http/office.ts';
import { isRead, launch, needsChromium, openPage } from './chromium.ts';
import { openDesk } from './staff.ts';

let browser: Browser | undefined;
beforeAll(async () => {
  browser = await launch();
});
afterAll(() => browser?.close());
beforeEach(needsChromium);

/** An office with a factory, nominated by zhang.min and certified on 22 December 2020, as li.wei had submitted it. */
const test = officeTest.extend('certified', { scope: 'file' }, async ({ server, staff }) => {
  await nominate(server, staff.colleague, 'kangqiao');
  const path = '/api/v1/factories/kangqiao/certify';
  const submitted = await server.post(path, certificate, { token: staff.clerk, headers: seen(0) });
  const { id } = submitted.json.submission;
  const approved = await server.post(`/api/v1/submissions/${id}/approve`, {}, { token: staff.reviewer });
  expect(approved.status, approved.text).toBe(201);
});

test('each value of an entry says which record gave it, leads there, and names the person to those who may know', async ({
  server,
  certified: _,
}) => {
  const { page, complaints, close } = await openDesk(browser, server, { name: 'asking', roles: ['clerk'] });
  await page.goto(`${server.url}/registers/factories/kangqiao?lang=en`);
  const details = page.getByRole('region', { name: 'Details' });
  await expect.poll(() => details.innerText()).toMatch(/Grade\s+Demonstration\s+Certify\s+2020-12-22\s+li\.wei/);
  expect(await details.innerText()).toMatch(/District\s+Pudong New Area\s+Nominate\s+2020-01-10\s+zhang\.min/);
  await details.getByRole('link', { name: /^Grade: show the record “Certify”/ }).click();
  await expect.poll(() => page.locator('li:target').innerText()).toMatch(/^2020-12-22\s+Certify/);
  expect(complaints).toEqual([]);
  await close();
  const reader = await openPage(browser);
  await reader.page.goto(`${server.url}/registers/factories/kangqiao?lang=en&on=2020-06-30`);
  const read = reader.page.getByRole('region', { name: 'Details' });
  await expect.poll(() => read.innerText()).toMatch(/District\s+Pudong New Area\s+Nominate\s+2020-01-10/);
  expect(await read.innerText()).not.toMatch(/Grade|zhang\.min/);
  await reader.close();
});

test('all targets stand in a table as well, with their goals; a trend’s table begins with the goal', async ({
  server,
  certified: _,
}) => {
  const { page, complaints, close } = await openPage(browser);
  await page.goto(`${server.url}/?lang=en`);
  await page.getByRole('button', { name: 'Table' }).click();
  const row = page.getByRole('row', { name: /^Model \(demonstration\) factories/ });
  await expect.poll(() => row.innerText()).toMatch(/factories\s+1\s+100\s+\d+\s+▼ Behind\s+\d/);
  expect(new URL(page.url()).searchParams.get('view')).toBe('table');
  await row.getByRole('link').click();
  await page.getByRole('button', { name: 'Table' }).click();
  await expect
    .poll(() => page.getByRole('region', { name: 'Over time' }).getByRole('row').nth(1).innerText())
    .toMatch(/^Goal by 2021-12-31\s+100/);
  expect(complaints).toEqual([]);
  await close();
});

test('a chart that a dial has changed is heard once the dial rests, and a permanent link keeps both times', async ({
  server,
  certified: _,
}) => {
  const { page, complaints, close } = await openPage(browser);
  await page.goto(`${server.url}/targets/model-factories?lang=en`);
  const heard = page.getByRole('status').getByText(/^Model .* ending at/);
  const chart = page.getByRole('img', { name: /ending at 1$/ });
  await chart.waitFor();
  expect(await heard.count()).toBe(0);
  const day = page.getByRole('textbox', { name: 'Day' });
  await day.fill('2020-12-21');
  await day.press('Enter');
  await expect.poll(() => heard.allInnerTexts()).toEqual([expect.stringMatching(/2020-12-21, ending at 0$/)]);
  await page.goto(`${server.url}/?lang=en&on=2020-12-31`);
  await page.getByRole('link', { name: 'Permanent link' }).click();
  const { size } = server.registry.model.place();
  await expect
    .poll(() => Object.fromEntries(new URL(page.url()).searchParams))
    .toEqual({ lang: 'en', on: '2020-12-31', knownAt: String(size) });
  expect(complaints).toEqual([]);
  await close();
});

test('once its plan has ended, a target was reached or missed, and none is behind', async () => {
  const later = await openOffice({ now: () => Date.parse('2022-02-01T04:00:00Z') });
  try {
    const { page, complaints, close } = await openPage(browser);
    await page.goto(`${later.url}/?lang=en&view=table`);
    await expect.poll(() => page.getByRole('row', { name: /Missed/ }).count()).toBeGreaterThan(5);
    expect(await page.getByText(/Behind|On track|Ahead/).count()).toBe(0);
    expect(complaints).toEqual([]);
    await close();
  } finally {
    await later.close();
  }
});

test('on paper a page is A4, its dials are texts, and its foot has the address and the size', async ({
  server,
  certified: _,
}) => {
  const { page, complaints, close } = await openPage(browser);
  const address = `${server.url}/?lang=en&on=2020-12-31`;
  await page.goto(address);
  await isRead(page);
  await page.emulateMedia({ media: 'print' });
  const times = page.getByRole('region', { name: 'Time' });
  expect(await times.getByRole('textbox').inputValue()).toBe('2020-12-31');
  expect(await times.getByRole('slider').count()).toBe(0);
  expect(await page.getByRole('button').count()).toBe(0);
  const foot = page.getByRole('contentinfo');
  expect(await foot.innerText()).toMatch(new RegExp(`Ledger of ${server.registry.model.place().size} events`));
  expect(await foot.innerText()).toContain(address);
  const pdf = (await page.pdf({ preferCSSPageSize: true })).toString('latin1');
  const [, width, height] = /\/MediaBox\s*\[0 0 ([\d.]+) ([\d.]+)\]/.exec(pdf) ?? [];
  expect([Math.round(Number(width)), Math.round(Number(height))]).toEqual([595, 842]);
  expect(complaints).toEqual([]);
  await close();
});

test('on paper no number is cut, and nothing stands there that only a screen can do', async ({
  server,
  certified: _,
}) => {
  const { page, close } = await openPage(browser);
  await page.emulateMedia({ media: 'print' });
  await page.setViewportSize({ width: 703, height: 1009 }); // A4 without its margins
  await page.goto(`${server.url}/?lang=en`);
  const matrix = page.getByRole('region', { name: 'Sector × district' });
  await matrix.getByRole('row').first().waitFor();
  expect(await matrix.evaluate(({ scrollWidth, clientWidth }) => scrollWidth - clientWidth)).toBe(0);
  const heated = page.locator('[data-heat="5"]').first();
  expect(await heated.evaluate((cell) => getComputedStyle(cell).getPropertyValue('print-color-adjust'))).toBe('exact');
  for (const path of ['registers/factories', 'search']) {
    await page.goto(`${server.url}/${path}?lang=en`);
    await page.getByRole('heading').first().waitFor();
    expect([path, await page.getByRole('searchbox').isVisible()]).toEqual([path, false]);
  }
  await page.setViewportSize({ width: 1280, height: 900 });
  await page.emulateMedia({ media: null });
  await close();
});

test('a register without entries says what to do first, to readers and to those who may record', async ({
  server,
  certified: _,
}) => {
  const reader = await openPage(browser);
  await reader.page.goto(`${server.url}/registers/platforms?lang=en`);
  await expect.poll(() => reader.page.getByText('Those who may record sign in').count()).toBe(1);
  const clerk = await openDesk(browser, server, { name: 'asking', roles: ['clerk'] });
  await clerk.page.goto(`${server.url}/registers/platforms?lang=en`);
  await expect.poll(() => clerk.page.getByText('Record the first entry').count()).toBe(1);
  await clerk.page.getByRole('link', { name: 'Import a list' }).click();
  await expect.poll(() => clerk.page.getByRole('heading', { level: 1 }).innerText()).toBe('Imports');
  expect([...reader.complaints, ...clerk.complaints]).toEqual([]);
  await Promise.all([reader.close(), clerk.close()]);
});

test('anybody can switch the single keys off where they search', async ({ server, certified: _ }) => {
  const { page, complaints, close } = await openPage(browser);
  await page.goto(`${server.url}/search?lang=en`);
  await page.getByRole('checkbox', { name: /^Use single keys/ }).uncheck();
  await page.goto(`${server.url}/registers/factories?lang=en`);
  await page.getByRole('rowheader').first().waitFor();
  await page.keyboard.press('/');
  await page.reload();
  await page.getByRole('rowheader').first().waitFor();
  await page.keyboard.press('/');
  expect(new URL(page.url()).pathname).toBe('/registers/factories');
  expect(complaints).toEqual([]);
  await close();
});

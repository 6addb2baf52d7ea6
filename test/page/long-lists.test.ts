import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, expect, vi } from 'vitest';
import { openWorkbook } from '../../src/spreadsheets/workbook.ts';
import { test } from '../http/office.ts';
import type { TestServer } from '../http/server.ts';
import { csv, decide, ended, imported } from '../imports/spreadsheet.ts';
import { launch, needsChromium, overflows } from './chromium.ts';
import { openDesk } from './staff.ts';

vi.setConfig({ testTimeout: 120_000 }); // the first test waits for the page to be built

let browser: Browser | undefined;
beforeAll(async () => {
  browser = await launch();
});
afterAll(() => browser?.close());
beforeEach(needsChromium);

const clerk = { name: 'Li Wei', roles: ['clerk'] } as const;
const numbers = (count: number): readonly string[] =>
  Array.from({ length: count }, (_, index) => String(index).padStart(4, '0'));
const listOf = (key: string, sector: string, count: number) =>
  csv(
    ['编号', '名称', '行业', '区', '推荐日期'],
    ...numbers(count).map((each) => [`${key}-${each}`, `长名单工厂 ${each}`, sector, '浦东', '2020-03-01']),
  );

/** Chooses a list of nominations, which is then tried. */
const tryList = async (page: Page, server: TestServer, content: string) => {
  await page.goto(`${server.url}/imports?lang=en`);
  await page.getByLabel('Register').first().selectOption('factories');
  await page.getByLabel('What to record').selectOption('nominate');
  const file = { name: 'long.csv', mimeType: 'text/csv', buffer: Buffer.from(content) };
  await page.locator('input[type=file]').setInputFiles(file);
  await page.getByRole('heading', { name: 'Row by row' }).waitFor();
};

const drawn = (page: Page) => page.locator('tbody tr:has(th)').count();

test('an import of which every row is refused shows a page of them, asks little, and has all in its file', async ({
  server,
}) => {
  const { page, complaints, close } = await openDesk(browser, server, clerk);
  const asked: string[] = [];
  await tryList(page, server, listOf('no', '渔业', 450));
  page.on('request', (request) => {
    if (request.url().includes('/api/v1/imports')) asked.push(request.url());
  });
  await page.reload();
  await page.getByText('1–100 of 450', { exact: true }).waitFor();
  expect(await page.getByRole('button', { name: 'Cannot be imported 450' }).getAttribute('aria-pressed')).toBe('true');
  const rows = page.getByRole('region', { name: 'Rows with their results' });
  expect(await rows.locator('tbody tr').count()).toBe(100);
  await page.getByRole('button', { name: 'Next page' }).click();
  await page.getByText('101–200 of 450', { exact: true }).waitFor();
  expect(await rows.locator('tbody tr').count()).toBe(100);
  expect(asked.length).toBe(3); // the import, and two pages of rows
  expect(await overflows(page)).toBe(false);

  const download = page.waitForEvent('download');
  await page.getByRole('link', { name: 'Download the rejected rows (XLSX)' }).click();
  const path = join(server.folder, 'all-refused.xlsx');
  await (await download).saveAs(path);
  const workbook = await openWorkbook(path);
  let count = 0;
  for await (const _ of workbook.sheets[0]?.rows() ?? []) count += 1;
  await workbook.close();
  expect(count).toBe(451); // the headers too
  expect(complaints).toEqual([]);
  await close();
});

test('a list that is scrolled draws only the rows near the window, and all of them for the printer', async ({
  server,
}) => {
  const { page, complaints, close } = await openDesk(browser, server, clerk);
  await tryList(page, server, listOf('long', '汽车', 620));
  await page.getByRole('button', { name: 'Import 620 rows' }).click();
  await page.getByRole('button', { name: 'Recorded 620', exact: true }).waitFor();

  await page.goto(`${server.url}/registers/factories?lang=en&q=长名单`);
  const row = (number: number) => page.locator(`[aria-rowindex="${number + 1}"]`);
  await row(100).waitFor();
  expect(await page.getByRole('table').getAttribute('aria-rowcount')).toBe('621');
  // The end moves on while rows arrive, so people press the key again.
  const atEnd = async () => {
    await page.keyboard.press('End');
    return row(620).count();
  };
  await expect.poll(atEnd, { timeout: 30_000 }).toBe(1);
  await expect.poll(() => row(250).count()).toBe(0);
  expect(await drawn(page)).toBeLessThan(400);
  const heightPx = () => page.evaluate(() => document.documentElement.scrollHeight);
  const before = await heightPx();

  await page.evaluate((y) => scrollTo({ top: y, behavior: 'instant' }), before * 0.4);
  await row(250).waitFor();
  await expect.poll(() => row(610).count()).toBe(0);
  expect(Math.abs((await heightPx()) - before)).toBeLessThan(before / 20); // the scroll bar stays what it was
  await page.evaluate(() => scrollTo({ top: 0, behavior: 'instant' }));
  await expect.poll(() => row(250).count()).toBe(0);
  await page.evaluate(() => dispatchEvent(new Event('beforeprint')));
  expect(await drawn(page)).toBe(620);
  expect(complaints).toEqual([]);
  await close();
});

test('so does the list of the entries behind a number', async ({ server, staff }) => {
  const rows = numbers(420).map((each) => [
    `counted-${each}`,
    `计入的工厂 ${each}`,
    '汽车',
    '浦东',
    '2020-12-22',
    '示范',
  ]);
  const content = csv(['编号', '名称', '行业', '区', '认定日期', '等级'], ...rows);
  const { id } = await imported(server, 'factories', content, { query: 'command=certify' });
  await decide(server, id, 'approve');
  await ended(server, id);
  const { json } = await server.get('/api/v1/targets/model-factories/entries?limit=1', { token: staff.clerk });
  expect(json.count).toBe(420);

  const { page, complaints, close } = await openDesk(browser, server, clerk);
  await page.goto(`${server.url}/targets/model-factories?lang=en`);
  const entries = page.getByRole('region', { name: 'The entries behind this number' });
  const row = (number: number) => entries.locator(`[aria-rowindex="${number + 1}"]`);
  await row(100).waitFor();
  expect(await entries.getByRole('table').getAttribute('aria-rowcount')).toBe('421');
  const atEnd = async () => {
    await page.keyboard.press('End');
    return row(420).count();
  };
  await expect.poll(atEnd, { timeout: 30_000 }).toBe(1);
  await expect.poll(() => row(150).count()).toBe(0);
  expect(await entries.locator('tbody tr:has(th)').count()).toBeLessThan(320);
  expect(complaints).toEqual([]);
  await close();
});

test('so do the trail, in which an event stays open that was opened, and the steps of a replay', async ({ server }) => {
  const auditor = { name: 'Chen Yu', roles: ['auditor'] } as const;
  const { page, complaints, close } = await openDesk(browser, server, auditor);
  await page.goto(`${server.url}/audit?lang=en`);
  const row = (number: number) => page.locator(`[aria-rowindex="${number + 1}"]`);
  await row(50).waitFor();
  expect(await page.getByRole('table').getAttribute('aria-rowcount')).toBe('-1');
  const open = row(2).getByRole('button');
  await open.click();
  for (const pages of [2, 3, 4, 5, 6, 7, 8]) {
    await page.getByRole('button', { name: 'Show more' }).click();
    await row(50 * pages).waitFor();
    await page.keyboard.press('End');
  }
  await expect.poll(() => row(60).count()).toBe(0);
  expect(await drawn(page)).toBeLessThan(300);
  await page.evaluate(() => scrollTo({ top: 0, behavior: 'instant' }));
  await row(60).waitFor();
  expect(await open.getAttribute('aria-expanded')).toBe('true');

  await page.goto(`${server.url}/audit/replay/model-factories?lang=en`);
  const step = (number: number) => page.getByRole('button', { name: `Step ${number} of 420`, exact: true });
  await step(1).waitFor();
  expect(await page.getByRole('listitem').count()).toBeLessThan(300);
  expect(await step(420).count()).toBe(0);
  const atEnd = async () => {
    await page.evaluate(() => scrollTo({ top: document.body.scrollHeight, behavior: 'instant' }));
    return step(420).count();
  };
  await expect.poll(atEnd, { timeout: 30_000 }).toBe(1);
  await step(420).click();
  await expect.poll(() => page.locator('[aria-current=step]').innerText()).toContain('420');
  expect(complaints).toEqual([]);
  await close();
});

import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, expect, vi } from 'vitest';
import { importEvent, importStream } from '../../src/imports/records.ts';
import { cellText } from '../../src/spreadsheets/sheet.ts';
import { openWorkbook } from '../../src/spreadsheets/workbook.ts';
import { noon, test as officeTest, openOffice } from '../http/office.ts';
import type { TestServer } from '../http/server.ts';
import { csv } from '../imports/spreadsheet.ts';
import { xlsx } from '../spreadsheets/workbooks.ts';
import { desk, faultsOn, isRead, type Look, launch, looks, needsChromium, overflows } from './chromium.ts';
import { openDesk } from './staff.ts';

vi.setConfig({ testTimeout: 120_000 }); // the first test waits for the page to be built

let browser: Browser | undefined;
beforeAll(async () => {
  browser = await launch();
});
afterAll(() => browser?.close());
beforeEach(needsChromium);

const test = officeTest;
const clerk = { name: 'Li Wei', roles: ['clerk'] } as const;
const reviewer = { name: 'Wang Fang', roles: ['reviewer'] } as const;

const headers = ['编号', '工厂名称', '行业', '区', '认定日期', '等级'];
const certified = (key: string, sector = '汽车') => [key, `${key}工厂`, sector, '浦东', '2020-12-22', '示范'];

const fileOf = (name: string, content: string | Uint8Array) => ({
  name,
  mimeType: 'application/octet-stream',
  buffer: Buffer.from(content),
});

/** Chooses a register, what to record, and a file. */
const choose = async (page: Page, command: string, file: ReturnType<typeof fileOf>) => {
  await page.getByLabel('Register').first().selectOption('factories');
  await page.getByLabel('What to record').selectOption(command);
  await page.locator('input[type=file]').setInputFiles(file);
};

/** Begins with a file and waits for its dry run. */
const tried = async (page: Page, server: TestServer, command: string, file: ReturnType<typeof fileOf>) => {
  await page.goto(`${server.url}/imports?lang=en`);
  await choose(page, command, file);
  await page.getByRole('heading', { name: 'Row by row' }).waitFor();
};

/** Drops a file as a mouse does. */
const drop = async (page: Page, zone: string, { name, buffer }: ReturnType<typeof fileOf>) => {
  const dataTransfer = await page.evaluateHandle(
    ({ bytes, called }) => {
      const data = new DataTransfer();
      data.items.add(new File([new Uint8Array(bytes)], called));
      return data;
    },
    { bytes: [...buffer], called: name },
  );
  const place = page.getByRole('region', { name: zone });
  await place.dispatchEvent('dragover', { dataTransfer });
  await place.dispatchEvent('drop', { dataTransfer });
};

const heading = (page: Page) => page.getByRole('heading', { level: 1 });
const fact = (page: Page, text: string) => expect.poll(() => page.getByText(text, { exact: true }).count()).toBe(1);

test('an import with errors is mapped anew, recorded, its rejected rows fixed and dropped again, and then undone', async ({
  server,
}) => {
  const { page, complaints, close } = await openDesk(browser, server, clerk);
  await page.goto(`${server.url}/imports?lang=en`);
  const rows = [
    ['map-1', '甲厂', '汽车', '浦东', '2020-03-01'],
    ['map-2', '乙厂', '渔业', '浦东', '2020-03-01'],
    ['map-3', '丙厂', '汽车', '浦东', '2020-03-01'],
  ];
  const list = fileOf('名单.csv', csv(['编号', '厂名', '行业', '区', '推荐日期'], ...rows));
  await choose(page, 'nominate', list);
  await expect.poll(() => page.getByRole('alert').innerText()).toContain('Missing columns: Name');
  const field = page.getByLabel('Field of column 2, “厂名”');
  await field.selectOption('name');
  await page.route('**/api/v1/imports/factories?**', (route) => route.abort());
  await page.getByRole('button', { name: 'Check again with these' }).click();
  await expect.poll(() => page.getByRole('alert').innerText()).toContain('cannot be reached');
  expect(await field.inputValue()).toBe('name'); // what was chosen stays
  await page.unrouteAll();
  await page.getByRole('button', { name: 'Check again with these' }).click();

  await expect.poll(() => heading(page).innerText()).toBe('名单.csv');
  await page.getByText('Cannot be imported 1').waitFor();
  const cell = page.getByRole('cell', { name: /渔业/ });
  await expect.poll(() => cell.innerText()).toMatch(/渔业\s+“渔业” is not a valid value.*Automobiles/s);
  const sizeBefore = await server.registry.store.size();
  await page.getByRole('button', { name: 'Import 2 rows' }).click();
  await page.getByRole('button', { name: 'Recorded 2', exact: true }).waitFor();
  expect(await server.registry.store.size()).toBeGreaterThan(sizeBefore);

  const link = page.getByRole('link', { name: 'Download the rejected rows (XLSX)' });
  const download = page.waitForEvent('download');
  await link.click();
  const path = join(server.folder, 'refused.xlsx');
  await (await download).saveAs(path);
  const workbook = await openWorkbook(path);
  const cells: string[][] = [];
  for await (const row of workbook.sheets[0]?.rows() ?? []) cells.push(row.cells.map(cellText));
  await workbook.close();
  expect(cells[1]?.at(-1)).toContain('is not a valid value');
  const fixed = cells.map((row) => row.map((text) => (text === '渔业' ? '汽车' : text)));
  await drop(page, 'Drop the fixed file here', fileOf('改好的名单.xlsx', xlsx({ sheets: { 名单: fixed } })));
  await expect.poll(() => heading(page).innerText()).toBe('改好的名单.xlsx');
  await page.getByRole('button', { name: 'Import 1 row' }).click();
  await page.getByRole('button', { name: 'Recorded 1', exact: true }).waitFor();

  await page.getByRole('button', { name: 'Undo the import' }).click();
  const asked = page.getByRole('dialog', { name: 'Undo the import' });
  await asked.getByRole('textbox').fill('名单有误');
  await asked.getByRole('button', { name: 'Undo the import' }).click();
  await expect.poll(() => page.getByText('1 annulled, the annulment of 0 waits for review').count()).toBe(1);
  expect(await page.getByText('Reason: 名单有误').count()).toBe(1);
  const statusOf = async (key: string) =>
    (await server.get(`/api/v1/factories/${key}`, { token: await server.token('clerk') })).json.status;
  expect([await statusOf('map-1'), await statusOf('map-2')]).toEqual(['nominated', 'none']);
  expect(complaints).toEqual([]);
  await close();
});

test('an import is approved as a whole by a second person, and what undoing it moves waits for them again', async ({
  server,
}) => {
  const desk = await openDesk(browser, server, clerk);
  const content = csv(headers, certified('whole-1'), certified('whole-2'), certified('whole-3'));
  await tried(desk.page, server, 'certify', fileOf('认定名单.csv', content));
  await expect
    .poll(() => desk.page.getByRole('main').innerText())
    .toMatch(/Model \(demonstration\) factories\s+2021-12-31\s+0\s+3 \+3/);
  await desk.page.getByRole('button', { name: 'Import 3 rows' }).click();
  await expect.poll(() => desk.page.getByText('3 of its submissions wait').count()).toBe(1);
  expect(await desk.page.getByRole('button', { name: 'Approve all' }).count()).toBe(0);
  const address = desk.page.url();

  const other = await openDesk(browser, server, reviewer);
  await other.page.goto(address);
  await other.page.getByRole('link', { name: 'Review row by row' }).click();
  await other.page.getByRole('article').getByRole('button', { name: 'Approve' }).click();
  await expect.poll(() => other.page.getByText('2 of its submissions wait').count()).toBe(1);
  await other.page.getByRole('button', { name: 'Approve all' }).click();
  await expect.poll(() => other.page.getByText('Approve all 2 submissions of this import that wait?').count()).toBe(1);
  await other.page.getByRole('button', { name: 'Approve all' }).click();
  await expect.poll(() => other.page.getByText('2 decided').count()).toBe(1);
  await expect.poll(() => other.page.getByText('None of its submissions waits').count()).toBe(1);

  await desk.page.reload();
  await desk.page.getByRole('button', { name: 'Undo the import' }).click();
  await desk.page.getByRole('dialog').getByRole('button', { name: 'Undo the import' }).click();
  await expect.poll(() => desk.page.getByText('0 annulled, the annulment of 3 waits for review').count()).toBe(1);
  await other.page.goto(address);
  await other.page.getByRole('button', { name: 'Return all' }).click();
  await other.page.getByRole('textbox', { name: 'Reason for returning all of them' }).fill('认定无误');
  await other.page.getByRole('button', { name: 'Return all' }).click();
  await expect.poll(() => other.page.getByText('3 decided').count()).toBe(1);
  await fact(other.page, 'Reason: 认定无误');
  expect([...desk.complaints, ...other.complaints]).toEqual([]);
  await desk.close();
  await other.close();
});

test('one’s own import is greyed out as a whole, with the reason', async ({ server }) => {
  const { page, complaints, close } = await openDesk(browser, server, { ...reviewer, name: 'Chen Jie' });
  await tried(page, server, 'certify', fileOf('own.csv', csv(headers, certified('mine-1'))));
  await page.getByRole('button', { name: 'Import 1 row' }).click();
  const all = page.getByRole('button', { name: 'Approve all' });
  await expect.poll(() => all.isDisabled()).toBe(true);
  const why = await all.getAttribute('aria-describedby');
  expect(await page.locator(`#${why}`).innerText()).toBe('Another person must review your import.');
  expect(complaints).toEqual([]);
  await close();
});

test('a value for the whole list, another sheet, and the pages of many rows', async ({ server }) => {
  const { page, complaints, close } = await openDesk(browser, server, clerk);
  const rows = Array.from({ length: 250 }, (_, index) => certified(`many-${index}`).slice(0, 5));
  const sheets = {
    去年: [headers.slice(0, 5), ['last', '去年厂', '汽车', '浦东', '2019-12-22']],
    今年: [headers.slice(0, 5), ...rows],
  };
  await page.goto(`${server.url}/imports?lang=en`);
  await page.getByLabel('Register').first().selectOption('factories');
  await page.getByLabel('What to record').selectOption('certify');
  await page.getByText('Values for the whole list').click();
  await page.getByLabel('Grade').selectOption({ label: 'Benchmark' });
  await page.locator('input[type=file]').setInputFiles(fileOf('两年.xlsx', xlsx({ sheets })));
  await expect.poll(() => page.getByText('Choose the sheet to read').count()).toBe(1);
  await page.getByRole('button', { name: '今年' }).click();
  await page.getByRole('heading', { name: 'Row by row' }).waitFor();
  await fact(page, 'Values for the whole list: Grade Benchmark');
  await fact(page, '1–100 of 250');
  await page.getByRole('button', { name: 'Next page' }).click();
  await fact(page, '101–200 of 250');
  await page.getByRole('button', { name: 'Next page' }).click();
  await fact(page, '201–250 of 250');
  await expect.poll(() => page.getByRole('button', { name: 'Next page' }).isDisabled()).toBe(true);
  await page.getByRole('button', { name: 'Would be submitted 250' }).click();
  await fact(page, '1–100 of 250');
  expect(complaints).toEqual([]);
  await close();
});

test('an import of which nothing could be read says so, and one whose node is gone can be ended', async () => {
  let laterMs = 0;
  const server = await openOffice({ now: () => noon + laterMs });
  const { page, complaints, close } = await openDesk(browser, server, clerk);
  await tried(page, server, 'certify', fileOf('empty.csv', csv(headers)));
  await expect.poll(() => page.getByRole('alert').innerText()).toContain('There are no rows to import');
  expect(await page.getByRole('button', { name: 'There is no row to import.' }).isDisabled()).toBe(true);

  const id = '0b9c2f3e-0000-4000-8000-000000000001';
  const source = { register: 'factories', command: 'certify', file: 'lost.csv', sha256: '0'.repeat(64), set: {} };
  const data = { ...source, ignored: [], total: 5, skipped: 0 };
  await server.registry.store.append(importStream(id), 'none', [
    importEvent(id, 'zhang.min', { type: 'ImportStarted', data }),
  ]);
  await page.goto(`${server.url}/imports/${id}?lang=en`);
  await page.getByText('No progress?').click();
  await page.getByRole('button', { name: 'End this import' }).click();
  await expect.poll(() => page.getByRole('alert').innerText()).toContain('in the last five minutes');
  laterMs = 6 * 60_000;
  await page.getByRole('button', { name: 'End this import' }).click();
  await expect.poll(() => page.getByText('the outcome of 5 rows is not known').count()).toBe(1);
  expect(complaints).toEqual([]);
  await close();
  await server.close();
});

test('texts in a file that look like markup or formulas, or have no space, are shown as they are', async ({
  server,
}) => {
  const markup = '<img src=x onerror="document.title=\'broken\'">';
  const long = 'x'.repeat(1_000);
  const content = csv(
    [...headers, markup, '<b>无空格</b>'.repeat(20)],
    [...certified('harm-1', markup), markup, long],
    [...certified('harm-2', '=HYPERLINK("https://a.test")'), '', ''],
    ['harm-3', long, '汽车', '浦东', '2020-12-22', '示范', '', ''],
  );
  for (const width of [1280, 360]) {
    const look = { width, scheme: 'light', lang: 'en' } as const;
    const { page, complaints, close } = await openDesk(browser, server, { ...clerk, look });
    await tried(page, server, 'certify', fileOf(`${markup.replaceAll('/', '')}.csv`, content));
    expect(await heading(page).innerText()).toContain('<img src=x');
    await expect.poll(() => page.getByText(markup).count()).toBeGreaterThan(1);
    expect(await page.getByText('=HYPERLINK("https://a.test")').count()).toBeGreaterThan(0);
    expect(await page.locator('main img').count()).toBe(0);
    expect(await page.title()).not.toBe('broken');
    expect(await overflows(page)).toBe(false);
    await page.goto(`${server.url}/imports?lang=en`);
    await page.getByRole('heading', { name: 'Earlier imports' }).waitFor();
    expect(await overflows(page)).toBe(false);
    expect(complaints).toEqual([]);
    await close();
  }
});

test('axe finds nothing on the pages of imports, in both languages and schemes, narrow and wide', async ({
  server,
}) => {
  const { page, complaints, close } = await openDesk(browser, server, clerk);
  const content = csv([...headers, '别的'], certified('axe-1'), certified('axe-2', '渔业'), [
    '合计',
    '',
    '',
    '',
    '',
    '2',
  ]);
  const found: string[] = [];
  const check = async (what: string, look: Look) => {
    for (const fault of await faultsOn(page, look)) found.push(`${what}: ${fault}`);
  };
  await tried(page, server, 'certify', fileOf('axe.csv', content));
  const dryRun = new URL(page.url()).pathname;
  await page.getByRole('button', { name: 'Import 1 row' }).click();
  await page.getByText('1 of its submissions waits').waitFor();
  const real = new URL(page.url()).pathname;
  for (const look of looks) {
    await page.setViewportSize({ width: look.width, height: 900 });
    await page.emulateMedia({ colorScheme: look.scheme });
    for (const path of [dryRun, real, '/imports']) {
      await page.goto(`${server.url}${path}?lang=${look.lang}`);
      await page.locator(path === '/imports' ? '#earlier' : '#rows').waitFor();
      await isRead(page);
      await page.evaluate(() => {
        for (const closed of document.querySelectorAll('details')) closed.open = true;
      });
      await check(`${look.width} ${look.lang} ${path}`, look);
    }
  }
  await page.goto(`${server.url}${real}?lang=en`);
  await page.getByRole('button', { name: 'Undo the import' }).click();
  await check('the question before an undo', looks[1] ?? desk);
  expect(found).toEqual([]);
  expect(complaints).toEqual([]);
  await close();
}, 120_000);

import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, expect, vi } from 'vitest';
import { nominate, openOffice, people } from '../http/office.ts';
import { launch, needsChromium, overflows } from './chromium.ts';
import { everybody, everyPage, fill, openOne, routedPaths, test } from './every-page.ts';
import { openDesk } from './staff.ts';

vi.setConfig({ testTimeout: 180_000 }); // every page is opened, and the first waits for the build

let browser: Browser | undefined;
beforeAll(async () => {
  browser = await launch();
});
afterAll(() => browser?.close());
beforeEach(needsChromium);

const none = { event: 'x', submission: 'x', dryRun: 'x', batch: 'x' };
const lasting = 'main :is(h1, h2, h3, th, a, button, input, select, textarea, summary)';

test('each path of the page is among those that these tests open', async () => {
  const opened = everyPage(none);
  for (const path of await routedPaths())
    expect(
      opened.filter((each) => path.test(each)),
      String(path),
    ).not.toEqual([]);
});

test('what stands on a page stays while it is read again, and if that fails; then the page says so', async ({
  server,
  filled,
  staff,
}) => {
  const { page, close } = await openDesk(browser, server, everybody);
  let news = 0;
  for (const path of everyPage(filled)) {
    if (path.includes('wall')) continue; // nobody is there to be told
    await openOne(page, server.url, path);
    await page.evaluate((selector) => {
      for (const each of document.querySelectorAll(selector)) each.setAttribute('data-was-there', '');
    }, lasting);
    const before = await page.locator('[data-was-there]').count();
    const texts = await page.locator('main [data-was-there]').allInnerTexts();
    await page.route(/\/api\/v1\/(?!live)/, (route) => route.fulfill({ status: 429, json: { title: 'Too busy' } }));
    await nominate(server, staff.clerk, `news-${news++}`);
    const notice = page.getByText('Some of what you see could not be brought up to date.');
    await expect.poll(() => notice.count(), { message: path }).toBe(1);
    expect(await page.locator('[data-was-there]').count(), path).toBe(before);
    expect(await page.locator('main [data-was-there]').allInnerTexts(), path).toEqual(texts);
    await page.unrouteAll();
    await page.getByRole('button', { name: 'Try again' }).click();
    await expect.poll(() => notice.count()).toBe(0);
  }
  await close();
});

/** All that a name may hold to do harm: a formula, markup, letters from right to left, and no space for 500 characters. */
const hostile = `=HYPERLINK("http://127.0.0.1:1/","x")<img/src=x/onerror="document.title=1">אב<script>document.title=1</script>`;
const harmful = (key: string) => `${hostile}${key}`.padEnd(500, '长');

test('a hostile name is text on every page, and asks for nothing elsewhere', async ({ onTestFinished }) => {
  const server = await openOffice();
  onTestFinished(() => server.close());
  const staff = await people(server);
  const filled = await fill(server, staff.clerk, staff.reviewer, harmful);
  const look = { width: 360, scheme: 'light', lang: 'zh' } as const;
  const { page, complaints, close } = await openDesk(browser, server, { ...everybody, look });
  const asked: string[] = [];
  page.on('request', (request) => asked.push(request.url()));
  for (const path of everyPage(filled)) {
    await openOne(page, server.url, path, 'zh');
    expect(await page.locator('main img, main script').count(), path).toBe(0);
    expect(await page.title(), path).toBe('智能制造登记簿');
    expect(await overflows(page), path).toBe(false);
  }
  expect(asked.filter((url) => !url.startsWith(server.url) && !url.startsWith('data:'))).toEqual([]);
  expect(complaints).toEqual([]);
  await close();

  const { json } = await server.get('/api/openapi.json');
  const tables = Object.keys(json.paths).filter((path) => path.endsWith('.csv'));
  expect(tables.length).toBeGreaterThan(3);
  for (const path of tables) {
    const address = path
      .replace('{register}', 'factories')
      .replace('{id}', path.includes('import') ? filled.batch : 'model-factories');
    const asks = path.includes('breakdown') ? '?by=district' : '';
    const { status, text } = await server.get(`${address}${asks}`, { token: staff.auditor });
    expect(status, address).toBe(200);
    expect(
      text.split(/[\n,]/).filter((cell) => /^"?[=+@]/.test(cell)),
      address,
    ).toEqual([]);
  }
});

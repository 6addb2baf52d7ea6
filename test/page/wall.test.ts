import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect } from 'vitest';
import { cycleSeconds, placeIn } from '../../web/pages/wall/cycle.ts';
import { test as officeTest, submitCertificate } from '../http/office.ts';
import { faultsOn, isRead, launch, looks, needsChromium, openPage } from './chromium.ts';

let browser: Browser | undefined;
beforeAll(async () => {
  browser = await launch();
});
afterAll(() => browser?.close());
beforeEach(needsChromium);

const test = officeTest.extend('certify', { scope: 'file' }, async ({ server, staff }) => {
  const certify = async (key: string, body: object = {}) => {
    const id = await submitCertificate(server, staff.clerk, key, body);
    const approved = await server.post(`/api/v1/submissions/${id}/approve`, {}, { token: staff.reviewer });
    expect(approved.status, approved.text).toBe(201);
  };
  await certify('kangqiao');
  return certify;
});

test('the wall is dark for everybody, fills the window without scrolling, and its numbers move by themselves', async ({
  server,
  certify,
}) => {
  const { page, complaints, close } = await openPage(browser, { width: 1280, scheme: 'light', lang: 'zh' });
  await page.goto(`${server.url}/?wall&lang=zh`);
  const card = page.getByRole('listitem').filter({ hasText: '示范性智能工厂' });
  await expect.poll(() => card.innerText()).toMatch(/示范性智能工厂\s+1\s/);
  expect(await page.evaluate(() => getComputedStyle(document.body).backgroundColor)).toBe('rgb(15, 20, 25)');
  expect(await page.evaluate(() => document.documentElement.scrollHeight <= innerHeight)).toBe(true);
  expect(await page.getByRole('navigation').count()).toBe(0);
  await expect.poll(() => page.getByText('实时').count()).toBe(1);
  await certify('moves-live', { name: '实时工厂' });
  await expect.poll(() => card.innerText()).toMatch(/示范性智能工厂\s+2\s/);
  await expect.poll(() => page.getByText('数据已更新：示范性智能工厂 2').count()).toBe(1);
  expect(complaints).toEqual([]);
  await close();
});

test('a Chinese title on the wall breaks between words, never within one', async ({ server, certify: _ }) => {
  const { page, close } = await openPage(browser, { width: 1280, scheme: 'light', lang: 'zh' });
  await page.goto(`${server.url}/?wall&lang=zh`);
  await page.getByRole('heading', { name: '100亿元规模系统解决方案供应商' }).waitFor();
  const torn = await page.getByRole('heading', { level: 2 }).evaluateAll((titles) =>
    titles.flatMap((title) => {
      const texts = [...title.childNodes].filter((node) => node.nodeType === Node.TEXT_NODE);
      return texts.flatMap((text) => {
        const range = document.createRange();
        range.selectNodeContents(text);
        return range.getClientRects().length > 1 ? [text.textContent ?? ''] : [];
      });
    }),
  );
  expect(torn).toEqual([]);
  await close();
});

test('beside each other, numbers and charts begin at the same height, however long the titles are', async ({
  server,
  certify: _,
}) => {
  const { page, close } = await openPage(browser);
  await page.goto(`${server.url}/?wall&lang=en`);
  await page.getByRole('listitem').first().waitFor();
  const places = await page.getByRole('listitem').evaluateAll((cards) =>
    cards.map((each) => {
      const parts = [each, each.querySelector('p'), each.querySelector('svg')];
      return parts.map((part) => Math.round(part?.getBoundingClientRect().top ?? 0));
    }),
  );
  const rows = new Set(places.map(([top]) => top));
  expect(new Set(places.map(String)).size).toBe(rows.size);
  await close();
});

test('the wall too says that entries are invented, if they are', async ({ server, certify: _ }) => {
  const { page, close } = await openPage(browser, { width: 1280, scheme: 'light', lang: 'zh' });
  const address = `${server.url}/?wall&lang=zh`;
  const label = page.getByText('演示数据：登记项均为虚构');
  await page.goto(address);
  await page.getByRole('listitem').first().waitFor();
  expect(await label.count()).toBe(0);
  await page.route(
    ({ pathname }) => pathname === '/',
    async (route) => {
      const response = await route.fetch();
      const body = (await response.text()).replace('name="made-up" content="no"', 'name="made-up" content="yes"');
      await route.fulfill({ response, body });
    },
  );
  await page.reload();
  await label.waitFor();
  await page.unrouteAll();
  await close();
});

test('both times stay as texts, also after leaving by Escape, which brings the page back as it was', async ({
  server,
  certify: _,
}) => {
  const { page, complaints, close } = await openPage(browser);
  await page.goto(`${server.url}/?wall&on=2020-12-31&knownAt=3&lang=en`);
  await expect
    .poll(() => page.getByRole('definition').allInnerTexts())
    .toEqual(expect.arrayContaining(['2020-12-31', 'by the first 3 events']));
  await page.keyboard.press('Escape');
  await page.getByRole('navigation', { name: 'Main' }).waitFor();
  expect(Object.fromEntries(new URL(page.url()).searchParams)).toEqual({ on: '2020-12-31', knownAt: '3', lang: 'en' });
  expect(await page.evaluate(() => getComputedStyle(document.body).backgroundColor)).toBe('rgb(246, 247, 249)');
  await page.getByRole('link', { name: 'Wall view' }).click();
  await page.getByRole('button', { name: 'Leave the wall view' }).click();
  await page.getByRole('navigation', { name: 'Main' }).waitFor();
  expect(complaints).toEqual([]);
  await close();
});

test('a slideshow shows one target after the other; keys move and pause it, and nothing glides for those who want none of it', async ({
  server,
  certify: _,
}) => {
  const { page, complaints, close } = await openPage(browser);
  await page.emulateMedia({ reducedMotion: 'reduce' });
  await page.clock.install();
  await page.goto(`${server.url}/?wall&cycle=20&lang=en`);
  const place = page.getByText(/^\d+ of 10/);
  await expect.poll(() => place.innerText()).toBe('1 of 10');
  const title = page.getByRole('heading', { level: 2 });
  const first = await title.innerText();
  expect(
    await page
      .getByRole('region')
      .or(page.locator('section'))
      .evaluate((each) => getComputedStyle(each).animationName),
  ).toBe('none');
  await page.clock.runFor(20_000);
  await expect.poll(() => place.innerText()).toBe('2 of 10');
  expect(await title.innerText()).not.toBe(first);
  await page.keyboard.press('ArrowLeft');
  await page.keyboard.press('ArrowLeft');
  await expect.poll(() => place.innerText()).toBe('10 of 10');
  await page.keyboard.press('Space');
  await expect.poll(() => place.innerText()).toBe('10 of 10 · Paused');
  await page.clock.runFor(60_000);
  expect(await place.innerText()).toBe('10 of 10 · Paused');
  await page.keyboard.press('Space');
  await page.clock.runFor(20_000);
  await expect.poll(() => place.innerText()).toBe('1 of 10');
  expect(complaints).toEqual([]);
  await close();
});

describe.for([{ width: 1920, scheme: 'light', lang: 'zh' }, ...looks.slice(1)] as const)(
  'at $width px, $scheme, $lang',
  (look) => {
    test('the wall has no fault that axe finds, and nothing wider than the window', async ({ server, certify: _ }) => {
      const { page, complaints, close } = await openPage(browser, look);
      for (const query of ['wall', 'wall&cycle=20', 'wall&on=2000-01-01&knownAt=0']) {
        await page.goto(`${server.url}/?${query}&lang=${look.lang}`);
        await page.getByRole('button').waitFor();
        await isRead(page);
        expect(await faultsOn(page, look), query).toEqual([]);
      }
      expect(complaints).toEqual([]);
      await close();
    });
  },
);

test.each([
  [undefined, undefined],
  ['20', 20],
  ['0', 5],
  ['4', 5],
  ['99999', 3_600],
  ['1e3', undefined],
  ['-20', undefined],
  ['20s', undefined],
  ['99999999999999999999', undefined],
])('cycle=%s shows each target for %s seconds', (text, seconds) => {
  expect(cycleSeconds(text)).toBe(seconds);
});

test('the slideshow goes round both ways', () => {
  expect([-11, -1, 0, 9, 10, 25].map((index) => placeIn(index, 10))).toEqual([9, 9, 0, 9, 0, 5]);
  expect(placeIn(3, 0)).toBe(0);
});

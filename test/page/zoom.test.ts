import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, expect } from 'vitest';
import { nominate, test as officeTest, submitCertificate } from '../http/office.ts';
import { isRead, launch, needsChromium, overflows } from './chromium.ts';
import { openDesk } from './staff.ts';

/** What 1,280 pixels show at a zoom of 200 %. */
const zoomed = 640;

let browser: Browser | undefined;
beforeAll(async () => {
  browser = await launch();
});
afterAll(() => browser?.close());
beforeEach(needsChromium);

const test = officeTest.extend('shown', { scope: 'file' }, async ({ server, staff }) => {
  await submitCertificate(server, staff.clerk, 'kangqiao', { name: '上海市浦东新区康桥工业园区第二数字化示范工厂' });
  await nominate(server, staff.clerk, 'nominated-one', { name: '待评工厂' });
  return {};
});

/** Texts that somebody sees a part of, and texts that lie on each other. */
const faultsOf = (page: Page): Promise<{ readonly cut: readonly string[]; readonly overlapping: readonly string[] }> =>
  page.evaluate(() => {
    type Seen = { readonly text: string; readonly box: DOMRect; readonly element: Element };
    /** The parts of the page that scroll by themselves, around an element. */
    const framesAround = (element: Element | null): readonly DOMRect[] => {
      if (element === null) return [];
      const isFrame = ['auto', 'scroll'].includes(getComputedStyle(element).overflowY);
      return [...(isFrame ? [element.getBoundingClientRect()] : []), ...framesAround(element.parentElement)];
    };
    const seen: Seen[] = [];
    const cut: string[] = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
      const text = node.textContent?.trim() ?? '';
      const element = node.parentElement;
      if (text === '' || element === null || element.closest('.visually-hidden, option, noscript, script') !== null)
        continue;
      if (!element.checkVisibility({ visibilityProperty: true })) continue;
      const range = document.createRange();
      range.selectNodeContents(node);
      const frames = framesAround(element);
      for (const box of range.getClientRects()) {
        const isScrolledAway = frames.some((frame) => box.top >= frame.bottom || box.bottom <= frame.top);
        if (box.width > 0 && box.height > 0 && !isScrolledAway) seen.push({ text, box, element });
      }
      for (let around: Element | null = element; around !== null; around = around.parentElement) {
        const { overflowX, overflowY } = getComputedStyle(around);
        const [outer, inner] = [around.getBoundingClientRect(), range.getBoundingClientRect()];
        const isCutAside = ['hidden', 'clip'].includes(overflowX) && inner.right > outer.right + 1;
        const isCutBelow = ['hidden', 'clip'].includes(overflowY) && inner.bottom > outer.bottom + 1;
        if (isCutAside || isCutBelow) cut.push(text);
      }
    }
    const overlapping: string[] = [];
    const sorted = seen.toSorted((a, b) => a.box.top - b.box.top);
    for (const [index, one] of sorted.entries())
      for (const other of sorted.slice(index + 1)) {
        if (other.box.top > one.box.bottom) break;
        if (one.element === other.element) continue;
        const wide = Math.min(one.box.right, other.box.right) - Math.max(one.box.left, other.box.left);
        // Boxes of lines are taller than their letters, so they may touch.
        const tall = Math.min(one.box.bottom, other.box.bottom) - Math.max(one.box.top, other.box.top);
        if (wide > 2 && tall > Math.min(one.box.height, other.box.height) / 2)
          overlapping.push(`${one.text} | ${other.text}`);
      }
    return { cut, overlapping };
  });

const paths = [
  '/',
  '/targets/model-factories',
  '/targets/model-factories?view=table',
  '/registers/factories',
  '/registers/factories/nominated-one',
  '/registers/factories/nominated-one/certify',
  '/record/enterprises/enroll',
  '/search?q=工厂',
  '/review',
  '/imports',
  '/audit',
  '/audit/compare',
  '/audit/replay/model-factories',
  '/account',
  '/admin/accounts',
  '/admin/plans',
] as const;

for (const lang of ['zh', 'en'] as const)
  test(`no text is cut or lies on another at a zoom of 200 % (${lang})`, async ({ server, shown: _ }) => {
    const roles = ['reviewer', 'auditor', 'admin'] as const;
    const look = { width: zoomed, scheme: 'light', lang } as const;
    const { page, complaints, close } = await openDesk(browser, server, { name: 'wang.fang.all', roles, look });
    for (const path of paths) {
      await page.goto(`${server.url}${path}${path.includes('?') ? '&' : '?'}lang=${lang}`);
      await page.getByRole('heading', { level: 1 }).waitFor();
      await isRead(page);
      expect(await faultsOf(page), path).toEqual({ cut: [], overlapping: [] });
      expect(await overflows(page), path).toBe(false);
    }
    expect(complaints).toEqual([]);
    await close();
  }, 120_000);

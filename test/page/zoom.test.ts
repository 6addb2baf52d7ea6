import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, expect } from 'vitest';
import { launch, needsChromium, overflows, violationsOn } from './chromium.ts';
import { everybody, everyPage, openOne, test } from './every-page.ts';
import { openDesk } from './staff.ts';

/** What 1,280 pixels show at a zoom of 200 %, and a telephone's. */
const widths = [640, 360] as const;

let browser: Browser | undefined;
beforeAll(async () => {
  browser = await launch();
});
afterAll(() => browser?.close());
beforeEach(needsChromium);

/** Sizes of letters and roundings of corners; the wall, whose sizes are the window's, is apart. */
const sizes = [12, 14, 16, 20, 24, 40];
const radii = [0, 4, 6];

/** What has another size or rounding than the page's own. */
const offScale = (page: Page): Promise<readonly string[]> =>
  page.evaluate(
    ([allowed = [], round = []]) => {
      const found = [...document.querySelectorAll('body *')].filter((each) => {
        if (!each.checkVisibility() || each.closest('svg, option, input[type=range], noscript') !== null) return false;
        const { fontSize, borderTopLeftRadius } = getComputedStyle(each);
        return (
          !allowed.includes(Number.parseFloat(fontSize)) || !round.includes(Number.parseFloat(borderTopLeftRadius))
        );
      });
      return found.map(
        (each) => `${each.tagName} ${getComputedStyle(each).fontSize} ${each.textContent?.slice(0, 40)}`,
      );
    },
    [sizes, radii],
  );

/** Texts that somebody sees a part of, texts that lie on each other, and what sticks out of the frame that it stands in. */
const faultsOf = (page: Page): Promise<readonly string[]> =>
  page.evaluate(() => {
    type Seen = { readonly text: string; readonly box: DOMRect; readonly element: Element };
    /** The parts of the page that scroll by themselves, around an element. */
    const framesAround = (element: Element | null): readonly DOMRect[] => {
      if (element === null) return [];
      const isFrame = ['auto', 'scroll'].includes(getComputedStyle(element).overflowY);
      return [...(isFrame ? [element.getBoundingClientRect()] : []), ...framesAround(element.parentElement)];
    };
    /** How far to the right what stands in an element may reach: to the padding of what has a border around it. */
    const edgeOf = (element: Element | null): number => {
      if (element === null) return document.documentElement.clientWidth;
      const { borderRightWidth, borderRightStyle, paddingRight, overflowX } = getComputedStyle(element);
      if (overflowX !== 'visible') return Number.POSITIVE_INFINITY; // it scrolls, or cuts, which is another fault
      if (borderRightStyle === 'none' || Number.parseFloat(borderRightWidth) === 0)
        return edgeOf(element.parentElement);
      const { right } = element.getBoundingClientRect();
      return right - Number.parseFloat(borderRightWidth) - Number.parseFloat(paddingRight);
    };
    /** What stays in the window covers what scrolls below it. */
    const sticks = (element: Element | null): boolean =>
      element !== null && (getComputedStyle(element).position === 'sticky' || sticks(element.parentElement));
    const seen: Seen[] = [];
    const cut: string[] = [];
    const spilled: string[] = [];
    for (const control of document.querySelectorAll('button, input, select, textarea')) {
      const { right, width } = control.getBoundingClientRect();
      const isSeen = width > 1 && control.checkVisibility({ visibilityProperty: true });
      if (isSeen && right > edgeOf(control.parentElement) + 1) spilled.push(control.outerHTML.slice(0, 100));
    }
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
        if (box.width > 0 && box.right > edgeOf(element) + 1) spilled.push(text);
      }
      for (let around: Element | null = element; around !== null; around = around.parentElement) {
        const { overflowX, overflowY } = getComputedStyle(around);
        const [outer, inner] = [around.getBoundingClientRect(), range.getBoundingClientRect()];
        const isCutAside = ['hidden', 'clip'].includes(overflowX) && inner.right > outer.right + 1;
        const isCutBelow = ['hidden', 'clip'].includes(overflowY) && inner.bottom > outer.bottom + 1;
        if (isCutAside || isCutBelow) cut.push(text);
      }
    }
    const broken: string[] = [];
    for (const heading of document.querySelectorAll('h1, h2, h3')) {
      const inside = document.createTreeWalker(heading, NodeFilter.SHOW_TEXT);
      for (let node = inside.nextNode(); node !== null; node = inside.nextNode())
        for (const { 0: word, index } of (node.textContent ?? '').matchAll(/[A-Za-z]{2,24}/g)) {
          const range = document.createRange();
          range.setStart(node, index);
          range.setEnd(node, index + word.length);
          if (new Set([...range.getClientRects()].map(({ top }) => top)).size > 1) broken.push(word);
        }
    }
    const overlapping: string[] = [];
    const sorted = seen.toSorted((a, b) => a.box.top - b.box.top);
    for (const [index, one] of sorted.entries())
      for (const other of sorted.slice(index + 1)) {
        if (other.box.top > one.box.bottom) break;
        if (one.element === other.element || sticks(one.element) !== sticks(other.element)) continue;
        const wide = Math.min(one.box.right, other.box.right) - Math.max(one.box.left, other.box.left);
        // Boxes of lines are taller than their letters, so they may touch.
        const tall = Math.min(one.box.bottom, other.box.bottom) - Math.max(one.box.top, other.box.top);
        if (wide > 2 && tall > Math.min(one.box.height, other.box.height) / 2)
          overlapping.push(`${one.text} | ${other.text}`);
      }
    return [
      ...cut.map((text) => `cut: ${text}`),
      ...broken.map((word) => `broken: ${word}`),
      ...overlapping.map((texts) => `overlapping: ${texts}`),
      ...spilled.map((what) => `sticks out: ${what}`),
    ];
  });

for (const lang of ['zh', 'en'] as const)
  test(`at a zoom of 200 % and on a telephone, axe finds nothing and no text is cut, lies on another or sticks out (${lang})`, async ({
    server,
    filled,
  }) => {
    const look = { width: widths[0], scheme: lang === 'zh' ? 'light' : 'dark', lang } as const;
    const { page, complaints, close } = await openDesk(browser, server, { ...everybody, look });
    const found: string[] = [];
    for (const path of everyPage(filled)) {
      await openOne(page, server.url, path, lang);
      // What stands behind a summary is looked at too.
      await page.evaluate(() => {
        for (const closed of document.querySelectorAll('details')) closed.open = true;
      });
      found.push(...(await violationsOn(page)).map((fault) => `${path}: ${fault}`));
      if (!path.includes('wall')) found.push(...(await offScale(page)).map((each) => `${path}: ${each}`));
      for (const width of widths) {
        await page.setViewportSize({ width, height: 900 });
        const what = `${path} at ${width} px`;
        found.push(...(await faultsOf(page)).map((fault) => `${what}: ${fault}`));
        if (await overflows(page)) found.push(`${what} is wider than the window`);
      }
      await page.setViewportSize({ width: widths[0], height: 900 });
    }
    expect(found).toEqual([]);
    expect(complaints).toEqual([]);
    await close();
  }, 240_000);

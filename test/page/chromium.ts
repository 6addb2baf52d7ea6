import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import axe from 'axe-core';
import { type Browser, chromium, type Page } from 'playwright-core';
import { expect, type TestContext } from 'vitest';

/** A real Chromium, as Debian or a user installs it. */

const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
const executablePath = (process.env.PATH ?? '')
  .split(delimiter)
  .flatMap((folder) => names.map((name) => join(folder, name)))
  .find((file) => existsSync(file));

/** Skips a test loudly on a machine without Chromium; the build service must have one. */
export const needsChromium = ({ skip }: Pick<TestContext, 'skip'>): void => {
  if (executablePath === undefined && process.env.CI !== undefined) throw new Error('no Chromium is installed');
  if (executablePath === undefined) skip('no Chromium is installed (apt-get install chromium fonts-noto-cjk)');
};

export const launch = async (): Promise<Browser | undefined> =>
  executablePath === undefined
    ? undefined
    : chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-dev-shm-usage'] });

export type Look = { readonly width: number; readonly scheme: 'light' | 'dark'; readonly lang: 'zh' | 'en' };
export const desk: Look = { width: 1280, scheme: 'light', lang: 'en' };

/** A page in a context of its own, with everything that it complains of: errors, and what its policy refuses. */
export const openPage = async (browser: Browser | undefined, { width, scheme, lang }: Look = desk) => {
  if (browser === undefined) throw new Error('no Chromium is installed');
  const context = await browser.newContext({
    viewport: { width, height: 900 },
    colorScheme: scheme,
    locale: lang === 'zh' ? 'zh-CN' : 'en-GB',
  });
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (message) => {
    // A refusal of the API, such as 404, is no fault of the page.
    const isRefusal = message.text().startsWith('Failed to load resource');
    if (['error', 'warning'].includes(message.type()) && !isRefusal) complaints.push(message.text());
  });
  return { page, complaints, close: () => context.close() };
};

/** What WCAG 2.2 A and AA finds wrong with a page that has its styles. */
export const violationsOn = async (page: Page): Promise<readonly string[]> => {
  const family = await page.evaluate(() => getComputedStyle(document.body).fontFamily);
  expect(family).toContain('Noto Sans CJK SC');
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate(() =>
    (globalThis as unknown as { axe: typeof axe }).axe.run({
      runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'],
    }),
  );
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(({ target, failureSummary }) => `${id} ${target}: ${failureSummary}`),
  );
};

/** Whether the page is wider than its window. */
export const overflows = (page: Page): Promise<boolean> =>
  page.evaluate(() => document.documentElement.scrollWidth > document.documentElement.clientWidth);

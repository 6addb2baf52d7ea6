import axe, { type RunOnly } from 'axe-core';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { expect, type TestContext } from 'vitest';
import { chromiumArgs, chromiumPath } from './executable.ts';

/** Skips a test loudly on a machine without Chromium; the build service must have one. */
export const needsChromium = ({ skip }: Pick<TestContext, 'skip'>): void => {
  if (chromiumPath === undefined && process.env.CI !== undefined) throw new Error('no Chromium is installed');
  if (chromiumPath === undefined) skip('no Chromium is installed (apt-get install chromium fonts-noto-cjk)');
};

export const launch = async (): Promise<Browser | undefined> =>
  chromiumPath === undefined ? undefined : chromium.launch({ executablePath: chromiumPath, args: [...chromiumArgs] });

export type Look = { readonly width: number; readonly scheme: 'light' | 'dark'; readonly lang: 'zh' | 'en' };
export const desk: Look = { width: 1280, scheme: 'light', lang: 'en' };

/** The looks in which pages are searched for faults: between them both languages, widths and colour schemes. */
export const looks: readonly Look[] = [
  { width: 1280, scheme: 'light', lang: 'zh' },
  { width: 360, scheme: 'dark', lang: 'en' },
];

const height = 900;

/** Contexts that a test has left, by look: their caches are warm, and nothing of the test is in them. */
const left = new Map<string, BrowserContext[]>();

const newContext = async (browser: Browser, { width, scheme, lang }: Look): Promise<BrowserContext> => {
  const context = await browser.newContext({
    viewport: { width, height },
    colorScheme: scheme,
    locale: lang === 'zh' ? 'zh-CN' : 'en-GB',
  });
  context.setDefaultTimeout(20_000); // less than a test has, so that it fails by the name of what it waited for
  context.setDefaultNavigationTimeout(50_000); // the first one waits for the build
  return context;
};

/** A page in a context of its own, with everything that it complains of: errors, and what its policy refuses. */
export const openPage = async (browser: Browser | undefined, look: Look = desk) => {
  if (browser === undefined) throw new Error('no Chromium is installed');
  const alike = left.get(JSON.stringify(look)) ?? [];
  left.set(JSON.stringify(look), alike);
  const context = alike.pop() ?? (await newContext(browser, look));
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (message) => {
    // A refusal of the API, such as 404, is no fault of the page.
    const isRefusal = message.text().startsWith('Failed to load resource');
    if (['error', 'warning'].includes(message.type()) && !isRefusal) complaints.push(message.text());
  });
  const close = async () => {
    for (const each of context.pages()) {
      await each.evaluate(() => localStorage.clear()).catch(() => {}); // a page of its own kind has none
      await each.close();
    }
    await context.clearCookies();
    await context.clearPermissions();
    alike.push(context);
  };
  return { page, complaints, close };
};

/** Waits until the page shows all that it has asked for. */
export const isRead = (page: Page): Promise<void> =>
  expect.poll(() => page.getByText(/^(正在读取…|Loading…)$/).count()).toBe(0);

const allRules: RunOnly = { type: 'tag', values: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'] };
const colours: RunOnly = { type: 'rule', values: ['color-contrast'] };

/** What WCAG 2.2 A and AA finds wrong with a page that has its styles. */
export const violationsOn = async (page: Page, rules = allRules): Promise<readonly string[]> => {
  const family = await page.evaluate(() => getComputedStyle(document.body).fontFamily);
  expect(family).toContain('Noto Sans CJK SC');
  // What still fades in has other colours than what is read.
  await page.evaluate(() => Promise.allSettled(document.getAnimations().map(({ finished }) => finished)));
  if (!(await page.evaluate(() => 'axe' in globalThis))) await page.evaluate(axe.source);
  const { violations } = await page.evaluate(
    (runOnly) => (globalThis as unknown as { axe: typeof axe }).axe.run({ runOnly, resultTypes: ['violations'] }),
    rules,
  );
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(({ target, failureSummary }) => `${id} ${target}: ${failureSummary}`),
  );
};

/** Whether the page is wider than its window. */
export const overflows = (page: Page): Promise<boolean> =>
  page.evaluate(() => document.documentElement.scrollWidth > document.documentElement.clientWidth);

/**
 * What is wrong with a page as it stands: by axe's rules; by those of colours also in the other scheme, which changes
 * nothing else; and if it is wider than its window, also if that is as narrow as a telephone.
 */
export const faultsOn = async (page: Page, { width, scheme }: Look): Promise<readonly string[]> => {
  const found = [...(await violationsOn(page))];
  await page.emulateMedia({ colorScheme: scheme === 'dark' ? 'light' : 'dark' });
  found.push(...(await violationsOn(page, colours)));
  await page.emulateMedia({ colorScheme: scheme });
  if (await overflows(page)) found.push(`wider than ${width} px`);
  if (width === narrow) return found;
  await page.setViewportSize({ width: narrow, height });
  if (await overflows(page)) found.push(`wider than ${narrow} px`);
  await page.setViewportSize({ width, height });
  return found;
};

const narrow = 360;

import { type Browser, chromium } from 'playwright-core';
import { chromiumArgs, chromiumPath } from '../../test/page/executable.ts';
import { type Bench, type Measurement, serveDemo, serveRegistry, settings } from '../bench.ts';
import { percentile } from '../load.ts';
import { median, milliseconds, type Result } from '../result.ts';

/** The first view is drawn within this. */
const firstViewMs = 1_000;
/** The JavaScript that the dashboard loads before anybody touches it, as transferred. */
const scriptBytes = 130_000;
/** A search is answered within this, nineteen times of twenty. */
const searchMs = 200;
/** Rows that are scrolled through. */
const scrolledRows = 5_000;

/** The page in a real Chromium with an empty cache: how soon it is drawn, how much it loads, and how it lists and searches a large ledger. */
export const page: Measurement = async (bench) => {
  if (chromiumPath === undefined) throw new Error('no Chromium is installed (apt-get install chromium fonts-noto-cjk)');
  const browser = await chromium.launch({ executablePath: chromiumPath, args: [...chromiumArgs] });
  try {
    return [
      ...(await firstView(bench, browser, 'the real rows')),
      ...(await firstView(bench, browser, 'a full plan', '--made-up')),
      ...(await largeLedger(bench, browser)),
    ];
  } finally {
    await browser.close();
  }
};

/** Asked of the browser: when the largest part was drawn, and the bytes of all scripts. */
const seen = `new Promise((resolve) => {
  const scripts = performance.getEntriesByType('resource').filter(({ name }) => name.endsWith('.js'));
  const bytes = scripts.reduce((sum, { transferSize }) => sum + transferSize, 0);
  new PerformanceObserver((list) => resolve({ lcpMs: list.getEntries().at(-1).startTime, bytes }))
    .observe({ type: 'largest-contentful-paint', buffered: true });
})`;

const firstView = async (bench: Bench, browser: Browser, what: string, ...args: readonly string[]) => {
  bench.progress(`page: the demo with ${what}`);
  const server = await serveDemo(bench, ...args);
  const drawn: number[] = [];
  let loaded = 0;
  // The first round waits for the build, if the page is stale, and is not counted.
  for (let round = 0; round <= bench.rounds; round += 1) {
    bench.progress(`page: the demo with ${what}, round ${round} of ${bench.rounds}`);
    const context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
    const shown = await context.newPage();
    await shown.goto(`${server.url}/`);
    await shown.getByRole('listitem').first().waitFor();
    await shown.waitForLoadState('networkidle');
    const { lcpMs, bytes } = await shown.evaluate<{ readonly lcpMs: number; readonly bytes: number }>(seen);
    if (round > 0) drawn.push(lcpMs);
    loaded = bytes;
    await context.close();
  }
  await server.stop();
  const lcpMs = median(drawn);
  return [
    within(`first view of the dashboard over ${what} (LCP)`, lcpMs, firstViewMs),
    {
      name: `JavaScript of the dashboard over ${what}, as transferred`,
      ours: `${(loaded / 1_000).toFixed(1)} kB`,
      baseline: '',
      against: '',
      target: { below: `${scriptBytes / 1_000} kB`, holds: loaded <= scriptBytes },
    },
  ];
};

/** Asked of the browser: the number of the last row that it has; the header is row 1. */
const rowsRead = `(Number([...document.querySelectorAll('tbody tr')].at(-1)?.ariaRowIndex ?? 0) - 1)`;

/** Asked of the browser: to go to the end until it has more rows than that, and to answer with that frame. */
const scrolledPast = (count: number) => `new Promise((resolve) => {
  const look = () => {
    if (${rowsRead} > ${count}) return resolve();
    scrollTo(0, document.documentElement.scrollHeight);
    requestAnimationFrame(look);
  };
  look();
})`;

const largeLedger = async (bench: Bench, browser: Browser): Promise<readonly Result[]> => {
  const server = await serveRegistry(bench, settings(await bench.folded(), await bench.ledger()));
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
  const shown = await context.newPage();
  await shown.goto(`${server.url}/registers/enterprises?lang=zh`);
  await shown.locator('tbody th').first().waitFor();
  const total = (await shown.getByRole('status').filter({ hasText: '共' }).textContent()) ?? '';
  const last = Math.min(scrolledRows, Number(total.replaceAll(/\D/g, '')));

  bench.progress('page: scrolling');
  const scrolls: number[] = [];
  for (let count = await shown.evaluate<number>(rowsRead); count < last; count = await shown.evaluate(rowsRead)) {
    const began = performance.now();
    await shown.evaluate(scrolledPast(count));
    scrolls.push(performance.now() - began);
  }

  bench.progress('page: searching');
  const words = ['精密机械', '机器人', '智能工厂', '上海', '913100000', 'f-00001', '4321'];
  const searches: number[] = [];
  await shown.goto(`${server.url}/search?lang=zh`);
  for (let round = 0; round < bench.rounds; round += 1)
    for (const each of words) {
      const answer = shown.waitForResponse((response) => response.url().includes('/api/v1/search?'));
      await shown.getByRole('searchbox').fill(`${each} `.repeat(round + 1).trim());
      const began = performance.now();
      await shown.keyboard.press('Enter');
      await answer;
      searches.push(performance.now() - began);
    }
  await context.close();
  await server.stop();
  const p95 = (times: readonly number[]): number => percentile(Float64Array.from(times).sort(), 0.95);
  return [
    within(`search through all registers, from Enter to its answer, p95 (${total})`, p95(searches), searchMs),
    within(`more rows of a list that is scrolled to row ${last}, p95`, p95(scrolls), searchMs),
  ];
};

const within = (name: string, ms: number, limitMs: number): Result => ({
  name,
  ours: milliseconds(ms),
  baseline: '',
  against: '',
  target: { below: milliseconds(limitMs), holds: ms < limitMs },
});

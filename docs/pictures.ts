import { spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { type Browser, chromium, type Page, type Request } from 'playwright-core';
import { chromiumArgs, chromiumPath } from '../test/page/executable.ts';

/**
 * Takes pictures of the page from the demo with invented entries: `npm run pictures` those of the documentation into
 * docs/pictures, `npm run pictures -- --all FOLDER [PATTERN]` every page in both languages and colour schemes at four
 * widths, in its length up to some thousand pixels; with a pattern only those whose names match it (`^entry-zh`).
 */

/** What more of a long list looks like is known by then. */
const longestPx = 6_000;

/** A page that has asked for nothing for so long has all that it shows. */
const quietMs = 1_500;

type Role = 'viewer' | 'clerk' | 'reviewer' | 'auditor' | 'admin';

/** An address of the page, and who sees it; anybody if nobody is named. */
type View = { readonly name: string; readonly path: string; readonly role?: Role };

const views: readonly View[] = [
  { name: 'plan', path: '/?on=2020-12-31' },
  { name: 'plan-today', path: '/' },
  { name: 'target', path: '/targets/model-factories?on=2021-06-30' },
  { name: 'register', path: '/registers/factories?on=2021-06-30' },
  { name: 'entry', path: '/registers/factories/demo-factory-0011' },
  { name: 'search', path: '/search?q=0011' },
  { name: 'sign-in', path: '/sign-in' },
  { name: 'account', path: '/account', role: 'clerk' },
  { name: 'record', path: '/record/factories/nominate', role: 'clerk' },
  { name: 'command', path: '/registers/factories/demo-factory-0110/certify', role: 'clerk' },
  { name: 'review', path: '/review', role: 'reviewer' },
  { name: 'imports', path: '/imports', role: 'clerk' },
  { name: 'audit', path: '/audit', role: 'auditor' },
  { name: 'compare', path: '/audit/compare', role: 'auditor' },
  { name: 'replay', path: '/audit/replay/model-factories', role: 'auditor' },
  { name: 'accounts', path: '/admin/accounts', role: 'admin' },
  { name: 'plans', path: '/admin/plans', role: 'admin' },
  { name: 'wall', path: '/?wall' },
  { name: 'empty', path: '/registers/platforms?q=nothing-has-this-name' },
  { name: 'entry-clerk', path: '/registers/factories/demo-factory-0110', role: 'clerk' },
  { name: 'amend', path: '/registers/factories/demo-factory-0110/amend', role: 'clerk' },
  { name: 'import', path: '/imports/{import}', role: 'clerk' },
];

type Look = { readonly lang: 'zh' | 'en'; readonly width: number; readonly scheme: 'light' | 'dark' };
const heights: Readonly<Record<number, number>> = { 1920: 1080, 1280: 900, 768: 1024, 360: 800 };

const looks: readonly Look[] = (['zh', 'en'] as const).flatMap((lang) =>
  Object.keys(heights).flatMap((width) =>
    (['light', 'dark'] as const).map((scheme) => ({ lang, width: Number(width), scheme })),
  ),
);

/** What the documentation shows. */
const documented: readonly (readonly [view: string, look: Look])[] = [
  ...(['zh', 'en'] as const).flatMap((lang): (readonly [string, Look])[] => [
    ['plan', { lang, width: 1280, scheme: 'light' }],
    ['command', { lang, width: 1280, scheme: 'light' }],
    ['review', { lang, width: 1280, scheme: 'light' }],
  ]),
  ['plan', { lang: 'en', width: 1280, scheme: 'dark' }],
  ['register', { lang: 'zh', width: 360, scheme: 'light' }],
  ['wall', { lang: 'zh', width: 1920, scheme: 'dark' }],
];

type Demo = { readonly address: string; readonly accounts: ReadonlyMap<string, string>; readonly end: () => void };

/** Starts the demo and waits until it says how to try it. */
const startDemo = async (): Promise<Demo> => {
  const child = spawn(join(import.meta.dirname, '../registry'), ['demo', '--made-up'], {
    env: { ...process.env, PORT: '0', REGISTRY_RATE_LIMIT: 'off' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const accounts = new Map<string, string>();
  let address = '';
  for await (const line of createInterface({ input: child.stdout })) {
    address ||= /^Page: (.*)\/$/.exec(line)?.[1] ?? '';
    const [, role, password] = /^demo\.(\w+) +(\S+)$/.exec(line) ?? [];
    if (role !== undefined && password !== undefined) accounts.set(role, password);
    if (line.startsWith('curl')) break;
  }
  return { address, accounts, end: () => child.kill('SIGTERM') };
};

const signIn = async (browser: Browser, { address, accounts }: Demo, role: Role, look: Look) => {
  const context = await browser.newContext(contextOf(look));
  const answer = await context.request.post(`${address}/api/v1/session`, {
    data: { name: `demo.${role}`, password: accounts.get(role) },
    headers: { 'sec-fetch-site': 'same-origin' },
  });
  if (!answer.ok()) throw new Error(await answer.text());
  return context;
};

const contextOf = ({ lang, width, scheme }: Look) => ({
  viewport: { width, height: heights[width] ?? 900 },
  colorScheme: scheme,
  locale: lang === 'zh' ? 'zh-CN' : 'en-GB',
  reducedMotion: 'reduce' as const,
});

/** Waits until the page has asked for nothing for a while, and everything but its live stream is answered. */
const waitingFor = (page: Page): (() => Promise<void>) => {
  const open = new Set<Request>();
  let lastMs = performance.now();
  page.on('request', (request) => {
    if (!request.url().endsWith('/live')) open.add(request);
    lastMs = performance.now();
  });
  for (const event of ['requestfinished', 'requestfailed'] as const)
    page.on(event as 'requestfinished', (request) => {
      open.delete(request);
      lastMs = performance.now();
    });
  return async () => {
    while (open.size > 0 || performance.now() - lastMs < quietMs) await pause(100);
  };
};

/** Tries a sheet with a fault in each second row, and says which import that is. */
const tryImport = async (browser: Browser, demo: Demo): Promise<string> => {
  const context = await signIn(browser, demo, 'clerk', { lang: 'zh', width: 1280, scheme: 'light' });
  const rows = ['0901,示例工厂 0901,汽车,嘉定', '0902,示例工厂 0902,钢铁冶炼,嘉定', '0903,示例工厂 0903,汽车,昆山'];
  const answer = await context.request.post(`${demo.address}/api/v1/imports/factories?dryRun=true`, {
    multipart: {
      file: {
        name: '示例工厂.csv',
        mimeType: 'text/csv',
        buffer: Buffer.from(
          `编号,名称,行业,区,推荐日期\n${rows.map((row) => `demo-factory-${row},2021-05-12`).join('\n')}\n`,
        ),
      },
    },
    headers: { 'sec-fetch-site': 'same-origin' },
  });
  if (!answer.ok()) throw new Error(await answer.text());
  const { import: tried } = await answer.json();
  await context.close();
  return tried.id;
};

type Shot = { readonly view: View; readonly look: Look; readonly file: string; readonly whole: boolean };

const take = async (browser: Browser, demo: Demo, { view, look, file, whole }: Shot): Promise<void> => {
  const { role, path } = view;
  const context =
    role === undefined ? await browser.newContext(contextOf(look)) : await signIn(browser, demo, role, look);
  const page = await context.newPage();
  const answered = waitingFor(page);
  await page.goto(`${demo.address}${path}${path.includes('?') ? '&' : '?'}lang=${look.lang}`);
  await page.getByRole('heading').first().waitFor();
  await answered();
  const { height = 0 } = (await page.locator('body').boundingBox()) ?? {};
  const clip = { x: 0, y: 0, width: look.width, height: Math.min(height, longestPx) };
  await page.screenshot({ path: file, ...(whole ? { fullPage: true, clip } : {}) });
  await context.close();
};

const {
  values,
  positionals: [pattern = ''],
} = parseArgs({ options: { all: { type: 'string' } }, allowPositionals: true });
if (chromiumPath === undefined) throw new Error('no Chromium is installed (apt-get install chromium fonts-noto-cjk)');
const folder = values.all ?? join(import.meta.dirname, 'pictures');
mkdirSync(folder, { recursive: true });
const demo = await startDemo();
const browser = await chromium.launch({ executablePath: chromiumPath, args: [...chromiumArgs] });
const wanted =
  values.all === undefined ? documented : views.flatMap(({ name }) => looks.map((look) => [name, look] as const));
const fileOf = (name: string, { lang, width, scheme }: Look) =>
  `${name}-${lang}-${width}${scheme === 'dark' ? '-dark' : ''}.png`;
try {
  const tried = values.all === undefined ? '' : await tryImport(browser, demo);
  for (const [name, look] of wanted) {
    const view = views.find((each) => each.name === name);
    if (view === undefined) throw new Error(`no view ${name}`);
    const file = join(folder, fileOf(name, look));
    if (values.all !== undefined && !new RegExp(pattern).test(fileOf(name, look))) continue;
    await take(browser, demo, {
      view: { ...view, path: view.path.replace('{import}', tried) },
      look,
      file,
      whole: values.all !== undefined,
    });
    process.stderr.write(`${file}\n`);
  }
} finally {
  await browser.close();
  demo.end();
}

import { readFile } from 'node:fs/promises';
import type { Page } from 'playwright-core';
import { nominate, test as officeTest, seen, submitCertificate } from '../http/office.ts';
import type { TestServer } from '../http/server.ts';
import { csv, imported } from '../imports/spreadsheet.ts';
import { isRead } from './chromium.ts';

/** Somebody who may see every page. */
export const everybody = { name: 'wang.fang.all', roles: ['reviewer', 'auditor', 'admin'] } as const;

const list = csv(
  ['编号', '名称', '行业', '区', '认定日期', '等级'],
  ['in-good', '导入的工厂', '汽车', '浦东', '2020-12-22', '示范'],
  ['in-bad', '导入的工厂', '渔业', '浦东', '2020-12-22', '示范'],
);

/**
 * An office in which every page has something to show: counted, nominated, corrected and submitted factories, an import
 * and a dry run with a rejected row. `nameOf` names what is recorded under a key.
 */
export const fill = async (server: TestServer, clerk: string, reviewer: string, nameOf = (key: string) => key) => {
  const certify = async (key: string) => {
    const id = await submitCertificate(server, clerk, key, { name: nameOf(key) });
    const { status, text } = await server.post(`/api/v1/submissions/${id}/approve`, {}, { token: reviewer });
    if (status !== 201) throw new Error(text);
  };
  await certify('certified');
  const event = await nominate(server, clerk, 'corrected', { name: nameOf('corrected') });
  const correction = { event, data: { district: 'jiading' }, reason: '区填错' };
  const path = '/api/v1/factories/corrected/correct';
  const corrected = await server.post(path, correction, { token: clerk, headers: seen(0) });
  if (corrected.status !== 201) throw new Error(corrected.text);
  await nominate(server, clerk, 'nominated', { name: nameOf('nominated') });
  const submission = await submitCertificate(server, clerk, 'submitted', { name: nameOf('submitted') });
  const { id: dryRun } = await imported(server, 'factories', list, { query: 'command=certify&dryRun=true' });
  const { id: batch } = await imported(server, 'factories', list, { query: 'command=certify' });
  return { event, submission, dryRun, batch };
};

export type Filled = Awaited<ReturnType<typeof fill>>;

/** Every page that there is, and those of its views that differ in what they show. */
export const everyPage = ({ event, submission, dryRun, batch }: Filled): readonly string[] => [
  '/',
  '/?on=2020-12-31',
  '/?view=table',
  '/?wall',
  '/targets/model-factories',
  '/targets/model-factories?view=table&since=2020-01-01',
  '/registers/factories',
  '/registers/plans',
  '/registers/factories/certified',
  '/registers/factories/corrected',
  '/registers/factories/never-recorded',
  '/registers/factories/nominated/certify',
  '/registers/factories/nominated/amend',
  `/registers/factories/corrected/correct?event=${event}`,
  '/registers/factories/corrected/annul',
  '/record/enterprises/enroll',
  '/record/plans/adopt',
  '/search',
  '/search?q=factory',
  '/review',
  `/review?id=${submission}`,
  `/review?import=${batch}`,
  '/imports',
  `/imports/${dryRun}`,
  `/imports/${batch}`,
  '/audit',
  '/audit/compare?otherOn=2020-12-01',
  '/audit/replay/model-factories',
  '/sign-in',
  '/sign-up',
  '/sign-up#token',
  '/account',
  '/admin/accounts',
  '/admin/plans',
  '/registers/no-such-register',
];

/** Opens one of them in a language, and waits until it shows all that it reads. */
export const openOne = async (page: Page, url: string, path: string, lang = 'en'): Promise<void> => {
  const [asked = '', hash] = path.split('#');
  const language = `${asked.includes('?') ? '&' : '?'}lang=${lang}`;
  await page.goto(`${url}${asked}${language}${hash === undefined ? '' : `#${hash}`}`);
  await page.locator('main > *').last().waitFor();
  await isRead(page);
};

/** The paths that the page's router knows, as patterns; all but those that only lead on. */
export const routedPaths = async (): Promise<readonly RegExp[]> => {
  const files = ['router.tsx', 'desk/routes.ts'].map((file) => new URL(`../../web/${file}`, import.meta.url));
  const sources = await Promise.all(files.map((file) => readFile(file, 'utf8')));
  const paths = sources.flatMap((source) =>
    [...source.matchAll(/^ +(?:.*, )?path: '([^']+)'/gm)].map(([, path = '']) => path),
  );
  const leadingOn = ['/registers'];
  return paths
    .filter((path) => !leadingOn.includes(path))
    .map((path) => new RegExp(`^${path.replace(/\$\w+/g, '[^/?#]+')}(?:[?#].*)?$`));
};

/** An office that is filled once for all tests of a file. */
export const test = officeTest.extend('filled', { scope: 'file' }, ({ server, staff }) =>
  fill(server, staff.clerk, staff.reviewer, (key) => `上海市浦东新区康桥工业园区第二数字化示范工厂 ${key}`),
);

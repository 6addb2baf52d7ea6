import { globSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { get, registry } from './command-line.ts';

/** What tests of erasures record, and how they look for it. */

export const panel = '张三丰、李四光评审组';
export const note = '请联系王五先生 “13800138000”\n他知情';
export const title = '王五的来信';
export const reason = '撤销是因为赵六举报的情况属实';

export type Staff = { readonly clerk: string; readonly reviewer: string; readonly auditor: string };

export const staffOf = async (folder: string, environment: Readonly<Record<string, string>> = {}): Promise<Staff> => {
  const token = async (role: string, subject: string) =>
    (await registry(folder, ['token', '--subject', subject, '--role', role], environment)).stdout.trim();
  return {
    clerk: await token('clerk', 'li.wei'),
    reviewer: await token('reviewer', 'wang.fang'),
    auditor: await token('auditor', 'zhao.lei'),
  };
};

// biome-ignore lint/suspicious/noExplicitAny: the answers' shapes are checked where the OpenAPI document is tested
export const post = async (url: string, token: string, body: object, revision?: number): Promise<any> => {
  const headers = {
    authorization: `Bearer ${token}`,
    'content-type': 'application/json',
    ...(revision === undefined ? {} : { 'if-match': `"${revision}"` }),
  };
  const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) });
  if (!response.ok) throw new Error(`${url}: ${response.status} ${await response.text()}`);
  return response.json();
};

/** A factory that a panel assessed, and that two people certified with a note and suspended; the ids of the events. */
export const recordFactory = async (url: string, { clerk, reviewer }: Staff) => {
  const entry = `${url}/api/v1/factories/KangQiao`;
  const of = (answer: { readonly events: readonly { readonly id: string }[] }): string => answer.events[0]?.id ?? '';
  const approve = async (id: string) => of(await post(`${url}/api/v1/submissions/${id}/approve`, reviewer, {}));
  const factory = { name: '康桥数字化工厂', sector: 'automobiles', district: 'pudong' };
  const evidence = [{ title, uri: 'https://example.org/wang-wu' }, { title: '认定文件' }];
  const nominated = of(await post(`${entry}/nominate`, clerk, { effectiveOn: '2020-01-10', ...factory, evidence }));
  const assessed = of(await post(`${entry}/assess`, clerk, { effectiveOn: '2020-02-10', panel, score: 90 }, 0));
  const certificate = { effectiveOn: '2020-12-22', grade: 'demonstration', note };
  const { submission } = await post(`${entry}/certify`, clerk, certificate, 1);
  const certified = await approve(submission.id);
  const suspended = await approve(
    (await post(`${entry}/suspend`, clerk, { effectiveOn: '2021-03-01', reason }, 3)).submission.id,
  );
  return { nominated, assessed, certified, suspended, submission: submission.id as string };
};

/** The files below a folder in which a text stands, as it is or as JSON writes it. */
export const filesWith = (folder: string, text: string): readonly string[] => {
  const forms = [text, JSON.stringify(text).slice(1, -1)].map((form) => Buffer.from(form));
  return globSync('**/*', { cwd: folder })
    .filter((path) => statSync(join(folder, path)).isFile())
    .filter((path) => forms.some((form) => readFileSync(join(folder, path)).includes(form)))
    .sort();
};

type Environment = Readonly<Record<string, string>>;

export const erase = (
  folder: string,
  event: string,
  names: readonly string[],
  environment: Environment = {},
  basis = '本人于 2026-11-20 申请删除',
) => {
  const people = ['--as', 'he.yan', '--approved-by', 'zhao.lei'];
  return registry(folder, ['erase', 'text', event, ...names, '--basis', basis, ...people, '--json'], environment);
};

export const historyOf = async (url: string, token: string) =>
  (await get(`${url}/api/v1/factories/KangQiao/history`, token)).events;

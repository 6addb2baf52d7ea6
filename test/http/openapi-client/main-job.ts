import createClient from 'openapi-fetch';
import type { paths } from './registry.d.ts';

/** The main job by a generated client, without a cast: a file is imported, all of it approved, and the count read. */

const [, , url = '', people = '{}'] = process.argv;
const { clerk, reviewer }: { clerk: string; reviewer: string } = JSON.parse(people);
const client = (token: string) => createClient<paths>({ baseUrl: url, headers: { authorization: `Bearer ${token}` } });

const count = async (): Promise<number> => {
  const { data, error } = await client(clerk).GET('/api/v1/targets', { params: { query: { on: '2020-12-31' } } });
  if (error !== undefined) throw new Error(error.detail);
  return data.targets.find(({ id }) => id === 'model-factories')?.count ?? 0;
};

/** The import, once all of it is done: recorded, or decided. */
const finished = async (id: string, decisions: number) => {
  for (;;) {
    const { data, error } = await client(clerk).GET('/api/v1/imports/{id}', { params: { path: { id } } });
    if (error !== undefined) throw new Error(error.detail);
    if (typeof data === 'string') throw new Error('a stream of events was not asked for');
    const { state, decisions: decided } = data.import;
    if (state === 'failed') throw new Error(data.import.problem?.detail);
    if (state === 'finished' && decided.filter((each) => each.state === 'finished').length === decisions)
      return data.import;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
};

const before = await count();
const file = new Blob([
  '厂名,编号,行业,区,认定日期,等级\n康桥数字化工厂,kangqiao-digital,汽车,浦东新区,2020-12-22,示范\n',
]);
const started = await client(clerk).POST('/api/v1/imports/factories', {
  params: { query: { command: 'certify', dryRun: true } },
  body: { file, 'map.HEADER': 'name', 'set.certificateNo': '沪智造〔2020〕1 号' },
  bodySerializer: (body) => {
    const form = new FormData();
    for (const [name, value] of Object.entries(body)) form.set(name.replace('HEADER', '厂名'), value);
    return form;
  },
});
if (started.error !== undefined) throw new Error(started.error.detail);
const path = { id: started.data.import.id };
const { columns } = await finished(path.id, 0);
const rows = await client(clerk).GET('/api/v1/imports/{id}/rows', {
  params: { path, query: { outcome: 'submitted' } },
});
if (rows.error !== undefined) throw new Error(rows.error.detail);
const tried = { first: columns?.[0]?.field, moves: rows.data.items[0]?.impact?.map(({ target }) => target).sort() };
const run = await client(clerk).POST('/api/v1/imports/{id}/run', { params: { path }, body: {} });
if (run.error !== undefined) throw new Error(run.error.detail);
const { id } = run.data.import;
const { recorded, submitted } = await finished(id, 0);
const approved = await client(reviewer).POST('/api/v1/imports/{id}/approve', { params: { path: { id } }, body: {} });
if (approved.error !== undefined) throw new Error(approved.error.detail);
await finished(id, 1);

const again = await client(clerk).POST('/api/v1/factories/{key}/nominate', {
  params: { path: { key: 'kangqiao-digital' }, header: { 'if-match': '"1"' } },
  body: {
    effectiveOn: '2021-01-10',
    name: '康桥数字化工厂',
    sector: 'automobiles',
    district: 'pudong',
  },
});
const refused =
  again.error?.type === '/problems/transition-not-allowed'
    ? { entryStatus: again.error.entryStatus, allowed: again.error.allowed }
    : again.error;
process.stdout.write(JSON.stringify({ before, tried, recorded, submitted, after: await count(), refused }));

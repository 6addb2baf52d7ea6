import { expect } from 'vitest';
import { csv, imported } from '../imports/spreadsheet.ts';
import { enrolment, factory, test as officeTest, submitCertificate, uscc } from './office.ts';

const test = officeTest;

test('a steel mill, outside of the plan’s six sectors, is enrolled, listed and counted under other', async ({
  server,
  staff,
}) => {
  const body = { ...enrolment, name: '宝山钢铁股份有限公司', sector: 'other' };
  expect((await server.post(`/api/v1/enterprises/${uscc}/enroll`, body, { token: staff.clerk })).status).toBe(201);
  const { json } = await server.get('/api/v1/enterprises?sector=other');
  expect(json.items.map(({ key }: { key: string }) => key)).toEqual([uscc]);
  const id = await submitCertificate(server, staff.clerk, 'mill', { ...factory, sector: 'other' });
  await server.post(`/api/v1/submissions/${id}/approve`, undefined, { token: staff.reviewer });
  const { json: breakdown } = await server.get('/api/v1/breakdown?by=sector');
  const cells = breakdown.targets.find(({ id }: { id: string }) => id === 'model-factories').cells;
  expect(cells).toEqual([{ sector: 'other', count: 1 }]);
});

test('a list may call it 其他 or Other', async ({ server }) => {
  const rows = ['其他', '其它', 'Other', 'other'].map((sector, row) => [
    `o${row}`,
    `${row}厂`,
    sector,
    '宝山',
    '2020-01-10',
  ]);
  const done = await imported(server, 'factories', csv(['编号', '工厂名称', '行业', '区', '推荐日期'], ...rows));
  expect(done).toMatchObject({ recorded: 4, refused: 0 });
});

test('a plan may name it, or have a target of it', async ({ server, staff }) => {
  const title = { zh: '其他行业', en: 'Other sectors' };
  const target = { id: 'mills', title, measure: 'factories.certified', goal: null, sector: 'other' };
  const plan = {
    title,
    from: '2021-01-01',
    to: '2021-12-31',
    sectors: ['other'],
    core: 'x',
    belt: [],
    targets: [target],
  };
  const body = { effectiveOn: '2021-01-01', ...plan };
  const { status } = await server.post('/api/v1/plans/mills/adopt?dryRun=true', body, { token: staff.admin });
  expect(status).toBe(200);
});

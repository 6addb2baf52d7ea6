import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, expect, vi } from 'vitest';
import { enrolment, test, uscc } from '../http/office.ts';
import { launch, needsChromium, violationsOn } from './chromium.ts';
import { openDesk } from './staff.ts';

vi.setConfig({ testTimeout: 120_000 }); // whole jobs in a browser, and the first waits for the build

let browser: Browser | undefined;
beforeAll(async () => {
  browser = await launch();
});
afterAll(() => browser?.close());
beforeEach(needsChromium);

const clerk = { name: 'li.wei', roles: ['clerk'] } as const;
const field = (page: Page, name: string) => page.getByLabel(name, { exact: true });
const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true });
const fill = async (page: Page, values: Readonly<Record<string, string>>) => {
  for (const [name, value] of Object.entries(values)) await page.getByRole('textbox', { name }).fill(value);
};

test('a clerk enrols, nominates and submits a certification, and the number moves once a reviewer approves', async ({
  server,
  staff,
}) => {
  const { page, complaints, close } = await openDesk(browser, server, clerk);
  await page.goto(`${server.url}/record/enterprises/enroll?lang=zh`);
  await fill(page, { 统一社会信用代码: uscc, 生效日期: '2019年7月1日', 企业名称: enrolment.name });
  await field(page, '行业').selectOption({ label: '高端装备' });
  await field(page, '区').selectOption({ label: '徐汇区' });
  await page.getByText('没有目标数字变动').waitFor();
  expect(await page.getByRole('textbox', { name: '生效日期' }).inputValue()).toBe('2019-07-01');
  await button(page, '登记').click();
  await page.getByRole('heading', { name: '已登记' }).waitFor();
  expect((await server.get(`/api/v1/enterprises/${uscc}`)).json).toMatchObject({
    status: 'enrolled',
    name: enrolment.name,
    sector: 'high-end-manufacturing',
    district: 'xuhui',
  });

  await page.goto(`${server.url}/record/factories/nominate?lang=zh`);
  await fill(page, { 编号: 'kangqiao', 生效日期: '2020/1/10', 工厂名称: '康桥数字化工厂' });
  const enterprise = page.getByRole('combobox', { name: '企业代码' });
  await enterprise.fill('上海电气');
  await page.getByRole('option', { name: enrolment.name }).click();
  expect(await enterprise.inputValue()).toBe(uscc);
  await page.getByText(`已选：${enrolment.name}`).waitFor();
  await field(page, '行业').selectOption({ label: '汽车' });
  await field(page, '区').selectOption({ label: '浦东新区' });
  await button(page, '登记').click();
  await page.getByRole('link', { name: '查看登记项' }).click();
  await page.getByRole('heading', { name: '康桥数字化工厂' }).waitFor();

  await page.goto(`${server.url}/registers/factories/kangqiao/certify?lang=zh`);
  await fill(page, { 生效日期: '20201222' });
  await field(page, '等级').selectOption({ label: '示范' });
  await page.getByText('1 个目标数字将变动').waitFor();
  const outcome = page.getByRole('region', { name: '办理结果预览' });
  expect(await outcome.innerText()).toMatch(
    /示范性智能工厂\s+2021-06-15\s+0\s+1 \+1\s+示范性智能工厂\s+2021-12-31\s+0\s+1 \+1/,
  );
  expect(await outcome.innerText()).toContain('示范性智能工厂，汽车，浦东新区');
  expect(await violationsOn(page)).toEqual([]);
  await button(page, '提交复核').click();
  await page.getByRole('heading', { name: '已提交复核' }).waitFor();

  const { json } = await server.get('/api/v1/submissions?status=pending', { token: staff.reviewer });
  expect(json.items).toMatchObject([{ key: 'kangqiao', command: 'certify', by: expect.stringMatching(/^p-/) }]);
  const approved = await server.post(`/api/v1/submissions/${json.items[0].id}/approve`, {}, { token: staff.reviewer });
  expect(approved.status, approved.text).toBe(201);
  await page.getByRole('link', { name: '查看登记项' }).click();
  await page.getByText('已认定').waitFor();
  expect(complaints).toEqual([]);
  await close();
});

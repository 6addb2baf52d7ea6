import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, expect, vi } from 'vitest';
import { certificate, nominate, seen, test } from '../http/office.ts';
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
const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true });
const outcome = (page: Page) => page.getByRole('region', { name: 'What will happen' });

test('a clerk corrects a fact beside what it said, and annuls another; what moves a number waits for a second person', async ({
  server,
  staff,
}) => {
  await nominate(server, staff.clerk, 'corrected');
  const given = { token: staff.clerk, headers: seen(0) };
  const { json: submitted } = await server.post('/api/v1/factories/corrected/certify', certificate, given);
  await server.post(`/api/v1/submissions/${submitted.submission.id}/approve`, {}, { token: staff.reviewer });
  const { page, complaints, close } = await openDesk(browser, server, clerk);
  await page.goto(`${server.url}/registers/factories/corrected?lang=en`);
  await page.getByText('Makes it count').waitFor();
  await page.getByRole('region', { name: 'Counts toward' }).getByRole('link', { name: /Model/ }).waitFor();
  expect(await violationsOn(page)).toEqual([]);

  await page.getByRole('link', { name: 'Correct Nominate 2020-01-10' }).click();
  const name = page.getByRole('textbox', { name: 'Name', exact: true });
  await expect.poll(() => name.inputValue()).toBe('康桥数字化工厂');
  await name.fill('康桥智能工厂');
  await page.getByRole('textbox', { name: 'Reason' }).fill('抄录有误');
  await outcome(page).getByText('Recorded at once', { exact: true }).waitFor();
  expect(await page.getByText('康桥数字化工厂').first().isVisible()).toBe(true);
  await button(page, 'Record').click();
  await page.getByRole('link', { name: 'Show the entry' }).click();
  await page.getByRole('heading', { level: 1, name: '康桥智能工厂' }).waitFor();
  const { json } = await server.get('/api/v1/factories/corrected/history', { token: staff.clerk });
  expect(json.events.at(-1)).toMatchObject({
    type: 'EventCorrected',
    data: { data: { name: '康桥智能工厂' }, reason: '抄录有误' },
  });

  await page.getByRole('link', { name: 'Annul Certify 2020-12-22' }).click();
  await page.getByRole('checkbox', { name: /Certify/ }).waitFor();
  expect(await page.getByRole('checkbox', { name: /Certify/ }).isChecked()).toBe(true);
  expect(await page.getByRole('checkbox', { name: /Nominate/ }).isChecked()).toBe(false);
  await page.getByRole('textbox', { name: 'Reason' }).fill('重复登记');
  await outcome(page).getByText('1 number moves', { exact: true }).waitFor();
  expect(await outcome(page).innerText()).toMatch(/1\s+0 −1/);
  await button(page, 'Submit for review').click();
  await page.getByRole('heading', { name: 'Submitted for review' }).waitFor();
  expect((await server.get('/api/v1/factories/corrected')).json.status).toBe('certified');
  expect(complaints).toEqual([]);
  await close();
});

test.for([
  { side: 'Keep mine', name: '我的名称', district: 'jiading' },
  { side: 'Take theirs', name: '他人的名称', district: 'jiading' },
])(
  'if somebody else has changed the entry meanwhile, a clerk sees what they did and may $side',
  async (chosen, { server, staff }) => {
    const key = chosen.side === 'Keep mine' ? 'keeps' : 'takes';
    await nominate(server, staff.clerk, key);
    const { page, complaints, close } = await openDesk(browser, server, clerk);
    await page.goto(`${server.url}/registers/factories/${key}/amend?lang=en`);
    await page.getByRole('textbox', { name: 'Effective date' }).fill('2020-05-01');
    await page.getByRole('textbox', { name: 'Name', exact: true }).fill('我的名称');
    await page.getByLabel('District', { exact: true }).selectOption('jiading');
    await outcome(page).getByText('Recorded at once', { exact: true }).waitFor();
    const other = await server.post(
      `/api/v1/factories/${key}/amend`,
      { effectiveOn: '2020-03-01', name: '他人的名称', operator: '某公司' },
      { token: staff.colleague, headers: seen(0) },
    );
    expect(other.status, other.text).toBe(201);

    await button(page, 'Record').click();
    const conflict = page.getByRole('region', { name: 'Somebody else has changed this entry since you began' });
    await conflict.getByText('Keep mine').waitFor();
    const text = await conflict.innerText();
    expect(text).toContain('Amend 2020-03-01');
    expect(text).toContain('Name: 他人的名称');
    expect(text).toContain('Operator: 某公司');
    expect(text).toContain('When you began: 康桥数字化工厂');
    expect(await conflict.getByRole('radio').count()).toBe(2); // the district is mine alone
    expect(await violationsOn(page)).toEqual([]);
    await button(page, 'Go on with these choices').click();
    await conflict.getByRole('alert').waitFor();
    await conflict.getByRole('radio', { name: chosen.side }).check();
    // News of anything else is read, and takes away nothing that was chosen.
    const read = page.waitForResponse((response) => response.url().includes('/history'));
    await nominate(server, staff.clerk, `${key}-elsewhere`);
    await read;
    expect(await conflict.getByRole('radio', { name: chosen.side }).isChecked()).toBe(true);
    await button(page, 'Go on with these choices').click();
    await conflict.waitFor({ state: 'hidden' }); // what stands below it moves up
    await outcome(page).getByText('Recorded at once', { exact: true }).waitFor();
    await button(page, 'Record').click();
    await page.getByRole('heading', { name: 'Recorded' }).waitFor();
    expect((await server.get(`/api/v1/factories/${key}`)).json).toMatchObject({
      name: chosen.name,
      district: chosen.district,
      operator: '某公司',
    });
    expect(complaints).toEqual([]);
    await close();
  },
);

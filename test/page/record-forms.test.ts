import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, vi } from 'vitest';
import { enrolment, nominate, test, uscc } from '../http/office.ts';
import { faultsOn, isRead, launch, looks, needsChromium, openPage, overflows, violationsOn } from './chromium.ts';
import { openDesk } from './staff.ts';

vi.setConfig({ testTimeout: 120_000 }); // whole jobs in a browser, and the first waits for the build

let browser: Browser | undefined;
beforeAll(async () => {
  browser = await launch();
});
afterAll(() => browser?.close());
beforeEach(needsChromium);

const clerk = { name: 'li.wei', roles: ['clerk'] } as const;
const admin = { name: 'he.yan', roles: ['admin'] } as const;
const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true });
const text = (page: Page, name: string) => page.getByRole('textbox', { name, exact: true });
const outcome = (page: Page) => page.getByRole('region', { name: 'What will happen' });
const focused = (page: Page) => page.evaluate(() => document.activeElement?.getAttribute('aria-label') ?? '');
/** What is said at a control. */
const fault = async (page: Page, name: string) => {
  const ids = (await text(page, name).getAttribute('aria-describedby')) ?? '';
  return page
    .locator(
      ids
        .split(' ')
        .map((id) => `[id="${id}"]`)
        .join(','),
    )
    .allInnerTexts();
};

test('every fault stands at its field as it is typed, what is missing is listed, and the button leads to the first', async ({
  server,
}) => {
  const { page, complaints, close } = await openDesk(browser, server, clerk);
  await page.goto(`${server.url}/record/factories/nominate?lang=en`);
  await text(page, 'Effective date').fill('2031/1/2');
  await text(page, 'Key').fill('no key/');
  await page.getByText('This is not a valid Key; write it like kangqiao-digital').waitFor();
  await text(page, 'Key').fill('faulty');
  await page.getByText('This key is not on record yet').waitFor();
  await expect
    .poll(() => fault(page, 'Effective date'))
    .toContainEqual(expect.stringMatching(/not be later than today/));
  expect(await text(page, 'Effective date').getAttribute('aria-invalid')).toBe('true');
  expect(await text(page, 'Name').getAttribute('aria-invalid')).toBe(null);
  await outcome(page).getByText('3 fields are still missing').first().waitFor();
  await outcome(page).getByRole('button', { name: 'District' }).click();
  expect(await page.getByLabel('District', { exact: true }).evaluate((each) => each === document.activeElement)).toBe(
    true,
  );
  await button(page, 'Check').click();
  await expect.poll(() => text(page, 'Effective date').evaluate((each) => each === document.activeElement)).toBe(true);
  await expect.poll(() => fault(page, 'Name')).toEqual(['Required']);
  await button(page, 'Add a document').click();
  await page.getByRole('textbox', { name: 'Web address optional' }).fill('ftp://x');
  await page.getByText('Must be a web address (http or https)').waitFor();
  expect((await server.get('/api/v1/factories/faulty')).status).toBe(404);
  expect(complaints).toEqual([]);
  await close();
});

test('nothing in a form moves when a fault appears, and the fault stands where the hint stood', async ({ server }) => {
  for (const width of [1280, 360]) {
    const look = { width, scheme: 'light', lang: 'en' } as const;
    const { page, close } = await openDesk(browser, server, { name: 'li.wei', roles: ['clerk'], look });
    await page.goto(`${server.url}/record/factories/nominate?lang=en`);
    await text(page, 'Key').fill('unmoved');
    await page.getByText('This key is not on record yet').waitFor();
    const topOf = async (label: string) => (await page.getByLabel(label, { exact: true }).boundingBox())?.y;
    const tops = () => Promise.all(['Effective date', 'Sector', 'Note optional'].map(topOf));
    const before = await tops();
    await text(page, 'Effective date').fill('9999-01-01');
    await text(page, 'Name').focus();
    await page.keyboard.press('Tab');
    await expect.poll(() => fault(page, 'Name')).toEqual(['Required']);
    await expect.poll(() => fault(page, 'Effective date')).toContainEqual(expect.stringMatching(/later than today/));
    expect([width, ...(await tops())]).toEqual([width, ...before]);
    await close();
  }
});

test('a code that fails its check is said at the key, and is taken once it is confirmed with a document', async ({
  server,
}) => {
  const { page, complaints, close } = await openDesk(browser, server, clerk);
  await page.goto(`${server.url}/record/enterprises/enroll?lang=en`);
  await text(page, 'Unified Social Credit Code').fill('913100001322602501');
  await text(page, 'Effective date').fill('2019-07-01');
  await text(page, 'Name').fill('校验位不符的企业');
  await page.getByLabel('Sector', { exact: true }).selectOption('automobiles');
  await page.getByLabel('District', { exact: true }).selectOption('pudong');
  await expect.poll(() => fault(page, 'Unified Social Credit Code')).toContainEqual(expect.stringMatching(/check/i));
  await page.getByLabel('Code confirmed optional').selectOption('yes');
  await button(page, 'Add a document').click();
  await text(page, 'Document').fill('营业执照');
  await outcome(page).getByText('Recorded at once', { exact: true }).waitFor();
  expect(await fault(page, 'Unified Social Credit Code')).toEqual(['Such as 91310000132260250X']);
  expect(complaints).toEqual([]);
  await close();
});

test('who goes on typing while a form is checked is not taken to another field by the answer', async ({ server }) => {
  const { page, complaints, close } = await openDesk(browser, server, clerk);
  await page.goto(`${server.url}/record/factories/nominate?lang=en`);
  await text(page, 'Key').fill('goes-on');
  await page.getByText('This key is not on record yet').waitFor();
  const asked = new Promise<void>((resolve) => {
    void page.route('**/nominate?dryRun=true', () => resolve()); // an answer that takes its time
  });
  await button(page, 'Check').click();
  await asked;
  const operator = page.getByLabel('Operator optional');
  await operator.focus();
  await page.unrouteAll();
  await page.keyboard.type('某公司');
  await expect.poll(() => fault(page, 'Effective date')).toContainEqual('Required');
  expect(await operator.evaluate((each) => each === document.activeElement)).toBe(true);
  expect(await operator.inputValue()).toBe('某公司');
  expect(complaints).toEqual([]);
  await close();
});

test('the keyboard alone records: names by arrows, days in the calendar, the button by Enter', async ({
  server,
  staff,
}) => {
  await server.post(`/api/v1/enterprises/${uscc}/enroll`, enrolment, { token: staff.clerk });
  const { page, complaints, close } = await openDesk(browser, server, clerk);
  await page.goto(`${server.url}/record/factories/nominate?lang=en`);
  await text(page, 'Key').focus();
  const { keyboard } = page;
  await keyboard.type('by-keys');
  await keyboard.press('Tab');
  await keyboard.press('Tab');
  expect(await focused(page)).toBe('Choose in a calendar: Effective date');
  await keyboard.press('Enter');
  const days = page.getByRole('grid');
  await days.waitFor();
  expect(await days.getByRole('columnheader', { includeHidden: true }).allInnerTexts()).toEqual([
    'M',
    'T',
    'W',
    'T',
    'F',
    'S',
    'S',
  ]);
  expect(await focused(page)).toMatch(/15 June 2021/);
  await keyboard.press('ArrowRight'); // tomorrow cannot be chosen
  expect(await focused(page)).toMatch(/15 June 2021/);
  await page.getByRole('combobox', { name: 'Year' }).focus();
  await keyboard.type('2020');
  await page.getByRole('combobox', { name: 'Month' }).focus();
  await keyboard.type('Jan');
  await page.getByRole('button', { name: /15 January 2020/ }).focus();
  await keyboard.press('ArrowUp');
  await keyboard.press('Enter');
  await expect.poll(() => text(page, 'Effective date').inputValue()).toBe('2020-01-08');
  await text(page, 'Name').focus();
  await keyboard.type('键盘工厂');
  await keyboard.press('Tab');
  await keyboard.type('上海电气');
  await page.getByRole('option', { name: enrolment.name }).waitFor();
  await keyboard.press('ArrowDown');
  await keyboard.press('Enter');
  await expect.poll(() => page.getByRole('combobox', { name: 'Enterprise' }).inputValue()).toBe(uscc);
  await page.getByLabel('Sector', { exact: true }).focus();
  await keyboard.type('Auto');
  await keyboard.press('Tab');
  await keyboard.type('Pudong');
  await button(page, 'Record').focus();
  await keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Recorded' }).waitFor();
  expect(await page.evaluate(() => document.activeElement?.textContent)).toBe('Recorded');
  expect((await server.get('/api/v1/factories/by-keys')).json).toMatchObject({ enterprise: uscc, district: 'pudong' });
  expect(complaints).toEqual([]);
  await close();
});

const hostile = ['<img src=x onerror="document.title=1">', '长'.repeat(500), '=HYPERLINK("http://127.0.0.1:1/","x")'];

test('hostile names are text in forms, in what they offer and in what others did', async ({ server, staff }) => {
  for (const [index, name] of hostile.entries()) await nominate(server, staff.clerk, `hostile-${index}`, { name });
  for (const [index, name] of hostile.entries()) {
    const { page, complaints, close } = await openDesk(browser, server, {
      ...clerk,
      look: { width: 360, scheme: 'light', lang: 'en' },
    });
    for (const path of ['', '/amend', '/assess']) {
      await page.goto(`${server.url}/registers/factories/hostile-${index}${path}?lang=en`);
      await page.getByText(name).first().waitFor();
      expect(await page.locator('main img, main script').count()).toBe(0);
      expect(await overflows(page), path).toBe(false);
    }
    expect(await page.title()).toBe('Upgrade Registry');
    expect(complaints).toEqual([]);
    await close();
  }
});

test('a tenth register has its list, its form and its entry page without a line of the page', async ({ server }) => {
  const { page, complaints, close } = await openDesk(browser, server, clerk);
  const title = { zh: '绿色园区', en: 'Green parks' };
  await page.route('**/api/v1/registers', async (route) => {
    const response = await route.fetch();
    const { registers } = await response.json();
    const like = registers.find(({ name }: { name: string }) => name === 'factories');
    const [first, ...others] = like.commands;
    const opens = { ...first, title: { zh: '开园', en: 'Open' } };
    const parks = { ...like, name: 'parks', title, commands: [opens, ...others] };
    await route.fulfill({ response, json: { registers: [...registers, parks] } });
  });
  // What the page asks of parks, the register of factories answers.
  await page.route(/\/api\/v1\/parks\b/, async (route) => {
    const response = await route.fetch({ url: route.request().url().replace('/parks', '/factories') });
    const body = (await response.text()).replaceAll('"register":"factories"', '"register":"parks"');
    await route.fulfill({ response, body });
  });
  await page.goto(`${server.url}/registers/parks?lang=en`);
  await page.getByRole('link', { name: 'Record: Open' }).click();
  await page.getByRole('heading', { level: 1, name: 'Open' }).waitFor();
  await text(page, 'Key').fill('park-one');
  await text(page, 'Effective date').fill('2020-02-01');
  await text(page, 'Name').fill('一号园');
  await page.getByLabel('Sector', { exact: true }).selectOption('automobiles');
  await page.getByLabel('District', { exact: true }).selectOption('pudong');
  await button(page, 'Record').click();
  await page.getByRole('link', { name: 'Show the entry' }).click();
  await page.getByRole('heading', { level: 1, name: '一号园' }).waitFor();
  expect(new URL(page.url()).pathname).toBe('/registers/parks/park-one');
  await page.getByRole('link', { name: 'Assess', exact: true }).click();
  await page.getByRole('heading', { level: 1, name: 'Assess' }).waitFor();
  expect(complaints).toEqual([]);
  await close();
});

test('an administrator submits a plan and another goal; neither holds until a second person approves', async ({
  server,
  staff,
}) => {
  const { page, complaints, close } = await openDesk(browser, server, admin);
  await page.goto(`${server.url}/admin/plans?lang=en`);
  await page.getByRole('link', { name: /^Revise the target “Model/ }).click();
  await text(page, 'Effective date').fill('2021-06-01');
  await expect.poll(() => page.getByLabel('Target', { exact: true }).inputValue()).toBe('model-factories');
  await text(page, 'At least').fill('120');
  await button(page, 'Submit for review').click();
  await page.getByRole('heading', { name: 'Submitted for review' }).waitFor();

  await page.goto(`${server.url}/admin/plans?lang=en`);
  await page.getByRole('link', { name: 'Submit a new plan' }).click();
  await text(page, 'Key').fill('shanghai-2022-2024');
  await text(page, 'Effective date').fill('2021-06-01');
  const titles = page.getByRole('group', { name: 'Title' }).first();
  await titles.getByLabel('Chinese').fill('下一个行动计划');
  await titles.getByLabel('English').fill('The next plan');
  await text(page, 'From').fill('2022-01-01');
  await text(page, 'To').fill('2024-12-31');
  // By keys: a fault that the check tells meanwhile may move what a pointer is about to click.
  await page.getByRole('group', { name: 'Sectors' }).getByRole('checkbox', { name: 'Biomedicine' }).press('Space');
  await text(page, 'Core').fill('lingang');
  await page
    .getByRole('group', { name: 'Belt' })
    .getByRole('checkbox', { name: /Minhang/ })
    .press('Space');
  await button(page, 'Add a target').click();
  const target = page.getByRole('group', { name: 'Item 1' });
  await target.getByLabel('Target ID').fill('factories');
  await target.getByLabel('Title (Chinese)').fill('工厂');
  await target.getByLabel('Title (English)').fill('Factories');
  await target.getByLabel('Measure').selectOption('factories.certified');
  await target.getByLabel('At least').fill('30');
  await target.getByLabel('At most').fill('20');
  await page.getByText('The maximum must not be less than the minimum').waitFor();
  await target.getByLabel('At most').fill('40');
  expect(await violationsOn(page)).toEqual([]);
  await button(page, 'Submit for review').click();
  await page.getByRole('heading', { name: 'Submitted for review' }).waitFor();
  const { json } = await server.get('/api/v1/submissions?register=plans&status=pending', { token: staff.auditor });
  expect(json.items.map(({ command }: { command: string }) => command)).toEqual(['revise', 'adopt']);
  expect(json.items[1].body).toMatchObject({
    sectors: ['biomedicine'],
    belt: ['minhang'],
    targets: [{ id: 'factories', measure: 'factories.certified', goal: { min: 30, max: 40 } }],
  });
  expect(complaints).toEqual([]);
  await close();
});

test('who is not signed in, or lacks the role, is told so and sees no form', async ({ server }) => {
  const anyone = await openPage(browser);
  await anyone.page.goto(`${server.url}/record/factories/nominate?lang=en`);
  await anyone.page.getByText('This page needs you to sign in').waitFor();
  expect(await anyone.page.getByRole('textbox', { name: 'Key' }).count()).toBe(0);
  await anyone.page.goto(`${server.url}/registers/factories?lang=en`);
  await anyone.page.getByRole('heading', { level: 1 }).waitFor();
  expect(await anyone.page.getByRole('link', { name: /^Record: / }).count()).toBe(0);
  expect(anyone.complaints).toEqual([]);
  await anyone.close();
  const { page, complaints, close } = await openDesk(browser, server, { name: 'zhao.lei', roles: ['auditor'] });
  await page.goto(`${server.url}/record/factories/nominate?lang=en`);
  await page.getByText(/role that you do not have: clerk/i).waitFor();
  await page.goto(`${server.url}/record/plans/adopt?lang=en`);
  await page.getByText(/role that you do not have: administrator/i).waitFor();
  await page.goto(`${server.url}/registers/factories/x/no-such-command?lang=en`);
  await page.getByText('There is no such command').waitFor();
  expect(complaints).toEqual([]);
  await close();
});

describe.for(looks)('at $width px, $scheme, $lang', (look) => {
  test('axe finds no fault in forms, with calendar and names open, and nothing is wider than the window', async ({
    server,
    staff,
  }) => {
    const key = `look-${look.scheme}-${look.width}`;
    await nominate(server, staff.clerk, key);
    const { page, complaints, close } = await openDesk(browser, server, {
      name: 'all.roles',
      roles: ['clerk', 'admin'],
      look,
    });
    const check = async (what: string) => {
      expect(await faultsOn(page, look), what).toEqual([]);
    };
    await page.goto(`${server.url}/record/factories/nominate?lang=${look.lang}`);
    await button(page, look.lang === 'zh' ? '核对' : 'Check').click();
    await page.getByRole('combobox', { name: /企业代码|Enterprise/ }).fill('no such entry');
    await page.getByRole('listbox').waitFor();
    await check('names');
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: /在日历中选择：生效日期|Choose in a calendar: Effective/ }).click();
    await page.getByRole('grid').waitFor();
    await check('calendar');
    for (const path of [
      `/registers/factories/${key}/amend`,
      `/registers/factories/${key}`,
      '/record/plans/adopt',
      '/admin/plans',
    ]) {
      await page.goto(`${server.url}${path}?lang=${look.lang}`);
      await page.getByRole('heading', { level: 1 }).waitFor();
      await isRead(page);
      await check(path);
    }
    expect(complaints).toEqual([]);
    await close();
  });
});

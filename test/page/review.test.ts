import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, expect, vi } from 'vitest';
import { factory, nominate, test as officeTest, seen, submitCertificate } from '../http/office.ts';
import type { TestServer } from '../http/server.ts';
import { addAccount, ownPage, password } from '../http/signing-in.ts';
import { desk, faultsOn, isRead, type Look, launch, looks, needsChromium, openPage, overflows } from './chromium.ts';
import { openDesk } from './staff.ts';

vi.setConfig({ testTimeout: 120_000 }); // the first test waits for the page to be built

let browser: Browser | undefined;
beforeAll(async () => {
  browser = await launch();
});
afterAll(() => browser?.close());
beforeEach(needsChromium);

const test = officeTest.extend('clerk', { scope: 'file' }, async ({ server }) => {
  const { subject } = await addAccount(server, 'Li Wei', 'clerk');
  return { subject, token: await server.token('clerk', subject) };
});

const reviewer = { name: 'Wang Fang', roles: ['reviewer'] } as const;
const queueOf = (server: TestServer, query = '') => `${server.url}/review?lang=en${query}`;
const item = (page: Page, name: string) =>
  page.getByRole('region', { name: 'Submissions' }).getByRole('link', { name });
const title = (page: Page) => page.locator('article h2');
const focused = (page: Page) => page.evaluate(() => document.activeElement?.textContent ?? '');
const submitted = (server: TestServer, token: string, key: string, name: string) =>
  submitCertificate(server, token, key, { name });

test('a reviewer approves, and the public dashboard in another window moves its number without a reload', async ({
  server,
  clerk,
}) => {
  await submitted(server, clerk.token, 'live-1', '实时工厂');
  const open = await openPage(browser);
  await open.page.goto(`${server.url}/?lang=en&plan=shanghai-2019-2021`);
  const card = open.page
    .getByRole('listitem')
    .filter({ has: open.page.getByRole('link', { name: /Model \(demonstration\)/ }) });
  await expect.poll(() => card.innerText()).toMatch(/factories\s+0\s/);
  const desk = await openDesk(browser, server, reviewer);
  await desk.page.goto(queueOf(server));
  await item(desk.page, '实时工厂').click();
  await expect.poll(() => title(desk.page).innerText()).toBe('实时工厂');
  const article = desk.page.getByRole('article');
  await expect.poll(() => article.innerText()).toMatch(/Submitted by\s+Li Wei/);
  const text = await article.innerText();
  expect(text).toMatch(/Grade\s+nothing\s+Demonstration/);
  expect(text).toMatch(/Model \(demonstration\) factories\s+2021-12-31\s+0\s+1 \+1/);
  expect(text).toMatch(/2020-12-22\s+nothing\s+Model factories, Automobiles, Pudong New Area, Belt/);
  expect(await article.getByRole('link', { name: /Open the entry/ }).getAttribute('href')).toContain(
    '/registers/factories/live-1',
  );
  await article.getByRole('button', { name: 'Approve', exact: true }).click();
  await expect.poll(() => desk.page.getByText('Approved: 实时工厂.').count()).toBe(1);
  await expect.poll(() => card.innerText()).toMatch(/factories\s+1\s/);
  expect(await item(desk.page, '实时工厂').count()).toBe(0);
  expect([...desk.complaints, ...open.complaints]).toEqual([]);
  await desk.close();
  await open.close();
});

test('a reviewer returns with a reason, which the clerk reads', async ({ server, clerk }) => {
  const id = await submitted(server, clerk.token, 'back-1', '退回工厂');
  const desk = await openDesk(browser, server, reviewer);
  await desk.page.goto(queueOf(server, `&id=${encodeURIComponent(id)}`));
  await desk.page.getByRole('button', { name: 'Return', exact: true }).click();
  const reason = desk.page.getByRole('textbox', { name: 'Reason for returning it' });
  expect(await desk.page.getByRole('button', { name: 'Return', exact: true }).isDisabled()).toBe(true);
  await reason.fill('证书编号有误');
  await desk.page.getByRole('button', { name: 'Return', exact: true }).click();
  await expect.poll(() => desk.page.getByText('Returned: 退回工厂.').count()).toBe(1);

  const own = await openDesk(browser, server, { name: 'Li Wei', roles: ['clerk'] });
  await own.page.goto(queueOf(server, '&status=returned'));
  await expect
    .poll(() => item(own.page, '退回工厂').innerText())
    .toMatch(/Returned by Wang Fang\s+2021-06-15 12:00\s+证书编号有误/);
  await item(own.page, '退回工厂').click();
  await expect.poll(() => own.page.getByRole('article').innerText()).toMatch(/Reason for returning it\s+证书编号有误/);
  expect(await own.page.getByRole('button', { name: 'Approve', exact: true }).count()).toBe(0);
  expect([...desk.complaints, ...own.complaints]).toEqual([]);
  await desk.close();
  await own.close();
});

test('one’s own submission is greyed out with the reason, and can be withdrawn', async ({ server }) => {
  const desk = await openDesk(browser, server, reviewer);
  const { subject } = server.registry.people.accounts.named(reviewer.name) ?? { subject: '' };
  const id = await submitted(server, await server.token('reviewer', subject), 'own-1', '自家工厂');
  await desk.page.goto(queueOf(server, `&id=${encodeURIComponent(id)}`));
  const approve = desk.page.getByRole('button', { name: 'Approve', exact: true });
  await expect.poll(() => approve.isDisabled()).toBe(true);
  const why = await approve.getAttribute('aria-describedby');
  expect(await desk.page.locator(`#${why}`).innerText()).toContain('Another person must review what you submitted');
  expect(await item(desk.page, '自家工厂').innerText()).toContain('yours');
  await desk.page.keyboard.press('a');
  await desk.page.keyboard.press('r');
  expect(await desk.page.getByRole('textbox', { name: 'Reason' }).count()).toBe(0);
  await desk.page.getByRole('button', { name: 'Withdraw', exact: true }).click();
  await desk.page.getByRole('button', { name: 'Withdraw', exact: true }).click();
  await expect.poll(() => desk.page.getByText('Withdrawn: 自家工厂.').count()).toBe(1);
  await desk.page.goto(queueOf(server, '&status=withdrawn'));
  await expect.poll(() => item(desk.page, '自家工厂').innerText()).toContain('Withdrawn by Wang Fang');
  expect(desk.complaints).toEqual([]);
  await desk.close();
});

test('the keyboard alone does the reviewer’s whole job, and single keys can be switched off', async ({
  server,
  clerk,
}) => {
  const names = ['键盘一厂', '键盘二厂', '键盘三厂', '键盘四厂'];
  for (const [index, name] of names.entries()) await submitted(server, clerk.token, `keys-${index}`, name);
  const { page, complaints, close } = await openDesk(browser, server, { name: 'Chen Jie', roles: ['reviewer'] });
  await page.goto(queueOf(server, '&whose=others&register=factories'));
  const press = (key: string) => page.keyboard.press(key);
  await item(page, names[0] ?? '').waitFor();
  const at = async (name: string) => {
    await expect.poll(() => title(page).innerText()).toBe(name);
    await expect.poll(() => focused(page)).toBe(name);
  };
  while ((await title(page).innerText()) !== names[0]) {
    const before = await title(page).innerText();
    await press('j');
    await expect.poll(() => title(page).innerText()).not.toBe(before);
  }
  await press('j');
  await at('键盘二厂');
  await press('k');
  await at('键盘一厂');
  await press('a');
  await expect.poll(() => page.getByText('Approved: 键盘一厂.').count()).toBe(1);
  await at('键盘二厂');
  await press('r');
  await expect.poll(() => page.evaluate(() => document.activeElement?.tagName)).toBe('TEXTAREA');
  await page.keyboard.type('jar? 证书编号有误'); // typed, and nothing done
  await press('Tab');
  await press('Enter');
  await expect.poll(() => page.getByText('Returned: 键盘二厂.').count()).toBe(1);
  await at('键盘三厂');

  await press('?');
  await expect.poll(() => page.getByRole('dialog', { name: 'Keyboard shortcuts' }).isVisible()).toBe(true);
  await press('j'); // the help is open
  const isOn = page.getByRole('checkbox', { name: 'Use single keys' });
  while (!(await isOn.evaluate((box) => box === document.activeElement))) await press('Tab');
  await press('Space');
  await press('Escape');
  await press('j');
  await press('a');
  await press('/');
  await page.reload(); // it is remembered
  await expect.poll(() => title(page).innerText()).toBe('键盘三厂');
  await press('j');
  await press('?');
  expect(await page.getByRole('dialog').count()).toBe(0);
  expect(await title(page).innerText()).toBe('键盘三厂');
  const read = await server.get('/api/v1/submissions?key=keys-1', { token: clerk.token });
  expect(read.json.items[0]).toMatchObject({ status: 'returned', reason: 'jar? 证书编号有误' });
  expect(complaints).toEqual([]);
  await close();
});

test('what changes while it is looked at is shown anew and asked again; what others decided is passed over', async ({
  server,
  clerk,
  staff,
}) => {
  await nominate(server, clerk.token, 'moved-1', { name: '变动工厂', district: 'jiading' });
  const certify = { effectiveOn: '2020-12-22', grade: 'demonstration' };
  const headers = seen(0);
  const { json } = await server.post('/api/v1/factories/moved-1/certify', certify, { token: clerk.token, headers });
  await submitted(server, clerk.token, 'moved-2', '随后工厂');
  const { page, complaints, close } = await openDesk(browser, server, reviewer);
  await page.goto(queueOf(server, `&register=factories&id=${encodeURIComponent(json.submission.id)}`));
  await expect.poll(() => page.getByRole('article').innerText()).toContain('Jiading');
  const amended = await server.post(
    '/api/v1/factories/moved-1/amend',
    { effectiveOn: '2020-12-01', district: 'minhang' },
    { token: clerk.token, headers: seen(1) },
  );
  expect(amended.status).toBe(201);
  await expect
    .poll(() => page.getByRole('alert').innerText())
    .toContain('The entry has changed while you were looking');
  expect(await page.getByRole('article').innerText()).toContain('Jiading');
  await page.getByRole('button', { name: 'Approve', exact: true }).click();
  await expect.poll(() => page.getByRole('alert').innerText()).toContain('nothing was decided');
  expect(await page.getByRole('article').innerText()).toMatch(/Model factories, Automobiles, Minhang, Belt/);
  await page.getByRole('button', { name: 'Approve', exact: true }).click();
  await expect.poll(() => page.getByText('Approved: 变动工厂.').count()).toBe(1);

  await item(page, '随后工厂').click();
  await expect.poll(() => title(page).innerText()).toBe('随后工厂');
  await page.route('**/api/v1/live', (route) => route.abort());
  await page.route('**/return', async (route) => {
    // In this moment somebody else is faster.
    await server.post('/api/v1/submissions/factories~moved-2~0/approve', {}, { token: staff.second });
    await route.continue();
  });
  await page.getByRole('button', { name: 'Return', exact: true }).click();
  await page.getByRole('textbox', { name: 'Reason' }).fill('x');
  await page.getByRole('button', { name: 'Return', exact: true }).click();
  await expect.poll(() => page.getByText('Somebody else has already decided this: 随后工厂.').count()).toBe(1);
  expect(await item(page, '随后工厂').count()).toBe(0);
  expect(complaints).toEqual([]);
  await close();
});

test('a session that ends in the middle of work takes nothing away that was typed', async ({ server, clerk }) => {
  const id = await submitted(server, clerk.token, 'ended-1', '中断工厂');
  const { page, complaints, close } = await openDesk(browser, server, reviewer);
  await page.goto(queueOf(server, `&id=${encodeURIComponent(id)}`));
  await page.getByRole('button', { name: 'Return', exact: true }).click();
  const reason = page.getByRole('textbox', { name: 'Reason for returning it' });
  await reason.fill('证书编号有误');
  await page.context().clearCookies();
  await page.getByRole('button', { name: 'Return', exact: true }).click();
  await expect.poll(() => page.getByText('Your session has ended').count()).toBe(1);
  expect(await reason.inputValue()).toBe('证书编号有误');
  const data = { name: reviewer.name, password };
  await page.request.post(`${server.url}/api/v1/session`, { data, headers: ownPage });
  await page.evaluate(() => dispatchEvent(new Event('focus'))); // back from the other window
  await expect.poll(() => page.getByText('Your session has ended').count()).toBe(0);
  await page.getByRole('button', { name: 'Return', exact: true }).click();
  await expect.poll(() => page.getByText('Returned: 中断工厂.').count()).toBe(1);
  expect(complaints).toEqual([]);
  await close();
});

test('a reason that is being typed stays if the page is read in the other language', async ({ server, clerk }) => {
  const id = await submitted(server, clerk.token, 'spoken-1', '双语工厂');
  const { page, complaints, close } = await openDesk(browser, server, reviewer);
  await page.goto(queueOf(server, `&id=${encodeURIComponent(id)}`));
  await page.getByRole('button', { name: 'Return', exact: true }).click();
  await page.getByRole('textbox', { name: 'Reason for returning it' }).fill('证书编号有误');
  await page.getByRole('button', { name: '以中文阅读本页' }).click();
  const reason = page.getByRole('textbox', { name: '退回理由' });
  await reason.waitFor();
  await isRead(page);
  expect(await reason.inputValue()).toBe('证书编号有误');
  expect(complaints).toEqual([]);
  await close();
});

test('a correction and an annulment show the record that they are about', async ({ server, clerk, staff }) => {
  const id = await submitted(server, clerk.token, 'fixed-1', '更正工厂');
  const approved = await server.post(`/api/v1/submissions/${id}/approve`, {}, { token: staff.reviewer });
  const fact = approved.json.events[0].id;
  const correction = { event: fact, effectiveOn: '2020-12-21', data: { grade: 'benchmark' }, reason: '公示日期有误' };
  const call = (revision: number) => ({ token: clerk.token, headers: seen(revision) });
  const corrected = await server.post('/api/v1/factories/fixed-1/correct', correction, call(1));
  const annulled = await server.post(
    '/api/v1/factories/fixed-1/annul',
    { events: [fact], reason: '名单有误' },
    call(2),
  );
  const { page, complaints, close } = await openDesk(browser, server, reviewer);
  const article = page.getByRole('article');
  await page.goto(queueOf(server, `&id=${encodeURIComponent(corrected.json.submission.id)}`));
  await expect.poll(() => article.innerText()).toMatch(/The record to correct\s+2020-12-22 Certify/);
  expect(await article.innerText()).toMatch(
    /Effective on\s+2020-12-22\s+2020-12-21\s+Grade\s+Demonstration\s+Benchmark/,
  );
  expect(await article.innerText()).toContain('公示日期有误');
  await page.goto(queueOf(server, `&id=${encodeURIComponent(annulled.json.submission.id)}`));
  await expect.poll(() => article.innerText()).toMatch(/The records to annul\s+2020-12-22 Certify/);
  expect(await article.innerText()).toMatch(
    /2020-12-22\s+Model factories, Automobiles, Pudong New Area, Belt\s+nothing/,
  );
  expect(complaints).toEqual([]);
  await close();
});

test('who is not signed in is told where to sign in, and comes back', async ({ server }) => {
  const { page, complaints, close } = await openPage(browser);
  await page.goto(queueOf(server));
  await expect.poll(() => page.getByText('This page needs you to sign in').count()).toBe(1);
  const link = page.getByRole('main').getByRole('link', { name: 'Sign in' });
  expect(await link.getAttribute('href')).toContain(`to=${encodeURIComponent('/review')}`);
  expect(complaints).toEqual([]);
  await close();
});

test('names that look like markup, and texts without a space, are shown as they are and break nothing', async ({
  server,
  clerk,
}) => {
  const name = `<img src=x onerror="document.title='broken'">${'长'.repeat(200)}`;
  const evidence = [{ title: `=HYPERLINK("https://a.test")${'x'.repeat(400)}`, uri: 'https://a.test/x' }];
  const note = `${'w'.repeat(1_000)}`;
  const id = await submitCertificate(server, clerk.token, 'hostile-1', { ...factory, name, evidence, note });
  for (const width of [360, 1280]) {
    const look = { width, scheme: 'light', lang: 'en' } as const;
    const { page, complaints, close } = await openDesk(browser, server, { ...reviewer, look });
    await page.goto(queueOf(server, `&id=${encodeURIComponent(id)}`));
    await expect.poll(() => title(page).innerText()).toBe(name);
    expect(await page.locator('main img').count()).toBe(0);
    expect(await page.title()).not.toBe('broken');
    expect(await overflows(page)).toBe(false);
    expect(complaints).toEqual([]);
    await close();
  }
});

test('axe finds nothing on the review page, in both languages and schemes, narrow and wide', async ({
  server,
  clerk,
}) => {
  await submitted(server, clerk.token, 'axe-1', '无障碍工厂');
  const returned = await submitted(server, clerk.token, 'axe-2', '退回的无障碍工厂');
  const { page, complaints, close } = await openDesk(browser, server, reviewer);
  await page.request.post(`${server.url}/api/v1/submissions/${returned}/return`, {
    data: { reason: '有误' },
    headers: { 'sec-fetch-site': 'same-origin' },
  });
  const found: string[] = [];
  const check = async (what: string, look: Look) => {
    for (const fault of await faultsOn(page, look)) found.push(`${what}: ${fault}`);
  };
  for (const look of looks) {
    const { width, scheme, lang } = look;
    await page.setViewportSize({ width, height: 900 });
    await page.emulateMedia({ colorScheme: scheme });
    await page.goto(`${server.url}/review?lang=${lang}`);
    await page.locator('ol a').first().waitFor();
    if (width === 360) await check(`${width} ${lang} list`, look);
    await page.locator('ol a').first().click();
    await page.locator('article h2').waitFor();
    await isRead(page);
    await page.keyboard.press('r');
    await page.locator('textarea').fill('x');
    await check(`${width} ${lang} return`, look);
    await page.keyboard.press('Escape');
    await page.keyboard.press('?');
    await check(`${width} ${lang} help`, look);
  }
  await page.goto(`${server.url}/review?lang=zh&status=returned`);
  await page.locator('ol a').first().waitFor();
  await check('returned', looks[1] ?? desk);
  expect(found).toEqual([]);
  expect(complaints).toEqual([]);
  await close();
}, 120_000);

import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect } from 'vitest';
import { pairedCells, pairedTargets } from '../../web/desk/audit/compared.ts';
import { knownBefore, readSince } from '../../web/desk/audit/since.ts';
import { countsOf, stepIn } from '../../web/desk/audit/steps.ts';
import { nominate, test as officeTest, seen, submitCertificate } from '../http/office.ts';
import { addAccount, cookieFor, withCookie } from '../http/signing-in.ts';
import { faultsOn, isRead, type Look, launch, looks, needsChromium, openPage, overflows } from './chromium.ts';
import { openDesk } from './staff.ts';

let browser: Browser | undefined;
beforeAll(async () => {
  browser = await launch();
});
afterAll(() => browser?.close());
beforeEach(needsChromium);

/** Two factories certified, one of which is revoked later; and many that nobody has assessed, nominated by 李伟. */
const test = officeTest.extend('recorded', { scope: 'file' }, async ({ server, staff }) => {
  const approve = async (id: string) => {
    const approved = await server.post(`/api/v1/submissions/${id}/approve`, {}, { token: staff.reviewer });
    expect(approved.status, approved.text).toBe(201);
  };
  await approve(await submitCertificate(server, staff.clerk, 'kangqiao'));
  await approve(await submitCertificate(server, staff.clerk, 'lingang', { name: '临港工厂', lingang: true }));
  const revoked = await server.post(
    '/api/v1/factories/kangqiao/revoke',
    { effectiveOn: '2021-03-01', reason: '停产', note: '现场核查' },
    { token: staff.clerk, headers: seen(1) },
  );
  await approve(revoked.json.submission.id);
  await addAccount(server, '李伟', 'clerk');
  const cookie = await cookieFor(server, '李伟');
  const nominated = Array.from({ length: 45 }, async (_, index) => {
    const { status, text } = await server.post(
      `/api/v1/factories/many-${index}/nominate`,
      { effectiveOn: '2021-01-10', name: `待评工厂 ${index}`, sector: 'automobiles', district: 'jiading' },
      withCookie(cookie),
    );
    expect(status, text).toBe(201);
  });
  await Promise.all(nominated);
  await nominate(server, staff.colleague, 'hostile', {
    name: '<img src=x onerror="document.title=1">',
    evidence: [{ title: '<script>1</script>' }],
    note: '长'.repeat(400),
  });
});

/** What the first test would otherwise wait for: the records, and the page's build. */
test.beforeAll(async ({ server, recorded: _ }) => {
  await fetch(server.url, { headers: { accept: 'text/html' } });
}, 180_000);

const openAuditor = (server: Parameters<typeof openDesk>[1], look?: Look) =>
  openDesk(browser, server, { name: 'zhao.lei', roles: ['auditor'], ...(look === undefined ? {} : { look }) });

const numbers = async (page: Page) =>
  (await page.getByRole('button', { name: /^All that entry/ }).allInnerTexts()).map((text) => text.replace(/\D/g, ''));
const search = (page: Page) => Object.fromEntries(new URL(page.url()).searchParams);

test('the trail begins with the newest event, shows people by name, and goes on to the oldest', async ({
  server,
  recorded: _,
}) => {
  const { page, complaints, close } = await openAuditor(server);
  await page.goto(`${server.url}/audit?lang=en`);
  const { size } = server.registry.model.place();
  await expect.poll(() => numbers(page)).toHaveLength(50);
  expect((await numbers(page))[0]).toBe(String(size - 1));
  await expect.poll(() => page.getByRole('row', { name: /many-/ }).first().innerText()).toContain('李伟');
  expect(await page.getByText('50 events shown').count()).toBe(1);
  for (let shown = 100; shown < size + 50; shown += 50) {
    await page.getByRole('button', { name: 'Show more' }).click();
    await expect.poll(() => numbers(page)).toHaveLength(Math.min(shown, size));
  }
  expect((await numbers(page)).at(-1)).toBe('0');
  expect(await page.getByRole('button', { name: 'Show more' }).count()).toBe(0);
  await page.getByRole('combobox', { name: 'Order' }).selectOption('asc');
  await expect.poll(async () => (await numbers(page))[0]).toBe('0');
  expect(search(page)).toEqual({ lang: 'en', order: 'asc' });
  expect(complaints).toEqual([]);
  await close();
});

test('each filter of the trail stands in the address, and files have the same events', async ({
  server,
  recorded: _,
}) => {
  const { page, complaints, close } = await openAuditor(server);
  await page.goto(`${server.url}/audit?lang=en`);
  await page.getByRole('combobox', { name: 'Register' }).selectOption('factories');
  await page.getByRole('combobox', { name: 'What' }).selectOption({ label: 'Certify' });
  await expect.poll(() => numbers(page)).toHaveLength(2);
  const file = await page.getByRole('link', { name: 'CSV' }).getAttribute('href');
  const csv = await (await page.request.get(new URL(file ?? '', server.url).href)).text();
  expect(csv.trim().split('\r\n')).toHaveLength(3);
  await page.reload();
  await expect.poll(() => numbers(page)).toHaveLength(2);
  await page.getByRole('button', { name: 'Clear filters' }).click();
  await expect.poll(() => search(page)).toEqual({ lang: 'en' });

  const filled = async (label: string, text: string) => {
    await page.getByLabel(label, { exact: true }).fill(text);
    await page.getByLabel(label, { exact: true }).press('Enter');
  };
  await filled('Key', 'KANGQIAO');
  await expect.poll(() => search(page)).toEqual({ lang: 'en', key: 'KANGQIAO' });
  await filled('Words', '现场核查');
  await expect.poll(() => numbers(page)).toHaveLength(2); // submitted, and recorded
  await filled('Approved by', 'wang.fang');
  await expect.poll(() => numbers(page)).toHaveLength(1);
  await filled('Recorded by', 'li.wei');
  await filled('Effective from', '2021年3月1日');
  await filled('Effective to', '20210301');
  await filled('Recorded from', '2021/6/15');
  await filled('Recorded to', '2021-06-15T04:00:00Z');
  await expect
    .poll(() => search(page))
    .toEqual({
      lang: 'en',
      key: 'KANGQIAO',
      q: '现场核查',
      approvedBy: 'wang.fang',
      by: 'li.wei',
      effectiveFrom: '2021-03-01',
      effectiveTo: '2021-03-01',
      from: '2021-06-15',
      to: '2021-06-15T04:00:00Z',
    });
  await expect.poll(() => numbers(page)).toHaveLength(1);
  await filled('Import', 'none-such');
  await expect.poll(() => page.getByText('No event matches').count()).toBe(1);
  await filled('Recorded from', '15/6/2021');
  await expect.poll(() => page.getByText('Write a day such as 2020-12-22').count()).toBe(1);
  expect(search(page).from).toBe('2021-06-15');
  await page.goto(`${server.url}/audit?lang=en&by=nobody&from=nonsense`);
  await expect.poll(() => page.getByRole('alert').innerText()).toMatch(/not valid|invalid/i);
  expect(complaints).toEqual([]);
  await close();
});

test('an event opens to all that it holds, by titles and as it was recorded', async ({ server, recorded: _ }) => {
  const { page, complaints, close } = await openAuditor(server);
  await page.goto(`${server.url}/audit?lang=en&key=kangqiao&q=${encodeURIComponent('现场核查')}&approvedBy=wang.fang`);
  await page.getByRole('button', { name: /^All that entry/ }).click();
  const details = page.getByRole('cell').last();
  await expect.poll(() => details.innerText()).toContain('现场核查');
  await details.getByText('As recorded (JSON)').click();
  const [event] = await (
    await page.request.get(`${server.url}/api/v1/events?key=kangqiao&approvedBy=wang.fang&order=desc&limit=1`)
  ).json();
  expect(JSON.parse(await details.locator('pre').innerText())).toEqual(event);
  for (const text of ['ModelCertificationRevoked', event.id, event.time, '停产', event.data.metadata.submission])
    expect(await details.innerText()).toContain(text);
  await page.getByRole('button', { name: /^All that entry/ }).click();
  expect(await page.locator('pre').count()).toBe(0);
  expect(complaints).toEqual([]);
  await close();
});

test('hostile texts of events are texts, and only an address of the web is a link', async ({ server, recorded: _ }) => {
  const { page, complaints, close } = await openAuditor(server, { width: 360, scheme: 'light', lang: 'en' });
  await page.route('**/api/v1/events?**', async (route) => {
    const response = await route.fetch();
    const [event] = await response.json();
    const evidence = [
      { title: '<b>one</b>', uri: 'javascript:alert(1)' },
      { title: 'two', uri: 'https://example.org/a' },
    ];
    const data = { ...event.data.data, unknown: { nested: ['<img src=x>'] }, long: 'x'.repeat(1_000) };
    await route.fulfill({
      response,
      json: [
        event,
        {
          ...event,
          type: '<script>',
          entrynumber: 999,
          data: { ...event.data, evidence, data, metadata: { by: '<i>x</i>' } },
        },
      ],
    });
  });
  await page.goto(`${server.url}/audit?lang=en&key=hostile`);
  const open = page.getByRole('button', { name: /^All that entry/ });
  await expect.poll(() => open.count()).toBe(2);
  await open.last().click();
  await open.first().click();
  await expect.poll(() => page.getByText('onerror').count()).toBeGreaterThan(0);
  expect(await page.locator('main img, main script, main b, main i').count()).toBe(0);
  expect(await page.locator('main dd a').evaluateAll((all) => all.map((each) => each.getAttribute('href')))).toEqual([
    'https://example.org/a',
  ]);
  expect(await overflows(page)).toBe(false);
  expect(await page.title()).toBe('Upgrade Registry');
  expect(complaints).toEqual([]);
  await close();
});

test('two views stand side by side, with what differs marked by sign and word, down to the districts', async ({
  server,
  recorded: _,
}) => {
  const { page, complaints, close } = await openAuditor(server);
  await page.goto(`${server.url}/audit/compare?on=2020-12-01&otherOn=2020-12-31&lang=en`);
  await expect.poll(() => page.getByText('1 of 10 targets differ').count()).toBe(1);
  const row = page.getByRole('row', { name: /Model \(demonstration\) factories/ });
  expect(await row.innerText()).toMatch(/\s0\s+Goal 100[\s\S]*\s2\s+Goal 100[\s\S]*▲ 2 more/);
  expect(await page.getByRole('row', { name: /= Same/ }).count()).toBe(9);
  expect(await page.getByRole('link', { name: /^Why “/ }).count()).toBe(1); // the same needs no reason
  await expect.poll(() => page.getByRole('row', { name: /^Pudong/ }).innerText()).toMatch(/0\s+2\s+▲ 2 more/);
  await page.getByRole('button', { name: 'By area' }).click();
  await expect.poll(() => page.getByRole('row', { name: /Lingang/ }).innerText()).toMatch(/0\s+1\s+▲ 1 more/);

  const second = page.getByRole('region', { name: 'Second' });
  await second.getByRole('textbox', { name: 'Day' }).fill('2021-03-01');
  await second.getByRole('textbox', { name: 'Day' }).press('Enter');
  await expect.poll(() => row.innerText()).toMatch(/▲ 1 more/);
  await second.getByRole('slider', { name: 'As known' }).press('Home');
  await expect.poll(() => search(page)).toMatchObject({ on: '2020-12-01', otherOn: '2021-03-01', otherKnownAt: '0' });
  await expect.poll(() => row.innerText()).toMatch(/None/);
  await page.goto(`${server.url}/audit/compare?on=2020-12-31&otherOn=2020-12-01&lang=en`);
  await expect.poll(() => row.innerText()).toMatch(/▼ 2 fewer/);
  await page.getByRole('link', { name: /^Why “Model/ }).click();
  await expect.poll(() => page.getByRole('heading', { level: 1 }).innerText()).toMatch(/^Replay: Model/);
  expect(search(page).on).toBe('2020-12-31');
  expect(complaints).toEqual([]);
  await close();
});

test('a number is replayed event by event: by keys, by hand and by itself', async ({ server, recorded: _ }) => {
  const { page, complaints, close } = await openAuditor(server);
  await page.goto(`${server.url}/audit/replay/model-factories?on=2021-06-15&lang=en`);
  const stage = page.getByRole('region', { name: 'Step', exact: true });
  const shown = async () => (await stage.innerText()).replace(/\s+/g, ' ');
  await expect
    .poll(shown)
    .toMatch(/^Count 1 Step 3 of 3 −1 Revoke · .* kangqiao Effective 2021-03-01 .*li\.wei .*wang\.fang/);
  const slider = page.getByRole('slider', { name: 'Step' });
  await slider.press('ArrowLeft');
  await expect.poll(shown).toMatch(/^Count 2 Step 2 of 3 \+1 Certify · .* lingang/);
  expect(await slider.getAttribute('aria-valuetext')).toBe('Step 2 of 3, Count 2');
  await slider.press('Home');
  await expect.poll(shown).toMatch(/^Count 0 Step 0 of 3 Before the first/);
  expect(await page.getByRole('button', { name: 'Previous step' }).isDisabled()).toBe(true);
  await page.getByRole('button', { name: 'Next step' }).click();
  await expect.poll(shown).toMatch(/^Count 1 Step 1 of 3/);
  expect(search(page).step).toBe('1');
  await page.reload();
  await expect.poll(shown).toMatch(/^Count 1 Step 1 of 3/);
  await page.getByRole('button', { name: 'Step 3 of 3' }).click();
  expect(await page.getByRole('listitem').filter({ hasText: 'Revoke' }).getAttribute('aria-current')).toBe('step');

  await page.setViewportSize({ width: 360, height: 900 });
  const step = await page.getByRole('button', { name: 'Step 3 of 3' }).boundingBox();
  expect(step?.width).toBeLessThan(60); // beside what it leads to
  await page.setViewportSize({ width: 1280, height: 900 });

  await page.getByRole('button', { name: 'Play' }).click();
  await expect.poll(() => search(page).step).toBe('1');
  await page.getByRole('button', { name: 'Pause' }).click();
  const paused = search(page).step;
  await page.waitForTimeout(1_500);
  expect(search(page).step).toBe(paused);
  await page.getByRole('button', { name: 'Play' }).click();
  await expect.poll(shown, { timeout: 8_000 }).toMatch(/^Count 1 Step 3 of 3/);
  expect(await page.getByRole('button', { name: 'Play' }).count()).toBe(1);
  await page.getByLabel('Target').selectOption('star-listings');
  await expect.poll(() => page.getByText('No event has moved this number').count()).toBe(1);
  expect(complaints).toEqual([]);
  await close();
});

test('clerks and auditors see what changed a number since a day or an instant; others do not', async ({
  server,
  recorded: _,
}) => {
  const path = `${server.url}/targets/model-factories?on=2021-06-15&lang=en`;
  const { page, complaints, close } = await openDesk(browser, server, { name: 'asking', roles: ['clerk'] });
  await page.goto(path);
  const changes = page.getByRole('region', { name: 'What changed since' });
  const since = changes.getByLabel('Since');
  await since.fill('last week');
  await since.press('Enter');
  await expect.poll(() => changes.getByText('Write a day such as 2020-12-22, or an instant').count()).toBe(1);
  await since.fill('2021/6/15');
  await since.press('Enter');
  await expect.poll(() => changes.getByRole('status').innerText()).toBe('From 0 to 1');
  expect(search(page).since).toBe('2021-06-15');
  expect(await changes.getByRole('listitem').allInnerTexts()).toEqual([
    expect.stringMatching(/^\+1\s+Certify[\s\S]*kangqiao/),
    expect.stringMatching(/^\+1\s+Certify[\s\S]*lingang/),
    expect.stringMatching(/^−1\s+Revoke[\s\S]*kangqiao/),
  ]);
  await since.fill('2021-06-15T12:00:00+08:00');
  await since.press('Enter');
  await expect.poll(() => changes.getByRole('status').innerText()).toBe('Nothing changed; still 1');
  expect(await changes.getByRole('link', { name: 'Replay step by step' }).count()).toBe(1);
  expect(complaints).toEqual([]);
  await close();
  const reader = await openPage(browser);
  await reader.page.goto(path);
  await reader.page.getByRole('region', { name: 'The entries behind this number' }).waitFor();
  expect(await reader.page.getByText('What changed since').count()).toBe(0);
  await reader.close();
});

test('a clerk sees no trail and is told whose it is', async ({ server, recorded: _ }) => {
  const { page, complaints, close } = await openDesk(browser, server, { name: 'asking', roles: ['clerk'] });
  await page.goto(`${server.url}/audit?lang=en`);
  await expect.poll(() => page.getByText('for a role that you do not have: Auditor').count()).toBe(1);
  expect(await page.getByRole('table').count()).toBe(0);
  expect(complaints).toEqual([]);
  await close();
});

describe.for(looks)('at $width px, $scheme, $lang', (look) => {
  test('the auditors’ pages have no fault that axe finds, and nothing wider than the window', async ({
    server,
    recorded: _,
  }) => {
    const { page, complaints, close } = await openAuditor(server, look);
    for (const [path, act] of [
      ['/audit?key=hostile', 'tbody button'],
      ['/audit/compare?on=2020-12-01&otherOn=2020-12-31', 'tbody button'],
      ['/audit/replay/model-factories?on=2021-06-15&step=1', 'main input[type=range]'],
      ['/targets/model-factories?on=2021-06-15&since=2021-06-15', 'form button'],
    ] as const) {
      await page.goto(`${server.url}${path}&lang=${look.lang}`);
      await page.locator(act).first().click();
      await isRead(page);
      expect(await faultsOn(page, look), path).toEqual([]);
    }
    expect(complaints).toEqual([]);
    await close();
  });
});

test.each([
  ['2020-12-22', '2020-12-21T23:59:59.999+08:00'],
  ['2020/12/22', '2020-12-21T23:59:59.999+08:00'],
  ['2020年1月1日', '2019-12-31T23:59:59.999+08:00'],
  ['20200301', '2020-02-29T23:59:59.999+08:00'],
  ['２０２０－１２－２２', '2020-12-21T23:59:59.999+08:00'],
  [' 2020-12-22 ', '2020-12-21T23:59:59.999+08:00'],
  ['2020-12-22T09:30:00+08:00', '2020-12-22T09:30:00+08:00'],
  ['2020-12-22t01:30:00.5z', '2020-12-22T01:30:00.5Z'],
  ['2020-12-22T09:30:00', undefined],
  ['2020-12-22 09:30', undefined],
  ['2020-12-22T25:00:00Z', undefined],
  ['2020-13-22', undefined],
  ['2021-02-29', undefined],
  ['22/12/2020', undefined],
  ['12-22', undefined],
  ['5', undefined],
  ['-1', undefined],
  ['now', undefined],
  ['', undefined],
  ['昨天', undefined],
])('changes since “%s” are those after %s', (text, known) => {
  expect(knownBefore(text)).toBe(known);
  expect(readSince(text) === undefined).toBe(known === undefined);
});

test('a count is followed step by step, and an address asks for one of the steps that there are', () => {
  expect(countsOf(4, [{ change: 1 }, { change: -2 }, { change: 10 }])).toEqual([4, 5, 3, 13]);
  expect([undefined, '0', '2', '9', '-1', '1.5', 'x'].map((text) => stepIn(text, 3))).toEqual([3, 0, 2, 3, 3, 3, 3]);
});

test('what only one of two views has stands beside nothing, and the largest difference comes first', () => {
  const figure = (id: string, count: number) => ({ id, plan: 'plan', count }) as never;
  expect(pairedTargets([figure('a', 1), figure('b', 2)], [figure('b', 3), figure('c', 4)])).toEqual([
    { key: 'plan/a', first: figure('a', 1), second: undefined },
    { key: 'plan/b', first: figure('b', 2), second: figure('b', 3) },
    { key: 'plan/c', first: undefined, second: figure('c', 4) },
  ]);
  const first = [
    { district: 'pudong', count: 5 },
    { district: 'jiading', count: 2 },
    { district: null, count: 0 },
  ];
  const second = [
    { district: 'pudong', count: 5 },
    { district: 'minhang', count: 3 },
    { district: null, count: 0 },
  ];
  expect(pairedCells(first, second, 'district')).toEqual([
    { place: 'minhang', first: 0, second: 3, change: 3 },
    { place: 'jiading', first: 2, second: 0, change: -2 },
    { place: 'pudong', first: 5, second: 5, change: 0 },
  ]);
});

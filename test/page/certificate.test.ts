import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, expect } from 'vitest';
import { certificate, nominate, test as officeTest, seen } from '../http/office.ts';
import { launch, needsChromium, openPage, violationsOn } from './chromium.ts';

let browser: Browser | undefined;
beforeAll(async () => {
  browser = await launch();
});
afterAll(() => browser?.close());
beforeEach(needsChromium);

/** An office whose factory `kangqiao` has been certified on 22 December 2020; a command on it is approved at once. */
const test = officeTest.extend('approved', { scope: 'file' }, async ({ server, staff }) => {
  await nominate(server, staff.colleague, 'kangqiao');
  const approved = async (command: string, body: object, revision: number): Promise<string> => {
    const path = `/api/v1/factories/kangqiao/${command}`;
    const submitted = await server.post(path, body, { token: staff.clerk, headers: seen(revision) });
    const { id } = submitted.json.submission;
    const reply = await server.post(`/api/v1/submissions/${id}/approve`, {}, { token: staff.reviewer });
    expect(reply.status, reply.text).toBe(201);
    return reply.json.events[0].id;
  };
  const certified = await approved('certify', certificate, 0);
  return { approved, certified };
});

test('the page to which a certificate leads offers it while it holds, and afterwards says since when it does not', async ({
  server,
  approved: { approved, certified },
}) => {
  const { page, complaints, close } = await openPage(browser);
  const address = `${server.url}/registers/factories/kangqiao`;
  const link = (name: string) => page.getByRole('link', { name });

  await page.goto(`${address}?lang=zh`);
  await expect
    .poll(() => link('证书（PDF）').getAttribute('href'))
    .toBe(`${server.url}/api/v1/factories/kangqiao/certificate.pdf`);
  expect(await page.getByRole('main').innerText()).toContain('已认定 自 2020-12-22 起');
  expect(await violationsOn(page)).toEqual([]);
  await page.goto(`${address}?lang=en`);
  await expect.poll(() => link('Certificate (PDF)').count()).toBe(1);
  await page.goto(`${address}?lang=en&on=2020-06-30`);
  await expect.poll(() => page.getByRole('main').innerText()).toContain('Nominated since 2020-01-10');
  expect(await link('Certificate (PDF)').count()).toBe(0);
  expect(await page.getByRole('note').count()).toBe(0);

  const revoked = await approved('revoke', { effectiveOn: '2021-03-01', reason: '经核查不符合要求' }, 2);
  await page.goto(`${address}?lang=zh`);
  await expect.poll(() => page.getByRole('note').innerText()).toBe('自 2021-03-01 起为“已撤销”：证书不再有效');
  expect(await link('证书（PDF）').count()).toBe(0);
  await page.goto(`${address}?lang=en`);
  await expect
    .poll(() => page.getByRole('note').innerText())
    .toBe('Since 2021-03-01 it has been “Revoked”: its certificate no longer holds');
  expect(await violationsOn(page)).toEqual([]);

  await approved('annul', { events: [certified, revoked], reason: '误登记' }, 4);
  await page.goto(`${address}?lang=zh`);
  await expect
    .poll(() => page.getByRole('note').innerText())
    .toMatch(/^证书所依据的记录已于 \d{4}-\d\d-\d\d 作废：证书无效$/);
  expect(await page.getByRole('main').innerText()).toContain('已推荐 自 2020-01-10 起');
  expect(await link('证书（PDF）').count()).toBe(0);
  await page.goto(`${address}?lang=en`);
  await expect
    .poll(() => page.getByRole('note').innerText())
    .toContain('The record on which its certificate rested was annulled on ');
  await page.goto(`${address}?lang=en&on=2020-06-30`);
  await expect.poll(() => page.getByRole('main').innerText()).toContain('Nominated since 2020-01-10');
  expect(await page.getByRole('note').count()).toBe(0);
  expect(await violationsOn(page)).toEqual([]);
  expect(complaints).toEqual([]);
  await close();
});

import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { roleTitles } from '../../src/identity/identity.ts';
import { wayBack } from '../../web/desk/people/way.ts';
import { peopleWords } from '../../web/desk/people/words.ts';
import { noon, openOffice } from '../http/office.ts';
import { type OidcOffice, openOidcOffice } from '../http/oidc-office.ts';
import type { TestServer } from '../http/server.ts';
import { addAccount, password } from '../http/signing-in.ts';
import { faultsOn, isRead, launch, looks, needsChromium, openPage, violationsOn } from './chromium.ts';
import { openDesk } from './staff.ts';

let browser: Browser | undefined;
let server: TestServer;
let nowMs = noon;

beforeAll(async () => {
  browser = await launch();
  server = await openOffice({ now: () => nowMs });
  await addAccount(server, '李伟', 'clerk');
});
afterAll(async () => {
  await browser?.close();
  await server.close();
});
beforeEach(needsChromium);

const signInWith = async (page: Page, name: string, given: string) => {
  await page.getByLabel('User name').fill(name);
  await page.getByLabel('Password', { exact: true }).fill(given);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
};
const nameShown = (page: Page, name: string) => page.getByRole('link', { name: `${name}, your account` });
const titleOf = (page: Page) => page.getByRole('heading', { level: 1 }).innerText();

describe('somebody who signs in', () => {
  test('goes on to the page that asked for it, with what stood in its address', async () => {
    const { page, complaints, close } = await openPage(browser);
    await page.goto(`${server.url}/account?lang=en`);
    await page.getByRole('main').getByRole('link', { name: 'Sign in' }).click();
    await signInWith(page, '李伟', password);
    await expect.poll(() => titleOf(page)).toBe('Your account');
    expect(new URL(page.url()).pathname).toBe('/account');
    expect(await nameShown(page, '李伟').count()).toBe(1);
    expect(await page.getByRole('definition').allInnerTexts()).toEqual([
      '李伟',
      'Clerk',
      '2021-06-15 20:00, later while you work',
      expect.stringMatching(/^p-/),
    ]);
    await page.goBack();
    await expect.poll(() => titleOf(page)).toBe('Your account');
    expect(complaints).toEqual([]);
    await close();
  });

  test('is told in the words of the registry that name or password are wrong, and what is missing where it is missing', async () => {
    const { page, complaints, close } = await openPage(browser);
    await page.goto(`${server.url}/sign-in?lang=en`);
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
    const name = page.getByLabel('User name');
    await expect.poll(() => name.getAttribute('aria-invalid')).toBe('true');
    expect(await name.evaluate((each) => each === document.activeElement)).toBe(true);
    await signInWith(page, '李伟', 'not the password');
    await expect.poll(() => page.getByRole('alert').innerText()).toMatch(/name or the password/);
    expect(await name.inputValue()).toBe('李伟');
    expect(await page.locator('input[autocomplete="username"]').count()).toBe(1);
    expect(await page.locator('input[autocomplete="current-password"][type="password"]').count()).toBe(1);
    expect(complaints).toEqual([]);
    await close();
  });

  test('sees nothing move when a fault appears', async () => {
    const { page, close } = await openPage(browser);
    await page.goto(`${server.url}/sign-in?lang=en`);
    const name = page.getByLabel('User name');
    const topsOf = () =>
      Promise.all(
        [
          name,
          page.getByLabel('Password', { exact: true }),
          page.getByRole('button', { name: 'Sign in', exact: true }),
        ].map(async (each) => (await each.boundingBox())?.y),
      );
    await name.waitFor();
    const tops = await topsOf();
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
    await expect.poll(() => name.getAttribute('aria-invalid')).toBe('true');
    expect(await topsOf()).toEqual(tops);
    await signInWith(page, '李伟', 'not the password');
    await page.getByRole('alert').waitFor();
    expect(await topsOf()).toEqual(tops);
    await close();
  });

  test('waits after several failures, sees for how long, and may then try again', async () => {
    const { page, complaints, close } = await openPage(browser);
    await addAccount(server, 'throttled', 'clerk');
    await page.goto(`${server.url}/sign-in?lang=en`);
    const button = page.getByRole('button', { name: 'Sign in', exact: true });
    for (let times = 0; times < 6; times++) {
      await signInWith(page, 'throttled', `wrong ${times}`);
      await expect.poll(() => button.getAttribute('aria-busy')).toBe(times < 5 ? null : 'true');
    }
    expect(await page.getByRole('alert').innerText()).toContain('try again in');
    expect(await page.getByText(/^Wait \d+ s$/).count()).toBe(1);
    nowMs += 120_000;
    await expect.poll(() => page.getByText('You can try again now').count(), { timeout: 5_000 }).toBe(1);
    await signInWith(page, 'throttled', password);
    await expect.poll(() => nameShown(page, 'throttled').count()).toBe(1);
    expect(complaints).toEqual([]);
    await close();
  });

  test('is never led to another site', async () => {
    const { page, complaints, close } = await openDesk(browser, server, { name: '李伟', roles: ['clerk'] });
    for (const to of ['https://example.org/', '//example.org/x']) {
      await page.goto(`${server.url}/sign-in?${new URLSearchParams({ to, lang: 'en' })}`);
      await expect.poll(() => page.url()).toMatch(new RegExp(`^${server.url}/\\?lang=en$`));
    }
    expect(complaints).toEqual([]);
    await close();
  });
});

test.each([
  [undefined, '/?lang=zh'],
  ['', '/?lang=zh'],
  ['/', '/?lang=zh'],
  ['/account?lang=en', '/account?lang=en'],
  ['/audit?q=a b&by=李', '/audit?q=a+b&by=%E6%9D%8E&lang=zh'],
  ['/registers/factories/kangqiao?on=2020-12-31', '/registers/factories/kangqiao?on=2020-12-31&lang=zh'],
  ['/registers/../audit', '/audit?lang=zh'],
  ['/account#part', '/account?lang=zh'],
  ['/sign-in', '/?lang=zh'],
  ['/sign-in?to=/sign-in', '/?lang=zh'],
  ['/sign-up#token', '/?lang=zh'],
  ['/x/../sign-in', '/?lang=zh'],
  ['account', '/?lang=zh'],
  ['?lang=en', '/?lang=zh'],
  ['https://example.org/', '/?lang=zh'],
  ['http:/example.org', '/?lang=zh'],
  ['//example.org/x', '/?lang=zh'],
  ['///example.org', '/?lang=zh'],
  ['/\\example.org', '/?lang=zh'],
  ['\\/example.org', '/?lang=zh'],
  ['/.//example.org', '/?lang=zh'],
  ['/x/..//example.org', '/?lang=zh'],
  ['/\t/example.org', '/?lang=zh'],
  ['/\n//example.org', '/?lang=zh'],
  [' /account', '/?lang=zh'],
  ['javascript:alert(1)', '/?lang=zh'],
  ['data:text/html,x', '/?lang=zh'],
])('after signing in, %j leads to %s', (to, path) => {
  expect(wayBack(to, 'zh')).toBe(path);
});

describe('a one-time link', () => {
  test('sets up an account and signs its person in, once; the token stays nowhere', async () => {
    const { accounts, links } = server.registry.people;
    const made = accounts.add({ name: 'new.clerk', roles: ['clerk'] }, 'a.test');
    const { token } = links.make(made?.subject ?? null, 60_000);
    const { page, complaints, close } = await openPage(browser);
    const asked: string[] = [];
    page.on('request', (request) => asked.push(request.url()));
    await page.goto(`${server.url}/sign-up?lang=en#${token}`);
    await page.getByLabel('Password', { exact: true }).fill('short');
    await page.getByRole('button', { name: 'Set up and sign in' }).click();
    await expect.poll(() => page.getByText('Must have 12 to 200 characters').count()).toBe(1);
    expect(page.url()).not.toContain(token);
    await page.getByLabel('Password', { exact: true }).fill(password);
    await page.getByRole('button', { name: 'Set up and sign in' }).click();
    await expect.poll(() => nameShown(page, 'new.clerk').count()).toBe(1);
    await page.reload();
    const kept = await page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }, history.state]));
    expect(kept + asked.slice(1).join()).not.toContain(token);

    await page.goto(`${server.url}/sign-up?lang=en#${token}`);
    await page.getByLabel('Password', { exact: true }).fill(password);
    await page.getByRole('button', { name: 'Set up and sign in' }).click();
    await expect.poll(() => page.getByRole('alert').innerText()).toMatch(/link/i);
    await page.goto(`${server.url}/sign-up?lang=en`);
    await expect.poll(() => page.getByText('The link is not complete').count()).toBe(1);
    expect(complaints).toEqual([]);
    await close();
  });

  test('makes the first administrator, who chooses a name', async () => {
    const fresh = await openOffice();
    try {
      const { page, complaints, close } = await openPage(browser);
      await page.goto(`${fresh.url}/sign-in?lang=en`);
      await expect.poll(() => page.getByText('There is no account yet').count()).toBe(1);
      const { token } = fresh.registry.people.links.make(null, 60_000);
      await page.goto(`${fresh.url}/sign-up?lang=en#${token}`);
      await page.getByLabel('Password', { exact: true }).fill(password);
      await page.getByRole('button', { name: 'Set up and sign in' }).click();
      await expect.poll(() => page.getByText('Choose a name').count()).toBe(1);
      await page.getByLabel('User name').fill('何燕');
      await page.getByRole('button', { name: 'Set up and sign in' }).click();
      await nameShown(page, '何燕').click();
      await expect.poll(() => page.getByRole('definition').allInnerTexts()).toContain('Administrator');
      expect(complaints).toEqual([]);
      await close();
    } finally {
      await fresh.close();
    }
  });
});

test('if it cannot be read who is signed in, a page for some says so and offers to try again', async () => {
  const { page, complaints, close } = await openDesk(browser, server, {
    name: 'asked again',
    roles: ['clerk', 'admin'],
  });
  for (const path of ['/review', '/imports', '/admin/plans', '/record/factories/nominate', '/audit/compare']) {
    await page.route('**/api/v1/session', (route) => route.fulfill({ status: 429, json: { title: 'Too busy' } }));
    await page.goto(`${server.url}${path}?lang=en`);
    await page.getByText('Too busy').waitFor();
    await page.unrouteAll();
    await page.getByRole('button', { name: 'Try again' }).click();
    await expect.poll(() => page.getByText('Too busy').count(), { message: path }).toBe(0);
    await page.getByRole('heading', { level: 1 }).waitFor();
  }
  expect(complaints).toEqual([]);
  await close();
});

test('after signing out, here or everywhere, nothing of the person’s is left in the browser', async () => {
  for (const way of ['Sign out', 'Sign out on all devices']) {
    const { page, complaints, close } = await openDesk(browser, server, { name: 'leaving', roles: ['auditor'] });
    await page.goto(`${server.url}/account?lang=en`);
    await page.evaluate(() => localStorage.setItem('a draft', 'of theirs'));
    await page.getByRole('button', { name: way, exact: true }).click();
    await expect.poll(() => page.getByRole('banner').getByRole('link', { name: 'Sign in' }).count()).toBe(1);
    expect(new URL(page.url()).pathname).toBe('/');
    expect(await page.getByText('leaving').count()).toBe(0);
    expect(await page.evaluate(() => localStorage.length + sessionStorage.length)).toBe(0);
    expect((await page.request.get(`${server.url}/api/v1/session`)).status()).toBe(204);
    expect(complaints).toEqual([]);
    await close();
  }
});

test('a password is changed with the old one, and the other sessions end', async () => {
  const { page, complaints, close } = await openDesk(browser, server, { name: 'changing', roles: ['clerk'] });
  const other = await openDesk(browser, server, { name: 'changing', roles: ['clerk'] });
  await page.goto(`${server.url}/account?lang=en`);
  await page.getByLabel('Current password', { exact: true }).fill('not the password');
  await page.getByLabel('New password', { exact: true }).fill('changing');
  await page.getByRole('button', { name: 'Change password' }).click();
  await expect.poll(() => page.getByText('Must have 12 to 200 characters').count()).toBe(1);
  await page.getByLabel('New password', { exact: true }).fill('three other words then');
  await page.getByRole('button', { name: 'Change password' }).click();
  await expect.poll(() => page.getByRole('alert').innerText()).toMatch(/password/i);
  await page.getByLabel('Current password', { exact: true }).fill(password);
  await page.getByRole('button', { name: 'Change password' }).click();
  await expect.poll(() => page.getByText('Your password has been changed').count()).toBe(1);
  expect(await page.getByLabel('Current password', { exact: true }).inputValue()).toBe('');
  expect((await other.page.request.get(`${server.url}/api/v1/session`)).status()).toBe(204);
  expect(complaints).toEqual([]);
  await Promise.all([close(), other.close()]);
});

describe('an administrator', () => {
  test('makes an account, whose link is shown once and copied; its person then signs in by it', async () => {
    const { page, complaints, close } = await openDesk(browser, server, { name: 'he.yan', roles: ['admin'] });
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    await page.goto(`${server.url}/admin/accounts?lang=en`);
    await page.getByRole('button', { name: 'Add an account' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('User name').fill('he.yan');
    await dialog.getByRole('checkbox', { name: 'Reviewer' }).check();
    await dialog.getByRole('button', { name: 'Add', exact: true }).click();
    await expect.poll(() => dialog.getByRole('alert').innerText()).toMatch(/name/i);
    await dialog.getByLabel('User name').fill('王芳');
    await dialog.getByRole('button', { name: 'Add', exact: true }).click();
    await dialog.getByRole('button', { name: 'Copy the link' }).click();
    await expect.poll(() => dialog.getByText('Copied').count()).toBe(1);
    const link = await page.evaluate(() => navigator.clipboard.readText());
    expect(link).toMatch(new RegExp(`^${server.url}/sign-up#[\\w-]{43}$`));
    expect(await violationsOn(page)).toEqual([]);
    await page.keyboard.press('Escape');
    await expect.poll(() => dialog.count()).toBe(0);
    expect(await page.content()).not.toContain(link);
    await expect.poll(() => page.getByRole('row', { name: /王芳/ }).innerText()).toContain('Clerk, Reviewer');

    const theirs = await openPage(browser);
    await theirs.page.goto(link);
    await theirs.page.locator('input[type=password]').fill(password);
    await theirs.page.locator('button[type=submit]').click();
    await expect.poll(() => theirs.page.getByRole('banner').innerText()).toContain('王芳');
    expect([...complaints, ...theirs.complaints]).toEqual([]);
    await Promise.all([close(), theirs.close()]);
  });

  test('renames, gives roles and sets a password', async () => {
    const { page, complaints, close } = await openDesk(browser, server, { name: 'he.yan', roles: ['admin'] });
    const account = await addAccount(server, 'zhang.min', 'clerk');
    const before = server.registry.people.accounts.passwordOf(account.subject);
    await page.goto(`${server.url}/admin/accounts?lang=en`);
    await page.getByRole('button', { name: 'Change zhang.min' }).click();
    const dialog = page.getByRole('dialog', { name: 'zhang.min' });
    await dialog.getByLabel('User name').fill('张敏');
    await dialog.getByRole('checkbox', { name: 'Clerk' }).uncheck();
    await dialog.getByRole('button', { name: 'Save' }).click();
    await expect.poll(() => dialog.getByText(/^✕|At least|role/i).count()).toBeGreaterThan(0);
    await dialog.getByRole('checkbox', { name: 'Auditor' }).check();
    await dialog.getByRole('button', { name: 'Save' }).click();
    await expect.poll(() => page.getByRole('row', { name: /张敏/ }).innerText()).toContain('Auditor');
    await page.getByRole('button', { name: 'Change 张敏' }).click();
    await page.getByLabel('New password', { exact: true }).fill('three other words then');
    await page.getByRole('button', { name: 'Set new password' }).click();
    await expect.poll(() => page.getByText('Saved: 张敏').count()).toBe(1);
    expect(server.registry.people.accounts.passwordOf(account.subject)).not.toBe(before);
    expect(complaints).toEqual([]);
    await close();
  });

  test('disables an account after being asked once more, which ends the other’s session at once; and enables it again', async () => {
    const { page, complaints, close } = await openDesk(browser, server, { name: 'he.yan', roles: ['admin'] });
    const other = await openDesk(browser, server, { name: 'gone.soon', roles: ['admin'] });
    await other.page.goto(`${server.url}/?lang=en`);
    await nameShown(other.page, 'gone.soon').waitFor();
    await page.goto(`${server.url}/admin/accounts?lang=en`);
    await page.getByRole('button', { name: 'Change gone.soon' }).click();
    await page.getByRole('button', { name: 'Disable the account' }).click();
    expect(server.registry.people.accounts.named('gone.soon')?.disabled).toBe(false);
    await page.getByRole('button', { name: 'Disable gone.soon' }).click();
    await expect.poll(() => page.getByRole('row', { name: /gone\.soon/ }).innerText()).toContain('Disabled');

    await other.page.getByRole('link', { name: 'Accounts' }).click();
    await expect.poll(() => other.page.getByText('This page needs you to sign in').count()).toBe(1);
    expect(await nameShown(other.page, 'gone.soon').count()).toBe(0);

    await page.getByRole('button', { name: 'Change gone.soon' }).click();
    await page.getByRole('button', { name: 'Enable again' }).click();
    await expect.poll(() => page.getByRole('row', { name: /gone\.soon/ }).innerText()).toContain('Active');
    expect([...complaints, ...other.complaints]).toEqual([]);
    await Promise.all([close(), other.close()]);
  });

  test('deletes an account after being asked once more, but not the last administrator’s', async () => {
    const alone = await openOffice();
    try {
      await addAccount(alone, 'leaves.office', 'clerk');
      const { page, complaints, close } = await openDesk(browser, alone, { name: 'he.yan', roles: ['admin'] });
      await page.goto(`${alone.url}/admin/accounts?lang=en`);
      const remove = async (name: string) => {
        await page.getByRole('button', { name: `Change ${name}` }).click();
        await page.getByRole('button', { name: 'Delete the account' }).click();
        expect(alone.registry.people.accounts.named(name)).toBeDefined();
        await page.getByRole('button', { name: `Delete ${name}` }).click();
      };
      await remove('leaves.office');
      await expect.poll(() => page.getByText('Account deleted: leaves.office').count()).toBe(1);
      expect(await page.getByRole('row', { name: /leaves\.office/ }).count()).toBe(0);
      await remove('he.yan');
      await expect.poll(() => page.getByRole('alert').innerText()).toMatch(/administrator/i);
      expect(alone.registry.people.accounts.named('he.yan')).toBeDefined();
      expect(complaints).toEqual([]);
      await close();
    } finally {
      await alone.close();
    }
  });
});

test('a clerk sees no page of an administrator’s and is told whose it is; an auditor sees the log, with people by name', async () => {
  const clerk = await openDesk(browser, server, { name: '李伟', roles: ['clerk'] });
  await clerk.page.goto(`${server.url}/admin/accounts?lang=en`);
  await expect
    .poll(() => clerk.page.getByText('for a role that you do not have: Administrator, Auditor').count())
    .toBe(1);
  expect(await clerk.page.getByRole('table').count()).toBe(0);
  const auditor = await openDesk(browser, server, { name: 'zhao.lei', roles: ['auditor'] });
  server.registry.people.accounts.add({ name: '<img src=x onerror=alert(1)>', roles: ['clerk'] }, 'command-line');
  await auditor.page.goto(`${server.url}/admin/accounts?lang=en`);
  await expect
    .poll(() => auditor.page.getByRole('row').last().innerText())
    .toMatch(/<img src=x onerror=alert\(1\)>\s+Added Clerk\s+Command line/);
  expect(await auditor.page.getByRole('button', { name: 'Add an account' }).count()).toBe(0);
  expect([...clerk.complaints, ...auditor.complaints]).toEqual([]);
  await Promise.all([clerk.close(), auditor.close()]);
});

describe('at the identity provider', () => {
  let office: OidcOffice;
  beforeAll(async () => {
    office = await openOidcOffice();
  });
  afterAll(() => office.close());

  test('somebody signs in with the office’s account and comes back to where they were; there is no password to change', async () => {
    office.provider.people.set('li', { name: '李伟', realm_access: { roles: ['auditor'] } });
    const { page, complaints, close } = await openPage(browser);
    await page.goto(`${office.server.url}/sign-in?${new URLSearchParams({ to: '/account?lang=en', lang: 'en' })}`);
    await page.getByRole('link', { name: 'Sign in with your office’s account' }).click();
    await page.waitForURL(`${office.provider.issuer}/**`);
    const fromHere = complaints.length; // the provider's own page may complain
    await page.locator('[name=login]').fill('li');
    await page.locator('[name=password]').fill('any');
    await page.locator('[type=submit]').click();
    await page.locator('[type=submit]').click();
    await expect.poll(() => titleOf(page), { timeout: 5_000 }).toBe('Your account');
    expect(await nameShown(page, '李伟').count()).toBe(1);
    expect(await page.getByText('Change your password there').count()).toBe(1);
    expect(await page.getByRole('definition').allInnerTexts()).toContain('Auditor');
    expect(complaints.slice(0, fromHere)).toEqual([]);
    await close();
  });
});

test('the page calls roles what the registry calls them', () => {
  for (const [role, title] of Object.entries(roleTitles))
    expect([role, peopleWords.zh.roles, peopleWords.en.roles]).toEqual([
      role,
      expect.objectContaining({ [role]: title.zh }),
      expect.objectContaining({ [role]: title.en }),
    ]);
});

describe.for(looks)('at $width px, $scheme, $lang', (look) => {
  test.for([
    [undefined, ['/sign-in', '/sign-up#token', '/account']],
    ['clerk', ['/account', '/admin/accounts']],
    ['admin', ['/admin/accounts']],
    ['auditor', ['/admin/accounts']],
  ] as const)(
    'the pages for %s have no fault that axe finds, and none is wider than the window',
    async ([role, paths]) => {
      const who = role === undefined ? undefined : { name: `${'x'.repeat(80)}-${role}`, roles: [role], look };
      const { page, complaints, close } = await (who === undefined
        ? openPage(browser, look)
        : openDesk(browser, server, who));
      for (const path of paths) {
        const [pathname, hash = ''] = path.split('#');
        await page.goto(`${server.url}${pathname}?lang=${look.lang}#${hash}`);
        await page.getByRole('heading', { level: 1 }).waitFor();
        await isRead(page);
        expect(await faultsOn(page, look), path).toEqual([]);
      }
      if (role === 'admin') {
        await page.getByRole('button', { name: /^(新增账号|Add an account)$/ }).click();
        expect(await faultsOn(page, look)).toEqual([]);
        await page.keyboard.press('Escape');
        await page.getByRole('button', { name: /^(修改|Change) x+-admin/ }).click();
        expect(await faultsOn(page, look)).toEqual([]);
      }
      expect(complaints).toEqual([]);
      await close();
    },
  );
});

test('the ways to sign in say whether there is an identity provider and whether there is any account', async () => {
  expect((await server.get('/api/v1/session/ways')).json).toEqual({ issuer: null, hasAccounts: true });
});

import { once } from 'node:events';
import { createWriteStream, existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect, onTestFinished, test } from 'vitest';
import { accountsIn } from '../../src/identity/accounts.ts';
import { openAccountsFile } from '../../src/identity/accounts-file.ts';
import { federatedIn } from '../../src/identity/federated.ts';
import { sessionsIn } from '../../src/identity/sessions.ts';
import { startWireServer } from '../store/esdb-wire/server.ts';
import { ended, ending, get, newFolder, type Run, registry, serve, start } from './command-line.ts';

const password = 'four words nobody guesses';

/** Runs `./registry user …` with a password on stdin. */
const user = (folder: string, args: string, given = password): Promise<Run> =>
  ending(start('sh', ['-c', `printf '%s\\n' "$GIVEN" | ./registry user ${args}`], folder, { GIVEN: given }));

const signIn = (url: string, name: string, given = password) =>
  fetch(`${url}/api/v1/session`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin: url },
    body: JSON.stringify({ name, password: given }),
  });

test('accounts are made, listed and changed from the shell, beside a running server', async () => {
  const folder = newFolder();
  const { url } = await serve(folder);
  const made = await user(folder, 'add li.wei --role auditor --role clerk --json');
  expect(made).toMatchObject({ code: 0, stderr: '' });
  const account = JSON.parse(made.stdout);
  expect(account).toEqual({
    subject: expect.stringMatching(/^p-[\w-]{22}$/),
    name: 'li.wei',
    roles: ['clerk', 'auditor'],
    disabled: false,
  });
  expect((await signIn(url, 'li.wei')).status).toBe(200);
  expect(await registry(folder, ['user', 'role', 'LI.WEI', '--role', 'viewer'])).toMatchObject({ code: 0 });
  expect(await (await signIn(url, 'li.wei')).json()).toMatchObject({ roles: ['viewer'] });
  const other = 'five other words nobody guesses';
  expect(await user(folder, 'password li.wei', other)).toMatchObject({ code: 0, stderr: '' });
  expect([(await signIn(url, 'li.wei')).status, (await signIn(url, 'li.wei', other)).status]).toEqual([401, 200]);
  const listed = await registry(folder, ['user', 'list']);
  expect(listed.stdout).toMatch(new RegExp(`^${account.subject}  li\\.wei  viewer  20\\d\\d-.*Z\n$`));
  const disabled = await registry(folder, ['user', 'disable', account.subject, '--json']);
  expect(JSON.parse(disabled.stdout)).toMatchObject({ name: 'li.wei', disabled: true });
  expect((await signIn(url, 'li.wei', other)).status).toBe(401);
  const { items } = JSON.parse((await registry(folder, ['user', 'list', '--json'])).stdout);
  expect(items).toMatchObject([{ subject: account.subject, disabled: true, roles: ['viewer'] }]);
});

test('an account that cannot be made is refused in a line, and none is made', async () => {
  const folder = newFolder();
  await user(folder, 'add li.wei --role clerk');
  const tries: readonly (readonly [string, string, number, RegExp])[] = [
    ['add LI.WEI --role clerk', password, 1, /another account has the name "LI\.WEI"/],
    ['add wang --role clerk', 'password1234', 1, /the password is too common/],
    ['add wang --role clerk', 'short', 1, /the password must have 12 to 200 characters/],
    ['add wang --role clerk', '', 2, /no password on stdin/],
    ['add wang --role king', password, 2, /"king" is not a role/],
    ['add wang', password, 2, /--role/],
    ['add p-AAAAAAAAAAAAAAAAAAAAAA --role clerk', password, 2, /cannot be a name/],
    ['role nobody --role clerk', password, 1, /there is no account "nobody"/],
    ['disable nobody', password, 1, /there is no account "nobody"/],
    ['password nobody', password, 1, /there is no account "nobody"/],
    ['fly', password, 2, /unknown command/],
  ];
  for (const [args, given, code, message] of tries) {
    const run = await user(folder, args, given);
    expect([args, run.code, run.stdout]).toEqual([args, code, '']);
    expect(run.stderr).toMatch(message);
    expect(run.stderr).not.toContain(password);
  }
  const { items } = JSON.parse((await registry(folder, ['user', 'list', '--json'])).stdout);
  expect(items).toHaveLength(1);
});

test('at a terminal the password is asked for twice and never shown', async () => {
  const folder = newFolder();
  let terminals = 0;
  const typed = async (again: string): Promise<string> => {
    terminals += 1;
    const keyboard = join(folder, `keyboard-${terminals}`);
    const command = `mkfifo ${keyboard}; exec script -qec './registry user add li.wei --role clerk' /dev/null < ${keyboard}`;
    const child = start('sh', ['-c', command], folder);
    const ending = ended(child);
    while (!existsSync(keyboard)) await new Promise(setImmediate);
    const keys = createWriteStream(keyboard);
    let shown = '';
    child.stdout.on('data', (bytes) => {
      shown += String(bytes);
      if (shown.endsWith('New password: ')) keys.write(`${password}\r`);
      if (shown.endsWith('The same again: ')) keys.write(`${again}\r`);
    });
    await ending;
    keys.destroy();
    return shown;
  };
  const different = await typed(`${password}?`);
  expect(different).toMatch(/New password: [\s\S]*The same again: [\s\S]*the two passwords differ/);
  const same = await typed(password);
  expect(same).toMatch(/The same again: [\s\S]*p-[\w-]{22} {2}li\.wei/);
  expect(`${different}${same}`).not.toContain('nobody guesses');
});

test('a server without accounts prints a link for the first administrator on stderr, below the base path, and nowhere else', async () => {
  const folder = newFolder();
  const child = start('./registry', ['serve'], folder, { LOG_LEVEL: 'trace', REGISTRY_BASE_PATH: 'registry' });
  const printed: string[] = [];
  child.stdout.on('data', (bytes) => printed.push(String(bytes)));
  const told = createInterface({ input: child.stderr });
  const [, link = ''] = await new Promise<RegExpExecArray>((resolve) => {
    told.on('line', (line) => {
      const found = /first administrator signs up once, until \S+Z, at (\S+)$/.exec(line);
      if (found) resolve(found);
    });
  });
  const { origin, pathname, hash } = new URL(link);
  expect(pathname).toBe('/registry/sign-up');
  const reply = await fetch(`${origin}/registry/api/v1/session/sign-up`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin },
    body: JSON.stringify({ token: hash.slice(1), name: '何燕', password }),
  });
  expect(printed.join('')).toContain(`listening on ${origin}\n`);
  expect(await reply.json()).toMatchObject({ name: '何燕', roles: ['admin'] });
  child.kill('SIGTERM');
  await ended(child);
  for (const text of [printed.join(''), readFileSync(join(folder, 'data', 'security.log'), 'utf8')])
    expect(text).not.toContain(hash.slice(1));

  const again = start('./registry', ['serve'], folder);
  const rest = again.stderr.setEncoding('utf8').toArray();
  await new Promise((resolve) => again.stdout.once('data', resolve));
  again.kill('SIGTERM');
  await ended(again);
  expect((await rest).join('')).not.toContain('sign-up');
});

test('the name of somebody who signed in at an identity provider can be removed, and their sessions end', async () => {
  const folder = newFolder();
  const subject = 'https://id.example.org#li';
  await user(folder, 'add wang.fang --role clerk');
  const file = openAccountsFile(join(folder, 'data', 'accounts.db'));
  onTestFinished(file.close);
  const people = federatedIn(file, Date.now);
  const sessions = sessionsIn(file, Date.now);
  people.keep({ subject, name: '李伟', roles: ['clerk'] });
  const { token } = sessions.begin(subject);
  expect(await registry(folder, ['user', 'delete', subject])).toEqual({
    code: 0,
    stdout: `deleted ${subject}\n`,
    stderr: '',
  });
  expect([people.of(subject), sessions.use(token)]).toEqual([undefined, undefined]);
  expect(readFileSync(join(folder, 'data', 'security.log'), 'utf8')).toMatch(/"event":"account-deleted"/);
  expect(accountsIn(file, Date.now).log(1, 10)).toMatchObject([{ by: 'command-line', subject, what: 'deleted' }]);
  expect(await registry(folder, ['user', 'delete', subject])).toMatchObject({ code: 1, stdout: '' });
});

test('a deleted account leaves nothing but its subject, for which no token is made any more', async () => {
  const folder = newFolder();
  for (const name of ['he.yan', 'chen.jie']) await user(folder, `add ${name} --role admin`);
  const { subject } = JSON.parse((await user(folder, 'add 王芳芳 --role clerk --json')).stdout);
  const data = join(folder, 'data');
  expect(readFileSync(join(data, 'accounts.db'), 'utf8')).toContain('王芳芳');
  expect(await registry(folder, ['user', 'delete', '王芳芳'])).toMatchObject({
    code: 0,
    stdout: `deleted ${subject}\n`,
  });
  for (const file of readdirSync(data, { recursive: true, withFileTypes: true }).filter((each) => each.isFile()))
    expect(readFileSync(join(file.parentPath, file.name), 'utf8'), file.name).not.toContain('王芳芳');
  for (const same of [subject, subject.toUpperCase()])
    expect(await registry(folder, ['token', '--subject', same, '--role', 'clerk'])).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringContaining('is disabled or was deleted'),
    });
  const ways = (as: string) => [
    ['import', 'listings', 'samples/listings.csv', '--command', 'list', '--as', as],
    ['approve', 'some-import', '--as', as],
  ];
  for (const args of [subject, subject.toUpperCase()].flatMap(ways))
    expect(await registry(folder, args)).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringContaining('is disabled or was deleted'),
    });
  expect(existsSync(join(data, 'events.db'))).toBe(false);
  for (const gone of [subject, '王芳芳', 'nobody'])
    expect((await registry(folder, ['user', 'delete', gone])).stderr).toContain(`there is no account "${gone}"`);
});

test('the last administrator who can sign in keeps the account and the role, also from the shell', async () => {
  const folder = newFolder();
  await user(folder, 'add he.yan --role admin');
  await user(folder, 'add li.wei --role clerk');
  const last = ['delete', 'disable', 'role --role clerk'];
  for (const command of last) {
    const run = await user(folder, command.replace(/^\w+/, '$& he.yan'));
    expect([command, run.code]).toEqual([command, 1]);
    expect(run.stderr).toMatch(/"he\.yan" is the last administrator who can sign in; make another first/);
  }
  await user(folder, 'role li.wei --role admin');
  expect(await user(folder, 'delete he.yan')).toMatchObject({ code: 0, stderr: '' });
});

test('a node that shares its ledger says that its accounts are its own', async () => {
  const store = await startWireServer();
  onTestFinished(store.close);
  const child = start('./registry', ['serve'], newFolder(), { REGISTRY_STORE: store.connectionString });
  child.stdout.resume();
  const [line] = await once(createInterface({ input: child.stderr }), 'line');
  expect(line).toMatch(/the accounts in .* are this node’s own; the other nodes do not know them/);
});

test('the demo’s accounts and tokens are the same people, and its addresses are those below the base path', async () => {
  const folder = newFolder();
  const child = start('./registry', ['demo'], folder, { TMPDIR: folder, REGISTRY_BASE_PATH: '/registry' });
  child.stderr.resume();
  const lines: string[] = [];
  const out = createInterface({ input: child.stdout });
  await new Promise<void>((resolve) => {
    out.on('line', (line) => {
      lines.push(line);
      if (/^curl/.test(line)) resolve();
    });
  });
  const url = /http:\S+/.exec(lines[0] ?? '')?.[0] ?? '';
  expect(lines).toEqual(expect.arrayContaining([`Page: ${url}/registry/`, `API: ${url}/registry/api/docs`]));
  for (const role of ['viewer', 'clerk', 'reviewer', 'auditor', 'admin']) {
    const tokens = lines.filter((line) => line.startsWith(`${role} `)).map((line) => line.split(/\s+/)[1] ?? '');
    const accounts = lines.filter((line) => line.startsWith(`demo.${role} `)).map((line) => line.split(/\s+/)[1] ?? '');
    expect([tokens.length, accounts.length]).toEqual([1, 1]);
    const signedIn = JSON.parse(await (await signIn(url, `demo.${role}`, accounts[0])).text());
    expect(await get(`${url}/api/v1/session`, tokens[0])).toMatchObject({ subject: signedIn.subject, roles: [role] });
  }
});

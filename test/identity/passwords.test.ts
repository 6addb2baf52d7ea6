import { describe, expect, test } from 'vitest';
import { passwordFault, passwordHashing, TooManyPasswords } from '../../src/identity/passwords.ts';

const may = [
  'twelve chars',
  'four words nobody guesses',
  'correct horse battery staple',
  '𝒜'.repeat(12),
  '𝒜'.repeat(200),
  'é'.normalize('NFD').repeat(200),
  '上海市智能制造登记簿的一个密码',
  'x'.repeat(200),
  'kX7-pQ2-vL9-mN4',
];
const mayNot = [
  '',
  'eleven char',
  '𝒜'.repeat(11),
  '𝒜'.repeat(201),
  'e\u0301'.repeat(11),
  'password1234',
  'PasswordPassword',
  'passwordpasswordpassword',
  '2026 password!!',
  '123456789012',
  '210987654321',
  'abcdefghijkl',
  'aaaaaaaaaaaa',
  'Administrator',
  'Administrator2026!',
  '1qaz2wsx3edc',
  'upgrade-registry',
  'Upgrade Registry 1',
  'li.wei-20261129',
  '\ud800 a lone surrogate',
];

test.each(may)('“%s” may be a password', async (password) => {
  expect(await passwordFault(password, 'li.wei')).toBeUndefined();
});

test.each(mayNot)('“%s” may not be a password', async (password) => {
  const fault = await passwordFault(password, 'li.wei');
  expect(fault?.zh).toMatch(/\p{Script=Han}/u);
  expect(fault?.en).toMatch(/^[A-Z]/);
});

describe('the hash of a password', () => {
  const { hash, verify } = passwordHashing();

  test('is Argon2id with a salt of its own and the parameters that docs/security.md names', async () => {
    const [one, other] = await Promise.all([hash('four words nobody guesses'), hash('four words nobody guesses')]);
    expect(one).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$[\w+/]{22}\$[\w+/]{43}$/);
    expect(one).not.toBe(other);
    expect(await verify('four words nobody guesses', one)).toBe(true);
    expect(await verify('four words nobody guesses.', one)).toBe(false);
  });

  test('that was made with other parameters is still understood (a vector of the reference implementation)', async () => {
    const known = '$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4';
    expect(await verify('password', known)).toBe(true);
    expect(await verify('passwore', known)).toBe(false);
  });

  test('never matches if there is none', async () => {
    expect(await verify('', undefined)).toBe(false);
  });

  test('is refused at once if more wait than the node takes, and those that wait are hashed all the same', async () => {
    const all = await Promise.allSettled(Array.from({ length: 100 }, () => verify('x', undefined)));
    const refused = all.filter(({ status }) => status === 'rejected');
    expect(refused.length).toBeGreaterThan(25);
    for (const each of refused) expect(each).toMatchObject({ reason: expect.any(TooManyPasswords) });
    expect(await verify('x', undefined)).toBe(false);
  });
});

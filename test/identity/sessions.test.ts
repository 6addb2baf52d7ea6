import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { openAccountsFile } from '../../src/identity/accounts-file.ts';
import { idleMs, sessionsIn } from '../../src/identity/sessions.ts';
import { StoreUnavailable } from '../../src/store/event-store.ts';

const openFile = () => {
  const folder = mkdtempSync(join(tmpdir(), 'upgrade-registry-test-'));
  const file = openAccountsFile(join(folder, 'accounts.db'));
  onTestFinished(() => {
    file.close();
    rmSync(folder, { recursive: true, force: true });
  });
  return file;
};

test('while nothing can be written, such as on a full disk, a session goes on, as far as its last use is known', () => {
  const file = openFile();
  let now = 0;
  const { token } = sessionsIn(file, () => now).begin('p-someone');
  const full = {
    ...file,
    change: () => {
      throw new StoreUnavailable('the disk is full');
    },
  };
  const sessions = sessionsIn(full, () => now);
  now = idleMs - 1;
  expect(sessions.use(token)).toMatchObject({ subject: 'p-someone', expiresMs: idleMs });
  now = idleMs;
  expect(sessions.use(token)).toBeUndefined();
});

test('an account has 50 sessions at most; the one used longest ago ends', () => {
  let now = 0;
  const sessions = sessionsIn(openFile(), () => now);
  const tokens = Array.from({ length: 50 }, () => {
    now += 1_000;
    return sessions.begin('p-someone').token;
  });
  now += 1_000;
  const [first = '', second = '', third = ''] = tokens;
  sessions.use(first);
  sessions.begin('p-other');
  expect(sessions.use(second)).toBeDefined();
  now += 1_000;
  sessions.begin('p-someone');
  expect([first, second, third].map((token) => sessions.use(token) !== undefined)).toEqual([true, true, false]);
});

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, onTestFinished, test } from 'vitest';
import { accountsIn } from '../../src/identity/accounts.ts';
import { exportAccounts, importAccounts, openAccountsFile } from '../../src/identity/accounts-file.ts';
import { federatedIn } from '../../src/identity/federated.ts';
import { federatedLifeMs, sessionsIn } from '../../src/identity/sessions.ts';

const subject = 'https://id.example.org#li';
const li = { subject, name: '李伟', roles: ['clerk'] } as const;

const newFile = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'upgrade-registry-test-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return join(folder, 'accounts.db');
};

test('the accounts of a release without people of an issuer are taken over', () => {
  const path = newFile();
  const before = openAccountsFile(path);
  accountsIn(before, Date.now).add({ name: 'wang.fang', roles: ['clerk'] }, 'a.test');
  before.close();
  const db = new DatabaseSync(path);
  db.exec('DROP TABLE federated; PRAGMA user_version = 1');
  db.close();
  const file = openAccountsFile(path);
  expect(accountsIn(file, Date.now).named('wang.fang')).toMatchObject({ roles: ['clerk'] });
  federatedIn(file, Date.now).keep(li);
  expect(federatedIn(file, Date.now).of(subject)).toEqual(li);
  file.close();
});

test('the people of an issuer of an earlier release keep their names, in any spelling of their subjects', () => {
  const path = newFile();
  openAccountsFile(path).close();
  const db = new DatabaseSync(path);
  db.exec(`DROP TABLE federated; DROP TABLE deleted; PRAGMA user_version = 2; CREATE TABLE federated (
    subject TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    roles TEXT NOT NULL,
    signed_in_at INTEGER NOT NULL
  ) STRICT; INSERT INTO federated VALUES ('${subject}', '李伟', '["clerk"]', 1)`);
  db.close();
  for (const _ of [1, 2]) {
    const file = openAccountsFile(path);
    expect(federatedIn(file, Date.now).of(subject)).toEqual(li);
    expect(federatedIn(file, Date.now).nameOf(subject.toUpperCase())).toBe('李伟');
    file.close();
  }
});

test('a backup has the names of an issuer’s people; one of an earlier release has none', () => {
  const path = newFile();
  const file = openAccountsFile(path);
  federatedIn(file, Date.now).keep(li);
  file.close();
  const text = exportAccounts(path);
  const { federated, ...earlier } = JSON.parse(text);
  const withoutPersons = federated.map(({ person: _, ...row }: { readonly person: string }) => row);
  for (const [given, found] of [
    [text, li] as const,
    [JSON.stringify({ ...earlier, federated: withoutPersons }), li] as const,
    [JSON.stringify(earlier), undefined] as const,
  ]) {
    const copy = newFile();
    importAccounts(copy, given);
    const restored = openAccountsFile(copy);
    expect(federatedIn(restored, Date.now).of(subject)).toEqual(found);
    restored.close();
  }
});

test('a session of an issuer’s person ends an hour after it was begun, however much it is used', () => {
  const file = openAccountsFile(newFile());
  let now = 0;
  const sessions = sessionsIn(file, () => now);
  const { token } = sessions.begin(subject);
  for (now = 0; now < federatedLifeMs; now += 600_000)
    expect(sessions.use(token)).toMatchObject({ subject, expiresMs: 3_600_000 });
  expect(sessions.use(token)).toBeUndefined();
  file.close();
});

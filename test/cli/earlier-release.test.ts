import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { beforeAll, expect, onTestFinished, test } from 'vitest';
import { openEventStoreDb } from '../../src/store/eventstoredb/store.ts';
import { startWireServer } from '../store/esdb-wire/server.ts';
import { newEvent } from '../store/events.ts';
import { newFolder, registry } from './command-line.ts';
import { fillFolder } from './filled.ts';

/** What a release recorded that did not seal free texts yet is refused, in one line that says so, and left unchanged. */

let filled: string;
beforeAll(async () => {
  filled = await fillFolder();
}, 60_000);

const withLayout = (file: string, layout: number): Buffer => {
  const db = new DatabaseSync(file);
  db.exec(`PRAGMA user_version = ${layout}`);
  db.close();
  return readFileSync(file);
};

test('a backup of an earlier release is refused, and nothing is restored', async () => {
  const backup = join(filled, 'earlier.backup');
  expect(await registry(filled, ['backup', backup])).toMatchObject({ code: 0 });
  const before = withLayout(backup, 1);
  expect(await registry(newFolder(), ['restore', backup])).toEqual({
    code: 78,
    stdout: '',
    stderr: expect.stringMatching(
      /^registry: .*earlier\.backup has layout 1, in which an earlier release recorded; .* Nothing was restored\.\n$/,
    ),
  });
  expect(readFileSync(backup).equals(before)).toBe(true);
});

test('a data folder of an earlier release is refused by every command that opens its ledger', async () => {
  const ledger = join(filled, 'data', 'events.db');
  const before = withLayout(ledger, 1);
  for (const args of [['serve'], ['replay'], ['status'], ['rebuild'], ['backup', join(filled, 'new.backup')]])
    expect(await registry(filled, args), args[0]).toEqual({
      code: 78,
      stdout: '',
      stderr: expect.stringMatching(
        /^registry: .*events\.db has layout 1, in which an earlier release recorded; .* It was left unchanged\.\n$/,
      ),
    });
  expect(readFileSync(ledger).equals(before)).toBe(true);
});

test('events of an earlier release on EventStoreDB are refused', async () => {
  const server = await startWireServer();
  onTestFinished(server.close);
  const { connectionString } = server;
  const store = openEventStoreDb({ connectionString, origin: '' });
  await store.append('upgrade.factories-contract', 'none', [newEvent()]);
  await store.close();
  const folder = newFolder();
  const copying = ['copy', '--from', connectionString, '--to', 'sqlite:other.db'];
  for (const args of [['serve'], ['replay'], ['status'], copying])
    expect(await registry(folder, args, { REGISTRY_STORE: connectionString }), args[0]).toEqual({
      code: 78,
      stdout: '',
      stderr: expect.stringMatching(/^registry: esdb:.* holds events that an earlier release recorded; .*\n$/),
    });
});

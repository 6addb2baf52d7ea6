import { join } from 'node:path';
import { expect, test } from 'vitest';
import { newFolder, serve } from '../cli/command-line.ts';
import { chanceOf } from './chance.ts';
import { openOffice } from './journal.ts';

/** Which of the server's syncs of the ledger's log fails; those before and after it succeed. */
const failing = 8;

test('if the disk fails to sync an event, its clerk learns that the outcome is unknown, and the repeated command is recorded once', {
  timeout: 120_000,
}, async () => {
  const folder = newFolder();
  const syncs = 'fdatasync,fsync';
  const { url } = await serve(folder, {}, [
    ...['strace', '-D', '-f', '-qq', '-o', join(folder, 'trace'), '-P', join(folder, 'data', 'events.db-wal')],
    ...['-e', `trace=${syncs}`, '-e', `inject=${syncs}:error=EIO:when=${failing}`, './registry', 'serve'],
  ]);
  const office = await openOffice(folder, chanceOf('unsynced'));
  const answers: { readonly status?: number; readonly text?: string }[] = [];
  for (let each = 0; each < failing + 4; each++) answers.push((await office.nominate(url)) ?? {});
  const unknown = answers.filter(({ status }) => status !== 201);
  expect(unknown).toHaveLength(1);
  expect(unknown[0]).toMatchObject({ status: 503, text: expect.stringContaining('是否已记录尚不清楚') });
  await office.ask(url);
  expect(office.answered(201)).toBe(answers.length);
  await office.check(url);
});

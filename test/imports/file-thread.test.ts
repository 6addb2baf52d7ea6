import { existsSync } from 'node:fs';
import { expect, onTestFinished, test } from 'vitest';
import { fileThread } from '../../src/imports/reading/file-thread.ts';
import { newFile } from '../spreadsheets/files.ts';
import { csv } from './spreadsheet.ts';

const headers = ['编号', '工厂名称', '行业', '区', '推荐日期'];
const rows = (count: number) =>
  csv(headers, ...Array.from({ length: count }, () => ['a', '甲厂', '汽车', '浦东', '2020-03-01']));

const asked = (path: string, set = {}) => ({
  ...{ register: 'factories', command: 'nominate', path, sheet: undefined, set },
  table: `${path}.table`,
});

const thread = (limitMs?: number) => {
  const files = fileThread(limitMs);
  onTestFinished(() => files.close());
  return files;
};

test('one file after the other is opened, the good and the refused', async () => {
  const files = thread();
  const good = asked(newFile(rows(2)));
  expect(await files.open(good)).toMatchObject({ total: 2 });
  expect(existsSync(good.table)).toBe(true);
  expect(await files.open(asked(newFile('%PDF-1.7\n')))).toMatchObject({ at: 'file' });
  expect(await files.open(asked(newFile(rows(3)), { name: '乙厂' }))).toMatchObject({ unusedSet: ['name'] });
  expect(await files.open(asked(newFile(rows(4))))).toMatchObject({ total: 4 });
});

test('an error of the machine reaches who asked, and the next file is opened', async () => {
  const files = thread();
  await expect(files.open(asked('/no/such/file'))).rejects.toMatchObject({ code: 'ENOENT', syscall: 'open' });
  expect(await files.open(asked(newFile(rows(1))))).toMatchObject({ total: 1 });
});

test('what a client that leaves has begun is ended, nothing of it stays, and the next file is opened', async () => {
  const files = thread();
  const left = new AbortController();
  const long = asked(newFile(rows(90_000)));
  const opening = files.open(long, left.signal);
  const reason = new Error('left');
  left.abort(reason);
  await expect(opening).rejects.toBe(reason);
  expect(existsSync(long.table)).toBe(false);
  await expect(files.open(long, left.signal)).rejects.toBe(reason);
  expect(await files.open(asked(newFile(rows(1))))).toMatchObject({ total: 1 });
});

test('a file that takes too long is refused, and nothing of it stays', async () => {
  const files = thread(1);
  const long = asked(newFile(rows(90_000)));
  const fault = expect.objectContaining({ en: expect.stringContaining('too large or too complex') });
  expect(await files.open(long)).toEqual({ at: 'file', fault });
  expect(existsSync(long.table)).toBe(false);
});

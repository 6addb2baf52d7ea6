import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';
import { ended, get, newFolder, serve } from '../cli/command-line.ts';
import { chanceOf } from './chance.ts';
import { openOffice } from './journal.ts';

const hourMs = 3_600_000;

test('a clock that jumps back does no harm: no event is recorded with an earlier time than the one before it', {
  timeout: 120_000,
}, async () => {
  const folder = newFolder();
  const file = join(folder, 'shift');
  const set = (shiftMs: number) => writeFileSync(file, String(shiftMs));
  const environment = {
    NODE_OPTIONS: `--import=${pathToFileURL('test/faults/clock.ts')}`,
    CLOCK_SHIFT_FILE: file,
  };
  set(0);
  const { child, url } = await serve(folder, environment);
  const office = await openOffice(folder, chanceOf('clock'));
  const record = async (at: string, count: number) => {
    for (let each = 0; each < count; each++) expect((await office.nominate(at))?.status).toBe(201);
  };
  const sizeNow = async (at: string, position: string) =>
    (await get(`${at}/api/v1/targets`, undefined, { 'registry-position': position })).size;

  await record(url, 5);
  expect(await sizeNow(url, '6')).toBe(6);
  set(-2 * hourMs);
  expect(await sizeNow(url, '6')).toBe(6);
  await record(url, 5);
  expect(await sizeNow(url, '11')).toBe(11);
  await office.check(url);

  child.kill('SIGTERM');
  expect(await ended(child)).toBe(0);
  set(-24 * hourMs);
  const again = await serve(folder, environment);
  expect(await sizeNow(again.url, '11')).toBe(11);
  await record(again.url, 5);
  await office.check(again.url);
});

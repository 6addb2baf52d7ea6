import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { ending, newFolder, start } from '../cli/command-line.ts';
import { messes } from './messes.ts';

const files = await Promise.all(messes.map(({ file }) => file()));

const program = fileURLToPath(new URL('./import-all.ts', import.meta.url));

/** What a process in a time zone records of every mess. */
const importedIn = async (zone: string) => {
  const folder = newFolder();
  for (const [index, file] of files.entries()) writeFileSync(join(folder, String(index)), file);
  const run = await ending(start('node', [program, folder], folder, { TZ: zone }));
  if (run.code !== 0) throw new Error(run.stderr);
  return JSON.parse(run.stdout);
};

test('a spreadsheet gives the same events in every time zone of the server', { timeout: 60_000 }, async () => {
  const [here, there] = await Promise.all(['Asia/Shanghai', 'America/New_York'].map(importedIn));
  expect([here.zone, there.zone]).toEqual(['Asia/Shanghai', 'America/New_York']);
  expect(here.said.length).toBeGreaterThan(60);
  expect(there.said).toEqual(here.said);
  expect(there.refusals).toEqual(here.refusals);
});

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';
import { ending, lineOf, newFolder, serve, start } from '../cli/command-line.ts';
import { chanceOf } from './chance.ts';
import { openOffice } from './journal.ts';

/** A module that breaks every thread except the main one as soon as a file exists. */
const breaking = (file: string): string => `
  import { existsSync } from 'node:fs';
  import { isMainThread } from 'node:worker_threads';
  const check = () => {
    if (existsSync(${JSON.stringify(file)})) throw new Error('the thread was broken');
  };
  if (!isMainThread) setInterval(check, 10).unref();
`;

test('a server whose projector thread breaks ends and says why; started again, it has every answered command', {
  timeout: 120_000,
}, async () => {
  const folder = newFolder();
  const [preload, broken] = [join(folder, 'breaking.mjs'), join(folder, 'broken')];
  writeFileSync(preload, breaking(broken));
  const child = start('./registry', ['serve'], folder, { NODE_OPTIONS: `--import=${pathToFileURL(preload)}` });
  const [, url = ''] = await lineOf(child, /^listening on (http:\/\/\S+)$/);
  const office = await openOffice(folder, chanceOf('thread'));
  for (let each = 0; each < 5; each++) expect((await office.nominate(url))?.status).toBe(201);
  const end = ending(child);
  writeFileSync(broken, '');
  const { code, stderr } = await end;
  expect(code).toBe(1);
  expect(stderr).toContain('the thread was broken');
  const again = await serve(folder);
  await office.ask(again.url);
  await office.check(again.url);
});

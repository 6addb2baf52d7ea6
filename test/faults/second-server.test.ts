import { expect, test } from 'vitest';
import { newFolder, registry, serve } from '../cli/command-line.ts';
import { chanceOf } from './chance.ts';
import { openOffice } from './journal.ts';

test('two servers on one folder record side by side; a server on a port in use ends with status 78', {
  timeout: 120_000,
}, async () => {
  const folder = newFolder();
  const [first, second] = await Promise.all([serve(folder), serve(folder)]);
  const { port } = new URL(first.url);
  expect(await registry(folder, ['serve'], { PORT: port })).toMatchObject({
    code: 78,
    stderr: expect.stringContaining(`PORT=${port} is already in use`),
  });
  const office = await openOffice(folder, chanceOf('two servers'));
  await office.nominate(first.url);
  const stop = new AbortController();
  const work = [first, second].map(({ url }) => office.work(url, stop.signal));
  await office.recorded(150);
  stop.abort();
  await Promise.all(work);
  expect(office.answered(undefined)).toBe(0);
  expect(office.answered(500)).toBe(0);
  for (const { url } of [first, second]) await office.check(url);
});

import { expect, test } from 'vitest';
import { ended, newFolder, registry, serve } from '../cli/command-line.ts';
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

test('if one of two servers on one folder is killed under load, the other one knows what it has answered, and goes on', async () => {
  const folder = newFolder();
  const [first, second] = await Promise.all([serve(folder), serve(folder)]);
  const office = await openOffice(folder, chanceOf('one of two servers'));
  await office.nominate(second.url);
  const stop = new AbortController();
  const work = [first, second].map(({ url }) => office.work(url, stop.signal));
  await office.recorded(100);
  first.child.kill('SIGKILL');
  await ended(first.child);
  await office.recorded(office.answered(201) + 50);
  stop.abort();
  await Promise.all(work);
  await office.ask(second.url);
  expect(office.answered(undefined)).toBe(0);
  await office.check(second.url);
});

import { expect, test } from 'vitest';
import { ended, newFolder, serve } from '../cli/command-line.ts';
import { chanceOf } from './chance.ts';
import { openOffice } from './journal.ts';

const timeout = 120_000;

test('a server that is stopped under load answers or refuses every open request, and ends with status 0 in time', {
  timeout,
}, async () => {
  const folder = newFolder();
  const office = await openOffice(folder, chanceOf('stopped'));
  for (let turn = 0; turn < 5; turn++) {
    const { child, url } = await serve(folder);
    await office.nominate(url);
    const before = office.answered(201);
    const work = office.work(url, new AbortController().signal, 32);
    await office.recorded(before + 20 + turn);
    const asked = performance.now();
    child.kill('SIGTERM');
    expect(await ended(child)).toBe(0);
    expect(performance.now() - asked).toBeLessThan(5_000);
    await work;
    // Requests without an answer reached a server that no longer listened: they were never recorded.
    office.giveUp();
    await office.check();
  }
  const { url } = await serve(folder);
  await office.check(url);
});

import { setTimeout as after } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { ended, newFolder, serve, start } from '../cli/command-line.ts';
import { chanceOf } from './chance.ts';
import { openOffice } from './journal.ts';

const folders = 5;
const killsPerFolder = 10;
/** The longest time before a server is killed. */
const longestMs = 400;

test('a server that is killed 50 times at random instants under load loses, repeats and invents nothing', {
  timeout: 600_000,
}, async () => {
  const lanes = Array.from({ length: folders }, (_, lane) => lane);
  const killAndCheck = async (lane: number) => {
    const folder = newFolder();
    const chance = chanceOf(`killed ${lane}`);
    const office = await openOffice(folder, chance);
    for (let kill = 0; kill < killsPerFolder; kill++) {
      if (chance.below(4) === 0) {
        const early = start('./registry', ['serve'], folder);
        await after(chance.below(1_000));
        early.kill('SIGKILL');
        await ended(early);
      }
      const { child, url } = await serve(folder);
      await office.ask(url);
      expect(office.answered(undefined)).toBe(0);
      await office.check(url);
      const work = office.work(url, new AbortController().signal);
      await after(chance.below(longestMs));
      child.kill('SIGKILL');
      await Promise.all([ended(child), work]);
    }
    const { url } = await serve(folder);
    await office.ask(url);
    await office.check(url);
    return { recorded: office.answered(201), submitted: office.answered(202), unknown: office.answered(undefined) };
  };
  const done = await Promise.all(lanes.map(killAndCheck));
  for (const { recorded, submitted, unknown } of done) {
    expect(recorded).toBeGreaterThan(50);
    expect(submitted).toBeGreaterThan(10);
    expect(unknown).toBe(0);
  }
});

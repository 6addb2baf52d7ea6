import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { leafHash } from '../../src/ledger/tree.ts';
import { ended, get, newFolder, registry, type Server, serve, tokenFor } from '../cli/command-line.ts';
import { chanceOf } from './chance.ts';
import { openOffice } from './journal.ts';

/** What an auditor is told of a server’s hashes, once they have come as far as its read model. */
const hashed = async ({ url }: Server, auditor: string) => {
  for (;;) {
    const { size, ledger } = await get(`${url}/health/ready`, auditor);
    if (ledger?.hashed === size) return ledger;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
};

test('a server that is killed under load again and again has a hash for every line of the feed, and says how many', {
  timeout: 120_000,
}, async () => {
  const folder = newFolder();
  const office = await openOffice(folder, chanceOf('killed hashing'));
  const auditor = await tokenFor(folder, 'auditor');
  for (let turn = 0; turn < 3; turn++) {
    const server = await serve(folder);
    await office.nominate(server.url);
    if (turn > 0) await hashed(server, auditor); // so that what is recorded now is hashed as it is recorded
    const before = office.answered(201);
    const work = office.work(server.url, new AbortController().signal);
    await office.recorded(before + 40);
    server.child.kill('SIGKILL');
    await ended(server.child);
    await work;
    office.giveUp();
  }
  const server = await serve(folder);
  const ledger = await hashed(server, auditor);
  const headers = { authorization: `Bearer ${auditor}`, accept: 'application/x-ndjson' };
  const feed = await (await fetch(`${server.url}/api/v1/events`, { headers })).text();
  const lines = feed.trimEnd().split('\n');
  const hashes = Buffer.concat(lines.map((line) => leafHash(Buffer.from(line))));
  expect(readFileSync(join(folder, 'data', 'ledger', 'level-0')).equals(hashes)).toBe(true);
  expect(ledger).toMatchObject({ hashed: lines.length, watchedSince: 1 });
  expect(ledger).not.toHaveProperty('notSigned');

  expect(await get(`${server.url}/health/ready`)).not.toHaveProperty('ledger');
  const metrics = await (await fetch(`${server.url}/metrics`)).text();
  expect(metrics).toContain(`\nregistry_ledger_hashed ${lines.length}\n`);
  expect(metrics).toContain('\nregistry_ledger_growing 1\n');
  const { stdout } = await registry(folder, ['status']);
  expect(stdout).toMatch(new RegExp(`^hashed +${lines.length} events, those since size 1 as they were recorded$`, 'm'));
});

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { ended, lineOf, newFolder, serve, start } from '../cli/command-line.ts';
import { chanceOf } from './chance.ts';
import { openOffice } from './journal.ts';

/** The step in a line of the trace: the ledger's log is written or synced, or an answer is sent. */
const stepOf = (line: string): 'written' | 'synced' | 'answered' | undefined => {
  if (/\bpwrite64\(\d+<[^>]*events\.db-wal>/.test(line)) return 'written';
  if (/\bfdatasync\(\d+<[^>]*events\.db-wal>\) += 0|\bfsync\(\d+<[^>]*events\.db-wal>\) += 0/.test(line))
    return 'synced';
  if (/\b(write|writev|sendto|sendmsg)\(\d+<(TCP|socket):.*HTTP\/1\.1 20[12] /.test(line)) return 'answered';
  return undefined;
};

const isSync = (call: string): boolean => /^f(data)?sync\(/.test(call);

/** The calls of a trace in the order in which they began, but syncs in the order in which they ended: threads overlap. */
const callsIn = (trace: string): readonly string[] => {
  const begun = new Map<string, string>();
  return trace.split('\n').flatMap((line) => {
    const [, thread = '', text = ''] = /^(\d+) +(.*)$/.exec(line) ?? [];
    const [, rest] = /^<\.\.\. \w+ resumed>(.*)$/.exec(text) ?? [];
    const [, head] = /^(.*) <unfinished \.\.\.>$/.exec(text) ?? [];
    if (head !== undefined) begun.set(thread, head);
    const call = rest === undefined ? (head ?? text) : `${begun.get(thread)}${rest}`;
    return (isSync(call) ? head === undefined : rest === undefined) ? [call] : [];
  });
};

test('an event is on the disk before its command is answered, as the system calls of the server show', {
  timeout: 120_000,
}, async () => {
  const folder = newFolder();
  const trace = join(folder, 'trace');
  const calls = 'trace=pwrite64,fdatasync,fsync,write,writev,sendto,sendmsg';
  const child = start(
    'strace',
    ['-D', '-f', '-y', '-s', '48', '-e', calls, '-o', trace, './registry', 'serve'],
    folder,
  );
  const [, url = ''] = await lineOf(child, /^listening on (http:\/\/\S+)$/);
  const office = await openOffice(folder, chanceOf('synced'));
  const commands = 20;
  for (let each = 0; each < commands; each++) expect((await office.nominate(url))?.status).toBe(201);
  child.kill('SIGTERM');
  await ended(child);
  expect(existsSync(trace)).toBe(true);
  const steps = callsIn(readFileSync(trace, 'utf8'))
    .map(stepOf)
    .filter((step) => step !== undefined);
  const between = steps
    .slice(0, steps.lastIndexOf('answered') + 1)
    .join(' ')
    .split('answered')
    .slice(0, -1);
  expect(between).toHaveLength(commands);
  for (const before of between) expect(before.trim()).toMatch(/written synced$/);
});

test('what a killed server may have written without a sync is on the disk before it is signed or published', {
  timeout: 120_000,
}, async () => {
  const folder = newFolder();
  const isSigned = async (url: string): Promise<boolean> => (await fetch(`${url}/ledger/checkpoint`)).ok;
  const killed = await serve(folder);
  await vi.waitUntil(() => isSigned(killed.url), { timeout: 30_000, interval: 100 });
  killed.child.kill('SIGKILL');
  await ended(killed.child);

  const trace = join(folder, 'trace');
  const next = await serve(folder, {}, [
    ...['strace', '-D', '-f', '-y', '-e', 'trace=fdatasync,fsync', '-o', trace, './registry', 'serve'],
  ]);
  await vi.waitUntil(() => isSigned(next.url), { timeout: 30_000, interval: 100 });
  const syncs = callsIn(readFileSync(trace, 'utf8')).join('\n');
  for (const log of ['events.db-wal', 'ledger-signed.db-wal']) expect(syncs).toMatch(new RegExp(`/${log}>\\) += 0`));
});

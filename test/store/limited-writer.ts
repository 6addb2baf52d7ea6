/**
 * A process whose files cannot grow beyond a limit (`prlimit --fsize`), as on a disk that refuses to write. It
 * appends to the ledger in the file that is its argument until an append is refused, lifts the limit and appends again;
 * then it writes the outcome as one JSON object.
 */
import { execFileSync } from 'node:child_process';
import { openSqliteStore } from '../../src/store/sqlite/store.ts';
import { newEvent } from './events.ts';

const [, , file = ''] = process.argv;
const store = openSqliteStore({ file, now: Date.now });
const acknowledged: string[] = [];
const refusals: string[] = [];

const appendGroup = async (): Promise<void> => {
  const events = Array.from({ length: 5 }, () => newEvent({ name: 'x'.repeat(8_000) }));
  const appends = events.map((event) => store.append(`upgrade.limited-${event.id}`, 'none', [event]));
  for (const [index, { status, ...settled }] of (await Promise.allSettled(appends)).entries())
    if (status === 'fulfilled') acknowledged.push(events[index]?.id ?? '');
    else refusals.push('reason' in settled ? settled.reason.name : '');
};

while (refusals.length === 0) await appendGroup();
const sizeWhenRefused = await store.size();
execFileSync('/usr/bin/prlimit', ['--pid', String(process.pid), '--fsize=unlimited']);
await appendGroup();
await store.close();
process.stdout.write(JSON.stringify({ acknowledged, refusals, sizeWhenRefused }));

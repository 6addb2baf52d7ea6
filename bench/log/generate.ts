import { createHash } from 'node:crypto';
import { existsSync, globSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Day, shanghaiDay } from '../../domain/calendar.ts';
import { type Decision, decide, isRejected, submissionOf } from '../../domain/decide.ts';
import { type Body, currentSchema, type Metadata, type NewEvent, streamOf, submissionId } from '../../domain/event.ts';
import { blank, type Entry, evolve } from '../../domain/history.ts';
import { canonicalJson } from '../../domain/json.ts';
import { registerNamed } from '../../domain/registers/index.ts';
import { sha256 } from '../../src/commands/command-ids.ts';
import { seedEvent } from '../../src/commands/seed.ts';
import { openSqliteStore } from '../../src/store/sqlite/store.ts';
import { chanceFrom } from './chance.ts';
import { type Life, livesFrom, nextDay } from './lives.ts';

/** The times at which the ledger's first and last events are recorded. */
const firstMs = Date.parse('2019-06-24T01:00:00Z');
const lastMs = Date.parse('2026-06-30T01:00:00Z');
const seed = 20190624;
/** The number of entries in progress at a time; their events alternate in the ledger. */
const underWay = 3_000;
/** The number of appends in a transaction. */
const groupSize = 2_000;
/** The largest number of enterprises that other entries refer to. */
const referable = 5_000;

type Growing = { readonly life: Life; readonly entry: Entry; readonly step: number; readonly last: Day | undefined };
type Appending = { readonly stream: string; readonly expected: number | 'none'; readonly event: NewEvent };

/**
 * The file of a ledger of N events, generated once from a seed and kept in the temporary folder. The domain decides each
 * event as it would a command, and the store appends it, so that the ledger is like any other.
 */
export const ledgerOf = async (size: number, onProgress: (done: number) => void): Promise<string> => {
  const folder = join(tmpdir(), 'upgrade-registry-bench');
  mkdirSync(folder, { recursive: true });
  const file = join(folder, `ledger-${size}-${recipe()}.db`);
  if (existsSync(file)) return file;
  const unfinished = `${file}.${process.pid}`;
  try {
    await write(unfinished, size, onProgress);
    renameSync(unfinished, file);
  } finally {
    for (const rest of ['', '-wal', '-shm']) rmSync(`${unfinished}${rest}`, { force: true });
  }
  return file;
};

/** A hash of the generator and the domain: other code gives another hash. */
const recipe = (): string => {
  const root = join(import.meta.dirname, '../..');
  const hash = createHash('sha256');
  for (const file of globSync('{bench/log,domain}/**/*.ts', { cwd: root }).sort())
    hash.update(readFileSync(join(root, file)));
  return hash.digest('hex').slice(0, 8);
};

const write = async (file: string, size: number, onProgress: (done: number) => void): Promise<void> => {
  let recorded = 0;
  const stepMs = (lastMs - firstMs) / size;
  const timeOf = (entryNumber: number) => Math.floor(firstMs + entryNumber * stepMs);
  const store = openSqliteStore({ file, now: () => timeOf(recorded++) });
  const { stream, event } = seedEvent();
  await store.append(stream, 'none', [event]);
  const events = eventsFrom(timeOf);
  for (let done = 1; done < size; ) {
    const group: Promise<unknown>[] = [];
    for (; done < size && group.length < groupSize; done += 1) {
      const next = events(done);
      group.push(store.append(next.stream, next.expected, [next.event]));
    }
    await Promise.all(group);
    onProgress(done);
  }
  await store.close();
};

/** Generates the ledger's events in turn, each from its entry number. */
const eventsFrom = (timeOf: (entryNumber: number) => number): ((entryNumber: number) => Appending) => {
  const chance = chanceFrom(seed);
  const enrolled = new Map<string, Day>();
  const codes: string[] = [];
  const lifeFrom = livesFrom(chance, () => codes[chance.below(codes.length)]);
  const begin = (): Growing => {
    const life = lifeFrom();
    const register = registerNamed(life.register);
    if (register === undefined) throw new Error(`no register ${life.register}`);
    return { life, entry: blank(register, life.key), step: 0, last: undefined };
  };
  const growing = Array.from({ length: underWay }, begin);
  /** Approvals still to come, with the place of their entry. */
  const approvals: { readonly place: number; readonly decision: Decision; readonly submission: string }[] = [];
  const waiting = new Set<number>();

  const append = (
    place: number,
    type: string,
    body: Body,
    metadata: Partial<Metadata>,
    entryNumber: number,
  ): Appending => {
    const grown = growing[place] ?? begin();
    const { entry } = grown;
    const bodySha256 = sha256(canonicalJson(body.data));
    const event: NewEvent = {
      id: chance.uuid(),
      type,
      data: body,
      metadata: { schema: currentSchema, by: 'li.wei', command: chance.uuid(), bodySha256, ...metadata },
    };
    const stream = streamOf(entry.register.name, entry.key);
    const recordedAt = new Date(timeOf(entryNumber)).toISOString();
    growing[place] = { ...grown, entry: evolve(entry, { ...event, stream, revision: entry.revision + 1, recordedAt }) };
    return { stream, expected: entry.revision === -1 ? 'none' : entry.revision, event };
  };

  return (entryNumber) => {
    const due = approvals[0];
    if (due !== undefined && chance.draw() < 0.3) {
      approvals.shift();
      waiting.delete(due.place);
      const { type, body } = due.decision;
      return append(due.place, type, body, { approvedBy: 'wang.fang', submission: due.submission }, entryNumber);
    }
    const today = shanghaiDay(timeOf(entryNumber));
    for (;;) {
      const place = chance.below(underWay);
      if (waiting.has(place)) continue;
      const { life, entry, step, last } = growing[place] ?? begin();
      const planned = life.steps[step];
      if (planned === undefined) {
        growing[place] = begin();
        continue;
      }
      const effectiveOn = nextDay(chance, last, today);
      const command = { name: planned.command, body: { effectiveOn, ...planned.fields } };
      const decision = decide(entry, command, ({ key, on }) => (enrolled.get(key) ?? on) < on);
      growing[place] = { life, entry, step: step + 1, last: isRejected(decision) ? last : effectiveOn };
      if (isRejected(decision)) {
        if (step === 0) growing[place] = begin();
        continue;
      }
      if (command.name === 'enroll' && codes.length < referable) {
        codes.push(entry.key);
        enrolled.set(entry.key, effectiveOn);
      }
      if (decision.outcome === 'record') return append(place, decision.type, decision.body, {}, entryNumber);
      const submission = submissionId(entry.register.name, entry.key, entry.revision + 1);
      approvals.push({ place, decision, submission });
      waiting.add(place);
      const { type, body } = submissionOf(entry, command);
      return append(place, type, body, {}, entryNumber);
    }
  };
};

import { changeBetween } from '../../domain/contribution.ts';
import { type Metadata, type RecordedEvent, streamOf } from '../../domain/event.ts';
import { blank, type Entry, evolve, isKnown } from '../../domain/history.ts';
import { eventLimitBytes } from '../../domain/leaf.ts';
import { isSamePerson } from '../../domain/person.ts';
import { registerNamed } from '../../domain/registers/index.ts';
import { seededPlan } from '../../domain/seeded-plan.ts';
import { submissionIn } from '../../domain/submission.ts';
import { leafIn } from './events.ts';
import type { BundleFault } from './faults.ts';
import type { OpenFile } from './folder.ts';
import type { Places } from './places.ts';

type Asked = {
  readonly sizes: readonly number[];
  /** Called for each entry and size at which it had an event. */
  readonly onEntry: (size: number, entry: Entry) => void;
  readonly report: (fault: BundleFault) => void;
  readonly onProgress: (done: number) => void;
  readonly onlyPlans?: boolean;
};

/** Folds the entries one after the other, plans first, so that only one of them is in memory; the number of unknown events. */
export const foldEntries = (file: OpenFile, places: Places, asked: Asked): number => {
  const buffer = Buffer.alloc(eventLimitBytes);
  let [done, unknown] = [0, 0];
  const eventAt = (line: number): NumberedEvent | undefined => {
    const { at, length } = places.placeOf(line);
    return eventIn(buffer.subarray(0, file.read(buffer.subarray(0, length), at)));
  };
  try {
    for (const { lines, isOfPlan } of places.groups()) {
      if (asked.onlyPlans && !isOfPlan) break;
      const events = lines.map(eventAt).filter((event) => event !== undefined);
      for (const ofStream of Map.groupBy(events, ({ stream }) => stream).values())
        unknown += foldEntry(ofStream, asked);
      done += lines.length;
      asked.onProgress(done);
    }
    return unknown;
  } finally {
    file.close();
  }
};

type NumberedEvent = RecordedEvent & { readonly entryNumber: number };

/** An event of a leaf. Free texts are digests in it, and count for nothing. */
const eventIn = (bytes: Uint8Array): NumberedEvent | undefined => {
  const leaf = leafIn(bytes);
  if (leaf === undefined) return undefined;
  const { id, type, time, entrynumber, data: body } = leaf;
  const { register, key, effectiveOn, data, evidence, revision, metadata } = body;
  return {
    id,
    type,
    stream: streamOf(register, key),
    revision,
    recordedAt: time,
    entryNumber: entrynumber,
    data: { register, key, data, ...(effectiveOn && { effectiveOn }), ...(evidence && { evidence }) },
    metadata: metadata as Metadata,
  };
};

const foldEntry = (events: readonly NumberedEvent[], { sizes, onEntry, report }: Asked): number => {
  let entry: Entry | undefined;
  let unknown = 0;
  const known = new Map<number, Entry>();
  for (const [revision, event] of events.entries()) {
    const register = registerNamed(event.data.register);
    const { type, entryNumber } = event;
    if (event.revision !== revision) report({ fault: 'wrong-revision', entryNumber, type });
    if (register === undefined) continue;
    const before = entry ?? blank(register, event.data.key);
    const after = evolve(before, event);
    if (!isKnown(register, event)) unknown += 1;
    else if (after.path.misfit !== undefined && before.path.misfit === undefined)
      report({ fault: 'does-not-fit', entryNumber, type });
    else if (lacksSecondPerson(before, after, event)) report({ fault: 'no-second-person', entryNumber, type });
    for (const size of sizes) if (entryNumber < size) known.set(size, after);
    entry = after;
  }
  for (const [size, at] of known) onEntry(size, at);
  return unknown;
};

/** Whether an event moves a number, or records a plan, and no submission of its person was approved by another one. */
const lacksSecondPerson = (before: Entry, after: Entry, { entryNumber, metadata }: NumberedEvent): boolean => {
  const recordsPlan = after.register.alwaysSubmitted === true && isChanged(before, after);
  if (!recordsPlan && changeBetween(before, after).length === 0) return false;
  if (entryNumber === 0 && metadata.by === seededPlan.by) return false;
  const { by, approvedBy, submission } = metadata;
  const submitted = submissionIn(before.submissions, submission ?? '');
  return (
    approvedBy === undefined || isSamePerson(by, approvedBy) || submitted?.status !== 'pending' || submitted.by !== by
  );
};

const isChanged = (before: Entry, after: Entry): boolean =>
  before.facts.length !== after.facts.length || after.facts.some((fact, index) => fact !== before.facts[index]);

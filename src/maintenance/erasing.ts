import { erasedIn, textNameAt } from '../../domain/erasure.ts';
import { parseSubmissionId, submitted } from '../../domain/event.ts';
import { importsRegister } from '../../domain/import-events.ts';
import { foldImport } from '../../domain/import-record.ts';
import { isObject } from '../../domain/json.ts';
import { isSamePerson } from '../../domain/person.ts';
import { eventsSaying } from '../../projections/erasures.ts';
import type { FoldedEvent } from '../../projections/projection.ts';
import { eventFromRow, eventWithId, streamEvents } from '../../projections/trail.ts';
import { importStream } from '../imports/records.ts';
import { finishErasures } from './finishing-erasures.ts';
import { appendErasures, type ErasingOn, erasureEvent, folded, textsOf } from './recording-erasures.ts';

/** What is to be erased, on what basis, and by whom. */
export type ErasureAsked = {
  /** An event’s id, and names of its free texts. */
  readonly event: string;
  readonly names: readonly string[];
  readonly basis: string;
  readonly by: string;
  readonly approvedBy: string;
};

export type ErasureRefused =
  | { readonly refused: 'same-person' | 'no-such-event' | 'import-running' }
  /** The event has no text of that name, or what it has is no free text; `texts` are the names of those that it has. */
  | { readonly refused: 'no-such-text' | 'not-free'; readonly name: string; readonly texts: readonly string[] };

export type ErasureDone = {
  /** Whether all of it had been erased before, so that nothing was recorded now. */
  readonly isRepeated: boolean;
  /** Each event of which texts were erased, and their names: the event itself, and its submission or what that became. */
  readonly erased: readonly { readonly event: string; readonly type: string; readonly names: readonly string[] }[];
  /** Other events that have one of the texts, at most twenty. */
  readonly alsoIn: readonly string[];
  /** False if the store cannot change what it has. */
  readonly isGone: boolean;
  /** False if another process reads a file that still has the text, in its write-ahead log. */
  readonly isWiped: boolean;
};

/** Records that texts are erased, and erases them. A repeat records nothing, and erases what is still there. */
export const eraseTexts = async (
  on: ErasingOn,
  { event: id, names, basis, by, approvedBy }: ErasureAsked,
): Promise<ErasureDone | ErasureRefused> => {
  // 1. What has the texts?
  if (isSamePerson(by, approvedBy)) return { refused: 'same-person' };
  const row = on.model.get(eventWithId(id));
  if (row === undefined) return { refused: 'no-such-event' };
  const event = eventFromRow(row);
  const refused = notErasable(event, names) ?? importRuns(on, event);
  if (refused !== undefined) return refused;
  const same = [event, ...twinsOf(on, event)];
  const targets = same.flatMap((each) => {
    const left = names.filter((name) => textNames(each).includes(name));
    return left.length === 0 ? [] : [{ event: each, names: left }];
  });
  const texts = targets.flatMap((each) => textsOf(each.event, each.names));
  // 2. Record it, for all of them in one append.
  const erasures = targets.map(({ event: { data, id: erased }, names: left }) =>
    erasureEvent(data, { event: erased, names: left, basis }, { by, approvedBy }),
  );
  const [first] = erasures;
  if (first !== undefined) await folded(on.model, await appendErasures(on.store, event, erasures));
  // 3. Erase them, and all that an interrupted erasure has left.
  const finished = await finishErasures(on);
  const ids = new Set(same.map((each) => each.id));
  return {
    isRepeated: first === undefined,
    erased: (targets.length === 0 ? same.map((each) => ({ event: each, names })) : targets).map((each) => ({
      event: each.event.id,
      type: each.event.type,
      names: each.names,
    })),
    alsoIn: [...new Set(texts.flatMap((text) => on.model.all(eventsSaying(text)).map((other) => other.id)))].filter(
      (other) => !ids.has(other),
    ),
    ...finished,
  };
};

/** The names of the texts that an event still has. */
const textNames = ({ seals }: FoldedEvent): readonly string[] => [...new Set(Object.keys(seals).map(textNameAt))];

const notErasable = (event: FoldedEvent, names: readonly string[]): ErasureRefused | undefined => {
  const texts = textNames(event);
  const known = [...texts, ...(erasedIn(event).erased ?? [])];
  const name = names.find((each) => !known.includes(each));
  if (name === undefined) return undefined;
  return { refused: hasMember(event.data, name) ? 'not-free' : 'no-such-text', name, texts };
};

const hasMember = (value: unknown, name: string): boolean =>
  Array.isArray(value)
    ? value.some((each) => hasMember(each, name))
    : isObject(value) && (Object.hasOwn(value, name) || Object.values(value).some((each) => hasMember(each, name)));

/** An import that runs reads its rows from a file, which may have the text: it must end first. */
const importRuns = ({ model }: ErasingOn, { data, metadata }: FoldedEvent): ErasureRefused | undefined => {
  const id = data.register === importsRegister ? data.key : metadata.import;
  if (id === undefined) return undefined;
  const events = model.all(streamEvents(importStream(id), model.place().size)).map(eventFromRow);
  return foldImport(id, events)?.state === 'running' ? { refused: 'import-running' } : undefined;
};

/** The submission of an event, or what a submission has become: they have the same texts. */
const twinsOf = ({ model }: ErasingOn, event: FoldedEvent): readonly FoldedEvent[] => {
  const events = model.all(streamEvents(event.stream, model.place().size)).map(eventFromRow);
  const approves = (fact: FoldedEvent, submission: FoldedEvent) =>
    submission.type === submitted &&
    parseSubmissionId(fact.metadata.submission ?? '')?.revision === submission.revision;
  return events.filter((other) => approves(event, other) || approves(other, event));
};

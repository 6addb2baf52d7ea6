import { setTimeout as pause } from 'node:timers/promises';
import { erasureOf } from '../../domain/erasure.ts';
import { importsRegister } from '../../domain/import-events.ts';
import { erasuresInLedger } from '../../projections/erasures.ts';
import type { FoldedEvent } from '../../projections/projection.ts';
import { eventFromRow } from '../../projections/trail.ts';
import { removeRowsWith } from '../imports/erased-rows.ts';
import type { EventStore, StreamErasure, StreamEvent } from '../store/event-store.ts';
import { type ListedErasure, listErasures, listedErasures } from './erased-list.ts';
import { appendErasures, type ErasingOn, erasureEvent, folded, textsOf } from './recording-erasures.ts';

export type Finished = {
  /** False if the store cannot change what it has. */
  readonly isGone: boolean;
  /** False if another process reads a file that still has a text, in its write-ahead log. */
  readonly isWiped: boolean;
};

/**
 * Erases every text of which the ledger says so, wherever this node has it; what is done already stays. The store comes
 * last: as long as it has a text, the rest may have it too.
 */
export const finishErasures = async (on: ErasingOn): Promise<Finished> => {
  const { store, model, importsFolder, keysFolder } = on;
  // 1. The list, and the ledger if it was restored from an older backup than the list.
  if (await recordListed(store, keysFolder)) await folded(model, await store.end());
  const recorded = model.all(erasuresInLedger).map(eventFromRow);
  listErasures(keysFolder, recorded.flatMap(listedOf));
  // 2. The files of imports.
  const erasures = recorded.flatMap(streamErasureOf);
  await removeRowsWith(importsFolder, await stillThere(on, erasures), model);
  // 3. The read model, from which folding has removed them, and the store.
  const isModelWiped = erasures.length === 0 || (await isDoneInTime(async () => model.emptyLog()));
  const isStoreWiped =
    erasures.length === 0 || (await isDoneInTime(async () => (await store.eraseTexts?.(erasures)) ?? true));
  return { isGone: store.eraseTexts !== undefined, isWiped: isModelWiped && isStoreWiped };
};

/** Readers of a file, such as those of a server, keep its log for a moment; a backup may keep it for longer than this. */
const readersMs = 15_000;
const retryMs = 50;

const isDoneInTime = async (work: () => Promise<boolean>): Promise<boolean> => {
  for (const until = performance.now() + readersMs; !(await work()); await pause(retryMs))
    if (performance.now() > until) return false;
  return true;
};

const streamErasureOf = (event: FoldedEvent): readonly StreamErasure[] => {
  const erasure = erasureOf(event);
  return erasure === undefined ? [] : [{ stream: event.stream, ...erasure }];
};

const listedOf = (event: FoldedEvent): readonly ListedErasure[] => {
  const { by, approvedBy } = event.metadata;
  const { basis } = event.data.data;
  return streamErasureOf(event).map((erasure) => ({
    id: event.id,
    ...erasure,
    ...(typeof basis === 'string' ? { basis } : {}),
    by,
    approvedBy: approvedBy ?? '',
  }));
};

/** Records what is listed and the ledger does not say of an event that it has; false if there is nothing of the kind. */
const recordListed = async (store: EventStore, keysFolder: string): Promise<boolean> => {
  let isRecorded = false;
  for (const { id, stream, event, names, basis, by, approvedBy } of listedErasures(keysFolder)) {
    const events = await store.readStream(stream);
    const [target, last] = [events.find((each) => each.id === event), events.at(-1)];
    if (target === undefined || last === undefined || events.some((each) => erases(each, event, names))) continue;
    const said = { event, names, ...(basis === undefined ? {} : { basis }) };
    await appendErasures(store, last, [erasureEvent(target.data, said, { by, approvedBy }, id)]);
    isRecorded = true;
  }
  return isRecorded;
};

const erases = (event: StreamEvent, target: string, names: readonly string[]): boolean => {
  const erasure = erasureOf(event);
  return erasure?.event === target && names.every((name) => erasure.names.includes(name));
};

/** Erases, in a ledger that was restored, what the list beside the keys says. */
export const eraseListed = async (store: EventStore, keysFolder: string): Promise<void> => {
  await recordListed(store, keysFolder);
  const listed = listedErasures(keysFolder);
  if (listed.length > 0) await store.eraseTexts?.(listed);
};

/** The texts that the store still has though they are erased, and the imports that they came with. */
const stillThere = async ({ store }: ErasingOn, erasures: readonly StreamErasure[]) => {
  const texts: string[] = [];
  const imports: string[] = [];
  for (const [stream, ofStream] of Map.groupBy(erasures, (each) => each.stream)) {
    const events = await store.readStream(stream);
    for (const { event: id, names } of ofStream) {
      const event = events.find((each) => each.id === id);
      const found = event === undefined ? [] : textsOf(event, names);
      if (event === undefined || found.length === 0) continue;
      const ofImport = event.data.register === importsRegister ? event.data.key : event.metadata.import;
      texts.push(...found);
      if (ofImport !== undefined) imports.push(ofImport);
    }
  }
  return { texts, imports };
};

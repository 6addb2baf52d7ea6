import { randomUUID } from 'node:crypto';
import { textErased, textNameAt } from '../../domain/erasure.ts';
import { type Body, currentSchema, type NewEvent, type SealedEvent } from '../../domain/event.ts';
import type { JsonObject } from '../../domain/json.ts';
import { partsOf, valueAt } from '../../domain/places-in-json.ts';
import { bodySha256, newEventId } from '../commands/command-ids.ts';
import type { Config } from '../config.ts';
import { kept, pathIn } from '../data-folder.ts';
import type { ReadModel } from '../readmodel/read-model.ts';
import { type EventStore, type ExpectedRevision, StoreUnavailable } from '../store/event-store.ts';

/** What texts are erased in: the ledger, this node’s read model and imports, and the list beside the keys. */
export type ErasingOn = {
  readonly store: EventStore;
  readonly model: Pick<ReadModel, 'all' | 'get' | 'place' | 'reached' | 'emptyLog'>;
  readonly importsFolder: string;
  readonly keysFolder: string;
};

export const erasingOn = (
  { dataFolder, keysFolder }: Pick<Config, 'dataFolder' | 'keysFolder'>,
  store: ErasingOn['store'],
  model: ErasingOn['model'],
): ErasingOn => ({ store, model, keysFolder, importsFolder: pathIn(dataFolder, kept.imports) });

/** The texts of some names that an event still has. */
export const textsOf = ({ data, seals }: Pick<SealedEvent, 'data' | 'seals'>, names: readonly string[]) =>
  Object.keys(seals)
    .filter((place) => names.includes(textNameAt(place)))
    .flatMap((place) => stringsIn(valueAt(data as unknown as JsonObject, partsOf(place))));

const stringsIn = (value: unknown): readonly string[] => {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(stringsIn) : [];
};

/** The event that records an erasure; of an older backup, one that was recorded before under the same id. */
export const erasureEvent = (
  { register, key }: Pick<Body, 'register' | 'key'>,
  data: { readonly event: string; readonly names: readonly string[]; readonly basis?: string },
  people: { readonly by: string; readonly approvedBy: string },
  id = newEventId(),
): NewEvent => ({
  id,
  type: textErased,
  data: { register, key, data },
  metadata: { schema: currentSchema, ...people, command: randomUUID(), bodySha256: bodySha256(register, data) },
});

/** Appends to a stream after a revision, or whatever revision it then has; the position of the last event. */
export const appendErasures = async (
  store: Pick<EventStore, 'append'>,
  { stream, revision }: Pick<SealedEvent, 'stream' | 'revision'>,
  events: readonly NewEvent[],
): Promise<string> => {
  for (let expected: ExpectedRevision = revision; ; ) {
    const answer = await store.append(stream, expected, events);
    if (answer.appended) return answer.events.at(-1)?.position ?? '';
    if (answer.current === 'none') throw new StoreUnavailable(`the stream ${stream} is gone`);
    expected = answer.current;
  }
};

const reachedMs = 60_000;

/** Waits until this node has folded a position. Throws `StoreUnavailable` if it lags behind. */
export const folded = async (model: Pick<ReadModel, 'reached'>, position: string): Promise<void> => {
  if (!(await model.reached(position, reachedMs)))
    throw new StoreUnavailable(
      'what is erased is recorded, but the read model lags behind; run the same command again',
    );
};

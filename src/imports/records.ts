import { randomUUID } from 'node:crypto';
import { withErasures } from '../../domain/erasure.ts';
import { currentSchema, type NewEvent, streamOf } from '../../domain/event.ts';
import { type ImportEvent, type ImportRecord, importBody, importsRegister } from '../../domain/import-events.ts';
import { foldImport } from '../../domain/import-record.ts';
import { isObject } from '../../domain/json.ts';
import { bodySha256 } from '../commands/command-ids.ts';
import type { EventStore } from '../store/event-store.ts';

/** The streams of imports: what is recorded about each import, whichever node runs it. */

export const importStream = (id: string): string => streamOf(importsRegister, id);

export const importEvent = (id: string, by: string, event: ImportEvent): NewEvent => {
  const data = cleaned(importBody(id, event));
  return {
    id: randomUUID(),
    type: event.type,
    data,
    metadata: {
      schema: currentSchema,
      by,
      command: randomUUID(),
      bodySha256: bodySha256(importsRegister, data.data),
    },
  };
};

/** What a file's texts may contain and a ledger may not: control characters, halves of characters, no characters. */
const unprintable = /[^\P{Cc}\t\n\r]|[\p{Cs}\p{Noncharacter_Code_Point}]/gu;

/** The same value with U+FFFD, the replacement character, for whatever of its texts no reader could see or read. */
export const cleaned = <T>(value: T): T => cleanedValue(value) as T;

const cleanedValue = (value: unknown): unknown => {
  if (typeof value === 'string') return value.replace(unprintable, '\ufffd');
  if (Array.isArray(value)) return value.map(cleanedValue);
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, cleanedValue(member)]));
};

export type ImportRecords = ReturnType<typeof importRecords>;

/** Reads and appends to the streams of imports. An append that waits for its turn throws when the signal aborts. */
export const importRecords = (store: Pick<EventStore, 'append' | 'readStream'>, signal: AbortSignal) => {
  const readEvents = async (id: string) => withErasures(await store.readStream(importStream(id)));
  const read = async (id: string): Promise<ImportRecord | undefined> => foldImport(id, await readEvents(id));

  /** Appends to the import's stream after a revision; false if another process has appended meanwhile. */
  const appendAfter = async (id: string, revision: number, by: string, event: ImportEvent): Promise<boolean> => {
    const expected = revision === -1 ? 'none' : revision;
    return (await store.append(importStream(id), expected, [importEvent(id, by, event)])).appended;
  };

  /** Appends to the import's stream after its last event, which is read unless it is known; gives the new revision. */
  const append = async (id: string, by: string, event: ImportEvent, known?: number): Promise<number> => {
    if (known !== undefined && (await appendAfter(id, known, by, event))) return known + 1;
    for (;;) {
      const last = (await readEvents(id)).length - 1;
      if (await appendAfter(id, last, by, event)) return last + 1;
      signal.throwIfAborted();
    }
  };

  /** Appends the event that ends an import or a decision, unless another process has ended it already. */
  const appendEnd = async (
    id: string,
    by: string,
    stateOf: (record: ImportRecord) => ImportRecord['state'] | undefined,
    event: ImportEvent,
  ): Promise<void> => {
    for (;;) {
      const record = await read(id);
      if (record === undefined || stateOf(record) !== 'running') return;
      if (await appendAfter(id, record.revision, by, event)) return;
      signal.throwIfAborted();
    }
  };

  return { read, appendAfter, append, appendEnd };
};

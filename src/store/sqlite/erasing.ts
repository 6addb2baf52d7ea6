import type { DatabaseSync } from 'node:sqlite';
import { erasureOf, textErased, textNameAt } from '../../../domain/erasure.ts';
import { isObject } from '../../../domain/json.ts';
import type { StreamErasure } from '../event-store.ts';
import { columns, eventFromRow, parsed } from './rows.ts';

/** Takes texts out of the rows of a ledger’s file whose rows come as arrays; the caller’s transaction makes it one step. */
export const erasingIn = (db: DatabaseSync) => {
  const metadataOf = db.prepare('SELECT entry_number, metadata FROM events WHERE stream = ? AND id = ?');
  const update = db.prepare('UPDATE events SET metadata = ? WHERE entry_number = ?');
  return ({ stream, event, names }: StreamErasure): void => {
    const rows = metadataOf.all(stream, event) as unknown as readonly (readonly [number, string])[];
    for (const [entryNumber, text] of rows) {
      const metadata = parsed(text);
      const texts = isObject(metadata) && isObject(metadata.texts) ? metadata.texts : {};
      const kept = Object.entries(texts).map(([place, each]) => [
        place,
        names.includes(textNameAt(place)) ? null : each,
      ]);
      const after = JSON.stringify({ ...(metadata as object), texts: Object.fromEntries(kept) });
      if (kept.some(([place, each]) => texts[String(place)] !== each)) update.run(after, entryNumber);
    }
  };
};

/** Erases what the events of a ledger’s file say is erased; all of it is read for that. */
export const eraseRecorded = (db: DatabaseSync): void => {
  const erase = erasingIn(db);
  const erasures = db.prepare(`SELECT ${columns} FROM events WHERE type = '${textErased}'`);
  for (const event of erasures.all().map(eventFromRow)) {
    const erasure = erasureOf(event);
    if (erasure !== undefined) erase({ stream: event.stream, ...erasure });
  }
};

/** Empties the write-ahead log, which may hold what was erased; false if another process reads the file and keeps it. */
export const emptyLog = (db: DatabaseSync): boolean => {
  const [isBusy] = db.prepare('PRAGMA wal_checkpoint(TRUNCATE)').get() as unknown as readonly [number];
  return isBusy === 0;
};

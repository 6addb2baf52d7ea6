import { textErased } from '../domain/erasure.ts';
import type { Query } from './projection.ts';
import { columns, type EventRow } from './trail.ts';

/** What erasing texts asks of the trail. */

/** One event of a stream by its id. */
export const eventOfStream = (stream: string, id: string): Query<EventRow> => ({
  sql: `SELECT ${columns} FROM event WHERE stream = ? AND id = ?`,
  params: [stream, id],
});

/** Events that have a text as a whole value, at most twenty. */
export const eventsSaying = (text: string): Query<{ id: string }> => ({
  sql: 'SELECT id FROM event WHERE instr(data, ?) > 0 ORDER BY entry_number LIMIT 20',
  params: [JSON.stringify(text)],
});

/** The events that erase texts, in the order of the ledger. */
export const erasuresInLedger: Query<EventRow> = {
  sql: `SELECT ${columns} FROM event WHERE type = '${textErased}' ORDER BY entry_number`,
  params: [],
};

import { streamOf, submitted } from '../../domain/event.ts';
import { type Counts, importsRegister } from '../../domain/import-events.ts';
import type { Register } from '../../domain/register.ts';
import type { Query } from '../../projections/projection.ts';

/** How many of an import's submissions somebody has decided since a decision was begun. */
export const decidedSince = (id: string, by: string, revision: number): Query<{ count: number }> => ({
  sql: `SELECT count(*) AS count FROM submission WHERE import = ? AND decided_by = ?
          AND decided_entry_number > (SELECT entry_number FROM event WHERE stream = ? AND revision = ?)`,
  params: [id, by, streamOf(importsRegister, id), revision],
});

/** The entries in which an import has recorded. */
export const entriesOf = (id: string): Query<{ key: string }> => ({
  sql: 'SELECT key FROM event WHERE import = ? GROUP BY stream ORDER BY min(entry_number)',
  params: [id],
});

/** Imports of which a decision may have been begun and not finished. */
export const unfinishedDecisions: Query<{ key: string }> = {
  sql: `SELECT key FROM event WHERE register = '${importsRegister}' GROUP BY key
          HAVING sum(type = 'ImportDecisionStarted') > sum(type = 'ImportDecisionFinished')`,
  params: [],
};

/** What a node knows of the rows that another takes. */
export const takenSoFar = (id: string): Query<Pick<Counts, 'recorded' | 'submitted'>> => ({
  sql: `SELECT count(*) FILTER (WHERE type <> '${submitted}') AS recorded,
          count(*) FILTER (WHERE type = '${submitted}') AS submitted FROM event WHERE import = ?`,
  params: [id],
});

/** The names that pending submissions give to entries, which the register does not list yet. */
export const pendingNames = (register: Register): Query<{ name: string; key: string }> => ({
  sql: `SELECT json_extract(v.data, ?) AS name, s.key FROM submission s JOIN event v USING (entry_number)
        WHERE s.status = 'pending' AND s.register = ? AND json_type(v.data, ?) = 'text' ORDER BY entry_number DESC`,
  params: [`$.data.body.${register.named}`, register.name, `$.data.body.${register.named}`],
});

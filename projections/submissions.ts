import { streamOf, submitted } from '../domain/event.ts';
import { importsRegister } from '../domain/import-events.ts';
import { personOf } from '../domain/person.ts';
import type { Register } from '../domain/register.ts';
import type { SubmissionStatus } from '../domain/submission.ts';
import { conditions, type Projection, type Query } from './projection.ts';
import { titlesOf } from './titles.ts';

/** The submissions with their current status; the rest about each is in its entry's stream. */
export const submissions: Projection = {
  name: 'submissions',
  version: 2,
  tables: `
    CREATE TABLE submission (
      entry_number INTEGER PRIMARY KEY,
      id TEXT NOT NULL UNIQUE,
      register TEXT NOT NULL,
      key TEXT NOT NULL,
      command TEXT NOT NULL,
      by TEXT NOT NULL,
      person TEXT NOT NULL,
      import TEXT,
      row INTEGER,
      status TEXT NOT NULL,
      decided_by TEXT,
      decided_entry_number INTEGER
    ) STRICT;
    CREATE VIEW v_submissions AS
      SELECT s.id, s.register, s.key, s.command, ${titlesOf('command', "s.register || '.' || s.command", 'command')},
        s.by, submitted.recorded_at AS submitted_at, s.import, s.row, s.status,
        s.decided_by, decided.recorded_at AS decided_at
      FROM submission s JOIN event submitted USING (entry_number)
        LEFT JOIN event decided ON decided.entry_number = s.decided_entry_number;
  `,
  indexes: `
    CREATE INDEX submission_status ON submission (status, entry_number);
    CREATE INDEX submission_import ON submission (import) WHERE import IS NOT NULL;
    CREATE INDEX submission_entry ON submission (register, key);
  `,
  compared: { submission: 'entry_number' },
  *writes({ event, before, after }) {
    if (before === undefined || after === undefined) return;
    for (const [place, submission] of after.submissions.entries()) {
      const was = before.submissions[place];
      if (submission === was || submission.status === was?.status) continue;
      if (event.type === submitted && was === undefined) {
        yield {
          sql: `INSERT INTO submission (entry_number, id, register, key, command, by, person, import, row, status)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
          params: [
            event.entryNumber,
            submission.id,
            after.register.name,
            after.key,
            submission.command,
            submission.by,
            personOf(submission.by),
            submission.import ?? null,
            submission.row ?? null,
            submission.status,
          ],
        };
      } else {
        yield {
          sql: 'UPDATE submission SET status = ?, decided_by = ?, decided_entry_number = ? WHERE id = ?',
          params: [submission.status, submission.decided?.by ?? null, event.entryNumber, submission.id],
        };
      }
    }
  },
};

export type SubmissionFilter = {
  readonly status?: SubmissionStatus | undefined;
  readonly register?: string | undefined;
  readonly key?: string | undefined;
  readonly import?: string | undefined;
  /** Any subject that is the same person as this one. */
  readonly by?: string | undefined;
  readonly notBy?: string | undefined;
};

export type SubmissionPage = {
  readonly order: 'asc' | 'desc';
  /** The entry number of the last submission seen, exclusive. */
  readonly after: number | undefined;
  readonly limit: number;
};

export type SubmissionRow = {
  readonly entry_number: number;
  readonly id: string;
  readonly register: string;
  readonly key: string;
};

const matching = (filter: SubmissionFilter, ...more: Parameters<typeof conditions>[0]) =>
  conditions([
    ['status = ?', filter.status],
    ['register = ?', filter.register],
    ['key = ? COLLATE NOCASE', filter.key],
    ['import = ?', filter.import],
    ['person = ?', filter.by && personOf(filter.by)],
    ['person <> ?', filter.notBy && personOf(filter.notBy)],
    ...more,
  ]);

/** The submissions that match, in the order in which they were made or in the opposite one. */
export const submissionsBy = (
  filter: SubmissionFilter,
  { order, after, limit }: SubmissionPage,
): Query<SubmissionRow> => {
  const { where, params } = matching(filter, [`entry_number ${order === 'asc' ? '>' : '<'} ?`, after]);
  return {
    sql: `SELECT entry_number, id, register, key FROM submission WHERE ${where} ORDER BY entry_number ${order} LIMIT ?`,
    params: [...params, limit],
  };
};

/** How many submissions match. */
export const submissionCount = (filter: SubmissionFilter): Query<{ count: number }> => {
  const { where, params } = matching(filter);
  return { sql: `SELECT count(*) AS count FROM submission WHERE ${where}`, params };
};

/** The names that pending submissions of a register give to entries, the latest first. */
export const pendingNames = (register: Register): Query<{ name: string; key: string }> => ({
  sql: `SELECT json_extract(v.data, ?) AS name, s.key FROM submission s JOIN event v USING (entry_number)
        WHERE s.status = 'pending' AND s.register = ? AND json_type(v.data, ?) = 'text' ORDER BY entry_number DESC`,
  params: [`$.data.body.${register.named}`, register.name, `$.data.body.${register.named}`],
});

/** How many submissions of an import a person has decided since a revision of the import's own stream. */
export const decidedSince = (id: string, by: string, revision: number): Query<{ count: number }> => ({
  sql: `SELECT count(*) AS count FROM submission WHERE import = ? AND decided_by = ?
          AND decided_entry_number > (SELECT entry_number FROM event WHERE stream = ? AND revision = ?)`,
  params: [id, by, streamOf(importsRegister, id), revision],
});

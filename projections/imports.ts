import { submitted } from '../domain/event.ts';
import { importsRegister } from '../domain/import-events.ts';
import { personOf } from '../domain/person.ts';
import { conditions, type Query } from './projection.ts';

/** Imports as the trail has them: their list, and what they have recorded of their rows. */

export type ImportsFilter = {
  readonly register?: string | undefined;
  /** A subject, in any spelling of the same person. */
  readonly by?: string | undefined;
  readonly hasEnded?: boolean | undefined;
  /** Whether it has no row. */
  readonly isEmpty?: boolean | undefined;
  readonly among?: readonly string[] | undefined;
  readonly except?: readonly string[] | undefined;
};

/** An import's place in the list: when it began, and its id. */
export type ImportPlace = { readonly at: string; readonly id: string };

const importConditions = (filter: ImportsFilter, after?: ImportPlace) => {
  const list = (values: readonly string[] | undefined) => values && JSON.stringify(values);
  const flag = (value: boolean | undefined) => (value === undefined ? undefined : Number(value));
  return conditions([
    ['type = ?', 'ImportStarted'],
    [`register = ?`, importsRegister],
    ["json_extract(data, '$.data.register') = ?", filter.register],
    ['person = ?', filter.by === undefined ? undefined : personOf(filter.by)],
    [
      "EXISTS (SELECT 1 FROM event AS ended WHERE ended.stream = event.stream AND ended.type = 'ImportFinished') = ?",
      flag(filter.hasEnded),
    ],
    ["(json_extract(data, '$.data.total') = 0) = ?", flag(filter.isEmpty)],
    ['key IN (SELECT value FROM json_each(?))', list(filter.among)],
    ['key NOT IN (SELECT value FROM json_each(?))', list(filter.except)],
    [
      "(recorded_at, key) < (SELECT value ->> 'at', value ->> 'id' FROM json_each(?))",
      after && JSON.stringify([after]),
    ],
  ]);
};

/** The imports that match, the newest first. */
export const importsBy = (
  filter: ImportsFilter,
  after: ImportPlace | undefined,
  limit: number,
): Query<ImportPlace & { readonly stream: string }> => {
  const { where, params } = importConditions(filter, after);
  return {
    sql: `SELECT recorded_at AS at, key AS id, stream FROM event WHERE ${where}
            ORDER BY recorded_at DESC, key DESC LIMIT ?`,
    params: [...params, limit],
  };
};

/** How many imports match. */
export const importCount = (filter: ImportsFilter): Query<{ count: number }> => {
  const { where, params } = importConditions(filter);
  return { sql: `SELECT count(*) AS count FROM event WHERE ${where}`, params };
};

export type RecordedRow = { readonly row: number; readonly type: string; readonly key: string; readonly data: string };

/** What an import has recorded of its rows after one of them, in their order: the first event of each. */
export const rowsOfImport = (
  id: string,
  { after, isSubmitted, limit }: { after: number; isSubmitted: boolean | undefined; limit: number },
): Query<RecordedRow & { readonly first: number }> => ({
  sql: `SELECT json_extract(metadata, '$.row') AS row, type, key, data, min(entry_number) AS first
          FROM event WHERE import = ? AND json_extract(metadata, '$.row') > ? GROUP BY 1
          HAVING ? IS NULL OR (type = '${submitted}') = ? ORDER BY 1 LIMIT ?`,
  params: [id, after, ...[isSubmitted, isSubmitted].map((flag) => (flag === undefined ? null : Number(flag))), limit],
});

import { afterAll, beforeAll, expect, test } from 'vitest';
import { startServer, type TestServer } from '../http/server.ts';
import { messes, type Result } from './messes.ts';
import { imported, trailOf } from './spreadsheet.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.close());

type Event = {
  readonly type: string;
  readonly data: {
    readonly metadata: { readonly row: number };
    readonly key: string;
    readonly effectiveOn?: string;
    readonly note?: string;
    readonly data: object;
  };
};
type Refusal = { readonly row: number; readonly column: string | null; readonly reason: string };

/** What an event says, the same for a fact and for one that is still pending. */
const saidBy = ({ type, data }: Event): object => {
  const { key, effectiveOn, note, data: own } = data;
  if (type === 'CommandSubmitted') return { key, ...('body' in own ? Object(own.body) : {}) };
  return { key, effectiveOn, ...own, ...(note === undefined ? {} : { note }) };
};

test.each(messes)(
  '$name',
  async ({ file, register, command, set = {}, sheet, ignored = [], skippedLines = [], rows }) => {
    const query = new URLSearchParams({ ...(command && { command }), ...(sheet && { sheet }) }).toString();
    const done = await imported(server, register, await file(), { query, set, name: '名单.dat' });
    const events: Event[] = await trailOf(server, done.id);
    const refusals: Refusal[] = done.refusals;
    const results = rows.map((_, index): Result => {
      const event = events.find(({ data }) => data.metadata.row === index + 1);
      const refusal = refusals.find(({ row }) => row === index + 1);
      if (refusal !== undefined) return { refused: refusal.column, why: refusal.reason };
      return event === undefined ? 'already there' : { ...saidBy(event) };
    });
    const expected = rows.map((row) =>
      typeof row === 'object' && typeof row.why === 'string' ? { ...row, why: expect.stringContaining(row.why) } : row,
    );
    expect(results).toEqual(expected);
    expect(done).toMatchObject({ total: rows.length, rows: rows.length, ignored });
    expect(done.asides.map(({ line }: { line: number }) => line)).toEqual(skippedLines);
    const again = await imported(server, register, await file(), { query, set });
    expect(again).toMatchObject({ recorded: 0, submitted: 0, alreadyThere: rows.length - refusals.length });
  },
);

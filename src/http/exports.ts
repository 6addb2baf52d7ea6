import { pipeline, Readable } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { stringify } from 'csv-stringify';
import { z } from 'zod';
import type { Text } from '../../domain/field.ts';
import { isObject, type Json } from '../../domain/json.ts';
import { fieldOf, type Register } from '../../domain/register.ts';
import { registers } from '../../domain/registers/index.ts';
import type { EntryRow } from '../../projections/lists.ts';
import type { View } from '../readmodel/questions.ts';
import { xlsxOf, xlsxType } from '../spreadsheets/xlsx-writer.ts';
import type { App, Context } from './context.ts';
import { listRows, rowView } from './entries.ts';
import { languageOf } from './problem.ts';
import { viewOf } from './reading.ts';
import { attached, languageQuery, positionHeaders, refusals, viewQuery } from './schemas.ts';

type Language = keyof Text;
type Row = Readonly<Record<string, string | number>>;

const csvType = 'text/csv';
/** Rows are read so many at a time, as the reader takes them. */
const pageRows = 100;

/** What the page shows, as files. */
export const exportRoutes = (app: App, context: Context): void => {
  fileRoutes(app, 'targets', (language, query) => targetRows(context, language, query));
  for (const register of registers) {
    fileRoutes(app, register.name, (language, query) => registerRows(context, register, language, query));
  }
};

type ExportQuery = { readonly on?: string | undefined; readonly knownAt?: string | undefined };

type Table = {
  readonly heads: readonly string[];
  /** Those of the heads under which numbers stand. */
  readonly numeric: readonly string[];
  readonly rows: Iterable<Row>;
};

const fileRoutes = (app: App, name: string, tableOf: (language: Language, query: ExportQuery) => Table): void => {
  const schemaOf = (extension: string, type: string, told: string) => ({
    tags: ['exports'],
    summary: `${name} as ${told}`,
    operationId: `exports.${name}${extension === 'csv' ? '' : `.${extension}`}`,
    headers: positionHeaders,
    querystring: z.strictObject({ lang: languageQuery, ...viewQuery }),
    response: {
      200: { description: 'A file', content: { [type]: { schema: z.string() } } },
      ...refusals(400, 401, 406, 429, 500, 503),
    },
  });
  app.get(
    `/api/v1/exports/${name}.csv`,
    {
      config: { produces: [csvType] },
      schema: schemaOf('csv', csvType, 'CSV (RFC 4180, UTF-8 with a byte order mark)'),
    },
    async (request, reply) => {
      const { heads, rows } = tableOf(request.query.lang ?? languageOf(request), request.query);
      const text = stringify({
        header: true,
        columns: [...heads],
        bom: true,
        escape_formulas: true,
        record_delimiter: 'windows',
      });
      return reply
        .type(`${csvType}; charset=utf-8`)
        .header('content-disposition', `attachment; filename="${name}.csv"`)
        .send(pipeline(Readable.from(inTurns(rows)), text, () => {})); // a reader who leaves is no failure
    },
  );
  app.get(
    `/api/v1/exports/${name}.xlsx`,
    { config: { produces: [xlsxType] }, schema: schemaOf('xlsx', xlsxType, 'XLSX') },
    async (request, reply) => {
      const { heads, numeric, rows } = tableOf(request.query.lang ?? languageOf(request), request.query);
      const columns = heads.map((head) => ({ header: head, isNumber: numeric.includes(head) }));
      const cells = (async function* () {
        for await (const row of inTurns(rows)) yield heads.map((head) => row[head]);
      })();
      return attached(reply, `${name}.xlsx`).send(xlsxOf({ name, columns, rows: cells }));
    },
  );
};

/** Rows so that others have their turn in between: a reader as fast as this never makes the rest wait. */
async function* inTurns(rows: Iterable<Row>): AsyncIterable<Row> {
  let taken = 0;
  for (const row of rows) {
    yield row;
    taken += 1;
    if (taken % pageRows === 0) await nextTurn();
  }
}

const targetHeads = {
  plan: { zh: '计划', en: 'Plan' },
  id: { zh: '编号', en: 'Id' },
  title: { zh: '目标', en: 'Target' },
  goal: { zh: '目标值', en: 'Goal' },
  count: { zh: '完成数', en: 'Count' },
  countedOn: { zh: '统计日期', en: 'Counted on' },
  expected: { zh: '按时序进度应完成数', en: 'Expected' },
} as const satisfies Record<string, Text>;

const targetRows = (context: Context, language: Language, query: ExportQuery) => {
  const view = viewOf(context, query);
  const { questions } = context;
  const rows = questions.figures(view).map(
    ({ plan, id, title, goal, count, countedOn, expected }): Row => ({
      [targetHeads.plan[language]]: plan,
      [targetHeads.id[language]]: id,
      [targetHeads.title[language]]: title[language],
      [targetHeads.goal[language]]:
        goal === null ? '' : goal.max === undefined ? String(goal.min) : `${goal.min}–${goal.max}`,
      [targetHeads.count[language]]: count,
      [targetHeads.countedOn[language]]: countedOn,
      [targetHeads.expected[language]]: expected ?? '',
    }),
  );
  const numeric = [targetHeads.count[language], targetHeads.expected[language]];
  return { heads: Object.values(targetHeads).map((head) => head[language]), numeric, rows };
};

const statusHead: Text = { zh: '状态', en: 'Status' };

const registerRows = (context: Context, register: Register, language: Language, query: ExportQuery) => {
  const names = [...Object.keys(register.descriptive), ...(register.lasting ?? [])];
  const head = (name: string) => fieldOf(register, name)?.title[language] ?? name;
  const key = register.key.title[language];
  const view = viewOf(context, query);
  const rows = allRows(context, register, view).map((row): Row => {
    const entry: Record<string, Json> = rowView(register, row);
    return {
      [key]: row.key,
      [statusHead[language]]: register.statuses[row.status]?.[language] ?? row.status,
      ...Object.fromEntries(names.map((name) => [head(name), cell(register, name, entry[name], language)])),
    };
  });
  const numeric = names.filter((name) => fieldOf(register, name)?.kind === 'number').map(head);
  return { heads: [key, statusHead[language], ...names.map(head)], numeric, rows };
};

function* allRows(context: Context, register: Register, view: View) {
  let last: EntryRow | undefined;
  do {
    const after = last && ([last.sorted, last.key] as const);
    const rows = listRows(context, register, {}, view, { after, limit: pageRows });
    yield* rows;
    last = rows[pageRows - 1];
  } while (last !== undefined);
}

const cell = (register: Register, name: string, value: Json | undefined, language: Language): string | number => {
  if (value === undefined || value === null) return '';
  if (typeof value === 'boolean') return { zh: value ? '是' : '否', en: value ? 'yes' : 'no' }[language];
  if (typeof value === 'string') return fieldOf(register, name)?.options?.[value]?.[language] ?? value;
  if (isObject(value) && typeof value[language] === 'string') return value[language];
  return typeof value === 'number' ? value : JSON.stringify(value);
};

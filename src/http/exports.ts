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
import { languageQuery, positionHeaders, viewQuery } from './parameters.ts';
import { languageOf } from './problem.ts';
import { type ViewQuery, viewOf } from './reading.ts';
import { answerOf } from './schemas.ts';
import { sendXlsx, xlsxAnswer } from './xlsx-answer.ts';

type Language = keyof Text;
type Row = Readonly<Record<string, string | number>>;

const csvType = 'text/csv';
/** Rows are read this many at a time, as the reader takes them. */
const pageRows = 100;

/** Targets and registers as files. */
export const exportRoutes = (app: App, context: Context): void => {
  const add = (name: string, tableOf: TableOf) => {
    csvRoute(app, name, tableOf);
    xlsxRoute(app, name, tableOf);
  };
  add('targets', (language, query) => targetTable(context, language, query));
  for (const register of registers) {
    add(register.name, (language, query) => registerTable(context, register, language, query));
  }
};

type Table = {
  readonly headers: readonly string[];
  /** Those of the headers above numbers. */
  readonly numeric: readonly string[];
  readonly rows: Iterable<Row>;
};

type TableOf = (language: Language, query: ViewQuery) => Table;

const fileSchema = (name: string, extension: 'csv' | 'xlsx', answer: ReturnType<typeof answerOf>) => ({
  tags: ['exports'],
  summary: `${name} as ${extension === 'csv' ? 'CSV (RFC 4180, UTF-8 with a byte order mark)' : 'XLSX'}`,
  operationId: `exports.${name}${extension === 'csv' ? '' : `.${extension}`}`,
  headers: positionHeaders,
  querystring: z.strictObject({ lang: languageQuery, ...viewQuery }),
  response: { 200: answer },
});

const csvRoute = (app: App, name: string, tableOf: TableOf): void => {
  app.get(
    `/api/v1/exports/${name}.csv`,
    { config: { produces: [csvType] }, schema: fileSchema(name, 'csv', answerOf(csvType, 'A file')) },
    async (request, reply) => {
      const { lang = languageOf(request), ...query } = request.query;
      const { headers, rows } = tableOf(lang, query);
      const text = stringify({
        header: true,
        columns: [...headers],
        bom: true,
        escape_formulas: true,
        record_delimiter: 'windows',
      });
      return reply
        .type(`${csvType}; charset=utf-8`)
        .header('content-disposition', `attachment; filename="${name}.csv"`)
        .send(pipeline(Readable.from(inTurns(rows)), text, () => {})); // a reader who leaves early is no failure
    },
  );
};

const xlsxRoute = (app: App, name: string, tableOf: TableOf): void => {
  app.get(
    `/api/v1/exports/${name}.xlsx`,
    { config: { produces: [xlsxType] }, schema: fileSchema(name, 'xlsx', xlsxAnswer) },
    async (request, reply) => {
      const { lang = languageOf(request), ...query } = request.query;
      const { headers, numeric, rows } = tableOf(lang, query);
      const columns = headers.map((head) => ({ header: head, isNumber: numeric.includes(head) }));
      const cells = (async function* () {
        for await (const row of inTurns(rows)) yield headers.map((header) => row[header]);
      })();
      return sendXlsx(reply, `${name}.xlsx`, xlsxOf({ name, columns, rows: cells }));
    },
  );
};

/** Lets other requests take turns with the rows, so that a fast reader never makes them wait. */
async function* inTurns(rows: Iterable<Row>): AsyncIterable<Row> {
  let taken = 0;
  for (const row of rows) {
    yield row;
    taken += 1;
    if (taken % pageRows === 0) await nextTurn();
  }
}

const targetHeaders = {
  plan: { zh: '计划', en: 'Plan' },
  id: { zh: '编号', en: 'Id' },
  title: { zh: '目标', en: 'Target' },
  goal: { zh: '目标值', en: 'Goal' },
  count: { zh: '完成数', en: 'Count' },
  countedOn: { zh: '统计日期', en: 'Counted on' },
  expected: { zh: '按时序进度应完成数', en: 'Expected' },
} as const satisfies Record<string, Text>;

const targetTable = (context: Context, language: Language, query: ViewQuery): Table => {
  const view = viewOf(context, query);
  const { questions } = context;
  const rows = questions.figures(view).map(
    ({ plan, id, title, goal, count, countedOn, expected }): Row => ({
      [targetHeaders.plan[language]]: plan,
      [targetHeaders.id[language]]: id,
      [targetHeaders.title[language]]: title[language],
      [targetHeaders.goal[language]]:
        goal === null ? '' : goal.max === undefined ? String(goal.min) : `${goal.min}–${goal.max}`,
      [targetHeaders.count[language]]: count,
      [targetHeaders.countedOn[language]]: countedOn,
      [targetHeaders.expected[language]]: expected ?? '',
    }),
  );
  const numeric = [targetHeaders.count[language], targetHeaders.expected[language]];
  return { headers: Object.values(targetHeaders).map((header) => header[language]), numeric, rows };
};

const statusHeader: Text = { zh: '状态', en: 'Status' };

const registerTable = (context: Context, register: Register, language: Language, query: ViewQuery): Table => {
  const names = [...Object.keys(register.descriptive), ...(register.lasting ?? [])];
  const header = (name: string) => fieldOf(register, name)?.title[language] ?? name;
  const key = register.key.title[language];
  const view = viewOf(context, query);
  const rows = allRows(context, register, view).map((row): Row => {
    const entry: Record<string, Json> = rowView(register, row);
    return {
      [key]: row.key,
      [statusHeader[language]]: register.statuses[row.status]?.[language] ?? row.status,
      ...Object.fromEntries(names.map((name) => [header(name), cell(register, name, entry[name], language)])),
    };
  });
  const numeric = names.filter((name) => fieldOf(register, name)?.kind === 'number').map(header);
  return { headers: [key, statusHeader[language], ...names.map(header)], numeric, rows };
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

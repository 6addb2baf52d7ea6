import { pipeline, Readable } from 'node:stream';
import { arrayBuffer } from 'node:stream/consumers';
import { stringify } from 'csv-stringify';
import { isNumeric, type Text } from '../../domain/field.ts';
import { isObject, type Json } from '../../domain/json.ts';
import { fieldOf, type Register } from '../../domain/register.ts';
import { registerNamed } from '../../domain/registers/index.ts';
import type { TargetFigure } from '../../domain/targets.ts';
import type { EntryRow } from '../../projections/lists.ts';
import type { Questions, View } from '../readmodel/questions.ts';
import { neutralised } from '../spreadsheets/csv.ts';
import { xlsxOf } from '../spreadsheets/xlsx-writer.ts';
import { listRows, rowView } from './entries.ts';
import { type Bytes, longQuestion } from './long-question.ts';
import { inTurns } from './turns.ts';

/** What the exports show, as tables, and tables as files. */

export type Language = keyof Text;
export type Format = 'csv' | 'xlsx';
type Row = Readonly<Record<string, string | number>>;

/** Rows are read 100 at a time. */
const pageRows = 100;

/** What an export shows, of the targets or of a register, and how. */
export type ExportTask = View & { readonly of: string; readonly format: Format; readonly language: Language };

/** An export as a file. */
export const exportQuestion = longQuestion('export', async (questions, task: ExportTask, pause) => {
  const table = tableOf(questions, task);
  const rows = inTurns(table.rows, pageRows, pause);
  const bytes: Bytes = new Uint8Array(await arrayBuffer(fileOf(task.of, task.format, { ...table, rows })));
  return { bytes };
});

const tableOf = (questions: Questions, { of, language, on, knownAt, size }: ExportTask): Table => {
  if (of === 'targets') return targetTable(questions.figures({ on, size }), language);
  const register = registerNamed(of);
  if (register === undefined) throw new Error(`There is no register ${of}`);
  return registerTable(questions, register, language, { on, knownAt, size });
};

type Table = {
  readonly headers: readonly string[];
  /** Those of the headers above numbers. */
  readonly numeric: readonly string[];
  readonly rows: Iterable<Row> | AsyncIterable<Row>;
};

/** A table as a file, written as it is read. */
const fileOf = (name: string, format: Format, { headers, numeric, rows }: Table): Readable => {
  if (format === 'xlsx') {
    const columns = headers.map((head) => ({ header: head, isNumber: numeric.includes(head) }));
    const cells = (async function* () {
      for await (const row of rows) yield headers.map((header) => row[header]);
    })();
    return xlsxOf({ name, columns, rows: cells });
  }
  const text = stringify({
    header: true,
    columns: [...headers],
    bom: true,
    cast: { string: neutralised },
    record_delimiter: 'windows',
  });
  return pipeline(Readable.from(rows), text, () => {}); // a reader who leaves early is no failure
};

const targetHeaders = {
  plan: { zh: '计划', en: 'Plan' },
  id: { zh: '编号', en: 'Id' },
  title: { zh: '目标', en: 'Target' },
  goal: { zh: '目标值', en: 'Goal' },
  count: { zh: '完成数', en: 'Count' },
  countedOn: { zh: '统计日期', en: 'Counted on' },
  expected: { zh: '按时序进度应完成数', en: 'Expected' },
} as const satisfies Record<string, Text>;

const targetTable = (figures: readonly TargetFigure[], language: Language): Table => {
  const rows = figures.map(
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

const registerTable = (questions: Questions, register: Register, language: Language, view: View): Table => {
  const names = [...Object.keys(register.descriptive), ...(register.lasting ?? [])];
  const header = (name: string) => fieldOf(register, name)?.title[language] ?? name;
  const key = register.key.title[language];
  const rows = allRows(questions, register, view).map((row): Row => {
    const entry: Record<string, Json> = rowView(register, row);
    return {
      [key]: row.key,
      [statusHeader[language]]: register.statuses[row.status]?.[language] ?? row.status,
      ...Object.fromEntries(names.map((name) => [header(name), cell(register, name, entry[name], language)])),
    };
  });
  const numeric = names
    .filter((name) => {
      const field = fieldOf(register, name);
      return field !== undefined && isNumeric(field);
    })
    .map(header);
  return { headers: [key, statusHeader[language], ...names.map(header)], numeric, rows };
};

function* allRows(questions: Questions, register: Register, view: View) {
  let last: EntryRow | undefined;
  do {
    const after = last && ([last.sorted, last.key] as const);
    const rows = listRows(questions, register, {}, view, { after, limit: pageRows });
    yield* rows;
    last = rows[pageRows - 1];
  } while (last !== undefined);
}

const cell = (register: Register, name: string, value: Json | undefined, language: Language): string | number => {
  const titled = (text: string) => fieldOf(register, name)?.options?.[text]?.[language] ?? text;
  if (value === undefined || value === null) return '';
  if (typeof value === 'boolean') return { zh: value ? '是' : '否', en: value ? 'yes' : 'no' }[language];
  if (typeof value === 'string') return titled(value);
  if (Array.isArray(value) && value.every((each) => typeof each === 'string'))
    return value.map(titled).join({ zh: '、', en: '; ' }[language]);
  if (isObject(value) && typeof value[language] === 'string') return value[language];
  return typeof value === 'number' ? value : JSON.stringify(value);
};

import { arrayBuffer } from 'node:stream/consumers';
import type { Text } from '../../domain/field.ts';
import { isObject, type Json } from '../../domain/json.ts';
import { fieldOf, type Register } from '../../domain/register.ts';
import { registerNamed } from '../../domain/registers/index.ts';
import { plansNamed } from '../../domain/targets.ts';
import type { EntryRow } from '../../projections/lists.ts';
import type { Questions, View } from '../readmodel/questions.ts';
import { columnKind } from '../spreadsheets/column-kinds.ts';
import type { Division } from './cells.ts';
import { type ListQuery, listRows, rowView } from './entries.ts';
import { breakdownTable, type TargetEntriesShown, targetEntriesTable, targetTable } from './export-figures.ts';
import { type Cell, type Column, type Format, fileOf, type Language, type Row, type Table } from './export-files.ts';
import { type TrailShown, trailTable } from './export-trail.ts';
import { type Bytes, longQuestion } from './long-question.ts';
import { inTurns } from './turns.ts';

/** What the exports show, as tables. */

/** Rows are read this many at a time. */
const pageRows = 100;

/** What an export shows. */
export type Shown =
  | { readonly of: 'targets'; readonly plan?: string | undefined }
  | { readonly of: 'breakdown'; readonly by: Division; readonly plan?: string | undefined }
  | ({ readonly of: 'entries of a target' } & TargetEntriesShown)
  | { readonly of: 'register'; readonly register: string; readonly query: ListQuery }
  | ({ readonly of: 'trail' } & TrailShown);

export type ExportTask = View & { readonly shown: Shown; readonly format: Format; readonly language: Language };

/** An export as a file. */
export const exportQuestion = longQuestion('export', async (questions, task: ExportTask, pause) => {
  const table = tableOf(questions, task);
  const rows = inTurns(table.rows, pageRows, pause);
  const bytes: Bytes = new Uint8Array(await arrayBuffer(fileOf(task.format, { ...table, rows })));
  return { bytes };
});

const tableOf = (questions: Questions, { shown, language, ...task }: ExportTask): Table => {
  const { on, knownAt, size } = task;
  const view = { on, knownAt, size };
  switch (shown.of) {
    case 'targets':
      return targetTable(figuresOf(questions, shown.plan, view), language);
    case 'breakdown':
      return breakdownTable(questions, shown, view, language);
    case 'entries of a target':
      return targetEntriesTable(questions, shown, view, language, pageRows);
    case 'trail':
      return trailTable(questions, shown, language, pageRows);
    case 'register':
      return registerTable(questions, shown, view, language);
  }
};

/** The targets of a plan, or of all. */
const figuresOf = (questions: Questions, plan: string | undefined, view: View) => {
  const figures = questions.figures(view);
  const named = new Set(plansNamed(questions.plans(view), plan).map(({ id }) => id));
  return figures.filter((figure) => named.has(figure.plan));
};

const statusHeader: Text = { zh: '状态', en: 'Status' };
const sinceHeader: Text = { zh: '状态起始日期', en: 'Status since' };

const registerTable = (
  questions: Questions,
  { register: of, query }: { readonly register: string; readonly query: ListQuery },
  view: View,
  language: Language,
): Table => {
  const register = registerNamed(of);
  if (register === undefined) throw new Error(`There is no register ${of}`);
  const names = [...Object.keys(register.descriptive), ...(register.lasting ?? [])];
  const columns = names.map((name): Column => {
    const field = fieldOf(register, name);
    return field === undefined ? { header: name } : { header: field.title[language], kind: columnKind(field) };
  });
  const rows = function* (): Iterable<Row> {
    for (const row of allRows(questions, register, query, view)) {
      const entry: Record<string, Json> = rowView(register, row);
      const status = register.statuses[row.status]?.[language] ?? row.status;
      yield [row.key, status, row.since, ...names.map((name) => cell(register, name, entry[name], language))];
    }
  };
  return {
    name: register.title[language],
    columns: [
      { header: register.key.title[language] },
      { header: statusHeader[language] },
      { header: sinceHeader[language], kind: 'day' },
      ...columns,
    ],
    rows: rows(),
  };
};

function* allRows(questions: Questions, register: Register, query: ListQuery, view: View) {
  let last: EntryRow | undefined;
  do {
    const after = last && ([last.sorted, last.key] as const);
    const rows = listRows(questions, register, query, view, { after, limit: pageRows });
    yield* rows;
    last = rows[pageRows - 1];
  } while (last !== undefined);
}

const cell = (register: Register, name: string, value: Json | undefined, language: Language): Cell => {
  const titled = (text: string) => fieldOf(register, name)?.options?.[text]?.[language] ?? text;
  if (value === undefined || value === null) return '';
  if (typeof value === 'boolean') return { zh: value ? '是' : '否', en: value ? 'yes' : 'no' }[language];
  if (typeof value === 'string') return titled(value);
  if (Array.isArray(value) && value.every((each) => typeof each === 'string'))
    return value.map(titled).join({ zh: '、', en: '; ' }[language]);
  if (isObject(value) && typeof value[language] === 'string') return value[language];
  return typeof value === 'number' ? value : JSON.stringify(value);
};

import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { Day } from '../../../domain/calendar.ts';
import { futureFault } from '../../../domain/decide.ts';
import type { Text } from '../../../domain/field.ts';
import { plain } from '../../../domain/identifiers.ts';
import type { Json, JsonObject } from '../../../domain/json.ts';
import { usccKey } from '../../../domain/key.ts';
import type { FactKind, Register } from '../../../domain/register.ts';
import { type Cell, textOf } from '../../spreadsheets/sheet.ts';
import {
  cellValue,
  damageTo,
  dayOf,
  isEmpty,
  type Meaning,
  quoted,
  unreadable,
  visible,
  withoutZeroWidth,
} from './cells.ts';
import { type Columns, isNote, nameOf } from './columns.ts';

/** What the first line of a table says of all its rows. */
export const tableHead = z.object({ heads: z.array(z.string()), power: z.number(), date1904: z.boolean() });
export type TableHead = z.infer<typeof tableHead>;

/** One row of a spreadsheet as the command that it asks for, or why it can't be one. */
export type RowCommand = { readonly key: string; readonly body: JsonObject };
export type RowFault = { readonly column: string | null; readonly reason: Text };

export const isFault = (value: RowCommand | RowFault): value is RowFault => 'reason' in value;

export type RowReader = {
  readonly read: (cells: readonly Cell[], today: Day) => RowCommand | RowFault;
  /** The head under which the file carries a field; null where it has none. */
  readonly headOf: (name: string) => string | null;
};

/** Reads rows of a table whose heads are known; `set` gives what a row leaves empty. */
export const rowReader = (
  register: Register,
  kind: FactKind,
  { heads, power, date1904 }: TableHead,
  { columns }: Columns,
  set: Readonly<Record<string, string>>,
): RowReader => {
  const headOf = (name: string): string | null =>
    heads[columns.findIndex((column) => column !== undefined && nameOf(column) === name)] ?? null;
  const powers = new Map(
    columns.map((column) => (column?.is === 'field' ? [column.name, column.power ?? power] : ['', 0])),
  );

  const read: RowReader['read'] = (row, today) => {
    const cells = new Map<string, Cell>(Object.entries(set));
    const inFile = new Set<string>();
    columns.forEach((column, index) => {
      const cell = row[index];
      if (column === undefined || column.is === 'row' || cell === undefined || isEmpty(cell)) return;
      cells.set(nameOf(column), cell);
      inFile.add(nameOf(column));
    });
    const body: Record<string, Json> = {};
    for (const [name, cell] of cells) {
      const reason = reasonAgainst(register, kind, name, cell);
      if (reason !== undefined) return { column: headOf(name), reason };
      if (name === 'key' || name === 'duplicates') continue;
      const meaning = { date1904, power: inFile.has(name) ? (powers.get(name) ?? 0) : 0 };
      const value = cellIn(kind, name, cell, meaning);
      if (value === undefined) return unusable(headOf(name), cell);
      body[name] = value;
    }
    const parsed = kind.body.safeParse(body);
    if (!parsed.success) return schemaFault(parsed.error, headOf, body, cells);
    const late = futureFault(parsed.data, today);
    if (late !== undefined) return { column: headOf('effectiveOn'), reason: { zh: late.zh, en: late.en } };
    const given = cells.get('key');
    if (given === undefined && !canMakeKey(register, (name) => parsed.data[name] !== undefined))
      return { column: headOf('key'), reason: { zh: '缺少编号', en: 'The key is missing' } };
    const key = given === undefined ? keyFrom(register, parsed.data) : register.key.parse(plain(textOf(given)));
    if (key === undefined) return unusable(headOf('key'), given ?? String(parsed.data.number));
    return { key, body: parsed.data };
  };
  return { read, headOf };
};

/** Why nothing may be taken from a cell, whatever could be read into it. */
const reasonAgainst = (register: Register, kind: FactKind, name: string, cell: Cell): Text | undefined => {
  if (name === 'note' || name === 'evidence') return typeof cell === 'object' ? unreadable(cell) : undefined;
  const field = kind.takes[name];
  if (name === 'key' && !(register.key.isNumber && typeof cell === 'number'))
    return unreadable(cell) ?? damageTo(cell, register.key.length);
  if (field?.kind === 'code' || field?.kind === 'codes') return unreadable(cell) ?? damageTo(cell, usccKey.length);
  return unreadable(cell) ?? (field?.isCode ? damageTo(cell) : undefined);
};

const unusable = (column: string | null, cell: Cell): RowFault => {
  const text = quoted(cell);
  return { column, reason: { zh: `“${text}”不是此列可用的值`, en: `“${text}” is no value for this column` } };
};

/** The names that a row's values may have: the command's fields and what every command takes. */
export const isValueName = (kind: FactKind, name: string): boolean =>
  Object.hasOwn(kind.takes, name) || ['key', 'effectiveOn', 'evidence', 'note', 'duplicates'].includes(name);

/** Whether a text is a value of that name, for what a whole file is given with `set`. */
export const isValue = (register: Register, kind: FactKind, name: string, text: string): boolean => {
  if (name === 'key') return register.key.parse(text) !== undefined;
  if (name === 'duplicates') return text === 'allow';
  const value = cellIn(kind, name, text, { date1904: false, power: 0 });
  return value !== undefined && (kind.takes[name]?.schema.safeParse(value).success ?? true);
};

const cellIn = (kind: FactKind, name: string, cell: Cell, meaning: Meaning): Json | undefined => {
  const field = kind.takes[name];
  if (field !== undefined) return cellValue(field, cell, meaning);
  if (name === 'effectiveOn') return dayOf(cell, meaning.date1904);
  if (name === 'evidence') return [{ title: visible(textOf(cell)) }];
  const note = withoutZeroWidth(textOf(cell));
  return isNote(note) ? note : undefined;
};

const schemaFault = (
  error: z.ZodError,
  headOf: RowReader['headOf'],
  body: object,
  cells: ReadonlyMap<string, Cell>,
): RowFault => {
  const [issue] = error.issues;
  const name = String(issue?.path[0] ?? '');
  if (name === '' || issue === undefined) return { column: null, reason: reasonIn(issue, '此行', 'This row') };
  if (!(name in body)) {
    const missing = error.issues.map(({ path }) => String(path[0] ?? '')).filter((each) => !(each in body));
    const en = `${missing.join(', ')} ${missing.length === 1 ? 'is' : 'are'} missing`;
    return { column: headOf(name), reason: { zh: `缺少 ${missing.join('、')}`, en } };
  }
  const fault = unusable(headOf(name), cells.get(name) ?? '');
  const why = reasonIn(issue, '', '');
  return { ...fault, reason: { zh: `${fault.reason.zh}：${why.zh}`, en: `${fault.reason.en}: ${why.en}` } };
};

const reasonIn = (issue: z.core.$ZodIssue | undefined, zh: string, en: string): Text =>
  issue?.code === 'custom' && typeof issue.params?.zh === 'string'
    ? { zh: issue.params.zh, en: issue.message }
    : { zh: `${zh}不符合要求`, en: issue?.message ?? `${en} is not valid` };

/** Whether a key can be made for a row that gives none, of the fields that it has. */
export const canMakeKey = ({ keyFrom: from, descriptive }: Register, has: (name: string) => boolean): boolean =>
  from !== undefined &&
  ('number' in from ? has(from.number) : from.hash.every((name) => has(name) || descriptive[name]?.optional === true));

/** The key that is made of the row's number, or of its maker's and its own name. */
const keyFrom = (register: Register, body: JsonObject): string | undefined => {
  const { keyFrom: from } = register;
  if (from === undefined) return undefined;
  if ('number' in from) return register.key.parse(plain(String(body[from.number])).replace(/[^A-Za-z0-9._-]/g, '-'));
  const names = [register.name, ...from.hash.map((name) => String(body[name] ?? ''))];
  const hash = createHash('sha256').update(names.map((name) => name.normalize('NFKC')).join('\n'));
  return `n-${hash.digest('hex').slice(0, 12)}`;
};

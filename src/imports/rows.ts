import { createHash } from 'node:crypto';
import type { z } from 'zod';
import type { Day } from '../../domain/calendar.ts';
import { futureFault } from '../../domain/decide.ts';
import type { Text } from '../../domain/field.ts';
import { plain } from '../../domain/identifiers.ts';
import type { Json, JsonObject } from '../../domain/json.ts';
import type { FactKind, Register } from '../../domain/register.ts';
import { cellValue, dayIn, visible } from './cells.ts';
import { type Column, type Columns, isNote } from './columns.ts';

/** One row of a spreadsheet as the command that it asks for, or why it can't be one. */
export type RowCommand = { readonly key: string; readonly body: JsonObject };
export type RowFault = { readonly column: string | null; readonly reason: Text };

export const isFault = (value: RowCommand | RowFault): value is RowFault => 'reason' in value;

export type RowReader = {
  readonly read: (cells: readonly string[], today: Day) => RowCommand | RowFault;
  /** The head under which the file carries a field; null where it has none. */
  readonly headOf: (name: string) => string | null;
};

/** How much of a cell's text a refusal repeats. */
const quotedCharacters = 60;

/** Reads rows of a file whose heads are known; `set` gives what a row leaves empty. */
export const rowReader = (
  register: Register,
  kind: FactKind,
  heads: readonly string[],
  { columns }: Columns,
  set: Readonly<Record<string, string>>,
): RowReader => {
  const headOf = (name: string): string | null =>
    heads[columns.findIndex((column) => column !== undefined && nameOf(column) === name)] ?? null;

  const read: RowReader['read'] = (cells, today) => {
    const texts = new Map<string, string>(Object.entries(set));
    columns.forEach((column, index) => {
      const text = visible(cells[index] ?? '');
      if (column !== undefined && text !== '') texts.set(nameOf(column), text);
    });
    const body: Record<string, Json> = {};
    for (const [name, text] of texts) {
      if (name === 'key' || name === 'duplicates') continue;
      const value = cellIn(kind, name, text);
      if (value === undefined) return unusable(headOf(name), text);
      body[name] = value;
    }
    const parsed = kind.body.safeParse(body);
    if (!parsed.success) return schemaFault(parsed.error, headOf, body, texts);
    const late = futureFault(parsed.data, today);
    if (late !== undefined) return { column: headOf('effectiveOn'), reason: { zh: late.zh, en: late.en } };
    const given = texts.get('key');
    if (given === undefined && !canMakeKey(register, (name) => parsed.data[name] !== undefined))
      return { column: headOf('key'), reason: { zh: '缺少编号', en: 'The key is missing' } };
    const key = given === undefined ? keyFrom(register, parsed.data) : register.key.parse(given);
    if (key === undefined) return unusable(headOf('key'), given ?? String(parsed.data.number));
    return { key, body: parsed.data };
  };
  return { read, headOf };
};

const nameOf = (column: Column): string => (column.is === 'field' ? column.name : column.is);

const unusable = (column: string | null, text: string): RowFault => {
  const short = [...text].length > quotedCharacters ? `${[...text].slice(0, quotedCharacters).join('')}…` : text;
  return { column, reason: { zh: `“${short}”不是此列可用的值`, en: `“${short}” is no value for this column` } };
};

/** The names that a row's values may have: the command's fields and what every command takes. */
export const isValueName = (kind: FactKind, name: string): boolean =>
  Object.hasOwn(kind.takes, name) || ['key', 'effectiveOn', 'evidence', 'note', 'duplicates'].includes(name);

/** Whether a text is a value of that name, for what a whole file is given with `set`. */
export const isValue = (register: Register, kind: FactKind, name: string, text: string): boolean => {
  if (name === 'key') return register.key.parse(text) !== undefined;
  if (name === 'duplicates') return text === 'allow';
  const value = cellIn(kind, name, visible(text));
  return value !== undefined && (kind.takes[name]?.schema.safeParse(value).success ?? true);
};

const cellIn = (kind: FactKind, name: string, text: string): Json | undefined => {
  const field = kind.takes[name];
  if (field !== undefined) return cellValue(field, text);
  if (name === 'effectiveOn') return dayIn(text);
  if (name === 'evidence') return [{ title: text }];
  return isNote(text) ? text : undefined;
};

const schemaFault = (
  error: z.ZodError,
  headOf: RowReader['headOf'],
  body: object,
  texts: ReadonlyMap<string, string>,
): RowFault => {
  const [issue] = error.issues;
  const name = String(issue?.path[0] ?? '');
  if (name === '' || issue === undefined) return { column: null, reason: reasonIn(issue, '此行', 'This row') };
  if (!(name in body)) return { column: headOf(name), reason: { zh: `缺少 ${name}`, en: `${name} is missing` } };
  const fault = unusable(headOf(name), texts.get(name) ?? '');
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

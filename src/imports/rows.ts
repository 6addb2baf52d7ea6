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

export type RowReader = (cells: readonly string[], today: Day) => RowCommand | RowFault;

/** Reads rows of a file whose heads are known; `set` gives what a row leaves empty. */
export const rowReader = (
  register: Register,
  kind: FactKind,
  heads: readonly string[],
  { columns }: Columns,
  set: Readonly<Record<string, string>>,
): RowReader => {
  const headOf = (name: string): string | null => {
    const index = columns.findIndex((column) => column !== undefined && nameOf(column) === name);
    return heads[index] ?? null;
  };
  return (cells, today) => {
    const texts = new Map<string, string>(Object.entries(set));
    columns.forEach((column, index) => {
      const text = visible(cells[index] ?? '');
      if (column !== undefined && text !== '') texts.set(nameOf(column), text);
    });
    const body: Record<string, Json> = {};
    for (const [name, text] of texts) {
      if (name === 'key' || name === 'duplicates') continue;
      const value = cellOf(kind, name, text);
      if (value === undefined)
        return fault(headOf(name), `“${text}”不是此列可用的值`, `“${text}” is no value for this column`);
      body[name] = value;
    }
    const parsed = kind.body.safeParse(body);
    if (!parsed.success) return schemaFault(parsed.error, headOf, body);
    const late = futureFault(parsed.data, today);
    if (late !== undefined) return fault(headOf('effectiveOn'), late.zh, late.en);
    const key = keyOf(register, texts.get('key'), parsed.data);
    if (key === undefined) return fault(headOf('key'), '编号无效或缺失', 'The key is missing or can not be one');
    return { key, body: parsed.data };
  };
};

const fault = (column: string | null, zh: string, en: string): RowFault => ({ column, reason: { zh, en } });

const nameOf = (column: Column): string => (column.is === 'field' ? column.name : column.is);

/** The names that a row's values may have: the command's fields and what every command takes. */
export const isValueName = (kind: FactKind, name: string): boolean =>
  name in kind.takes || ['key', 'effectiveOn', 'evidence', 'note', 'duplicates'].includes(name);

const cellOf = (kind: FactKind, name: string, text: string): Json | undefined => {
  const field = kind.takes[name];
  if (field !== undefined) return cellValue(field, text);
  if (name === 'effectiveOn') return dayIn(text);
  if (name === 'evidence') return [{ title: text }];
  return isNote(text) ? text : undefined;
};

const schemaFault = (error: z.ZodError, headOf: (name: string) => string | null, body: object): RowFault => {
  const [issue] = error.issues;
  const name = String(issue?.path[0] ?? '');
  if (!(name in body)) return fault(headOf(name), `缺少 ${name}`, `${name} is missing`);
  const zh = issue?.code === 'custom' && typeof issue.params?.zh === 'string' ? issue.params.zh : `${name} 无效`;
  return fault(headOf(name), zh, issue?.message ?? 'Not valid');
};

/** The key that the row gives, or the one that is made of the number or of the names. */
const keyOf = (register: Register, given: string | undefined, body: JsonObject): string | undefined => {
  if (given !== undefined) return register.key.parse(given);
  const { keyFrom } = register;
  if (keyFrom === undefined) return undefined;
  if ('number' in keyFrom) {
    const number = body[keyFrom.number];
    return typeof number === 'string' ? register.key.parse(plain(number).replace(/[^A-Za-z0-9._-]/g, '-')) : undefined;
  }
  const names = [register.name, ...keyFrom.hash.map((name) => body[name] ?? '')].map((part) =>
    String(part).normalize('NFKC'),
  );
  return `n-${createHash('sha256').update(names.join('\n')).digest('hex').slice(0, 12)}`;
};

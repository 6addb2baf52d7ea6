import { createHash } from 'node:crypto';
import type { z } from 'zod';
import type { Day } from '../../../domain/calendar.ts';
import { futureFault } from '../../../domain/decide.ts';
import { faultsOf } from '../../../domain/faults.ts';
import type { Field, Text } from '../../../domain/field.ts';
import { plain } from '../../../domain/identifiers.ts';
import type { CellFault } from '../../../domain/import-events.ts';
import type { Json, JsonObject } from '../../../domain/json.ts';
import { usccKey } from '../../../domain/key.ts';
import type { FactKind, Register } from '../../../domain/register.ts';
import { type Cell, cellText } from '../../spreadsheets/sheet.ts';
import { asideFault } from './asides.ts';
import {
  amountFault,
  asWritten,
  cellValue,
  dayOf,
  daysTaken,
  errorIn,
  footnoteFault,
  groupFault,
  isEmpty,
  type NumberReading,
  partOfDay,
  quoted,
  scaledFault,
  unreadable,
  visible,
  withoutZeroWidth,
} from './cells.ts';
import { damageTo, dayInstead, numberInstead } from './codes.ts';
import { type Columns, isNote, nameOf, titleOf } from './columns.ts';
import { canMakeKey, hasAllOf, type RowKind } from './needs.ts';
import { unitReader } from './row-units.ts';
import { standInFault } from './stand-ins.ts';
import type { TableHeader } from './table.ts';
import type { UnitOfTable } from './units.ts';

/** A row of a spreadsheet as the command that it asks for. */
export type RowCommand = { readonly key: string; readonly body: JsonObject };
/** Why a row is not a valid command: the header of the first column with a problem, and all that is wrong. */
export type RowFault = { readonly column: string | null; readonly reason: Text; readonly faults: readonly CellFault[] };

export const isFault = (value: RowCommand | RowFault): value is RowFault => 'reason' in value;

export type RowReader = {
  readonly read: (cells: readonly Cell[], today: Day) => RowCommand | RowFault;
  /** The header of a field's column in the file; null if the file has no such column. */
  readonly headerOf: (name: string) => string | null;
  /** What is wrong with a row in a field's column. */
  readonly faultAt: (cells: readonly Cell[], header: string | null, reason: Text) => CellFault;
};

/** Reads the rows of a table whose headers are known. */
export const rowReader = ({ register, kind, set }: RowKind, table: TableHeader, { columns }: Columns): RowReader => {
  const headerOf = (name: string): string | null =>
    table.headers[columns.findIndex((column) => column !== undefined && nameOf(column) === name)] ?? null;
  const unitIn = unitReader(table, columns);
  const hasAll = hasAllOf({ register, kind, set }, { columns });

  const read: RowReader['read'] = (row, today) => {
    // 1. Collect the cells by field; a cell of the file goes before a value that is set for the whole file.
    const cells = new Map<string, Cell>(Object.entries(set));
    const units = new Map<string, UnitOfTable>();
    columns.forEach((column, index) => {
      const cell = row[index];
      if (column === undefined || column.is === 'row' || column.is === 'unit') return;
      if (cell === undefined || isEmpty(cell)) return;
      cells.set(nameOf(column), cell);
      if (column.is === 'field' && column.field.kind === 'money') units.set(column.name, unitIn(column, row));
    });
    const faults: (CellFault & { readonly name: string })[] = withoutHeader(row, table);
    const fault = (name: string, reason: Text) => faults.push({ name, ...faultAt(row, headerOf(name), reason) });
    const aside = Object.keys(set).length === 0 ? undefined : asideFault(row.slice(0, columns.length), hasAll);
    if (aside !== undefined)
      faults.push({ name: '', ...faultAt(row, table.headers[aside.index] ?? null, aside.reason) });
    const isFaulty = (name: string) => faults.some((each) => each.name === name);
    // 2. Read each cell as its field.
    const body: Record<string, Json> = {};
    for (const [name, cell] of cells) {
      const unit = units.get(name) ?? asWritten.unit;
      const isGrouped = table.hasDecimalCommas === true && isNumeric(kind.takes[name]);
      const reason = (isGrouped ? groupFault(cell) : undefined) ?? refusalOf(register, kind, name, cell, unit);
      if (reason !== undefined) fault(name, reason);
      else if (name !== 'key' && name !== 'duplicates') {
        const value = fieldValue(kind, name, cell, { date1904: table.date1904, unit });
        if (value === undefined) fault(name, notValid(kind, name, cell));
        else body[name] = value;
      }
    }
    // 3. Check the fields together, as the command's schema does.
    const parsed = kind.body.safeParse(body);
    const missing: Text[] = [];
    if (!parsed.success) {
      for (const { name, reason, isMissing } of schemaFaults({ register, kind, set }, parsed.error, body, cells)) {
        if (isFaulty(name)) continue;
        fault(name, isMissing ? missingReason([reason]) : reason);
        if (isMissing) missing.push(reason);
      }
    }
    const late = isFaulty('effectiveOn') ? undefined : futureFault(body, today);
    if (late !== undefined) fault('effectiveOn', { zh: late.zh, en: late.en });
    // 4. Read the key, or make one from fields that are sound.
    const keyCell = cells.get('key');
    const key = isFaulty('key') || (keyCell === undefined && faults.length > 0) ? '' : keyOf(register, keyCell, body);
    if (typeof key !== 'string') fault('key', key);
    const [first] = faults;
    if (typeof key === 'string' && parsed.success && first === undefined) return { key, body: parsed.data };
    const isFirstMissing = faults.length === missing.length && missing.length > 0;
    return {
      column: first?.header ?? null,
      reason: isFirstMissing ? missingReason(missing) : (first?.reason ?? notValidRow),
      faults: faults.map(({ name: _, ...each }) => each),
    };
  };
  const faultAt: RowReader['faultAt'] = (row, header, reason) => {
    const place = header === null ? -1 : table.headers.indexOf(header);
    return { column: place === -1 ? null : place + 1, header, value: quoted(row[place] ?? ''), reason };
  };
  return { read, headerOf, faultAt };
};

/** What a row has in columns without a header would be lost unsaid: mostly one separator too many moved its cells. */
const withoutHeader = (row: readonly Cell[], { headers }: TableHeader) =>
  row.flatMap((cell, index) => {
    if (isEmpty(cell) || headers[index]) return [];
    const [column, value] = [index + 1, quoted(cell)];
    const reason = {
      zh: `第 ${column} 列没有表头，但此行在该列有内容“${value}”；请补上表头，或删去该内容`,
      en: `Column ${column} has no header, but this row has “${value}” in it; add a header, or remove the cell`,
    };
    return [{ name: '', column, header: null, value, reason }];
  });

/** Why a cell must not be read, even if a value could be read from it. */
const refusalOf = (
  register: Register,
  kind: FactKind,
  name: string,
  cell: Cell,
  unit: UnitOfTable,
): Text | undefined => {
  const field = kind.takes[name];
  const instead = isDayColumn(kind, name) ? partOfDay(cell) : dayInstead(cell);
  if (instead !== undefined) return instead;
  if (name === 'evidence') return numberInstead(cell) ?? (typeof cell === 'object' ? errorIn(cell) : undefined);
  if (name === 'note') return typeof cell === 'object' ? errorIn(cell) : undefined;
  const mark = field?.kind === 'text' && !field.isCode ? undefined : footnoteFault(cell);
  if (mark !== undefined) return mark;
  const isText =
    name === 'key' || field?.kind === 'text' || field?.kind === 'reference' || field?.kind === 'references';
  const standIn = isText ? standInFault(cell, quoted(cell)) : undefined;
  if (standIn !== undefined) return standIn;
  if (name === 'key' && !(register.key.isNumber && typeof cell === 'number'))
    return unreadable(cell) ?? damageTo(cell, register.key.length);
  if (field?.kind === 'reference' || field?.kind === 'references')
    return unreadable(cell) ?? damageTo(cell, usccKey.length);
  if (field?.kind === 'text') return errorIn(cell) ?? (field.isCode ? damageTo(cell) : numberInstead(cell));
  if (field?.kind === 'money') return unreadable(cell) ?? amountFault(cell, unit);
  if (field?.kind === 'number' || field?.kind === 'integer') return unreadable(cell) ?? scaledFault(cell);
  return unreadable(cell);
};

/** Whether a field holds amounts or other numbers. */
export const isNumeric = (field: Pick<Field, 'kind'> | undefined): boolean =>
  field?.kind === 'money' || field?.kind === 'number' || field?.kind === 'integer';

const isDayColumn = (kind: FactKind, name: string): boolean =>
  name === 'effectiveOn' || kind.takes[name]?.kind === 'day';

/** What is valid, if that is not anything: a list to choose from, or days. */
export const choicesOf = (kind: FactKind, name: string): Text => {
  const options = Object.values(kind.takes[name]?.options ?? {});
  if (options.length === 0) return isDayColumn(kind, name) ? daysTaken : { zh: '', en: '' };
  return {
    zh: `；可选：${options.map(({ zh }) => zh).join('、')}`,
    en: `; choose from: ${options.map(({ en }) => en).join(', ')}`,
  };
};

const notValid = (kind: FactKind, name: string, cell: Cell): Text => {
  const [text, choices] = [quoted(cell), choicesOf(kind, name)];
  return {
    zh: `“${text}”不是此列的有效值${choices.zh}`,
    en: `“${text}” is not a valid value for this column${choices.en}`,
  };
};

/** The names of what every command takes beside its fields, or a file as a whole. */
const commonNames = ['key', 'effectiveOn', 'evidence', 'note', 'duplicates'];

/** The names that a row's values may have: the command's fields and what every command takes. */
export const valueNames = (kind: FactKind): readonly string[] => [...Object.keys(kind.takes), ...commonNames];

/** Whether a text is a valid value of that name, to be set for a whole file. */
export const isValue = (register: Register, kind: FactKind, name: string, text: string): boolean => {
  if (name === 'key') return register.key.parse(text) !== undefined;
  if (name === 'duplicates') return text === 'allow';
  const value = fieldValue(kind, name, text, asWritten);
  return value !== undefined && (kind.takes[name]?.schema.safeParse(value).success ?? true);
};

const fieldValue = (kind: FactKind, name: string, cell: Cell, numbers: NumberReading): Json | undefined => {
  const field = kind.takes[name];
  if (field !== undefined) return cellValue(field, cell, numbers);
  if (name === 'effectiveOn') return dayOf(cell, numbers.date1904);
  if (name === 'evidence') return [{ title: visible(cellText(cell)) }];
  const note = withoutZeroWidth(cellText(cell));
  return isNote(note) ? note : undefined;
};

const notValidRow: Text = { zh: '此行不符合要求', en: 'This row is not valid' };

const missingReason = (titles: readonly Text[]): Text => ({
  zh: `缺少${titles.map(({ zh }) => zh).join('、')}`,
  en: `${titles.map(({ en }) => en).join(', ')} ${titles.length === 1 ? 'is' : 'are'} missing`,
});

/** What the command's schema finds wrong with a row, once for each field; of one that is missing, its title. */
const schemaFaults = (
  { register, kind }: RowKind,
  error: z.ZodError,
  body: JsonObject,
  cells: ReadonlyMap<string, Cell>,
): readonly { readonly name: string; readonly reason: Text; readonly isMissing: boolean }[] => {
  const found = faultsOf(error, 'body', body).map(({ pointer = '', zh, en }) => {
    const name = pointer.split('/')[1] ?? '';
    if (name === '') return { name, reason: { zh, en }, isMissing: false };
    if (!(name in body)) return { name, reason: titleOf(register, kind, name), isMissing: true };
    const what = notValid(kind, name, cells.get(name) ?? '');
    return { name, reason: { zh: `${what.zh}：${zh}`, en: `${what.en}: ${en}` }, isMissing: false };
  });
  return found.filter(({ name }, index) => found.findIndex((each) => each.name === name) === index);
};

/** The key in a row's cell, or one made from its fields; a text says why there is neither. */
const keyOf = (register: Register, cell: Cell | undefined, body: JsonObject): string | Text => {
  const { title } = register.key;
  if (cell === undefined && !canMakeKey(register, (name) => body[name] !== undefined))
    return { zh: `缺少${title.zh}`, en: `${title.en} is missing` };
  const key = cell === undefined ? keyFrom(register, body) : register.key.parse(plain(cellText(cell)));
  if (key !== undefined) return key;
  const text = quoted(cell ?? String(body.number));
  return { zh: `“${text}”不是有效的${title.zh}`, en: `“${text}” is not a valid ${title.en}` };
};

/** The key made from a document's number, or from a hash of names. */
const keyFrom = (register: Register, body: JsonObject): string | undefined => {
  const { keyFrom: from } = register;
  if (from === undefined) return undefined;
  if ('number' in from) return register.key.parse(plain(String(body[from.number])).replace(/[^A-Za-z0-9._-]/g, '-'));
  const names = [register.name, ...from.hash.map((name) => String(body[name] ?? ''))];
  const hash = createHash('sha256').update(names.map((name) => name.normalize('NFKC')).join('\n'));
  return `n-${hash.digest('hex').slice(0, 12)}`;
};

import { createHash } from 'node:crypto';
import type { Day } from '../../../domain/calendar.ts';
import { futureFault } from '../../../domain/decide.ts';
import type { Text } from '../../../domain/field.ts';
import { plain } from '../../../domain/identifiers.ts';
import type { CellFault } from '../../../domain/import-events.ts';
import type { Json, JsonObject } from '../../../domain/json.ts';
import type { FactKind, Register } from '../../../domain/register.ts';
import { type Cell, cellText } from '../../spreadsheets/sheet.ts';
import { asideFault } from './asides.ts';
import { asWritten, groupFault, isEmpty, quoted } from './cells.ts';
import { type Columns, nameOf, titleOf } from './columns.ts';
import { canMakeKey, hasAllOf, type RowKind } from './needs.ts';
import { missingReason, notValid, notValidRow, schemaFaults } from './row-faults.ts';
import { unitReader } from './row-units.ts';
import type { TableHeader } from './table.ts';
import type { UnitOfTable } from './units.ts';
import { fieldValue, isNumeric, refusalOf } from './values.ts';

/** A row of a spreadsheet as the command that it asks for. */
export type RowCommand = { readonly key: string; readonly body: JsonObject };
/** Why a row is not a valid command: the header of the first column with a problem, and all that is wrong. */
export type RowFault = {
  readonly column: string | null;
  readonly reason: Text;
  readonly faults: readonly CellFault[];
  /** What of it is sound, and the names of what is not: fields, `key` and the like. */
  readonly understood: { readonly key?: string; readonly body: JsonObject; readonly unsure: ReadonlySet<string> };
};

export const isFault = (value: RowCommand | RowFault): value is RowFault => 'reason' in value;

export type RowReader = {
  readonly read: (cells: readonly Cell[], today: Day) => RowCommand | RowFault;
  /** What is wrong with a row in a field's column; in none if the file has no such column. */
  readonly faultIn: (cells: readonly Cell[], name: string, reason: Text) => CellFault;
};

/** Reads the rows of a table whose headers are known. */
export const rowReader = (of: RowKind, table: TableHeader, { columns }: Columns): RowReader => {
  const { register, kind, set } = of;
  const placeOf = (name: string): number =>
    columns.findIndex((column) => column !== undefined && nameOf(column) === name);
  const faultIn: RowReader['faultIn'] = (row, name, reason) => faultAt(table, row, placeOf(name), reason);
  /** What the file calls a field, in the language of its header. */
  const titleIn = (name: string): Text => {
    const header = table.headers[placeOf(name)];
    const title = titleOf(register, kind, name);
    if (header === undefined) return title;
    return /\p{sc=Han}/u.test(header) ? { ...title, zh: header } : { ...title, en: header };
  };
  const unitIn = unitReader(table, columns);
  const hasAll = hasAllOf(of, { columns });

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
    const faults: CellFault[] = withoutHeader(row, table);
    const unsure = new Set<string>();
    const fault = (name: string, reason: Text) => {
      faults.push(faultIn(row, name, reason));
      unsure.add(name);
    };
    const aside = Object.keys(set).length === 0 ? undefined : asideFault(row.slice(0, columns.length), hasAll);
    if (aside !== undefined) faults.push(faultAt(table, row, aside.index, aside.reason));
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
    for (const { name, reason } of parsed.success ? [] : schemaFaults(kind, parsed.error, body, cells)) {
      if (unsure.has(name)) continue;
      fault(name, reason ?? missingReason([titleIn(name)]));
      if (reason === undefined) missing.push(titleIn(name));
    }
    const late = unsure.has('effectiveOn') ? undefined : futureFault(body, today);
    if (late !== undefined) fault('effectiveOn', { zh: late.zh, en: late.en });
    // 4. Read the key, or make one from fields that are sound.
    const keyCell = cells.get('key');
    const canTell = keyCell === undefined ? !madeFrom(register).some((name) => unsure.has(name)) : !unsure.has('key');
    const key = canTell ? keyOf(register, keyCell, body) : undefined;
    if (typeof key === 'object') fault(key.of, key.reason);
    const [first] = faults;
    if (typeof key === 'string' && parsed.success && first === undefined) return { key, body: parsed.data };
    const sound = parsed.success ? parsed.data : soundIn(kind, body, unsure);
    const isFirstMissing = faults.length === missing.length && missing.length > 0;
    return {
      column: first?.header ?? null,
      reason: isFirstMissing ? missingReason(missing) : (first?.reason ?? notValidRow),
      faults,
      understood: { ...(typeof key === 'string' ? { key } : {}), body: sound, unsure },
    };
  };
  return { read, faultIn };
};

const faultAt = ({ headers }: TableHeader, row: readonly Cell[], place: number, reason: Text): CellFault =>
  place === -1
    ? { column: null, header: null, value: '', reason }
    : { column: place + 1, header: headers[place] ?? null, value: quoted(row[place] ?? ''), reason };

/** What a row has in columns without a header would be lost unsaid: mostly one separator too many moved its cells. */
const withoutHeader = (row: readonly Cell[], { headers }: TableHeader): CellFault[] =>
  row.flatMap((cell, index) => {
    if (isEmpty(cell) || headers[index]) return [];
    const [column, value] = [index + 1, quoted(cell)];
    const reason = {
      zh: `第 ${column} 列没有表头，但此行在该列有内容“${value}”；请补上表头，或删去该内容`,
      en: `Column ${column} has no header, but this row has “${value}” in it; add a header, or remove the cell`,
    };
    return [{ column, header: null, value, reason }];
  });

/** The values that are sound, in the normal form of their fields. */
const soundIn = (kind: FactKind, body: JsonObject, unsure: ReadonlySet<string>): JsonObject =>
  Object.fromEntries(
    Object.entries(body)
      .filter(([name]) => !unsure.has(name))
      .map(([name, value]) => [name, (kind.takes[name]?.schema.safeParse(value).data ?? value) as Json]),
  );

/** The fields that a key is made from. */
const madeFrom = ({ keyFrom: from }: Register): readonly string[] =>
  from === undefined ? [] : 'number' in from ? [from.number] : from.hash;

/** The key in a row's cell, or one made from its fields; or else why there is neither, by the name of what is wrong. */
const keyOf = (
  register: Register,
  cell: Cell | undefined,
  body: JsonObject,
): string | { readonly of: string; readonly reason: Text } => {
  const { title, example } = register.key;
  if (cell === undefined && !canMakeKey(register, (name) => body[name] !== undefined))
    return { of: 'key', reason: missingReason([title]) };
  const key = cell === undefined ? keyFrom(register, body) : register.key.parse(plain(cellText(cell)));
  if (key !== undefined) return key;
  const [of = ''] = madeFrom(register);
  const text = quoted(cell ?? String(body[of]));
  return cell === undefined
    ? {
        of,
        reason: {
          zh: `无法由“${text}”得出有效的${title.zh}；请另设“${title.zh}”一列，填写如 ${example}`,
          en: `No valid ${title.en} can be made from “${text}”; add a column “${title.en}” with one such as ${example}`,
        },
      }
    : { of: 'key', reason: { zh: `“${text}”不是有效的${title.zh}`, en: `“${text}” is not a valid ${title.en}` } };
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

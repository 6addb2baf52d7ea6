import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Text } from '../../../domain/field.ts';
import type { Aside } from '../../../domain/import-events.ts';
import type { FactKind, Register } from '../../../domain/register.ts';
import { type Cell, type Sheet, SheetFault, textOf, type Workbook } from '../../spreadsheets/sheet.ts';
import { openWorkbook } from '../../spreadsheets/workbook.ts';
import { quoted } from './cells.ts';
import { columnFinder, columnsOf, nameOf } from './columns.ts';
import { canMakeKey, isValue, isValueName, type RowReader, rowReader, type TableHead, tableHead } from './rows.ts';
import { type Heads, headsIn, rowsUnder, type TableRow } from './table.ts';

/** Why a file can't be imported at all, and what is to blame: the file, the command, the sheet or a `set.FIELD`. */
export type FileFault = { readonly fault: Text; readonly at: string };

export type OpenedFile = {
  readonly sha256: string;
  /** The sheet that was read, where the file has several. */
  readonly sheet?: string;
  /** Heads of the file that are not understood. */
  readonly ignored: readonly string[];
  /** Lines under the heads that are sums or notes. */
  readonly asides: readonly Aside[];
  /** Rows under the heads. */
  readonly total: number;
};

/** What a row of the file says, with its place: among the rows under the heads, from 1, and in the file. */
export type Row = {
  readonly number: number;
  readonly line: number;
  readonly cells: readonly Cell[];
  readonly read: (today: string) => ReturnType<RowReader['read']>;
  readonly headOf: RowReader['headOf'];
};

export type FileRequest = {
  readonly register: Register;
  readonly kind: FactKind;
  readonly path: string;
  readonly sheet: string | undefined;
  readonly set: Readonly<Record<string, string>>;
};

const rowLimit = 100_000;
const pieceCharacters = 65_536;
/** So many asides are told; a list has few. */
const toldAsides = 50;

type TableLine = readonly [line: number, ...cells: Cell[]];

/**
 * Looks through a whole file before anything is recorded, and writes its rows to `table`, a line of JSON each: from
 * then on it makes no difference what kind of file they came in.
 */
export const openFile = async (request: FileRequest, table: string): Promise<OpenedFile | FileFault> => {
  const wrong = setFault(request);
  if (wrong !== undefined) return wrong;
  let workbook: Workbook | undefined;
  try {
    workbook = await openWorkbook(request.path);
    const chosen = await chooseSheet(workbook, request);
    if ('fault' in chosen) return chosen;
    const written = await writeTable(chosen, workbook.date1904, table);
    const { columns: _, ...columns } = columnsOf(request.register, request.kind, chosen.heads.heads);
    const { name } = chosen.sheet;
    const isOneOfMany = name !== undefined && workbook.sheets.length > 1;
    return { sha256: await hashOf(request.path), ...(isOneOfMany ? { sheet: name } : {}), ...columns, ...written };
  } catch (error) {
    await rm(table, { force: true });
    if (error instanceof SheetFault) return { at: 'file', fault: error.fault };
    throw error;
  } finally {
    await workbook?.close();
  }
};

const setFault = ({ register, kind, set }: FileRequest): FileFault | undefined => {
  for (const [name, text] of Object.entries(set)) {
    const at = `set.${name}`;
    if (!isValueName(kind, name)) {
      const names = [...Object.keys(kind.takes), 'effectiveOn', 'key', 'evidence', 'note', 'duplicates'];
      const en = `${kind.command} has no field ${name}; it has ${names.join(', ')}`;
      return { at, fault: { zh: `${kind.command} 没有字段 ${name}；有：${names.join('、')}`, en } };
    }
    if (!isValue(register, kind, name, text))
      return { at, fault: { zh: `${name} 不能为“${text}”`, en: `“${text}” is no value for ${name}` } };
  }
  return undefined;
};

const hashOf = async (path: string): Promise<string> => {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path)) hash.update(chunk);
  return hash.digest('hex');
};

type Chosen = { readonly sheet: Sheet; readonly heads: Heads };

/** The sheet that is asked for, or the one whose heads fit. */
const chooseSheet = async (workbook: Workbook, request: FileRequest): Promise<Chosen | FileFault> => {
  const { register, kind, sheet: wanted } = request;
  const named = workbook.sheets.flatMap(({ name }) => name ?? []);
  const sheets = wanted === undefined ? workbook.sheets : workbook.sheets.filter(({ name }) => name === wanted);
  if (sheets.length === 0 && wanted !== undefined) {
    const zh = `没有工作表“${wanted}”；有：${named.join('、')}`;
    return { at: 'sheet', fault: { zh, en: `There is no sheet “${wanted}”; there are ${named.join(', ')}` } };
  }
  const find = columnFinder(register, kind);
  const candidates: Chosen[] = [];
  const faults: SheetFault[] = [];
  for (const sheet of sheets) {
    try {
      const heads = await headsIn(sheet, find);
      if (heads !== undefined) candidates.push({ sheet, heads });
    } catch (error) {
      if (!(error instanceof SheetFault)) throw error;
      faults.push(error);
    }
  }
  candidates.sort((a, b) => b.heads.understood - a.heads.understood);
  const [best] = candidates;
  if ((best?.heads.understood ?? 0) === 0 && faults[0] !== undefined) throw faults[0];
  if (best === undefined) return fileFault('文件里没有表头', 'The file has no row of heads');
  const fitting = candidates.filter(({ heads }) => missingIn(request, heads.heads).length === 0);
  const names = fitting.flatMap(({ sheet }) => sheet.name ?? []);
  if (names.length > 1) {
    return {
      at: 'sheet',
      fault: {
        zh: `有多个工作表的表头相符：${names.join('、')}；请用 sheet 指定一个`,
        en: `The heads of several sheets fit: ${names.join(', ')}; name one with sheet`,
      },
    };
  }
  return fitting[0] ?? missingFault(request, best);
};

type Needed = readonly (readonly [name: string, title: Text])[];

/** The columns that no row can do without and that neither the heads nor `set` give. */
const missingIn = ({ register, kind, set }: FileRequest, heads: readonly string[]): Needed => {
  const { columns } = columnsOf(register, kind, heads);
  const given = new Set([...Object.keys(set), ...columns.map((column) => column && nameOf(column))]);
  return neededColumns(register, kind, (name) => given.has(name)).filter(([name]) => !given.has(name));
};

const missingFault = (request: FileRequest, { sheet, heads: { heads } }: Chosen): FileFault => {
  const missing = missingIn(request, heads);
  const found = heads.map((head) => head.trim()).filter((head) => head !== '');
  const of =
    sheet.name === undefined ? { zh: '文件', en: '' } : { zh: `工作表“${sheet.name}”`, en: ` of ${sheet.name}` };
  return fileFault(
    `缺少列：${missing.map(([name, title]) => `${title.zh}（${name}）`).join('、')}；${of.zh}的表头是：${found.join('、')}`,
    `Missing columns: ${missing.map(([name, title]) => `${title.en} (${name})`).join(', ')}; the heads${of.en} are: ${found.join(', ')}`,
  );
};

const fileFault = (zh: string, en: string): FileFault => ({ at: 'file', fault: { zh, en } });

/** The columns that no row can do without, each by name and title. */
export const neededColumns = (register: Register, kind: FactKind, has: (name: string) => boolean): Needed => [
  ...(canMakeKey(register, has) ? [] : [['key', register.key.title] as const]),
  ...Object.entries(kind.takes)
    .filter(([name, { optional }]) => !optional && isAlwaysNeeded(register, kind, name))
    .map(([name, { title }]) => [name, title] as const),
  ['effectiveOn', { zh: '生效日期', en: 'Effective on' }] as const,
];

/** Descriptive fields are needed by the first command alone: an entry that others find has them already. */
const isAlwaysNeeded = (register: Register, kind: FactKind, name: string): boolean =>
  kind.isFirst || register.descriptive[name] === undefined || kind.fields?.[name] !== undefined;

/** Writes the rows of a sheet as a table, and tells what it leaves out. */
const writeTable = async (
  { sheet, heads }: Chosen,
  date1904: boolean,
  table: string,
): Promise<Pick<OpenedFile, 'asides' | 'total'>> => {
  const asides: Aside[] = [];
  let total = 0;
  const lines = async function* () {
    const head: TableHead = { heads: [...heads.heads], power: heads.power, date1904 };
    let piece = `${JSON.stringify(head)}\n`;
    for await (const row of rowsUnder(sheet, heads)) {
      if (row.isAside) {
        if (asides.length < toldAsides) asides.push(asideOf(row));
        continue;
      }
      total += 1;
      if (total > rowLimit) {
        throw new SheetFault(
          `表格超过 ${rowLimit} 行，请拆分后分别导入`,
          `The sheet has more than ${rowLimit} rows; split it and import the parts`,
        );
      }
      const line: TableLine = [row.line, ...row.cells];
      piece += `${JSON.stringify(line)}\n`;
      if (piece.length < pieceCharacters) continue;
      yield piece;
      piece = '';
    }
    yield piece;
  };
  await pipeline(Readable.from(lines()), createWriteStream(table, { flush: true }));
  return { asides, total };
};

const asideOf = ({ line, cells }: TableRow): Aside => ({
  line,
  text: quoted(
    cells
      .map((cell) => textOf(cell).trim())
      .filter((text) => text !== '')
      .join(' '),
  ),
});

/** What the first line of a table says. */
export const tableHeadOf = async (table: string): Promise<TableHead | undefined> => {
  for await (const text of linesOf(table)) return tableHead.parse(JSON.parse(text));
  return undefined;
};

/** The rows of a table as `openFile` has written it. */
export async function* rowsOf(
  table: string,
  { register, kind, set }: Pick<FileRequest, 'register' | 'kind' | 'set'>,
): AsyncIterable<Row> {
  let reader: RowReader | undefined;
  let number = 0;
  for await (const text of linesOf(table)) {
    if (reader === undefined) {
      const head = tableHead.parse(JSON.parse(text));
      reader = rowReader(register, kind, head, columnsOf(register, kind, head.heads), set);
      continue;
    }
    const [line, ...cells]: TableLine = JSON.parse(text);
    number += 1;
    const { read, headOf } = reader;
    yield { number, line, cells, read: (today) => read(cells, today), headOf };
  }
}

async function* linesOf(path: string): AsyncIterable<string> {
  let rest = '';
  for await (const chunk of createReadStream(path, 'utf8')) {
    const lines = `${rest}${chunk}`.split('\n');
    rest = lines.pop() ?? '';
    yield* lines;
  }
}

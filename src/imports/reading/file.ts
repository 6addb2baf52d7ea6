import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import type { Text } from '../../../domain/field.ts';
import type { Hidden, ImportColumn, SkippedLine } from '../../../domain/import-events.ts';
import { type Sheet, SheetFault, type Workbook } from '../../spreadsheets/sheet.ts';
import { openWorkbook } from '../../spreadsheets/workbook.ts';
import { isEmpty, quoted } from './cells.ts';
import { type Columns, columnFinder, columnsOf, noSuchField, titleOf } from './columns.ts';
import type { FileFault } from './file-fault.ts';
import { writeTable } from './kept-table.ts';
import { mapFault, mapFaultIn, placeText, understoodColumns } from './mapping.ts';
import { asShown } from './merged-cells.ts';
import { hasAllOf, missingIn, type RowKind } from './needs.ts';
import { type HeaderRow, headerRowIn } from './table.ts';
import { choicesOf, isValue, setDayFault, valueNames } from './values.ts';

export type OpenedFile = {
  /** Of the file's bytes, 64 hex digits. */
  readonly sha256: string;
  /** The sheet that was read, if the file has several. */
  readonly sheet?: string;
  /** Sheets with cells in them that were not read and are not hidden. */
  readonly otherSheets?: readonly string[];
  /** Names of values set for the whole file although every row has its own. */
  readonly unusedSet?: readonly string[];
  /** Headers that are not recognised. */
  readonly ignored: readonly string[];
  /** The columns with a header, as they are understood. */
  readonly columns: readonly ImportColumn[];
  /** How many lines under the headers are sums, notes or examples, and the first of them. */
  readonly skipped: number;
  readonly skippedLines: readonly SkippedLine[];
  /** Rows under the headers. */
  readonly total: number;
  /** If there are any. */
  readonly hidden?: Hidden;
};

export type FileRequest = RowKind & {
  readonly path: string;
  /** The file's own name, which may say the unit of its amounts. */
  readonly name?: string;
  readonly sheet: string | undefined;
};

/** Checks a whole file before anything is recorded, and writes its rows to the file `table`. */
export const openFile = async (request: FileRequest, table: string): Promise<OpenedFile | FileFault> => {
  const wrong = setFault(request) ?? mapFault(request);
  if (wrong !== undefined) return wrong;
  let workbook: Workbook | undefined;
  try {
    workbook = await openWorkbook(request.path);
    const chosen = await chooseSheet(workbook, request);
    if ('fault' in chosen) return chosen;
    const { sheet, headerRow, hiddenSheets } = chosen;
    const columns = columnsOf(request, headerRow.headers);
    const twice = twiceFault(columns, headerRow.headers);
    if (twice !== undefined) return { ...twice, columns: ambiguousColumns(request, columns, headerRow.headers) };
    const reading = {
      columns: columns.columns,
      find: columnFinder(request),
      hasAll: hasAllOf(request, columns),
      command: request.kind.title,
    };
    const names = [request.name?.replace(/\.\w+$/, ''), sheet.name].filter((name) => name !== undefined);
    const setNames = Object.keys(request.set);
    const source = { sheet, headerRow, reading, date1904: workbook.date1904, setNames, names };
    const { hidden: hiddenRows, unused, unusedSet, ...written } = await writeTable(source, table);
    const hidden = {
      ...hiddenRows,
      columns: await hiddenHeaders(sheet, headerRow),
      ...(hiddenSheets.length > 0 ? { sheets: hiddenSheets } : {}),
    };
    const otherSheets = await filledBeside(workbook, sheet);
    const isOneOfMany = sheet.name !== undefined && (sheet.isHidden || visibleIn(workbook).length > 1);
    return {
      sha256: await hashOf(request.path),
      ...(isOneOfMany ? { sheet: sheet.name } : {}),
      ...(otherSheets.length > 0 ? { otherSheets } : {}),
      ...(unusedSet.length > 0 ? { unusedSet } : {}),
      ignored: [...columns.ignored, ...unused],
      columns: understoodColumns(request, headerRow.headers, columns, unused),
      ...written,
      ...(hidden.rows + hidden.columns.length + hiddenSheets.length > 0 ? { hidden } : {}),
    };
  } catch (error) {
    await rm(table, { force: true });
    if (error instanceof SheetFault) return { at: 'file', fault: error.fault };
    throw error;
  } finally {
    await workbook?.close();
  }
};

/** The headers of the columns that are hidden. */
const hiddenHeaders = async (sheet: Sheet, { headers }: HeaderRow): Promise<readonly string[]> =>
  (await sheet.hiddenColumns()).flatMap((column) => headers[column - 1] || []);

const setFault = ({ register, kind, set }: RowKind): FileFault | undefined => {
  for (const [name, text] of Object.entries(set)) {
    const at = `set.${name}`;
    if (!valueNames(kind).includes(name)) return { at, fault: noSuchField({ register, kind }, name, valueNames(kind)) };
    const title = titleOf(register, kind, name);
    const serial = setDayFault(kind, name, text);
    if (serial !== undefined) return { at, fault: serial };
    if (!isValue(register, kind, name, text)) {
      const choices = choicesOf(kind, name);
      return {
        at,
        fault: {
          zh: `“${quoted(text)}”不是“${title.zh}”的有效值${choices.zh}`,
          en: `“${quoted(text)}” is not a valid value for ${title.en}${choices.en}`,
        },
      };
    }
  }
  return undefined;
};

const hashOf = async (path: string): Promise<string> => {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path)) hash.update(chunk);
  return hash.digest('hex');
};

type Candidate = { readonly sheet: Sheet; readonly headerRow: HeaderRow };

/** The sheet to read, and the hidden ones that could have been meant as well. */
type Chosen = Candidate & { readonly hiddenSheets: readonly string[] };

const visibleIn = ({ sheets }: Workbook): readonly Sheet[] => sheets.filter(({ isHidden }) => isHidden !== true);

/** The most other sheets that are named. */
const otherSheetsLimit = 50;

const filledBeside = async (workbook: Workbook, { name: read }: Sheet): Promise<readonly string[]> => {
  const filled: string[] = [];
  for (const { name, rows } of visibleIn(workbook)) {
    if (name === undefined || name === read || filled.length === otherSheetsLimit) continue;
    for await (const { cells } of rows()) {
      if (cells.every(isEmpty)) continue;
      filled.push(name);
      break;
    }
  }
  return filled;
};

/** The requested sheet, or the one whose headers fit; a hidden one only on request. */
const chooseSheet = async (workbook: Workbook, request: FileRequest): Promise<Chosen | FileFault> => {
  const { sheet: requested } = request;
  const named = workbook.sheets.filter(({ name }) => name === requested);
  if (named.length === 0 && requested !== undefined) return noSuchSheet(workbook, requested);
  const candidates = await candidatesAmong(requested === undefined ? visibleIn(workbook) : named, request);
  const fits = ({ headerRow }: Candidate) => missingIn(request, headerRow.headers).length === 0;
  const fitting = candidates.filter(fits);
  const names = fitting.flatMap(({ sheet }) => sheet.name ?? []);
  if (names.length > 1) return severalSheets(names);
  const hidden = requested === undefined ? workbook.sheets.filter(({ isHidden }) => isHidden) : [];
  const hiddenSheets = (await candidatesAmong(hidden, request)).filter(fits).flatMap(({ sheet }) => sheet.name ?? []);
  const [found] = fitting;
  if (found === undefined && hiddenSheets.length > 0) return onlyHidden(hiddenSheets);
  const best = found ?? candidates[0];
  if (best === undefined)
    return fileFault(
      '文件中没有表头；请在名单上方加一行列名',
      'The file has no row of headers; add one above the list',
    );
  const unmapped = mapFaultIn(request, best.headerRow.headers);
  const { headers } = best.headerRow;
  const columns = () => understoodColumns(request, headers, columnsOf(request, headers), []);
  if (unmapped !== undefined) return { ...unmapped, columns: columns() };
  return found === undefined ? { ...missingFault(request, best), columns: columns() } : { ...found, hiddenSheets };
};

const onlyHidden = (names: readonly string[]): FileFault => ({
  at: 'sheet',
  sheets: names,
  fault: {
    zh: `只有隐藏的工作表的表头相符：${names.join('、')}；请取消隐藏后重新导入，或用 sheet 指定`,
    en: `Only the headers of hidden sheets fit (${names.join(', ')}); unhide the sheet and import the file again, or choose it with sheet`,
  },
});

/** The sheets with a row of headers, the most recognised first; throws if none is recognised and a sheet is broken. */
const candidatesAmong = async (sheets: readonly Sheet[], request: RowKind): Promise<readonly Candidate[]> => {
  const find = columnFinder(request);
  const candidates: Candidate[] = [];
  const faults: SheetFault[] = [];
  for (const sheet of sheets.map(asShown)) {
    try {
      const headerRow = await headerRowIn(sheet, find);
      if (headerRow !== undefined) candidates.push({ sheet, headerRow });
    } catch (error) {
      if (!(error instanceof SheetFault)) throw error;
      faults.push(error);
    }
  }
  candidates.sort((a, b) => b.headerRow.recognised - a.headerRow.recognised);
  if ((candidates[0]?.headerRow.recognised ?? 0) === 0 && faults[0] !== undefined) throw faults[0];
  return candidates;
};

const noSuchSheet = ({ sheets }: Workbook, requested: string): FileFault => {
  const names = sheets.flatMap(({ name }) => name ?? []);
  if (names.length === 0) return { at: 'sheet', fault: noSheets };
  const zh = `没有工作表“${requested}”；文件中的工作表：${names.join('、')}`;
  return {
    at: 'sheet',
    sheets: names,
    fault: { zh, en: `There is no sheet “${requested}”; the sheets are ${names.join(', ')}` },
  };
};

const noSheets: Text = {
  zh: 'CSV 文件没有工作表；请不要指定 sheet',
  en: 'A CSV has no sheets; leave sheet out',
};

const severalSheets = (names: readonly string[]): FileFault => ({
  at: 'sheet',
  sheets: names,
  fault: {
    zh: `有多个工作表的表头相符：${names.join('、')}；请用 sheet 指定一个`,
    en: `The headers of several sheets fit (${names.join(', ')}); choose one with sheet`,
  },
});

/** Two columns for one thing are ambiguous: last year's amounts are not this year's. */
const twiceFault = ({ twice: [first] }: Columns, headers: readonly string[]): FileFault | undefined => {
  if (first === undefined) return undefined;
  const { title, places } = first;
  const each = places.map((index) => placeText(index, headers));
  const without = places.map((index) => `map.#${index + 1}=`);
  return fileFault(
    `${each.map(({ zh }) => zh).join('与')}都是“${title.zh}”，无法确定应读取哪一列；请只保留一列，将其余各列的表头改为其他名称，或以 ${without.join('、')} 之一排除不读的列`,
    `It is not clear which column gives ${title.en}: ${each.map(({ en }) => en).join(' and ')}; keep one of them, rename the headers of the others, or leave columns out with ${without.join(' or ')}`,
  );
};

/** The columns, with all of those that give one thing shown as giving it. */
const ambiguousColumns = (
  request: FileRequest,
  columns: Columns,
  headers: readonly string[],
): readonly ImportColumn[] => {
  const understood = understoodColumns(request, headers, columns, []);
  return understood.map(({ column, header, field, ...why }) => {
    const [first] = columns.twice.find(({ places }) => places.includes(column - 1))?.places ?? [];
    const same = understood.find((each) => each.column - 1 === first)?.field;
    return same === undefined ? { column, header, field, ...why } : { column, header, field: same };
  });
};

const missingFault = (request: FileRequest, { sheet, headerRow: { headers } }: Candidate): FileFault => {
  const missing = missingIn(request, headers);
  const found = headers.map((header) => header.trim()).filter((header) => header !== '');
  const separator = sheet.name === undefined ? separatorIn(found, columnFinder(request)) : undefined;
  if (separator !== undefined)
    return fileFault(
      `表头似以“${separator}”分隔：${found.join('、')}；请改用逗号（,）、分号（;）或制表符分隔，或在文件首行写 sep=${separator}`,
      `The headers seem to be separated by “${separator}”: ${found.join(', ')}; separate cells by commas, semicolons or tabs, or begin the file with the line sep=${separator}`,
    );
  const of =
    sheet.name === undefined ? { zh: '文件', en: '' } : { zh: `工作表“${sheet.name}”`, en: ` of sheet ${sheet.name}` };
  return fileFault(
    `缺少列：${missing.map(([, title]) => title.zh).join('、')}；${of.zh}的表头是：${found.join('、')}`,
    `Missing columns: ${missing.map(([, title]) => title.en).join(', ')}; the headers${of.en} are: ${found.join(', ')}`,
  );
};

/** What separates headers within one header of a CSV, if both sides of it are headers. */
const separatorIn = (headers: readonly string[], find: ReturnType<typeof columnFinder>): string | undefined =>
  ['，', '|', '｜', '；', '、', '^', '~'].find((separator) =>
    headers.some((header) => header.split(separator).filter((part) => find(part) !== undefined).length >= 2),
  );

const fileFault = (zh: string, en: string): FileFault => ({ at: 'file', fault: { zh, en } });

import { readFileSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import { type CellObject, CFB, read, type WorkSheet } from '@e965/xlsx';
import { showerOf, textShowerOf } from './number-formats.ts';
import { booleanCell, type Cell, cellText, columnLimit, type Merge, type SheetRow } from './sheet.ts';
import { type LegacyLook, type LegacySheetLook, legacyFaultIn, legacyLooksIn, placeOf } from './xls-records.ts';
import { asSeen } from './xlsx-sheet.ts';

export type LegacySheet = {
  readonly name: string;
  readonly isHidden: boolean;
  readonly rows: readonly SheetRow[];
  readonly merges: readonly Merge[];
  readonly around: readonly string[];
  readonly hiddenColumns: readonly number[];
};

/** What the worker posts when it is done: the sheets, or why there are none. */
export type LegacyAnswer =
  | { readonly sheets: readonly LegacySheet[]; readonly date1904: boolean }
  | { readonly fault: 'locked' | 'too-old' | 'not-valid' };

/** How formats show numbers and texts, each found once. */
const showers = new Map<
  string,
  { readonly number: ReturnType<typeof showerOf>; readonly text: ReturnType<typeof textShowerOf> }
>();
const showing = ({ id, format }: LegacyLook) => {
  const name = `${id} ${format}`;
  const shower = showers.get(name) ?? { number: showerOf(id, format), text: textShowerOf(format) };
  showers.set(name, shower);
  return shower;
};

/** The errors by their codes (MS-XLS 2.5.10). */
const errors: ReadonlyMap<number, string> = new Map([
  [0x00, '#NULL!'],
  [0x07, '#DIV/0!'],
  [0x0f, '#VALUE!'],
  [0x17, '#REF!'],
  [0x1d, '#NAME?'],
  [0x24, '#NUM!'],
  [0x2a, '#N/A'],
]);

/** A cell; if any of its text is struck out, only that. */
const cellOf = (cell: CellObject, look: LegacyLook | undefined, date1904: boolean): Cell | undefined => {
  const value = valueIn(cell, look, date1904);
  return value !== undefined && look?.isStruckOut === true ? { struckOut: cellText(value) } : value;
};

const valueIn = (
  { t: type, v: value }: CellObject,
  look: LegacyLook | undefined,
  date1904: boolean,
): Cell | undefined => {
  if (type === 'e') return { unreadable: errors.get(Number(value)) ?? '#' };
  if (type === 'b') return booleanCell(value === true);
  if (typeof value === 'string')
    return value === '' ? undefined : asSeen(look?.text ?? value, look && showing(look).text);
  if (typeof value !== 'number') return undefined;
  return (look && showing(look).number?.(value, date1904)) ?? value;
};

const rowsOf = (sheet: WorkSheet, looks: LegacySheetLook | undefined, date1904: boolean): readonly SheetRow[] =>
  (sheet['!data'] ?? []).flatMap((row, index): readonly SheetRow[] => {
    // The array is sparse: it has only the cells that are in the file.
    const values = Array.from(row ?? [], (cell, column) =>
      cell === undefined ? undefined : cellOf(cell, looks?.cells.get(placeOf(index, column)), date1904),
    );
    const end = values.findLastIndex((value) => value !== undefined) + 1;
    if (end === 0) return [];
    const cells = values.slice(0, Math.min(end, columnLimit)).map((value) => value ?? '');
    const isHidden = sheet['!rows']?.[index]?.hidden === true || looks?.isHidden(index) === true;
    return [{ line: index + 1, cells, ...(isHidden ? { isHidden } : {}) }];
  });

/** The bytes of the workbook in the file; undefined if it holds none. */
const bookIn = (content: Buffer): Buffer | undefined => {
  const container = CFB.read(content, { type: 'buffer' });
  const found: { readonly content: Uint8Array } | null =
    CFB.find(container, '/Workbook') ?? CFB.find(container, '/Book');
  return found === null ? undefined : Buffer.from(found.content);
};

const answerTo = (path: string): LegacyAnswer => {
  const content = readFileSync(path);
  try {
    const records = bookIn(content);
    const fault = records && legacyFaultIn(records);
    if (fault !== undefined) return { fault };
    const options = { dense: true, cellNF: true, cellText: false, cellHTML: false, cellStyles: true } as const;
    const book = read(content, { type: 'buffer', ...options });
    const looks = records && legacyLooksIn(records);
    const date1904 = book.Workbook?.WBProps?.date1904 === true;
    const sheets = book.SheetNames.flatMap((name, index): readonly LegacySheet[] => {
      const sheet = book.Sheets[name];
      if (sheet === undefined) return [];
      const isHidden = (book.Workbook?.Sheets?.[index]?.Hidden ?? 0) !== 0;
      const merges = (sheet['!merges'] ?? []).map(({ s: from, e: to }) => ({
        top: from.r + 1,
        bottom: to.r + 1,
        left: from.c + 1,
        right: to.c + 1,
      }));
      const columns = Array.from(sheet['!cols'] ?? []);
      const hiddenColumns = columns.flatMap((column, at) =>
        column?.hidden === true || column?.width === 0 ? [at + 1] : [],
      );
      const look = looks?.get(name);
      const around = look?.texts ?? [];
      return [{ name, isHidden, rows: rowsOf(sheet, look, date1904), merges, around, hiddenColumns }];
    });
    return { sheets, date1904 };
  } catch (error) {
    return { fault: error instanceof Error && /password|encrypt/i.test(error.message) ? 'locked' : 'not-valid' };
  }
};

parentPort?.postMessage(answerTo(String(workerData)));

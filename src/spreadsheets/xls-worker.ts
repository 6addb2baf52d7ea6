import { readFileSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import { type CellObject, read, type WorkSheet } from '@e965/xlsx';
import { dayOfSerial, showsDays, showsPercent } from './serial-days.ts';
import { type Cell, columnLimit, type Merge, type SheetRow } from './sheet.ts';

export type LegacySheet = {
  readonly name: string;
  readonly rows: readonly SheetRow[];
  readonly merges: readonly Merge[];
};

/** What the worker posts when it is done: the sheets, or why there are none. */
export type LegacyAnswer =
  | { readonly sheets: readonly LegacySheet[]; readonly date1904: boolean }
  | { readonly locked: boolean };

const cellOf = ({ t: type, v: value, z: format, w: text }: CellObject, date1904: boolean): Cell | undefined => {
  if (type === 'e') return { unreadable: text ?? '#' };
  if (type === 'b') return value === true ? 'TRUE' : 'FALSE';
  if (typeof value === 'string') return value === '' ? undefined : value;
  if (typeof value !== 'number') return undefined;
  const shown = format === undefined ? '' : String(format);
  const day = shown !== '' && showsDays(0, shown) ? dayOfSerial(value, date1904) : undefined;
  if (day !== undefined) return { day };
  return shown !== '' && showsPercent(0, shown) ? `${Number((value * 100).toPrecision(12))}%` : value;
};

const rowsOf = (sheet: WorkSheet, date1904: boolean): readonly SheetRow[] =>
  (sheet['!data'] ?? []).flatMap((row, index): readonly SheetRow[] => {
    // The array is sparse: it has only the cells that are in the file.
    const values = Array.from(row ?? [], (cell) => (cell === undefined ? undefined : cellOf(cell, date1904)));
    const end = values.findLastIndex((value) => value !== undefined) + 1;
    if (end === 0) return [];
    return [{ line: index + 1, cells: values.slice(0, Math.min(end, columnLimit)).map((value) => value ?? '') }];
  });

const answerTo = (path: string): LegacyAnswer => {
  const content = readFileSync(path);
  try {
    const book = read(content, { type: 'buffer', dense: true, cellNF: true, cellText: false, cellHTML: false });
    const date1904 = book.Workbook?.WBProps?.date1904 === true;
    const sheets = book.SheetNames.flatMap((name, index): readonly LegacySheet[] => {
      const sheet = book.Sheets[name];
      if (sheet === undefined || (book.Workbook?.Sheets?.[index]?.Hidden ?? 0) !== 0) return [];
      const merges = (sheet['!merges'] ?? []).map(({ s: from, e: to }) => ({
        top: from.r + 1,
        bottom: to.r + 1,
        left: from.c + 1,
        right: to.c + 1,
      }));
      return [{ name, rows: rowsOf(sheet, date1904), merges }];
    });
    return { sheets, date1904 };
  } catch (error) {
    return { locked: error instanceof Error && /password|encrypt/i.test(error.message) };
  }
};

parentPort?.postMessage(answerTo(String(workerData)));

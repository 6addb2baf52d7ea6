import { readFileSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import { type CellObject, CFB, read, type WorkSheet } from '@e965/xlsx';
import { type Shower, showerOf } from './number-formats.ts';
import { type Cell, columnLimit, type Merge, type SheetRow } from './sheet.ts';

export type LegacySheet = {
  readonly name: string;
  readonly isHidden: boolean;
  readonly rows: readonly SheetRow[];
  readonly merges: readonly Merge[];
  readonly hiddenColumns: readonly number[];
};

/** What the worker posts when it is done: the sheets, or why there are none. */
export type LegacyAnswer =
  | { readonly sheets: readonly LegacySheet[]; readonly date1904: boolean }
  | { readonly fault: 'locked' | 'too-old' | 'not-valid' };

const showers = new Map<string, Shower | undefined>();
const showing = (id: number, format: string | undefined): Shower | undefined => {
  const name = `${id} ${format}`;
  if (!showers.has(name)) showers.set(name, showerOf(id, format));
  return showers.get(name);
};

/** The library knows the number of a cell's format too; of built-in formats of money it knows nothing else. */
type Formatted = CellObject & { readonly XF?: { readonly numFmtId?: number } };

const cellOf = ({ t: type, v: value, z: format, w: text, XF }: Formatted, date1904: boolean): Cell | undefined => {
  if (type === 'e') return { unreadable: text ?? '#' };
  if (type === 'b') return value === true ? 'TRUE' : 'FALSE';
  if (typeof value === 'string') return value === '' ? undefined : value;
  if (typeof value !== 'number') return undefined;
  return showing(XF?.numFmtId ?? 0, format === undefined ? undefined : String(format))?.(value, date1904) ?? value;
};

const rowsOf = (sheet: WorkSheet, date1904: boolean): readonly SheetRow[] =>
  (sheet['!data'] ?? []).flatMap((row, index): readonly SheetRow[] => {
    // The array is sparse: it has only the cells that are in the file.
    const values = Array.from(row ?? [], (cell) => (cell === undefined ? undefined : cellOf(cell, date1904)));
    const end = values.findLastIndex((value) => value !== undefined) + 1;
    if (end === 0) return [];
    const cells = values.slice(0, Math.min(end, columnLimit)).map((value) => value ?? '');
    const isHidden = sheet['!rows']?.[index]?.hidden === true;
    return [{ line: index + 1, cells, ...(isHidden ? { isHidden } : {}) }];
  });

const [bof, boolErr] = [0x0809, 0x0205];
const biff8 = 0x0600;

/**
 * What the library does not see: texts of Excel 5 and 95 are in a code page, which such files often name wrongly, and a
 * boolean other than 0 and 1 (MS-XLS 2.4.24) is broken.
 */
const faultIn = (content: Buffer): 'too-old' | 'not-valid' | undefined => {
  const container = CFB.read(content, { type: 'buffer' });
  const found: { readonly content: Uint8Array } | null =
    CFB.find(container, '/Workbook') ?? CFB.find(container, '/Book');
  if (found === null) return undefined;
  const book = Buffer.from(found.content);
  if (book.readUInt16LE(0) !== bof || book.readUInt16LE(4) !== biff8) return 'too-old';
  for (let at = 0; at + 4 <= book.length; at += 4 + book.readUInt16LE(at + 2)) {
    const isBoolean = book.readUInt16LE(at) === boolErr && book[at + 11] === 0;
    if (isBoolean && (book[at + 10] ?? 0) > 1) return 'not-valid';
  }
  return undefined;
};

const answerTo = (path: string): LegacyAnswer => {
  const content = readFileSync(path);
  try {
    const fault = faultIn(content);
    if (fault !== undefined) return { fault };
    const options = { dense: true, cellNF: true, cellText: false, cellHTML: false, cellStyles: true } as const;
    const book = read(content, { type: 'buffer', ...options });
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
      const hiddenColumns = columns.flatMap((column, at) => (column?.hidden === true ? [at + 1] : []));
      return [{ name, isHidden, rows: rowsOf(sheet, date1904), merges, hiddenColumns }];
    });
    return { sheets, date1904 };
  } catch (error) {
    return { fault: error instanceof Error && /password|encrypt/i.test(error.message) ? 'locked' : 'not-valid' };
  }
};

parentPort?.postMessage(answerTo(String(workerData)));

import { SheetFault } from './sheet.ts';

/** Quotation marks in a CSV (RFC 4180) that its cells, or its rows, could be read by in two ways. */

/** What is in the quotation marks of a cell with a space after them, unless they and the space are what is quoted. */
export const quotedBeforeSpace = (cell: string, raw: string): string | undefined => {
  const inner = /^"([^"]*)"\s+$/.exec(cell)?.[1];
  return inner === undefined || (raw.includes('"""') && raw.includes(quotedCell(cell))) ? undefined : inner;
};

const quotedCell = (cell: string): string => `"${cell.replaceAll('"', '""')}"`;

export const linesIn = (text: string): number => text.split(/\r\n|\n|\r/).length - 1;

/** Whether the lines of a record are surely one row: each break is in a quoted cell, and no line could be a row itself. */
export const isSurelyOneRow = (raw: string, cells: readonly string[], delimiter: string): boolean =>
  isQuotedIn(raw, cells) && isOneRow(raw, cells.length, delimiter);

/** Otherwise a quotation mark that opens a cell and closes in a later line would make one row of several. */
const isQuotedIn = (raw: string, cells: readonly string[]): boolean =>
  cells.every((cell) => linesIn(cell) === 0 || raw.includes(quotedCell(cell)));

/** Whether the lines of a record are not rows themselves, each with as many cells as the record that they make together. */
const isOneRow = (raw: string, width: number, delimiter: string): boolean => {
  const [first = 0, ...others] = raw
    .trimEnd()
    .split(/\r\n|\n|\r/)
    .map((line) => withoutQuotedCells(line, delimiter).split(delimiter).length);
  return first < 2 || first < width || others.some((count) => count !== first);
};

const escaped = (delimiter: string): string => delimiter.replace(/[\^$.*+?()[\]{}|]/, '\\$&');

const withoutQuotedCells = (line: string, delimiter: string): string => {
  const separator = escaped(delimiter);
  return line.replace(new RegExp(`(^|${separator})\\s*"(?:[^"]|"")*"\\s*(?=${separator}|$)`, 'g'), '$1');
};

export const notClosed = (line: number): SheetFault =>
  new SheetFault(
    `第 ${line} 行的引号没有正确结束，无法确定各行的起止；请修改后重新导出`,
    `A quotation mark in line ${line} is not closed properly, so where rows begin and end is not certain; correct it and export the file again`,
  );

/**
 * Throws if the cells of a record could be others: `"甲,乙"厂` has a separator between quotation marks that are not those
 * of a cell, and `"甲\"乙"` may be written by a program that puts a backslash before quotation marks and separators.
 */
export const refuseOtherReading = (raw: string, cells: readonly string[], delimiter: string, line: number): void => {
  if (!/["\\]/.test(raw)) return;
  const record = raw.trimEnd();
  const parts = withoutQuotedCells(record, delimiter).split(delimiter);
  const isOdd = (part: string | undefined) => (part?.split('"').length ?? 1) % 2 === 0;
  const opening = parts.findIndex((part) => /^\s*=?\s*"/.test(part) && isOdd(part));
  const closing = opening === -1 ? -1 : parts.findIndex((part, index) => index > opening && isOdd(part));
  if (closing !== -1) throw twoReadings(line, parts[opening] ?? '', parts.slice(opening, closing + 1).join(delimiter));
  const other = record.includes('\\') ? withBackslashes(record, delimiter) : undefined;
  const place = other?.findIndex((cell, index) => cell.trim() !== cells[index]?.trim()) ?? -1;
  if (place !== -1) throw twoReadings(line, cells[place] ?? '', other?.[place] ?? '');
};

/** The cells of a record in which a backslash before a quotation mark or a separator makes it text; undefined if it has none. */
const withBackslashes = (record: string, delimiter: string): readonly string[] | undefined => {
  const separator = escaped(delimiter);
  if (!new RegExp(String.raw`\\(?:"|${separator})`).test(record)) return undefined;
  const cell = String.raw`\s*"(?:[^"\\]|""|\\[^])*"\s*|(?:[^"\\${separator}]|\\[^])*`;
  if (!new RegExp(`^(?:${cell})(?:${separator}(?:${cell}))*$`).test(record)) return undefined;
  const found = record.match(new RegExp(`(?<=^|${separator})(?:${cell})(?=${separator}|$)`, 'g')) ?? [];
  return found.map((each) =>
    each
      .trim()
      .replace(/^"([\s\S]*)"$/, '$1')
      .replace(/\\([\s\S])|"(")/g, '$1$2'),
  );
};

const shownCharacters = 40;

const twoReadings = (line: number, ...readings: readonly [string, string]): SheetFault => {
  const [one, other] = readings.map((text) => text.slice(0, shownCharacters));
  return new SheetFault(
    `第 ${line} 行的引号或反斜杠可有两种读法：一格可能是“${one}”，也可能是“${other}”；单元格含引号或分隔符的，请将整格用引号括起，并把其中的引号写成两个`,
    `The quotation marks or backslashes of line ${line} can be read in two ways: a cell may be “${one}” or “${other}”; put the whole cell in quotation marks, and write each quotation mark in it twice`,
  );
};

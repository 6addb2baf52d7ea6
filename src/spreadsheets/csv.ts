import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { CsvError, parse } from 'csv-parse';
import { isSurelyOneRow, linesIn, notClosed, quotedBeforeSpace, refuseOtherReading } from './csv-quotes.ts';
import { type Encoding, encodingOf } from './encoding.ts';
import {
  columnLimit,
  refuseLongRow,
  rowLimitCharacters,
  SheetFault,
  type SheetRow,
  tooManyColumns,
  type Workbook,
} from './sheet.ts';

/** What may separate the cells of a record, in the order in which they are tried. */
const delimiters = [',', ';', '\t'] as const;

/** Opens a CSV (RFC 4180) as one sheet per delimiter; the sheet whose headers fit shows which delimiter is right. */
export const openCsv = async (path: string): Promise<Workbook> => {
  const encoding = await encodingOf(path);
  const named = await delimiterNamedIn(decodedText(path, encoding));
  return {
    date1904: false,
    close: async () => {},
    sheets: (named === undefined ? delimiters : [named]).map((delimiter) => ({
      rows: () => csvRecords(decodedText(path, encoding), delimiter, named === undefined ? 1 : 2),
      merges: async () => [],
      around: async () => [],
      hiddenColumns: async () => [],
      ...(delimiter === ';' ? { hasDecimalCommas: true } : {}),
    })),
  };
};

/** The delimiter that a first line such as `sep=|` names, as Excel reads it. */
const delimiterNamedIn = async (chunks: AsyncIterable<string>): Promise<string | undefined> => {
  for await (const chunk of chunks) return /^"?sep=([^\w\s"=]|\t)"?\s*?(?:[\r\n]|$)/i.exec(chunk)?.[1];
  return undefined;
};

/** A file's text, piece by piece, without the Ctrl-Z that old programs end a file with. */
async function* decodedText(path: string, encoding: Encoding): AsyncIterable<string> {
  const decoder = new TextDecoder(encoding, { fatal: true });
  let held = '';
  const withoutLast = (piece: string): string => {
    const text = held + piece;
    held = text.endsWith('\x1A') ? '\x1A' : '';
    return text.slice(0, text.length - held.length);
  };
  for await (const chunk of createReadStream(path)) yield withoutLast(decoder.decode(chunk, { stream: true }));
  yield withoutLast(decoder.decode());
}

/** What ends a record, in one file or several: a line is a record whatever it ends in. */
const lineEnds = ['\r\n', '\n', '\r'];

/** The records of a CSV from a line on, without the empty ones. Throws `SheetFault` if it is not valid CSV. */
export async function* csvRecords(
  chunks: Iterable<string> | AsyncIterable<string>,
  delimiter = ',',
  firstLine = 1,
): AsyncIterable<SheetRow> {
  const parser = parse({
    bom: true,
    delimiter,
    record_delimiter: lineEnds,
    relax_column_count: true,
    relax_quotes: true,
    ltrim: true, // a cell may be quoted after a space
    skip_empty_lines: true,
    info: true,
    raw: true,
    max_record_size: rowLimitCharacters,
  });
  const pumped = pipeline(smallPieces(chunks), parser).catch(() => {}); // reading the parser throws the same error
  // csv-parse counts a CR LF within quotes as two lines.
  let miscounted = 0;
  try {
    for await (const { record, info, raw } of parser) {
      const written: string[] = record;
      if (written.slice(columnLimit).some((cell) => cell.trim() !== '')) throw tooManyColumns();
      const text = written.join(' ');
      miscounted += text.split('\r\n').length - 1;
      const linesWithin = linesIn(text);
      const line = info.lines - miscounted - linesWithin;
      if (linesWithin > 0 && !isSurelyOneRow(raw, written, delimiter)) throw notClosed(line);
      if (line < firstLine || text.replaceAll('\x1A', '').trim() === '') continue;
      refuseLongRow({ line, cells: written });
      refuseOtherReading(raw, written, delimiter, line);
      const cells = written.map((cell) => unescaped(quotedBeforeSpace(cell, raw) ?? cell));
      yield { cells, line };
    }
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    const line = Number(/line (\d+)/.exec(error.message)?.[1] ?? 1);
    throw error.code === 'CSV_MAX_RECORD_SIZE' ? endless(line) : notClosed(line);
  } finally {
    parser.destroy();
    await pumped;
  }
}

/** A row whose end is beyond the limit. */
const endless = (line: number): SheetFault =>
  new SheetFault(
    `到第 ${line} 行为止的一行超过 ${rowLimitCharacters} 个字符：或者该行过长，或者其中的引号没有正确结束；请修改后重新导出`,
    `A row that goes on to line ${line} has more than ${rowLimitCharacters} characters: either it is too long, or a quotation mark in it is not closed properly; correct it and export the file again`,
  );

/** What a spreadsheet would calculate, also after apostrophes, so that one more comes off as it went on. */
const calculated = /^'*[=+\-@\t\r＝＋－＠]/;

/** A cell as an export writes it: an apostrophe keeps a spreadsheet from calculating it. */
export const neutralised = (cell: string): string => (calculated.test(cell) ? `'${cell}` : cell);

/** `="0012"` keeps a spreadsheet from reading a text as a number; the apostrophe of `neutralised` comes off again. */
const unescaped = (cell: string): string =>
  /^="([^"]*)"$/.exec(cell)?.[1] ?? (cell.startsWith("'") && calculated.test(cell) ? cell.slice(1) : cell);

/** Small enough that parsing one piece does not block other requests. */
const pieceCharacters = 65_536;

async function* smallPieces(chunks: Iterable<string> | AsyncIterable<string>): AsyncIterable<string> {
  for await (const chunk of chunks)
    for (let at = 0; at < chunk.length; at += pieceCharacters) yield chunk.slice(at, at + pieceCharacters);
}

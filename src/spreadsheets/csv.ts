import { createReadStream } from 'node:fs';
import { CsvError, parse } from 'csv-parse';
import { columnLimit, SheetFault, type SheetRow, tooManyColumns, type Workbook } from './sheet.ts';

/** What parts the cells of a record, in the order in which they are tried. */
const delimiters = [',', ';', '\t'] as const;
type Delimiter = (typeof delimiters)[number];

/** A record longer than this has lost its closing quote. */
const recordLimitCharacters = 1_048_576;

/** Opens a CSV (RFC 4180): one sheet, read in as many ways as there are delimiters, of which the heads choose one. */
export const openCsv = async (path: string): Promise<Workbook> => {
  const encoding = await encodingOf(path);
  return {
    date1904: false,
    close: async () => {},
    sheets: delimiters.map((delimiter) => ({
      rows: () => csvRecords(textOf(path, encoding), delimiter),
      merges: async () => [],
    })),
  };
};

/** UTF-8 where all of it is; else what a byte order mark says, or GB18030, which holds GBK and GB 2312. */
const encodingOf = async (path: string): Promise<string> => {
  for (const encoding of ['utf-8', 'gb18030', 'utf-16le', 'utf-16be']) {
    try {
      let isBinary = false;
      let isMarked = !encoding.startsWith('utf-16');
      for await (const text of textOf(path, encoding, true)) {
        isMarked ||= text.startsWith('\uFEFF');
        if (!isMarked || text.includes('\0')) isBinary = true;
        if (isBinary) break;
      }
      if (!isBinary) return encoding;
    } catch (error) {
      if (!(error instanceof TypeError)) throw error;
    }
  }
  throw new SheetFault(
    '文件既不是 XLSX、XLS，也不是 UTF-8 或 GB18030 编码的 CSV',
    'The file is neither XLSX nor XLS nor CSV in UTF-8 or GB18030',
  );
};

/** Throws a TypeError where the bytes are none of that encoding. */
async function* textOf(path: string, encoding: string, ignoreBOM = false): AsyncIterable<string> {
  const decoder = new TextDecoder(encoding, { fatal: true, ignoreBOM });
  for await (const chunk of createReadStream(path)) yield decoder.decode(chunk, { stream: true });
  yield decoder.decode();
}

/** The records of a CSV; empty ones are left out. */
export async function* csvRecords(
  chunks: Iterable<string> | AsyncIterable<string>,
  delimiter: Delimiter = ',',
): AsyncIterable<SheetRow> {
  const parser = parse({
    bom: true,
    delimiter,
    relax_column_count: true,
    relax_quotes: true,
    skip_empty_lines: true,
    info: true,
    max_record_size: recordLimitCharacters,
  });
  const fed = feed(chunks, parser);
  // csv-parse counts a CR LF within quotes as two lines.
  let miscounted = 0;
  try {
    for await (const { record, info } of parser) {
      const raw: string[] = record;
      const text = raw.join('');
      miscounted += text.split('\r\n').length - 1;
      const linesWithin = text.split(/\r\n|\n|\r/).length - 1;
      if (text.trim() === '') continue;
      const cells = raw.map(unescaped);
      if (cells.slice(columnLimit).some((cell) => cell.trim() !== '')) throw tooManyColumns();
      yield { cells, line: info.lines - miscounted - linesWithin };
    }
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    throw new SheetFault(`文件不是有效的 CSV：${error.message}`, `The file is not valid CSV: ${error.message}`);
  } finally {
    parser.destroy();
    await fed;
  }
}

/** `="0012"` is how a CSV keeps a spreadsheet from taking a text for a number, `'=…` from taking it for a formula. */
const unescaped = (cell: string): string => /^="([^"]*)"$/.exec(cell)?.[1] ?? cell.replace(/^'(?=[=+\-@])/, '');

/** Pieces so small that parsing one holds up nobody. */
const pieceCharacters = 65_536;

/** Writes the chunks to the parser as fast as it takes them; a reading that fails destroys it. */
const feed = async (
  chunks: Iterable<string> | AsyncIterable<string>,
  parser: ReturnType<typeof parse>,
): Promise<void> => {
  try {
    for await (const chunk of chunks) {
      for (let at = 0; at < chunk.length; at += pieceCharacters) {
        if (parser.destroyed) return;
        if (!parser.write(chunk.slice(at, at + pieceCharacters))) await drained(parser);
      }
    }
    parser.end();
  } catch (error) {
    parser.destroy(error instanceof Error ? error : new Error(String(error)));
  }
};

const drained = (parser: ReturnType<typeof parse>): Promise<void> =>
  new Promise((resolve) => {
    const done = () => {
      parser.off('drain', done).off('close', done);
      resolve();
    };
    parser.once('drain', done).once('close', done);
  });

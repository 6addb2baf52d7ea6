import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { CsvError, parse } from 'csv-parse';
import { columnLimit, SheetFault, type SheetRow, tooManyColumns, type Workbook } from './sheet.ts';

/** What may separate the cells of a record, in the order in which they are tried. */
const delimiters = [',', ';', '\t'] as const;
type Delimiter = (typeof delimiters)[number];

/** A record longer than this has lost its closing quote. */
const recordLimitCharacters = 1_048_576;

/** Opens a CSV (RFC 4180) as one sheet per delimiter; the sheet whose headers fit shows which delimiter is right. */
export const openCsv = async (path: string): Promise<Workbook> => {
  const encoding = await encodingOf(path);
  return {
    date1904: false,
    close: async () => {},
    sheets: delimiters.map((delimiter) => ({
      rows: () => csvRecords(decodedText(path, encoding), delimiter),
      merges: async () => [],
    })),
  };
};

/** UTF-8 if every byte is valid; else what a byte order mark says, or GB18030, which includes GBK and GB 2312. */
const encodingOf = async (path: string): Promise<string> => {
  for (const encoding of ['utf-8', 'gb18030', 'utf-16le', 'utf-16be']) {
    try {
      let isBinary = false;
      let isMarked = !encoding.startsWith('utf-16');
      for await (const text of decodedText(path, encoding, true)) {
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

/** A file's text, piece by piece. Throws a TypeError if the bytes are not valid in that encoding. */
async function* decodedText(path: string, encoding: string, ignoreBOM = false): AsyncIterable<string> {
  const decoder = new TextDecoder(encoding, { fatal: true, ignoreBOM });
  for await (const chunk of createReadStream(path)) yield decoder.decode(chunk, { stream: true });
  yield decoder.decode();
}

/** The records of a CSV without the empty ones. Throws `SheetFault` if it is not valid CSV. */
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
  const pumped = pipeline(smallPieces(chunks), parser).catch(() => {}); // reading the parser throws the same error
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
    await pumped;
  }
}

/** `="0012"` keeps a spreadsheet from reading a text as a number, `'=…` from reading it as a formula. */
const unescaped = (cell: string): string => /^="([^"]*)"$/.exec(cell)?.[1] ?? cell.replace(/^'(?=[=+\-@])/, '');

/** Small enough that parsing one piece does not block other requests. */
const pieceCharacters = 65_536;

async function* smallPieces(chunks: Iterable<string> | AsyncIterable<string>): AsyncIterable<string> {
  for await (const chunk of chunks)
    for (let at = 0; at < chunk.length; at += pieceCharacters) yield chunk.slice(at, at + pieceCharacters);
}

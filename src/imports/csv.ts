import { CsvError, parse } from 'csv-parse';

/** One record of a CSV file with the line on which it begins, from 1. */
export type CsvRecord = { readonly cells: readonly string[]; readonly line: number };

/** The file is no CSV (RFC 4180), such as one whose quotes don't match. */
export class CsvFault extends Error {
  override readonly name = 'CsvFault';
}

const utf8 = () => new TextDecoder('utf-8', { fatal: true });

/** Whether the bytes are UTF-8 throughout. */
export const isUtf8 = (content: Uint8Array): boolean => {
  try {
    utf8().decode(content);
    return true;
  } catch {
    return false;
  }
};

/** The records of a CSV file in UTF-8, with or without a byte order mark; empty ones are left out. */
export async function* csvRecords(chunks: Iterable<Uint8Array> | AsyncIterable<Uint8Array>): AsyncIterable<CsvRecord> {
  const parser = parse({ bom: true, relax_column_count: true, skip_empty_lines: true, info: true });
  const fed = feed(chunks, parser);
  // csv-parse counts a CR LF within quotes as two lines.
  let miscounted = 0;
  try {
    for await (const { record, info } of parser) {
      const cells: string[] = record;
      const text = cells.join();
      miscounted += text.split('\r\n').length - 1;
      const linesWithin = text.split(/\r\n|\n|\r/).length - 1;
      if (text.replaceAll(',', '').trim() !== '') yield { cells, line: info.lines - miscounted - linesWithin };
    }
  } catch (error) {
    if (error instanceof CsvError) throw new CsvFault(error.message);
    throw error;
  } finally {
    parser.destroy();
    await fed;
  }
}

/** Pieces so small that parsing one holds up nobody. */
const pieceBytes = 65_536;

/** Writes the chunks to the parser as fast as it takes them; a reading that fails destroys it. */
const feed = async (
  chunks: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
  parser: ReturnType<typeof parse>,
): Promise<void> => {
  try {
    for await (const chunk of chunks) {
      for (let at = 0; at < chunk.length; at += pieceBytes) {
        if (parser.destroyed) return;
        if (!parser.write(chunk.subarray(at, at + pieceBytes))) await drained(parser);
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

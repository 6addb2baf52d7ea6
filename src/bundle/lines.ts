import type { OpenFile } from './folder.ts';

/** A line of a file without its line feed, and where in the file it begins. */
export type FileLine = {
  readonly bytes: Buffer;
  readonly at: number;
  /** Whether a line feed ends it. */
  readonly isEnded: boolean;
  /** Whether it is longer than the limit; then `bytes` has only its beginning, and it is the last one. */
  readonly isTooLong: boolean;
};

const pieceBytes = 1 << 20;

/**
 * The lines of a file, one after another, of which only a piece is in memory: a line’s bytes are its own until the next
 * one is asked for. A file that is not there has none.
 */
export function* linesOf(file: OpenFile | undefined, limitBytes: number): Generator<FileLine> {
  if (file === undefined) return;
  try {
    let buffer = Buffer.alloc(pieceBytes);
    /** Where in the file the buffer begins, and how many bytes of it are read. */
    let [at, held] = [0, 0];
    for (;;) {
      if (held === buffer.length) buffer = Buffer.concat([buffer], 2 * buffer.length);
      const read = file.read(buffer.subarray(held), at + held);
      const text = buffer.subarray(0, held + read);
      let from = 0;
      for (let end = text.indexOf(10, held); end >= 0; end = text.indexOf(10, from)) {
        yield { bytes: text.subarray(from, end), at: at + from, isEnded: true, isTooLong: end - from > limitBytes };
        from = end + 1;
      }
      buffer.copyWithin(0, from, text.length);
      held = text.length - from;
      at += from;
      if (read > 0 && held <= limitBytes) continue;
      const bytes = buffer.subarray(0, held);
      if (held > 0) yield { bytes, at, isEnded: false, isTooLong: held > limitBytes };
      return;
    }
  } finally {
    file.close();
  }
}

/** The text that bytes are in UTF-8; undefined if they are none. */
export const textIn = (bytes: Uint8Array): string | undefined => {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
};

/** What a text says as JSON; undefined if it says nothing. */
export const jsonIn = (text: string | undefined): unknown => {
  try {
    return text === undefined ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
};

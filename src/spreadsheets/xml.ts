import type { Readable } from 'node:stream';
import { SaxesParser } from 'saxes';
import { SheetFault } from './sheet.ts';

/** A cell holds at most 32,767 characters; a file with so much text between tags is not a sheet. */
const tagWithinCharacters = 1_048_576;

export const notValid = () =>
  new SheetFault(
    '文件不是有效的 XLSX；请用 Excel 或 WPS 打开后重新保存',
    'The file is not a valid XLSX; open it in Excel or WPS and save it again',
  );

/** Turns errors of the ZIP and XML libraries into faults of the file; errors of the machine stay what they are. */
export const asFault = async <T>(work: () => Promise<T>): Promise<T> => {
  try {
    return await work();
  } catch (error) {
    if (error instanceof SheetFault || isOfTheMachine(error)) throw error;
    throw notValid();
  }
};

const isOfTheMachine = (error: unknown): boolean =>
  error instanceof Error && 'syscall' in error && typeof error.syscall === 'string';

/** What to do at the elements of a part, named without their prefixes. */
export type Handlers = {
  readonly open: (tag: string, attributes: Readonly<Record<string, string>>) => void;
  readonly text?: (piece: string) => void;
  readonly close?: (tag: string) => void;
};

/** Parses XML as it arrives, and yields after every chunk. */
export async function* elements(stream: Readable, { open, text, close }: Handlers): AsyncIterable<void> {
  const parser = new SaxesParser<{ xmlns: false }>({ xmlns: false });
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let sinceTag = 0;
  const local = (name: string) => name.slice(name.indexOf(':') + 1);
  parser.on('error', (error) => {
    throw error;
  });
  parser.on('xmldecl', ({ encoding = 'utf-8' }) => {
    if (!/^(utf-?8|us-ascii)$/i.test(encoding)) throw notValid();
  });
  parser.on('opentag', ({ name, attributes }) => {
    sinceTag = 0;
    open(local(name), attributes);
  });
  parser.on('closetag', ({ name }) => {
    sinceTag = 0;
    close?.(local(name));
  });
  if (text !== undefined) {
    parser.on('text', text);
    parser.on('cdata', text);
  }
  for await (const chunk of stream) {
    const piece = decoder.decode(chunk, { stream: true });
    sinceTag += piece.length;
    if (sinceTag > tagWithinCharacters) throw notValid();
    parser.write(piece);
    yield;
  }
  parser.close();
}

/** Reads a part to its end. */
export const drain = async (pieces: AsyncIterable<void>): Promise<void> => {
  for await (const _ of pieces);
};

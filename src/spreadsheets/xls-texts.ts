import { raised, type Shift } from './raised.ts';

/** The texts that cells of an XLS share (MS-XLS 2.4.265), in a record and those that continue it. */

/** Whether a font strikes text out, and whether it is above or below the line. */
export type LegacyFont = { readonly isStruckOut: boolean; readonly shift?: Shift };

/** What runs of fonts do to a text: whether any of it is struck out, and the text if any of it is raised or lowered. */
export type LegacyText = { readonly isStruckOut: boolean; readonly text?: string };

/** What fonts, by their number, do to each of the texts. */
export const sharedTextsIn = (
  records: readonly Buffer[],
  fontOf: (font: number) => LegacyFont | undefined,
): readonly LegacyText[] => {
  const { isOver, bytes, number, text } = readerOf(records);
  const found: LegacyText[] = [];
  bytes(8);
  while (!isOver()) {
    const characters = number(2);
    const flags = number(1);
    const runs = (flags & 8) === 0 ? 0 : number(2);
    const more = (flags & 4) === 0 ? 0 : number(4);
    const whole = text(characters, flags);
    const starts = Array.from({ length: runs }, () => ({ from: number(2), font: fontOf(number(2)) }));
    bytes(more);
    const parts = starts.map(({ from, font }, index) => ({ part: whole.slice(from, starts[index + 1]?.from), font }));
    const seen = parts.map(({ part, font }) => raised(part, font?.shift)).join('');
    const isStruckOut = parts.some(({ part, font }) => font?.isStruckOut === true && part.trim() !== '');
    const isShifted = starts.some(({ font }) => font?.shift !== undefined);
    found.push({ isStruckOut, ...(isShifted ? { text: whole.slice(0, starts[0]?.from) + seen } : {}) });
  }
  return found;
};

const readerOf = (records: readonly Buffer[]) => {
  let [index, at] = [0, 0];
  const left = (): number => (records[index]?.length ?? 0) - at;
  const isOver = (): boolean => left() <= 0 && index >= records.length - 1;
  /** The next bytes of one record; fewer if it ends. */
  const within = (count: number): Buffer => {
    const piece = records[index]?.subarray(at, at + count) ?? Buffer.alloc(0);
    at += piece.length;
    return piece;
  };
  const bytes = (count: number): Buffer => {
    const pieces: Buffer[] = [];
    for (let rest = count; rest > 0 && !isOver(); rest -= pieces.at(-1)?.length ?? 0) {
      if (left() <= 0) [index, at] = [index + 1, 0];
      pieces.push(within(rest));
    }
    return Buffer.concat(pieces);
  };
  const number = (count: number): number => bytes(count).reduceRight((total, byte) => total * 256 + byte, 0);
  /** In every further record a text begins anew with a byte that says whether its characters take two bytes each. */
  const text = (characters: number, flags: number): string => {
    let isWide = (flags & 1) === 1;
    let read = '';
    while (read.length < characters && !isOver()) {
      if (left() <= 0) isWide = (number(1) & 1) === 1;
      const width = isWide ? 2 : 1;
      read += within((characters - read.length) * width).toString(isWide ? 'utf16le' : 'latin1');
    }
    return read;
  };
  return { isOver, bytes, number, text };
};

/** The texts that cells of an XLS share (MS-XLS 2.4.265), in a record and those that continue it. */

/** Which of them have a part that is struck out, by the number of its font. */
export const struckOutAmong = (
  records: readonly Buffer[],
  isStruckOut: (font: number) => boolean,
): readonly boolean[] => {
  const { isOver, bytes, number, text } = readerOf(records);
  const found: boolean[] = [];
  bytes(8);
  while (!isOver()) {
    const characters = number(2);
    const flags = number(1);
    const runs = (flags & 8) === 0 ? 0 : number(2);
    const more = (flags & 4) === 0 ? 0 : number(4);
    const whole = text(characters, flags);
    const fonts = Array.from({ length: runs }, () => ({ from: number(2), font: number(2) }));
    bytes(more);
    const isAnyStruckOut = fonts.some(
      ({ from, font }, index) => isStruckOut(font) && whole.slice(from, fonts[index + 1]?.from).trim() !== '',
    );
    found.push(isAnyStruckOut);
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

import { type LegacyFont, type LegacyText, sharedTextsIn } from './xls-texts.ts';
import { textsOfPage } from './xlsx-sheet.ts';

/** What the library that reads XLS does not tell: how cells look, and the texts around them (MS-XLS 2.4). */

/** The number format of a cell, a built-in one by its number alone, and what fonts do to its text. */
export type LegacyLook = LegacyText & { readonly id: number; readonly format?: string };

export type LegacySheetLook = {
  /** By the cell's row and column, both from 0. */
  readonly cells: ReadonlyMap<string, LegacyLook>;
  /** Whether a row is hidden by its height, from 0: its own, or the default one of a row without any. */
  readonly isHidden: (row: number) => boolean;
  /** Comments, text boxes, and the headers and footers of the sheet's pages. */
  readonly texts: readonly string[];
};

export const placeOf = (row: number, column: number): string => `${row} ${column}`;

const [bof, eof, boundSheet, font, format, xf] = [0x0809, 0x000a, 0x0085, 0x0031, 0x041e, 0x00e0];
const [sharedTexts, continued, header, footer, textObject] = [0x00fc, 0x003c, 0x0014, 0x0015, 0x01b6];
const [rowRecord, defaultRowHeight] = [0x0208, 0x0225];
const [labelSst, mulRk, boolErr] = [0x00fd, 0x00bd, 0x0205];
/** These, LABEL, NUMBER, RK and FORMULA are of one cell. */
const ofOneCell: ReadonlySet<number> = new Set([labelSst, boolErr, 0x0204, 0x0203, 0x027e, 0x0006]);
const biff8 = 0x0600;

type LegacyRecord = { readonly at: number; readonly type: number; readonly data: Buffer };

function* recordsIn(book: Buffer): Iterable<LegacyRecord> {
  for (let at = 0; at + 4 <= book.length; ) {
    const end = at + 4 + book.readUInt16LE(at + 2);
    yield { at, type: book.readUInt16LE(at), data: book.subarray(at + 4, end) };
    at = end;
  }
}

/** So many characters after a byte that says whether they take two bytes each. */
const textIn = (data: Buffer, characters: number): string =>
  ((data[0] ?? 0) & 1) === 1
    ? data.toString('utf16le', 1, 1 + characters * 2)
    : data.toString('latin1', 1, 1 + characters);

/**
 * Why a workbook is not read: texts of Excel 5 and 95 are in a code page, which such files often name wrongly, and a
 * boolean other than 0 and 1 (MS-XLS 2.4.24) is broken.
 */
export const legacyFaultIn = (book: Buffer): 'too-old' | 'not-valid' | undefined => {
  if (book.readUInt16LE(0) !== bof || book.readUInt16LE(4) !== biff8) return 'too-old';
  for (const { type, data } of recordsIn(book))
    if (type === boolErr && data[7] === 0 && (data[6] ?? 0) > 1) return 'not-valid';
  return undefined;
};

/** How the cells of each sheet of a workbook look, by the sheet's name, but for those that look like any other. */
export const legacyLooksIn = (book: Buffer): ReadonlyMap<string, LegacySheetLook> => {
  const { names, looks, shared } = globalsIn(book);
  const sheets = new Map<string, LegacySheetLook>();
  let cells = new Map<string, LegacyLook>();
  let texts: string[] = [];
  let heights = newHeights();
  let depth = 0;
  let missing = 0;
  const add = (data: Buffer, column: number, xfAt: number, text?: LegacyText) => {
    const look = looks[data.readUInt16LE(xfAt)] ?? { id: 0, isStruckOut: false };
    const isStruckOut = look.isStruckOut || text?.isStruckOut === true;
    if (look.id !== 0 || isStruckOut || text?.text !== undefined)
      cells.set(placeOf(data.readUInt16LE(0), column), { ...look, ...text, isStruckOut });
  };
  for (const { at, type, data } of recordsIn(book)) {
    const name = type === bof ? names.get(at) : undefined;
    if (name !== undefined) {
      [cells, texts, heights] = [new Map(), [], newHeights()];
      const { rows, byDefault } = heights;
      sheets.set(name, { cells, texts, isHidden: (row) => (rows.get(row) ?? byDefault.height) === 0 });
    }
    depth += type === bof ? 1 : type === eof ? -1 : 0; // a chart within a sheet is not the sheet
    if (depth !== 1) continue;
    if (type !== continued) missing = 0;
    if (type === rowRecord) heights.rows.set(data.readUInt16LE(0), heightIn(data.readUInt16LE(6)));
    if (type === defaultRowHeight && (data.readUInt16LE(0) & 2) !== 0) heights.byDefault.height = 0;
    if ((type === header || type === footer) && data.length > 3)
      texts.push(...textsOfPage(textIn(data.subarray(2), data.readUInt16LE(0))));
    else if (type === textObject) {
      missing = data.readUInt16LE(10);
      texts.push('');
    } else if (missing > 0) {
      const piece = textIn(data, missing);
      missing -= piece.length;
      texts.push(`${texts.pop()}${piece}`);
    } else if (ofOneCell.has(type))
      add(data, data.readUInt16LE(2), 4, type === labelSst ? shared[data.readUInt32LE(6)] : undefined);
    else if (type === mulRk)
      for (let place = 4; place + 6 < data.length; place += 6) add(data, data.readUInt16LE(2) + (place - 4) / 6, place);
  }
  return sheets;
};

/** The heights of a sheet's rows (MS-XLS 2.4.221), and of rows without one (2.4.87); only whether there is none matters. */
const newHeights = () => ({ rows: new Map<number, number>(), byDefault: { height: 1 } });

/** The highest bit says that the height is the default one, which the record then repeats. */
const heightIn = (field: number): number => field & 0x7fff;

/** What holds for all sheets: their names by where they begin, how each XF looks, and what fonts do to shared texts. */
const globalsIn = (book: Buffer) => {
  const names = new Map<number, string>();
  const formats = new Map<number, string>();
  const fonts: LegacyFont[] = [];
  const looks: LegacyLook[] = [];
  const texts: Buffer[] = [];
  let last = 0;
  /** No font has the number 4 (MS-XLS 2.5.129). */
  const fontOf = (index: number): LegacyFont | undefined => fonts[index > 3 ? index - 1 : index];
  for (const { type, data } of recordsIn(book)) {
    if (type === eof) break;
    if (type === boundSheet) names.set(data.readUInt32LE(0), textIn(data.subarray(7), data[6] ?? 0));
    else if (type === font) fonts.push(fontIn(data));
    else if (type === format) formats.set(data.readUInt16LE(0), textIn(data.subarray(4), data.readUInt16LE(2)));
    else if (type === xf) {
      const [id, own] = [data.readUInt16LE(2), formats.get(data.readUInt16LE(2))];
      looks.push({
        id,
        ...(own === undefined ? {} : { format: own }),
        isStruckOut: fontOf(data.readUInt16LE(0))?.isStruckOut === true,
      });
    } else if (type === sharedTexts || (type === continued && last === sharedTexts)) texts.push(data);
    if (type !== continued) last = type;
  }
  const isPlain = fonts.every(({ isStruckOut, shift }) => !isStruckOut && shift === undefined);
  return { names, looks, shared: isPlain ? [] : sharedTextsIn(texts, fontOf) };
};

/** A font (MS-XLS 2.4.122). */
const fontIn = (data: Buffer): LegacyFont => {
  const shift = ([undefined, 'superscript', 'subscript'] as const)[data.readUInt16LE(8)];
  return { isStruckOut: (data.readUInt16LE(2) & 0x08) !== 0, ...(shift === undefined ? {} : { shift }) };
};

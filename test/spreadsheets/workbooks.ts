import { CFB, utils, type WorkBook, type WorkSheet, write } from '@e965/xlsx';
import { ZipFile } from 'yazl';

/** Spreadsheets as offices have them, made by another library than the one that reads them. */

/** A cell: a text, a number, or a number as a format shows it, a formula, an error. */
export type Made =
  | string
  | number
  | boolean
  | null
  | {
      readonly v?: number | string;
      readonly z?: string;
      readonly f?: string;
      readonly t?: 'n' | 'e' | 's';
    };

export type Workbook = {
  readonly sheets: Readonly<Record<string, readonly (readonly Made[])[]>>;
  /** Merged ranges of each sheet, `A1:C1`. */
  readonly merges?: Readonly<Record<string, readonly string[]>>;
  readonly date1904?: boolean;
  readonly hidden?: readonly string[];
  /** Rows and columns that are hidden in every sheet, from 1. */
  readonly hiddenRows?: readonly number[];
  readonly hiddenColumns?: readonly number[];
};

const cellsOf = (rows: readonly (readonly Made[])[]): WorkSheet => {
  const sheet: WorkSheet = {};
  let width = 1;
  rows.forEach((row, r) => {
    width = Math.max(width, row.length);
    row.forEach((cell, c) => {
      if (cell === null || cell === '') return;
      const place = utils.encode_cell({ r, c });
      if (typeof cell === 'object') sheet[place] = { t: 'n', ...cell };
      else sheet[place] = { t: typeof cell === 'string' ? 's' : typeof cell === 'number' ? 'n' : 'b', v: cell };
    });
  });
  sheet['!ref'] = utils.encode_range({ s: { r: 0, c: 0 }, e: { r: Math.max(0, rows.length - 1), c: width - 1 } });
  return sheet;
};

const bookOf = ({
  sheets,
  merges = {},
  date1904 = false,
  hidden = [],
  hiddenRows = [],
  hiddenColumns = [],
}: Workbook): WorkBook => {
  const book = utils.book_new();
  for (const [name, rows] of Object.entries(sheets)) {
    const sheet = cellsOf(rows);
    sheet['!merges'] = (merges[name] ?? []).map((range) => utils.decode_range(range));
    const hiding = (places: readonly number[]) =>
      Array.from({ length: Math.max(0, ...places) }, (_, at) => ({ hidden: places.includes(at + 1), width: 9 }));
    if (hiddenRows.length > 0) sheet['!rows'] = hiding(hiddenRows);
    if (hiddenColumns.length > 0) sheet['!cols'] = hiding(hiddenColumns);
    utils.book_append_sheet(book, sheet, name);
  }
  book.Workbook = {
    WBProps: { date1904 },
    Sheets: Object.keys(sheets).map((name) => ({ name, Hidden: hidden.includes(name) ? 1 : 0 })),
  };
  return book;
};

type OtherFormat = 'xlsb' | 'ods' | 'biff5' | 'biff2';

const bytesOf = (book: WorkBook, bookType: 'xlsx' | 'biff8' | OtherFormat): Uint8Array<ArrayBuffer> =>
  new Uint8Array(write(book, { type: 'buffer', bookType, bookSST: true, compression: true }));

export const xlsx = (book: Workbook): Uint8Array<ArrayBuffer> => bytesOf(bookOf(book), 'xlsx');
/** Excel 97–2003. */
export const xls = (book: Workbook): Uint8Array<ArrayBuffer> =>
  withHiddenRows(bytesOf(bookOf(book), 'biff8'), book.hiddenRows ?? []);

/** The library writes no records of rows (MS-XLS 2.4.221). */
const withHiddenRows = (file: Uint8Array<ArrayBuffer>, lines: readonly number[]): Uint8Array<ArrayBuffer> => {
  const rows = lines.map((line) =>
    xlsRecord(0x0208, Buffer.from([line - 1, 0, 0, 0, 9, 0, 0xff, 0, 0, 0, 0, 0, 0x20, 1, 0x0f, 0])),
  );
  return rows.length === 0 ? file : withRecords(file, ...rows);
};

/** An XLS of one sheet that begins with some more records. */
export const withRecords = (file: Uint8Array<ArrayBuffer>, ...records: readonly Buffer[]): Uint8Array<ArrayBuffer> => {
  let sheets = 0;
  return changedXls(file, (type, record) => {
    if (type === bof) sheets += 1;
    return type === bof && sheets === 2 ? Buffer.concat([record, ...records]) : record;
  });
};

const bof = 0x0809;

/** A record of an XLS. */
export const xlsRecord = (type: number, ...data: readonly Buffer[]): Buffer => {
  const content = Buffer.concat(data);
  return Buffer.concat([Buffer.from(Uint16Array.of(type, content.length).buffer), content]);
};

/** An XLS of one sheet, each of whose records is as `change` gives it. */
export const changedXls = (
  file: Uint8Array<ArrayBuffer>,
  change: (type: number, record: Buffer) => Buffer,
): Uint8Array<ArrayBuffer> => {
  const container = CFB.read(file, { type: 'buffer' });
  const book = Buffer.from(CFB.find(container, '/Workbook').content);
  const records: Buffer[] = [];
  let sheet = 0;
  for (let at = 0; at + 4 <= book.length; ) {
    const end = at + 4 + book.readUInt16LE(at + 2);
    const type = book.readUInt16LE(at);
    if (type === bof && at > 0) sheet = Buffer.concat(records).length;
    records.push(change(type, book.subarray(at, end)));
    at = end;
  }
  const changed = Buffer.concat(records);
  const boundSheet = changed.indexOf(Buffer.from([0x85, 0x00]));
  changed.writeUInt32LE(sheet, boundSheet + 4);
  CFB.utils.cfb_add(container, '/Workbook', changed);
  return new Uint8Array(CFB.write(container, { type: 'buffer' }));
};

export const otherFormat = (book: Workbook, type: OtherFormat): Uint8Array<ArrayBuffer> => bytesOf(bookOf(book), type);

/** An XLSX of one sheet, from the rows alone. */
export const sheet = (...rows: readonly (readonly Made[])[]): Uint8Array<ArrayBuffer> =>
  xlsx({ sheets: { Sheet1: rows } });

/** An archive of parts as they are given, for what no library would write. */
export const zipOf = async (parts: Readonly<Record<string, string | Buffer>>): Promise<Uint8Array<ArrayBuffer>> => {
  const zip = new ZipFile();
  for (const [name, content] of Object.entries(parts)) zip.addBuffer(Buffer.from(content), name);
  zip.end();
  return new Uint8Array(Buffer.concat((await Array.fromAsync(zip.outputStream)).map((chunk) => Buffer.from(chunk))));
};

/** The parts of an XLSX of one sheet whose XML is given. */
export const partsOf = (worksheet: string, more: Readonly<Record<string, string>> = {}): Record<string, string> => ({
  '[Content_Types].xml': '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>',
  '_rels/.rels': relationships({ a: ['officeDocument', 'xl/workbook.xml'] }),
  'xl/workbook.xml':
    '<workbook xmlns:q="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="表" sheetId="9" q:id="s"/></sheets></workbook>',
  'xl/_rels/workbook.xml.rels': relationships({
    s: ['worksheet', '/xl/worksheets/one.xml'],
    t: ['sharedStrings', 'shared.xml'],
  }),
  'xl/worksheets/one.xml': worksheet,
  ...more,
});

/** A part that leads from ids to other parts. */
export const relationships = (all: Readonly<Record<string, readonly [type: string, target: string]>>): string =>
  `<Relationships>${Object.entries(all)
    .map(
      ([id, [type, target]]) =>
        `<Relationship Id="${id}" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/${type}" Target="${target}"/>`,
    )
    .join('')}</Relationships>`;

/** Text in GB18030, in its two-byte part, which is GBK. */
export const gb18030 = (text: string): Uint8Array<ArrayBuffer> =>
  new Uint8Array(
    [...text].flatMap((character) => {
      const bytes = character < '\u0080' ? [character.charCodeAt(0)] : gbk().get(character);
      if (bytes === undefined) throw new Error(`${character} is not in GBK`);
      return bytes;
    }),
  );

let known: ReadonlyMap<string, readonly number[]> | undefined;
const gbk = (): ReadonlyMap<string, readonly number[]> => {
  if (known !== undefined) return known;
  const map = new Map<string, readonly number[]>();
  const decoder = new TextDecoder('gb18030');
  for (let high = 0x81; high <= 0xfe; high++)
    for (let low = 0x40; low <= 0xfe; low++)
      if (low !== 0x7f) map.set(decoder.decode(new Uint8Array([high, low])), [high, low]);
  known = map;
  return map;
};

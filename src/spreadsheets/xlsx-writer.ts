import { PassThrough, pipeline, Readable } from 'node:stream';
import { ZipFile } from 'yazl';
import { isDay } from '../../domain/calendar.ts';
import { serialOfDay, serialOfInstant } from './serial-days.ts';

/** Writes XLSX (ECMA-376, transitional) row by row, so that a sheet of any length never fills the memory. */

export const xlsxType = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet';

/** How a cell looks if it looks different from its column. */
export type Look = 'example' | 'faulty';
export type OutCell = string | number | undefined | { readonly value: string | number; readonly look: Look };

/** What the cells of a column are. A day and an instant (RFC 3339) become date cells, an instant as the time in Shanghai. */
export type ColumnKind = 'text' | 'whole' | 'decimal' | 'day' | 'instant';

export type OutColumn = {
  readonly header: string;
  /** Defaults to text, so that a code stays as it was typed. */
  readonly kind?: ColumnKind | undefined;
  /** The values that a drop-down offers. */
  readonly options?: readonly string[];
  /** In characters; defaults to what the header and the options need. */
  readonly width?: number;
};

export type OutSheet = {
  readonly name: string;
  readonly columns: readonly OutColumn[];
  readonly rows: Iterable<readonly OutCell[]> | AsyncIterable<readonly OutCell[]>;
};

/** The rows that have the columns' drop-downs. */
const rowLimit = 100_000;
/** The longest list that a drop-down may have (ECMA-376 part 1, 18.3.1.32). */
const optionsLimitCharacters = 255;
const sheetNameLimit = 31;
/** Many small pieces take longer to compress than a few larger ones. */
const pieceCharacters = 32_768;
const cellLimitCharacters = 32_767;
/** A fixed date, so that the same rows make the same file. */
const changedAt = new Date(2020, 0, 1);

/** A workbook of these sheets, written as it is read. */
export const xlsxOf = (...sheets: readonly OutSheet[]): Readable => {
  const zip = new ZipFile();
  const add = (name: string, text: string) => zip.addBuffer(Buffer.from(text), name, { mtime: changedAt });
  add('[Content_Types].xml', contentTypes(sheets));
  add('_rels/.rels', relationships([{ type: 'officeDocument', target: 'xl/workbook.xml' }]));
  add('xl/workbook.xml', workbook(sheets));
  add('xl/styles.xml', styles);
  add(
    'xl/_rels/workbook.xml.rels',
    relationships([
      ...sheets.map((_, index) => ({ type: 'worksheet', target: `worksheets/sheet${index + 1}.xml` })),
      { type: 'styles', target: 'styles.xml' },
    ]),
  );
  const out = new PassThrough();
  pipeline(zip.outputStream, out, () => {});
  sheets.forEach((sheet, index) => {
    const pieces = Readable.from(worksheet(sheet)).on('error', (error) => out.destroy(error));
    out.once('close', () => pieces.destroy());
    zip.addReadStream(pieces, `xl/worksheets/sheet${index + 1}.xml`, { mtime: changedAt });
  });
  zip.end();
  return out;
};

const xml = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n';
const main = 'http://schemas.openxmlformats.org/spreadsheetml/2006/main';
const office = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships';
const packaging = 'http://schemas.openxmlformats.org/package/2006';

const contentTypes = (sheets: readonly OutSheet[]): string => {
  const sheetType = 'application/vnd.openxmlformats-officedocument.spreadsheetml';
  const overrides = [
    ['/xl/workbook.xml', `${sheetType}.sheet.main+xml`],
    ['/xl/styles.xml', `${sheetType}.styles+xml`],
    ...sheets.map((_, index) => [`/xl/worksheets/sheet${index + 1}.xml`, `${sheetType}.worksheet+xml`]),
  ].map(([part, type]) => `<Override PartName="${part}" ContentType="${type}"/>`);
  return `${xml}<Types xmlns="${packaging}/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/>${overrides.join('')}</Types>`;
};

const relationships = (all: readonly { readonly type: string; readonly target: string }[]): string => {
  const each = all.map(
    ({ type, target }, index) => `<Relationship Id="rId${index + 1}" Type="${office}/${type}" Target="${target}"/>`,
  );
  return `${xml}<Relationships xmlns="${packaging}/relationships">${each.join('')}</Relationships>`;
};

const workbook = (sheets: readonly OutSheet[]): string => {
  const each = sheets.map(
    ({ name }, index) => `<sheet name="${escaped(sheetName(name))}" sheetId="${index + 1}" r:id="rId${index + 1}"/>`,
  );
  return `${xml}<workbook xmlns="${main}" xmlns:r="${office}"><sheets>${each.join('')}</sheets></workbook>`;
};

const sheetName = (name: string): string => name.replace(/[[\]:*?/\\]/g, ' ').slice(0, sheetNameLimit);

/** Indices into the styles' `cellXfs`. */
const style = { header: 1, text: 2, whole: 3, example: 4, faulty: 5, decimal: 6, day: 7, instant: 8 } as const;

const font = '<name val="Microsoft YaHei"/><family val="2"/>';
const line = (colour: string) => `<bottom style="thin"><color rgb="FF${colour}"/></bottom>`;
const solid = (colour: string) =>
  `<fill><patternFill patternType="solid"><fgColor rgb="FF${colour}"/><bgColor indexed="64"/></patternFill></fill>`;
const xf = (format: number, fontId: number, fill: number, border: number, align = '') =>
  `<xf numFmtId="${format}" fontId="${fontId}" fillId="${fill}" borderId="${border}" xfId="0" applyNumberFormat="1" applyFont="1" applyFill="1" applyBorder="1" applyAlignment="1"><alignment vertical="center"${align}/></xf>`;

/** Format 49 is text, 3 is whole numbers with commas between thousands, 0 is any number as it is. */
const styles = `${xml}<styleSheet xmlns="${main}"><numFmts count="2"><numFmt numFmtId="164" formatCode="yyyy\\-mm\\-dd"/><numFmt numFmtId="165" formatCode="yyyy\\-mm\\-dd\\ hh:mm:ss"/></numFmts><fonts count="3"><font><sz val="10"/>${font}</font><font><b/><sz val="10"/><color rgb="FF1F3A4D"/>${font}</font><font><i/><sz val="10"/><color rgb="FF7A8791"/>${font}</font></fonts><fills count="4"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill>${solid('E6EEF3')}${solid('FBE3E1')}</fills><borders count="2"><border><left/><right/><top/><bottom/><diagonal/></border><border><left/><right/><top/>${line('8FA6B5')}<diagonal/></border></borders><cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs><cellXfs count="9">${xf(0, 0, 0, 0)}${xf(49, 1, 2, 1, ' wrapText="1"')}${xf(49, 0, 0, 0)}${xf(3, 0, 0, 0)}${xf(49, 2, 0, 0)}${xf(49, 0, 3, 0)}${xf(0, 0, 0, 0)}${xf(164, 0, 0, 0)}${xf(165, 0, 0, 0)}</cellXfs><cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>`;

async function* worksheet({ columns, rows }: OutSheet): AsyncIterable<string> {
  const cols = columns.map((column, index) => {
    const own = style[column.kind ?? 'text'];
    return `<col min="${index + 1}" max="${index + 1}" width="${widthOf(column)}" style="${own}" customWidth="1"/>`;
  });
  yield `${xml}<worksheet xmlns="${main}"><sheetPr><pageSetUpPr fitToPage="1"/></sheetPr><sheetViews><sheetView workbookViewId="0"><pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/><selection pane="bottomLeft" activeCell="A2" sqref="A2"/></sheetView></sheetViews><sheetFormatPr defaultRowHeight="18" customHeight="1"/>${columns.length > 0 ? `<cols>${cols.join('')}</cols>` : ''}<sheetData>`;
  const headers = columns.map(({ header }, index) => cell(reference(index, 1), header, style.header));
  yield `<row r="1" ht="24" customHeight="1">${headers.join('')}</row>`;
  let number = 1;
  let piece = '';
  for await (const row of rows) {
    number += 1;
    const cells = row.map((each, index) => {
      if (each === undefined || each === '') return '';
      const { value, look } = typeof each === 'object' ? each : { value: each, look: undefined };
      const kind = columns[index]?.kind ?? 'text';
      return cell(reference(index, number), serialOf(value, kind), style[look ?? kind]);
    });
    piece += `<row r="${number}">${cells.join('')}</row>`;
    if (piece.length < pieceCharacters) continue;
    yield piece;
    piece = '';
  }
  yield piece;
  yield `</sheetData>${validations(columns)}<pageMargins left="0.5" right="0.5" top="0.5" bottom="0.5" header="0.3" footer="0.3"/><pageSetup paperSize="9" orientation="landscape" fitToWidth="1" fitToHeight="0"/></worksheet>`;
}

/** Wide enough for the header and the options. */
const widthOf = ({ header, options = [], width }: OutColumn): number =>
  width ?? Math.min(40, Math.max(16, ...[header, ...options].map((text) => placesOf(text) + 3)));

/** How many places a text takes: a CJK character takes two. */
export const placesOf = (text: string): number =>
  [...text].reduce((sum, character) => sum + (character > '\u2E80' ? 2 : 1), 0);

/** The number under which a spreadsheet keeps a day or an instant; any other value stays as it is. */
const serialOf = (value: string | number, kind: ColumnKind): string | number => {
  if (typeof value === 'number') return value;
  const serial =
    kind === 'day' && isDay(value) ? serialOfDay(value) : kind === 'instant' ? serialOfInstant(value) : undefined;
  return serial ?? value;
};

const validations = (columns: readonly OutColumn[]): string => {
  const each = columns.flatMap(({ options }, index) => {
    const list = options?.join(',') ?? '';
    if (options === undefined || list.length > optionsLimitCharacters || options.some((text) => text.includes(',')))
      return [];
    const range = `${reference(index, 2)}:${reference(index, rowLimit + 1)}`;
    return `<dataValidation type="list" allowBlank="1" showErrorMessage="1" sqref="${range}"><formula1>"${escaped(list.replaceAll('"', '""'))}"</formula1></dataValidation>`;
  });
  return each.length === 0 ? '' : `<dataValidations count="${each.length}">${each.join('')}</dataValidations>`;
};

/** `A1` for column 0 and row 1. */
const reference = (column: number, row: number): string => `${letters(column)}${row}`;

const letters = (column: number): string =>
  column < 26
    ? String.fromCharCode(65 + column)
    : `${letters(Math.floor(column / 26) - 1)}${String.fromCharCode(65 + (column % 26))}`;

/** A string is always written as text, so that one that begins with `=` is never calculated. */
const cell = (place: string, value: string | number, own: number): string =>
  typeof value === 'number'
    ? `<c r="${place}" s="${own}"><v>${value}</v></c>`
    : `<c r="${place}" s="${own}" t="inlineStr"><is><t xml:space="preserve">${escaped(asCellText(value))}</t></is></c>`;

/** Escapes what XML cannot hold as `_x000B_` (ECMA-376 part 1, 22.4.2.4), and text that looks like such an escape. */
const asCellText = (text: string): string =>
  text
    .slice(0, cellLimitCharacters)
    .toWellFormed()
    .replace(/_(?=x[0-9A-Fa-f]{4}_)/g, '_x005F_')
    .replace(
      /[^\t\n\u0020-\uFFFD\u{10000}-\u{10FFFF}]/gu,
      (character) => `_x${character.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}_`,
    );

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');

import fc from 'fast-check';
import { expect, test } from 'vitest';
import yauzl from 'yauzl';
import { SheetFault } from '../../src/spreadsheets/sheet.ts';
import { openWorkbook } from '../../src/spreadsheets/workbook.ts';
import { partsOf as archiveParts, openerOf } from '../../src/spreadsheets/xlsx-archive.ts';
import { newFile } from './files.ts';
import { otherFormat, partsOf, relationships, sheet, xls, zipOf } from './workbooks.ts';

const headers = ['编号', '工厂名称', '行业', '区', '推荐日期'];
const row = ['a', '甲厂', '汽车', '浦东', '2020-03-01'];

/** How many rows the sheets of a file have together, all of them read to the end, or why the file cannot be read. */
const read = async (content: string | Uint8Array): Promise<number | string> => {
  try {
    const workbook = await openWorkbook(newFile(content));
    let rows = 0;
    try {
      for (const { rows: rowsOf, merges } of workbook.sheets) {
        for await (const _ of rowsOf()) rows += 1;
        await merges();
      }
    } finally {
      await workbook.close();
    }
    return rows;
  } catch (error) {
    if (error instanceof SheetFault) return error.fault.en;
    throw error;
  }
};

/** An archive that declares a size in bytes for its parts, or for the one whose name ends so. */
const declaring = (archive: Uint8Array<ArrayBuffer>, bytes: number, only = ''): Uint8Array<ArrayBuffer> => {
  const changed = Buffer.from(archive);
  // PKWARE APPNOTE 4.3.12: in a central header the size stands at 24, the name from 46.
  for (let at = changed.indexOf('PK\x01\x02'); at >= 0; at = changed.indexOf('PK\x01\x02', at + 4)) {
    const name = changed.toString('latin1', at + 46, at + 46 + changed.readUInt16LE(at + 28));
    if (name.endsWith(only)) changed.writeUInt32LE(bytes, at + 24);
  }
  return new Uint8Array(changed);
};

test('an archive that unpacks to gigabytes is refused before it is unpacked, one that lies about it while it is', async () => {
  const archive = await zipOf(partsOf(`<worksheet><sheetData>${' '.repeat(20_000_000)}</sheetData></worksheet>`));
  expect(archive.length).toBeLessThan(100_000);
  const tooLarge = 'The file is larger than 512 MiB once unpacked, so it is not read';
  expect(await read(declaring(archive, 0xf0000000))).toBe(tooLarge);
  const hidden = await zipOf({
    ...partsOf(''),
    'xl/_rels/workbook.xml.rels': relationships({ s: ['worksheet', 'sheet.dat'] }),
    'xl/sheet.dat': '<worksheet/>',
  });
  expect(await read(declaring(hidden, 0xf0000000, '.dat'))).toBe(tooLarge);
  const further = Object.fromEntries(Array.from({ length: 6 }, (_, index) => [`xl/part${index}.xml`, '<part/>']));
  const many = await zipOf({ ...partsOf('<worksheet/>'), ...further });
  expect(await read(declaring(many, 100_000_000))).toBe(tooLarge); // all of them together
  expect(await read(declaring(archive, 1_000))).toMatch(/^The file is not a valid XLSX; open it/);
});

test('a workbook is read no further once 512 MiB were read of it, however often the same part is read', async () => {
  const archive = await zipOf(partsOf(`<worksheet>${' '.repeat(20_000_000)}</worksheet>`));
  const zip = await yauzl.openPromise(newFile(archive), { autoClose: false, lazyEntries: true });
  const [open, parts] = [openerOf(zip), await archiveParts(zip)];
  const largest = [...parts.values()].find(({ uncompressedSize }) => uncompressedSize > 20_000_000);
  if (largest === undefined) throw new Error('no large part');
  let times = 0;
  const readAgain = async () => {
    for (; times < 40; times += 1) for await (const _ of await open(largest));
  };
  await expect(readAgain()).rejects.toBeInstanceOf(SheetFault);
  expect(times).toBe(26);
  zip.close();
});

test('endless texts and cells are refused, and endless merged ranges do no harm', async () => {
  const shared = `<sst>${`<si><t>${'x'.repeat(30_000)}</t></si>`.repeat(1_700)}</sst>`;
  const texts = await zipOf(partsOf('<worksheet/>', { 'xl/shared.xml': shared }));
  expect(await read(texts)).toContain('larger than');
  const endless = `<worksheet><sheetData><row><c t="str"><v>${'x'.repeat(3_000_000)}</v></c></row></sheetData></worksheet>`;
  expect(await read(await zipOf(partsOf(endless)))).toMatch(/^The file is not a valid XLSX; open it/);
  const entity =
    '<!DOCTYPE w [<!ENTITY a "b">]><worksheet><sheetData><row><c t="str"><v>&a;</v></c></row></sheetData></worksheet>';
  expect(await read(await zipOf(partsOf(entity)))).toMatch(/^The file is not a valid XLSX; open it/);
  const merged = `<worksheet><sheetData/><mergeCells>${'<mergeCell ref="A1:XFD1048576"/>'.repeat(9)}</mergeCells></worksheet>`;
  expect(await read(await zipOf(partsOf(merged)))).toBe(0);
});

test('a file that is not a list says what it is, whatever its name', async () => {
  const book = { sheets: { S: [headers, row] } };
  const refused: [string | Uint8Array, RegExp][] = [
    ['%PDF-1.7\n', /The file is PDF/],
    ['<html><table><tr><td>编号</td></tr></table></html>', /The file is HTML/],
    [otherFormat(book, 'ods'), /ODS is not supported/],
    [otherFormat(book, 'xlsb'), /XLSB is not supported/],
    [otherFormat(book, 'biff5'), /Excel 95 or earlier.*save it as XLSX/],
    [otherFormat(book, 'biff2'), /Excel 95 or earlier/],
    [new Uint8Array([9, 2, 6, 0, 0, 3, 0x10, 0, 0, 0]), /Excel 95 or earlier/],
    [new Uint8Array([9, 4, 6, 0, 0, 4, 0x10, 0, 0, 0]), /Excel 95 or earlier/],
    [sheet(headers, row).subarray(0, 900), /not a valid XLSX/],
    [xls(book).subarray(0, 700), /not a valid XLS/],
    [new Uint8Array([0x89, 0x50, 0x4e, 0x47, 0, 1]), /neither XLSX nor XLS nor CSV/],
    [await zipOf({ 'readme.txt': '编号' }), /not a valid XLSX/],
  ];
  for (const [content, reason] of refused) expect(await read(content)).toMatch(reason);
});

// Some of these files never end, and are read until the time allowed for their size is over.
test('a legacy file is read or refused with a reason, whatever its bytes', { timeout: 200_000 }, async () => {
  const legacy = xls({ sheets: { S: [headers, row] } });
  const changes = fc.array(fc.tuple(fc.nat(legacy.length - 1), fc.nat(255)), { minLength: 1, maxLength: 40 });
  const property = fc.asyncProperty(changes, async (list) => {
    const changed = Uint8Array.from(legacy);
    for (const [place, byte] of list) if (place >= 8) changed[place] = byte;
    expect(await read(changed)).not.toBe('');
  });
  await fc.assert(property, { numRuns: 25 });
});

test.each<readonly [string, (index: number) => string]>([
  ['quotation marks with a space after them', () => '"" ,'],
  ['quoted numbers with a space after them', (index) => `"${index}" ,`],
  ['quoted cells of two lines', (index) => `"\n${index}",`],
  ['doubled quotation marks and spaces', (index) => `"${index}"" "" ,`],
  ['quotation marks that are not closed', () => ',"'],
  ['quotation marks after backslashes', () => '\\"'],
  ['separators after backslashes', () => '\\,'],
  ['cells that end in a backslash', () => '"\\"",'],
])('one record of a megabyte of %s takes no more than 4 s of CPU', async (_, cellOf) => {
  const cells: string[] = [];
  for (let length = 0; length < 1_000_000; length += cells.at(-1)?.length ?? 0) cells.push(cellOf(cells.length));
  const before = process.cpuUsage();
  await read(cells.join(''));
  const { user, system } = process.cpuUsage(before);
  expect((user + system) / 1_000_000).toBeLessThan(4);
});

const emptySheet = '<worksheet><sheetData/></worksheet>';
const word = '单位'.repeat(200_000);
const noted = (type: string, content: string) =>
  zipOf(
    partsOf(emptySheet, {
      'xl/worksheets/_rels/one.xml.rels': relationships({ n: [type, 'note.xml'] }),
      'xl/worksheets/note.xml': content,
    }),
  );

test.each<readonly [string, () => Promise<Uint8Array>, RegExp]>([
  [
    'a million elements for hidden columns',
    () =>
      zipOf(
        partsOf(
          `<worksheet><cols>${'<col min="1" max="500" hidden="1"/>'.repeat(1_000_000)}</cols><sheetData/></worksheet>`,
        ),
      ),
    /not a valid XLSX/,
  ],
  [
    'headers of pages with millions of characters',
    () => zipOf(partsOf(emptySheet.replace('<sheetData/>', `<oddHeader>${word}</oddHeader>`.repeat(20)))),
    /Comments, text boxes, headers and footers have more than 1000000 characters/,
  ],
  [
    'comments with millions of characters',
    () => noted('comments', `<comments>${`<comment><t>${word}</t></comment>`.repeat(20)}</comments>`),
    /Comments, text boxes, headers and footers have more than 1000000 characters/,
  ],
  [
    'one comment with millions of characters',
    () => noted('comments', `<comments><comment>${`<t>${word}</t>`.repeat(20)}</comment></comments>`),
    /Comments, text boxes, headers and footers have more than 1000000 characters/,
  ],
  [
    'a text box with millions of characters',
    () => noted('drawing', `<wsDr><txBody>${`<t>${word}</t>`.repeat(20)}</txBody></wsDr>`),
    /Comments, text boxes, headers and footers have more than 1000000 characters/,
  ],
  [
    'a row with millions of characters',
    () => {
      const cell = `<c t="inlineStr"><is><t>${word.slice(0, 32_000)}</t></is></c>`;
      return zipOf(partsOf(`<worksheet><sheetData><row>${cell.repeat(400)}</row></sheetData></worksheet>`));
    },
    /Line 1 has more than 1048576 characters/,
  ],
])('a workbook of %s is refused within 4 s of CPU', async (_, make, why) => {
  const file = await make();
  const before = process.cpuUsage();
  const answer = await around(file);
  const { user, system } = process.cpuUsage(before);
  expect(answer).toMatch(why);
  expect((user + system) / 1_000_000).toBeLessThan(4);
});

/** Why what stands around the rows of a file cannot be read, or its rows. */
const around = async (content: Uint8Array): Promise<string> => {
  const workbook = await openWorkbook(newFile(content));
  try {
    for (const sheet of workbook.sheets) {
      await sheet.hiddenColumns();
      await sheet.around();
      for await (const _ of sheet.rows());
    }
    return 'read';
  } catch (error) {
    return error instanceof SheetFault ? error.fault.en : String(error);
  } finally {
    await workbook.close();
  }
};

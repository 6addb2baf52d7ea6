import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { factories } from '../../domain/registers/factories.ts';
import { openFile } from '../../src/imports/reading/file.ts';
import { startServer, type TestServer } from '../http/server.ts';
import { csv, ended, newFile, post } from './spreadsheet.ts';
import { otherFormat, partsOf, relationships, sheet, xls, xlsx, zipOf } from './workbooks.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.close());

const heads = ['编号', '工厂名称', '行业', '区', '推荐日期'];
const row = ['a', '甲厂', '汽车', '浦东', '2020-03-01'];
const kind = factories.factOf.get('nominate');

const opened = async (content: string | Uint8Array, more: { readonly sheet?: string } = {}) => {
  if (kind === undefined) throw new Error('no nominate');
  const request = { register: factories, kind, path: newFile(content), sheet: more.sheet, set: {} };
  const answer = await openFile(request, newFile());
  return 'fault' in answer ? { at: answer.at, fault: answer.fault.en } : answer;
};

/** An archive that says of its parts, or of one, that they unpack to so many bytes. */
const declaring = (archive: Uint8Array<ArrayBuffer>, bytes: number, only = ''): Uint8Array<ArrayBuffer> => {
  const changed = Buffer.from(archive);
  // PKWARE APPNOTE 4.3.12: in a central header the size stands at 24, the name from 46.
  for (let at = changed.indexOf('PK\x01\x02'); at >= 0; at = changed.indexOf('PK\x01\x02', at + 4)) {
    const name = changed.toString('latin1', at + 46, at + 46 + changed.readUInt16LE(at + 28));
    if (name.endsWith(only)) changed.writeUInt32LE(bytes, at + 24);
  }
  return new Uint8Array(changed);
};

test('an archive that unpacks to gigabytes is refused before it is unpacked, and one that lies about it while it is', async () => {
  const archive = await zipOf(partsOf(`<worksheet><sheetData>${' '.repeat(20_000_000)}</sheetData></worksheet>`));
  expect(archive.length).toBeLessThan(100_000);
  expect(await opened(declaring(archive, 0xf0000000))).toEqual({
    at: 'file',
    fault: 'Unpacked the file is larger than 512 MiB and is not read',
  });
  const hidden = await zipOf({
    ...partsOf(''),
    'xl/_rels/workbook.xml.rels': relationships({ s: ['worksheet', 'sheet.dat'] }),
    'xl/sheet.dat': '<worksheet/>',
  });
  expect(await opened(declaring(hidden, 0xf0000000, '.dat'))).toHaveProperty(
    'fault',
    expect.stringContaining('larger than 512 MiB'),
  );
  expect(await opened(declaring(archive, 1_000))).toEqual({ at: 'file', fault: 'The file is not a valid XLSX' });
});

test('texts, cells and archives without end are refused', async () => {
  const shared = `<sst>${`<si><t>${'x'.repeat(30_000)}</t></si>`.repeat(1_700)}</sst>`;
  const texts = await zipOf(partsOf('<worksheet/>', { 'xl/shared.xml': shared }));
  expect(await opened(texts)).toHaveProperty('fault', expect.stringContaining('larger than'));
  const endless = `<worksheet><sheetData><row><c t="str"><v>${'x'.repeat(3_000_000)}</v></c></row></sheetData></worksheet>`;
  expect(await opened(await zipOf(partsOf(endless)))).toHaveProperty('fault', 'The file is not a valid XLSX');
  const entity =
    '<!DOCTYPE w [<!ENTITY a "b">]><worksheet><sheetData><row><c t="str"><v>&a;</v></c></row></sheetData></worksheet>';
  expect(await opened(await zipOf(partsOf(entity)))).toHaveProperty('fault', 'The file is not a valid XLSX');
  const merged = `<worksheet><sheetData/><mergeCells>${'<mergeCell ref="A1:XFD1048576"/>'.repeat(9)}</mergeCells></worksheet>`;
  expect(await opened(await zipOf(partsOf(merged)))).toHaveProperty('fault', 'The file has no row of heads');
});

test('more rows or columns than a list has are refused as such', { timeout: 60_000 }, async () => {
  expect(await opened(`${heads.join()}\n${'a,b\n'.repeat(100_001)}`)).toHaveProperty(
    'fault',
    expect.stringContaining('more than 100000 rows'),
  );
  const wide = Array.from({ length: 501 }, (_, index) => `列${index}`);
  for (const file of [csv([...heads, ...wide]), sheet([...heads, ...wide])])
    expect(await opened(file)).toHaveProperty('fault', 'The sheet has more than 500 columns');
});

test('what is no list says what it is, whatever its name', async () => {
  const book = { sheets: { S: [heads, row] } };
  const told: [string | Uint8Array, RegExp][] = [
    ['', /no row of heads/],
    ['%PDF-1.7\n', /The file is PDF/],
    ['<html><table><tr><td>编号</td></tr></table></html>', /The file is HTML/],
    [otherFormat(book, 'ods'), /ODS is not supported/],
    [otherFormat(book, 'xlsb'), /XLSB is not supported/],
    [sheet(heads, row).subarray(0, 900), /not a valid XLSX/],
    [xls(book).subarray(0, 700), /not a valid XLS/],
    [new Uint8Array([0x89, 0x50, 0x4e, 0x47, 0, 1]), /neither XLSX nor XLS nor CSV/],
    [await zipOf({ 'readme.txt': '编号' }), /not a valid XLSX/],
  ];
  for (const [content, reason] of told)
    expect(await opened(content)).toHaveProperty('fault', expect.stringMatching(reason));
});

test('of several sheets that fit one must be named, and one that is not there is told with those that are', async () => {
  const file = xlsx({ sheets: { 去年: [heads, row], 今年: [heads, row], 空: [] } });
  expect(await opened(file)).toEqual({
    at: 'sheet',
    fault: 'The heads of several sheets fit: 去年, 今年; name one with sheet',
  });
  expect(await opened(file, { sheet: '明年' })).toEqual({
    at: 'sheet',
    fault: 'There is no sheet “明年”; there are 去年, 今年, 空',
  });
  expect(await opened(file, { sheet: '今年' })).toMatchObject({ sheet: '今年', total: 1 });
  const missing = xlsx({
    sheets: {
      去年: [
        ['编号', '工厂名称'],
        ['a', '甲厂'],
      ],
      今年: [['无']],
    },
  });
  expect(await opened(missing)).toEqual({
    at: 'file',
    fault:
      'Missing columns: Sector (sector), District (district), Effective on (effectiveOn); the heads of 去年 are: 编号, 工厂名称',
  });
});

const good = [sheet(heads, row), new Uint8Array(Buffer.from(csv(heads, row)))];

/** Bytes of nothing, or of a good file that something has happened to. */
const bytes = fc.oneof(
  fc.uint8Array({ maxLength: 600 }),
  fc.uint8Array({ maxLength: 600 }).map((rest) => new Uint8Array([0x50, 0x4b, 3, 4, ...rest])),
  fc.string({ maxLength: 300, unit: 'binary' }).map((text) => new Uint8Array(Buffer.from(`${heads.join()}\n${text}`))),
  fc
    .tuple(fc.constantFrom(...good), fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 12 }), fc.nat())
    .map(([file, changes, length]) => {
      const changed = Uint8Array.from(file);
      for (const [place, byte] of changes) changed[place % changed.length] = byte;
      return changed.subarray(0, length % 3 === 0 ? length % changed.length : changed.length);
    }),
);

test('whatever the bytes, a file is opened or refused with a reason', { timeout: 60_000 }, async () => {
  const property = fc.asyncProperty(bytes, async (content) => {
    const answer = await opened(content);
    expect('total' in answer ? answer.total : answer.fault.length).toBeGreaterThanOrEqual(0);
  });
  await fc.assert(property, { numRuns: 300 });
});

// Some of these files are read without end, until the time for their size is over.
test('whatever the bytes of a legacy file, it is opened or refused with a reason', { timeout: 200_000 }, async () => {
  const legacy = xls({ sheets: { S: [heads, row] } });
  const changes = fc.array(fc.tuple(fc.nat(legacy.length - 1), fc.nat(255)), { minLength: 1, maxLength: 40 });
  const property = fc.asyncProperty(changes, async (list) => {
    const changed = Uint8Array.from(legacy);
    for (const [place, byte] of list) if (place >= 8) changed[place] = byte;
    const answer = await opened(changed);
    expect('total' in answer ? answer.total : answer.fault.length).toBeGreaterThanOrEqual(0);
  });
  await fc.assert(property, { numRuns: 25 });
});

test('whatever the bytes, the server answers 202 or a problem and goes on', { timeout: 60_000 }, async () => {
  const property = fc.asyncProperty(bytes, async (content) => {
    const answer = await post(server, 'factories', new Uint8Array(content), { query: 'dryRun=true' });
    if (answer.status === 202) await ended(server, answer.json.import.id);
    else
      expect({ status: answer.status, type: answer.json.type }).toEqual({
        status: 400,
        type: '/problems/invalid-request',
      });
  });
  await fc.assert(property, { numRuns: 60 });
  expect((await server.get('/health/ready')).status).toBe(200);
});

import { createReadStream, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { csvRecords, openCsv } from '../../src/spreadsheets/csv.ts';
import { cellText, SheetFault } from '../../src/spreadsheets/sheet.ts';
import { newFile } from './files.ts';

const recordsIn = (text: string) => Array.fromAsync(csvRecords([text]));

test('each record has the line of the file on which it begins', async () => {
  const expected = [
    { cells: ['a', 'b'], line: 1 },
    { cells: ['1', '2'], line: 2 },
    { cells: ['3', 'x\ny'], line: 5 },
    { cells: ['4', '5'], line: 7 },
  ];
  const lines = 'a,b\n1,2\n\n,\n3,"x\ny"\n4,5';
  expect(await recordsIn(lines)).toEqual(expected);
  const crlf = expected.map(({ cells, line }) => ({ cells: cells.map((cell) => cell.replace('\n', '\r\n')), line }));
  expect(await recordsIn(lines.replaceAll('\n', '\r\n'))).toEqual(crlf);
});

test('a byte order mark, missing and surplus cells, and a missing end of line make no difference', async () => {
  expect(await recordsIn('\uFEFF标准号,名称\nGB/T 1\nGB/T 2,乙,丙')).toEqual([
    { cells: ['标准号', '名称'], line: 1 },
    { cells: ['GB/T 1'], line: 2 },
    { cells: ['GB/T 2', '乙', '丙'], line: 3 },
  ]);
});

test('a file with an unclosed quote is not valid CSV', async () => {
  await expect(recordsIn('a,b\n1,"2\n3,4\n')).rejects.toThrow(SheetFault);
});

test('UTF-8 with and without a byte order mark, GB18030 and UTF-16 with a mark are told apart by their bytes', async () => {
  const said = async (...bytes: readonly number[]) => {
    const [sheet] = (await openCsv(newFile(new Uint8Array(bytes)))).sheets;
    return (await Array.fromAsync(sheet?.rows() ?? [])).flatMap(({ cells }) => cells.map(cellText));
  };
  expect(await said(...new TextEncoder().encode('澜起科技'))).toEqual(['澜起科技']);
  expect(await said(...new TextEncoder().encode('\uFEFF澜起科技'))).toEqual(['澜起科技']);
  expect(await said(0xc0, 0xbd, 0xc6, 0xf0, 0xbf, 0xc6, 0xbc, 0xbc)).toEqual(['澜起科技']);
  expect(await said(0xff, 0xfe, 0x61, 0x00)).toEqual(['a']);
  expect(await said(0xfe, 0xff, 0x00, 0x61)).toEqual(['a']);
  await expect(said(0x61, 0x00, 0x62)).rejects.toThrow('neither XLSX nor XLS nor CSV');
  await expect(said(0xff, 0x31)).rejects.toThrow('not surely GB18030');
  await expect(said(0x81, 0x30, 0x81, 0x30)).rejects.toThrow('not surely GB18030');
});

/** What separates cells is not in a cell of several lines: those could be rows of their own. */
const cell = fc
  .string({ unit: fc.constantFrom('甲', 'b', ',', '"', '\n', '\r', '\r\n', ' ', '9'), maxLength: 6 })
  .map((text) => (/[\r\n]/.test(text) ? text.replaceAll(',', ';') : text));
const lineEnd = fc.constantFrom('\r\n', '\n', '\r');
/** A cell as RFC 4180 writes it. */
const written = (text: string) => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

/** A cell without the space before it, which may be there before a quotation mark, too. */
const seen = (text: string) => (/[",\r\n]/.test(text) ? text : text.trimStart());

test('every line is a row, whatever it ends in and whatever the others end in, and has its line in the file', async () => {
  const rows = fc.array(fc.record({ cells: fc.array(cell, { minLength: 1, maxLength: 4 }), end: lineEnd }));
  await fc.assert(
    fc.asyncProperty(rows, fc.boolean(), fc.integer({ min: 1, max: 9 }), async (given, endsInLine, pieceLength) => {
      const lines = given.map(({ cells, end }, index) => [
        `x${cells.map(written).join(',')}`.replace(/^x"/, 'x,"'),
        index === given.length - 1 && !endsInLine ? '' : end,
      ]);
      const text = lines.flat().join('');
      const pieces = text.match(new RegExp(`[^]{1,${pieceLength}}`, 'g')) ?? [];
      let line = 1;
      const expected = given.map(({ cells: [first = '', ...others] }, index) => {
        const more = others.map(seen);
        const cells = /[",\r\n]/.test(first) ? ['x', first, ...more] : [`x${first}`, ...more];
        const row = { cells, line };
        line += (lines[index]?.join('') ?? '').split(/\r\n|\n|\r/).length - 1;
        return row;
      });
      expect(await Array.fromAsync(csvRecords(pieces))).toEqual(expected);
    }),
  );
});

test.each([
  ['a,b\n1,"2\n3,"4"\n', 'A quotation mark in line 2 is not closed properly'],
  ['a,b\n1,"2\r3,"4,"5\r\n6,"7,8\n', 'A quotation mark in line 2 is not closed properly'],
  ['a,b\n1,"x\ny"z\n', 'A quotation mark in line 2 is not closed properly'],
])('a quotation mark that would make one row of several is refused: %j', async (text, why) => {
  await expect(recordsIn(text)).rejects.toThrow(why);
});

test.each([
  ['a,b,c\n1,"2,3\n4,5",6\n', 2],
  ['a,b,c\n1,"x,3\n4,y",6\n', 2],
  ['a,b,c\n1,x,"y\n4,5,6"\n', 2],
  ['a,b,c\n1,2,3\n4,"x,5\n6,y,7\n8,z",9\n', 3],
  ['a,b,c\n"x, y","1,2\n"x, z",3",4\n', 2],
  ['a;b;c\n1;"x;3\n4;y";6\n', 2],
  ['a\tb\tc\n1\t"x\t3\n4\ty"\t6\n', 2],
])('a record whose lines are all rows themselves may be several: %j', async (text, line) => {
  const delimiter = /[,;\t]/.exec(text)?.[0];
  await expect(Array.fromAsync(csvRecords([text], delimiter))).rejects.toThrow(
    `A quotation mark in line ${line} is not closed properly`,
  );
});

test.each([
  ['a row that is too long', `a,b\n1,${'x'.repeat(1_100_000)},2\n`, 2],
  ['a file that is one long cell', `a,b\n${'x'.repeat(1_100_000)}`, 2],
  ['a quotation mark that nothing closes', `a,b\n1,"2\n${'3,4\n'.repeat(300_000)}`, 262_146],
])('of %s both is said that it may be', async (_, text, line) => {
  await expect(Array.fromAsync(csvRecords([text], ','))).rejects.toThrow(
    `A row that goes on to line ${line} has more than 1048576 characters: either it is too long, or a quotation mark in it is not closed properly`,
  );
});

test.each([
  ['a,"x\ny",c', ['a', 'x\ny', 'c']],
  ['a,"x, z\ny",c', ['a', 'x, z\ny', 'c']],
  ['a,b,"x\ny\nz"', ['a', 'b', 'x\ny\nz']],
  ['"x\ny"', ['x\ny']],
  ['"x\ny",b,c,d', ['x\ny', 'b', 'c', 'd']],
  ['a,"one, two, three\nfour",c', ['a', 'one, two, three\nfour', 'c']],
  ['a, "b, c"', ['a', 'b, c']],
  ['a, "b, c" ,d', ['a', 'b, c', 'd']],
  ['a,  "b ""c"""', ['a', 'b "c"']],
  ['a,"b" ', ['a', 'b']],
  ['a, "5G"工厂,"某" 公司', ['a', '"5G"工厂', '"某" 公司']],
  ['a, b "c",d', ['a', 'b "c"', 'd']],
])('%j is one record', async (text, cells) => {
  expect((await recordsIn(text)).map((record) => record.cells)).toEqual([cells]);
});

test('quotation marks within a line, and within quoted cells of several lines, are text', async () => {
  const cellsOf = async (text: string) => (await recordsIn(text)).map(({ cells }) => cells);
  expect(await cellsOf('上海"一"厂,5"\n"二""厂",x')).toEqual([
    ['上海"一"厂', '5"'],
    ['二"厂', 'x'],
  ]);
  expect(await cellsOf('"""一""\n二",x')).toEqual([['"一"\n二', 'x']]);
});

test('a Ctrl-Z at the end is no row and no part of a cell, and sep= names what separates cells', async () => {
  const rowsIn = async (text: string) => {
    const { sheets } = await openCsv(newFile(text));
    return Promise.all(sheets.map(async ({ rows }) => Array.fromAsync(rows())));
  };
  const rows = [
    { cells: ['a', 'b'], line: 1 },
    { cells: ['1', '2'], line: 2 },
  ];
  for (const end of ['\x1A', '\n\x1A', '\r\n\x1A\r\n', '\r\x1A\x1A'])
    expect((await rowsIn(`a,b\n1,2${end}`))[0], JSON.stringify(end)).toEqual(rows);
  const moved = rows.map(({ cells, line }) => ({ cells, line: line + 1 }));
  for (const separator of ['|', ';', ',', '\t', '^', '~'])
    for (const first of [`sep=${separator}\r\n`, `\uFEFFSEP=${separator}\n`, `"sep=${separator}"\r`])
      expect(await rowsIn(`${first}a${separator}b\n1${separator}2`), JSON.stringify(first)).toEqual([moved]);
});

test('a file that cannot be read is an error, not the end of the rows', async () => {
  await expect(Array.fromAsync(csvRecords(createReadStream('/no/such/file.csv', 'utf8')))).rejects.toThrow('ENOENT');
});

test('reading that stops half-way closes the file', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'upgrade-registry-test-'));
  const path = join(folder, 'long.csv');
  writeFileSync(path, 'a,b\n'.repeat(200_000));
  const source = createReadStream(path, 'utf8');
  for await (const { line } of csvRecords(source)) if (line === 10) break;
  expect(source.destroyed).toBe(true);
  rmSync(folder, { recursive: true });
});

import { createReadStream, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
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
  expect(await said(0x81, 0x30, 0x81, 0x30)).toEqual(['\u0080']);
  expect(await said(0xff, 0xfe, 0x61, 0x00)).toEqual(['a']);
  expect(await said(0xfe, 0xff, 0x00, 0x61)).toEqual(['a']);
  await expect(said(0x61, 0x00, 0x62)).rejects.toThrow('neither XLSX nor XLS nor CSV');
  await expect(said(0xff, 0x31)).rejects.toThrow('neither XLSX nor XLS nor CSV');
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

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { csvRecords } from '../../src/spreadsheets/csv.ts';
import { SheetFault } from '../../src/spreadsheets/sheet.ts';

/** A record whose quotation marks can be read in two ways is refused, with both; none is taken for the likelier. */

const cellsIn = async (text: string, delimiter = ',') =>
  (await Array.fromAsync(csvRecords([text], delimiter))).map(({ cells }) => cells);

test.each([
  ['"甲,乙"厂,x', '“"甲”', '“"甲,乙"厂”'],
  ['x,"甲,乙"厂', '“"甲”', '“"甲,乙"厂”'],
  ['"甲,乙" 厂,x', '“"甲”', '“"甲,乙" 厂”'],
  ['x, "甲,乙" 厂,y', '“ "甲”', '“ "甲,乙" 厂”'],
  ['"甲,乙,丙"厂,x', '“"甲”', '“"甲,乙,丙"厂”'],
  ['="甲,乙",x', '“="甲”', '“="甲,乙"”'],
  ['x,="0,1"', '“="0”', '“="0,1"”'],
  ['= "甲,乙",x', '“= "甲”', '“= "甲,乙"”'],
  ['"甲\\"乙\\"",x', '“"甲\\"乙\\""”', '“甲"乙"”'],
  ['"甲\\"乙",x', '“"甲\\"乙"”', '“甲"乙”'],
  ['x,"\\"甲\\" 厂"', '“"\\"甲\\" 厂"”', '“"甲" 厂”'],
  ['"甲\\",乙",x', '“甲\\”', '“甲",乙”'],
  ['甲\\,乙,x', '“甲\\”', '“甲,乙”'],
  ['x,甲\\"乙\\"厂', '“甲\\"乙\\"厂”', '“甲"乙"厂”'],
  ['"甲\\\\","乙"', '“甲\\\\”', '“甲\\”'],
])('%s may be two things', async (text, one, other) => {
  const read = cellsIn(`a,b\n${text}\n`);
  await expect(read).rejects.toThrow(SheetFault);
  for (const word of ['line 2', one, other]) await expect(read).rejects.toThrow(word);
});

test.each([
  [';', '"甲;乙"厂;x'],
  ['\t', '"甲\t乙"厂\tx'],
  ['|', '甲\\|乙|x'],
  ['^', '="甲^乙"^x'],
  ['~', '"甲\\~乙"厂~x'],
])('so may one that is separated by %j', async (delimiter, text) => {
  await expect(cellsIn(text, delimiter)).rejects.toThrow('can be read in two ways');
});

test.each([
  ['"5G"工厂,"某" 公司', ['"5G"工厂', '"某" 公司']],
  ['屏5",屏6"', ['屏5"', '屏6"']],
  ['"甲,乙","丙""丁"', ['甲,乙', '丙"丁']],
  ['"5""","6"""', ['5"', '6"']],
  ['="0012",="0013"', ['0012', '0013']],
  ['"C:\\","D:\\"', ['C:\\', 'D:\\']],
  ['"C:\\甲\\乙",x', ['C:\\甲\\乙', 'x']],
  ['C:\\甲,x', ['C:\\甲', 'x']],
  ['"\\\\甲\\乙",x', ['\\\\甲\\乙', 'x']],
  ['甲\\N,x', ['甲\\N', 'x']],
])('%s is read in one way only', async (text, cells) => {
  expect(await cellsIn(text)).toEqual([cells]);
});

test('a record of a program that writes a backslash before quotation marks is read as it was, or refused', async () => {
  const cell = fc.string({ unit: fc.constantFrom('甲', 'b', ',', '"', ' ', ';'), maxLength: 6 });
  const escaped = (text: string) => text.replace(/["\\]/g, '\\$&');
  let refused = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(cell, { minLength: 1, maxLength: 4 }), async (cells) => {
      const text = ['x', ...cells.map((each) => `"${escaped(each)}"`)].join(',');
      const found = await cellsIn(text).catch((error) => {
        expect(error).toBeInstanceOf(SheetFault);
        refused += 1;
        return undefined;
      });
      if (found !== undefined) expect(found).toEqual([['x', ...cells]]);
    }),
  );
  expect(refused).toBeGreaterThan(10);
});

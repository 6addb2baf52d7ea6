import { expect, test } from 'vitest';
import { registers } from '../../domain/registers/index.ts';
import { openFile } from '../../src/imports/reading/file.ts';
import { newFile } from '../spreadsheets/files.ts';
import { partsOf, relationships, zipOf } from '../spreadsheets/workbooks.ts';
import { revenueIn } from './revenue.ts';
import { csv } from './spreadsheet.ts';

/** Reading a list holds nobody up: what is looked for in a text never costs the square of its length. */

const headers = ['供应商名称', '规模', '营业收入', '认定日期', '备注'];
const row = ['甲公司', '10亿元', '1200', '2020-12-22', ''];

const opened = (file: string | Uint8Array) => {
  const register = registers.find(({ name }) => name === 'suppliers');
  const kind = register?.factOf.get('designate');
  if (register === undefined || kind === undefined) throw new Error('no such register');
  return openFile({ register, kind, path: newFile(file), sheet: undefined, set: {} }, newFile());
};

const cpuSecondsOf = async (work: () => Promise<unknown>): Promise<number> => {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000_000;
};

/** As long as a cell of a spreadsheet may be. */
const longest = 32_767;
const filledWith = (word: string): string => word.repeat(longest / word.length);
const inCell = (place: number, text: string) => row.map((cell, index) => (index === place ? text : cell));

const places: Readonly<Record<string, (text: string) => string>> = {
  'above the headers': (text) => csv([text], headers, row),
  'as a header': (text) => csv([...headers, text], [...row, 'x']),
  'as a name': (text) => csv(headers, inCell(0, text)),
  'as an amount': (text) => csv(headers, inCell(2, text)),
  'as a day': (text) => csv(headers, inCell(3, text)),
  'as a note': (text) => csv(headers, inCell(4, text)),
  'below the list': (text) => csv(headers, row, [text]),
  'beside a row': (text) => csv(headers, [...row, text]),
};

const words = [
  '万',
  '单位',
  '单位：',
  '金额',
  '以',
  '为',
  '（',
  '）',
  ' ',
  '*',
  '①',
  '1',
  '1,',
  '2020-01-01 ',
  '注：',
  'a',
];

test.each(Object.entries(places))('a text of 32,767 characters %s is read within 2 s of CPU', async (_, fileOf) => {
  for (const word of words)
    for (const end of ['', 'x'])
      expect(await cpuSecondsOf(() => opened(fileOf(`${filledWith(word).slice(1)}${end}`))), word).toBeLessThan(2);
});

test('a longer text than a spreadsheet holds is refused with its line', async () => {
  const text = 'x'.repeat(longest + 1);
  const refusal = expect.objectContaining({
    at: 'file',
    fault: expect.objectContaining({ en: expect.stringContaining('Line 2 has a cell of more than 32767 characters') }),
  });
  expect(await opened(csv(headers, inCell(4, text)))).toEqual(refusal);
  const cell = (value: string) => `<c t="inlineStr"><is><t>${value}</t></is></c>`;
  const sheet = [headers, inCell(4, text)].map((cells) => `<row>${cells.map(cell).join('')}</row>`).join('');
  expect(await opened(await zipOf(partsOf(`<worksheet><sheetData>${sheet}</sheetData></worksheet>`)))).toEqual(refusal);
});

test('a unit in a long text is heard wherever it stands in it', async () => {
  const words = '本表由各区经济主管部门填报请于月底前报送'.repeat(20);
  for (const at of Array.from({ length: 40 }, (_, index) => index * 10 + (index % 7))) {
    const text = `${words.slice(0, at)}，金额单位：万元，${words.slice(at)}`;
    expect(await revenueIn(csv([text], headers, row)), String(at)).toBe(12_000_000);
    expect(await revenueIn(csv(headers, row, [`注：${text}`])), String(at)).toBe(12_000_000);
  }
});

test.each([';', '"', '[', ',', 'a', '/', '\\-', '0', '[$-'])(
  'a workbook whose number format is 100,000 times %j is refused within a second of CPU',
  async (word) => {
    const code = word.repeat(100_000).replaceAll('"', '&quot;');
    const parts = partsOf('<worksheet><sheetData><row><c><v>1</v></c></row></sheetData></worksheet>', {
      'xl/styles.xml': `<styleSheet><numFmts><numFmt numFmtId="200" formatCode="${code}"/></numFmts><cellXfs><xf numFmtId="200"/></cellXfs></styleSheet>`,
      'xl/_rels/workbook.xml.rels': relationships({
        s: ['worksheet', '/xl/worksheets/one.xml'],
        y: ['styles', 'styles.xml'],
      }),
    });
    const file = await zipOf(parts);
    let answer: unknown;
    const seconds = await cpuSecondsOf(async () => {
      answer = await opened(file);
    });
    expect(answer).toMatchObject({ fault: { en: expect.stringContaining('number format') } });
    expect(seconds).toBeLessThan(1);
  },
);

import { setTimeout as wait } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { get, newFolder } from '../cli/command-line.ts';
import { csv } from '../imports/spreadsheet.ts';
import { attacked, type Office, officeIn } from './bystander.ts';

/** Lists with texts as long as a list may have, made of what readers of lists look for: none holds up who records a fact. */

const headers = ['编号', '供应商名称', '规模', '营业收入', '认定日期', '备注'];
const row = ['k', '甲公司', '10亿元', '1200', '2020-12-22', ''];

/** Units, days, digits, brackets, quotation marks, white space, marks, full width, headers, words of sums and notes. */
const words = [
  ...['万', '元', '家', '单位：万元、', '10亿', '元/', 'US$', '以万元为单位', 'million '],
  ...['2020-01-01 ', '２０２０年１月', '1,', '000', '（', '(万元)', '"a', "'", '\\"'],
  ...[' ', '\u3000', '\u0301', 'Ａ', '①', '*', '=', '营业收入', '合计', '注：'],
];

/** As long as a cell of a spreadsheet may be, and as wide as a row with such cells. */
const cellCharacters = 32_767;
const cellsOfRow = 31;
const long = (word: string) => `${word.repeat(cellCharacters / word.length).slice(1)}x`;
const longRow = (word: string) => Array.from({ length: cellsOfRow }, () => long(word));
const otherHeaders = Array.from({ length: cellsOfRow }, (_, number) => `列${number}`);
/** As long as a header may be, in rows in which headers are looked for. */
const shortText = (word: string) => word.repeat(200 / word.length);
const manyHeaders = (word: string) =>
  Array.from({ length: 40 }, () => Array.from({ length: 50 }, () => shortText(word)));

const files: Readonly<Record<string, (word: string) => string>> = {
  'in each cell of a row': (word) => csv(headers, [...long(word).slice(0, 1), ...row.slice(1).map(() => long(word))]),
  'in columns beside a row': (word) => csv([...headers, ...otherHeaders], [...row, ...longRow(word)]),
  'in a row beyond the headers': (word) => csv(headers, [...row, ...longRow(word)]),
  'in a title line': (word) => csv(longRow(word), headers, row),
  'in the row of headers': (word) => csv([...headers, ...longRow(word)], row),
  'in a line below': (word) => csv(headers, row, longRow(word)),
  'in 2,000 cells above': (word) => csv([''], ...manyHeaders(word), headers, row),
};

const imported = async ({ url, clerk }: Office, file: string): Promise<void> => {
  const form = new FormData();
  form.append('file', new Blob([file]), 'rows.csv');
  const answer = await fetch(`${url}/api/v1/imports/suppliers?command=designate`, {
    method: 'POST',
    headers: { authorization: `Bearer ${clerk}` },
    body: form,
  });
  const { import: begun } = (await answer.json()) as { readonly import?: { readonly id: string } };
  expect(answer.status, JSON.stringify(begun)).toBe(begun === undefined ? 400 : 202);
  while (begun !== undefined) {
    const { import: progress } = await get(`${url}/api/v1/imports/${begun.id}`, clerk);
    if (progress.state === 'finished' || progress.state === 'failed') return;
    await wait(20);
  }
};

test.each(Object.entries(files))(
  'lists with a long text %s are read or refused, and hold nobody up',
  {
    timeout: 300_000,
  },
  async (where, fileOf) => {
    const office = await officeIn(newFolder(), { NODE_OPTIONS: '--max-old-space-size=512' });
    const bounds = { cpuSeconds: 2 * words.length, peakMib: 700, ledgerBytes: 20_000 * words.length };
    await attacked(office, `long texts ${where}`, bounds, async () => {
      for (const word of words) await imported(office, fileOf(word));
    });
  },
);

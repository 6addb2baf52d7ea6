import type { z } from 'zod';
import { faultsOf } from '../../../domain/faults.ts';
import type { Text } from '../../../domain/field.ts';
import type { JsonObject } from '../../../domain/json.ts';
import type { FactKind } from '../../../domain/register.ts';
import type { Cell } from '../../spreadsheets/sheet.ts';
import { quoted } from './cells.ts';
import { choicesOf } from './values.ts';

/** What is wrong with the cells of a row, in words. */

export const notValid = (kind: FactKind, name: string, cell: Cell): Text => {
  const [text, choices] = [quoted(cell), choicesOf(kind, name)];
  return {
    zh: `“${text}”不是此列的有效值${choices.zh}`,
    en: `“${text}” is not a valid value for this column${choices.en}`,
  };
};

export const notValidRow: Text = { zh: '此行不符合要求', en: 'This row is not valid' };

export const missingReason = (titles: readonly Text[]): Text => ({
  zh: `缺少${titles.map(({ zh }) => zh).join('、')}`,
  en: `${titles.map(({ en }) => en).join(', ')} ${titles.length === 1 ? 'is' : 'are'} missing`,
});

/** What is wrong with a field of a row; its reason is missing if the field is. */
export type SchemaFault = { readonly name: string; readonly reason?: Text };

/** What the command's schema finds wrong with a row, once for each field. */
export const schemaFaults = (
  kind: FactKind,
  error: z.ZodError,
  body: JsonObject,
  cells: ReadonlyMap<string, Cell>,
): readonly SchemaFault[] => {
  const found = faultsOf(error, 'body', body).map(({ pointer = '', zh, en }): SchemaFault => {
    const [, name = '', ...within] = pointer.split('/');
    if (name === '') return { name, reason: { zh, en } };
    const [cell, value] = [cells.get(name) ?? '', body[name]];
    if (value === undefined) return { name };
    if (kind.takes[name]?.kind === 'money' && typeof value === 'number' && !Number.isSafeInteger(value))
      return { name, reason: Number.isInteger(value) ? tooMuch(cell) : notWhole(cell, value) };
    const what = notValid(kind, name, cell);
    const place = within.length === 0 ? '' : `${within.join('.')} `;
    return { name, reason: { zh: `${what.zh}：${place}${zh}`, en: `${what.en}: ${place}${en}` } };
  });
  return found.filter(({ name }, index) => found.findIndex((each) => each.name === name) === index);
};

/** Amounts beyond this are not kept to the yuan. */
const tooMuch = (cell: Cell): Text => ({
  zh: `“${quoted(cell)}”过大；金额最多 ${Number.MAX_SAFE_INTEGER} 元，请核对单位`,
  en: `“${quoted(cell)}” is too much; an amount is at most ${Number.MAX_SAFE_INTEGER} yuan, so check its unit`,
});

const notWhole = (cell: Cell, yuan: number): Text => ({
  zh: `“${quoted(cell)}”合 ${yuan} 元；金额须为整数元`,
  en: `“${quoted(cell)}” is ${yuan} yuan; an amount must be in whole yuan`,
});

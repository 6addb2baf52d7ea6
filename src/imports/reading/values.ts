import { type Field, noteText, shortText, type Text } from '../../../domain/field.ts';
import { plain } from '../../../domain/identifiers.ts';
import type { Json } from '../../../domain/json.ts';
import { usccKey } from '../../../domain/key.ts';
import type { FactKind, Register } from '../../../domain/register.ts';
import { fieldExample } from '../../commands/examples.ts';
import { possibleDays } from '../../spreadsheets/days.ts';
import { type Cell, cellText } from '../../spreadsheets/sheet.ts';
import {
  amountFault,
  asWritten,
  cellValue,
  dayOf,
  daysTaken,
  errorIn,
  footnoteFault,
  type NumberReading,
  partOfDay,
  quoted,
  repeatFault,
  scaledFault,
  unreadable,
  visible,
  withoutZeroWidth,
} from './cells.ts';
import { damageTo, dayInstead, numberInstead } from './codes.ts';
import { standInFault } from './stand-ins.ts';
import type { UnitOfTable } from './units.ts';

/** What a cell gives as the value of a field, and why it gives none. */

/** Why a cell must not be read, even if a value could be read from it. */
export const refusalOf = (
  register: Register,
  kind: FactKind,
  name: string,
  cell: Cell,
  unit: UnitOfTable,
): Text | undefined => {
  const field = kind.takes[name];
  const instead = isDayColumn(kind, name) ? (partOfDay(cell) ?? uncertainDay(cellText(cell))) : dayInstead(cell);
  if (instead !== undefined) return instead;
  if (name === 'evidence') return numberInstead(cell) ?? (typeof cell === 'object' ? errorIn(cell) : undefined);
  if (name === 'note') return typeof cell === 'object' ? errorIn(cell) : undefined;
  const mark = field?.kind === 'text' && !field.isCode ? undefined : footnoteFault(cell);
  if (mark !== undefined) return mark;
  const isText =
    name === 'key' || field?.kind === 'text' || field?.kind === 'reference' || field?.kind === 'references';
  const standIn = isText ? standInFault(cell, quoted(cell)) : undefined;
  if (standIn !== undefined) return standIn;
  if (name === 'key' && !(register.key.isNumber && typeof cell === 'number'))
    return unreadable(cell) ?? damageTo(cell, register.key.length);
  if (field?.kind === 'reference' || field?.kind === 'references')
    return unreadable(cell) ?? damageTo(cell, usccKey.length);
  if (field?.kind === 'text') return errorIn(cell) ?? (field.isCode ? damageTo(cell) : numberInstead(cell));
  if (field?.kind === 'money') return unreadable(cell) ?? amountFault(cell, unit);
  if (field?.kind === 'number' || field?.kind === 'integer') return unreadable(cell) ?? scaledFault(cell);
  return unreadable(cell) ?? (field !== undefined && isShaped(field) ? repeatFault(cell) : undefined);
};

/** Whether a field holds amounts or other numbers. */
export const isNumeric = (field: Pick<Field, 'kind'> | undefined): boolean =>
  field?.kind === 'money' || field?.kind === 'number' || field?.kind === 'integer';

const isDayColumn = (kind: FactKind, name: string): boolean =>
  name === 'effectiveOn' || kind.takes[name]?.kind === 'day';

/** What is valid, if that is not anything: a list to choose from, days, or JSON. */
export const choicesOf = (kind: FactKind, name: string): Text => {
  const field = kind.takes[name];
  if (isDayColumn(kind, name)) return daysTaken;
  if (field !== undefined && isShaped(field)) {
    const example = JSON.stringify(fieldExample(name, field));
    return { zh: `；请填写 JSON，如 ${example}`, en: `; enter JSON such as ${example}` };
  }
  const options = Object.values(field?.options ?? {});
  if (options.length === 0) return field === undefined ? nothingMore : plainlyTakenBy(field);
  const isList = field?.kind === 'choices';
  return {
    zh: `；可选：${options.map(({ zh }) => zh).join('、')}${isList ? '；多项以顿号或分号分隔' : ''}`,
    en: `; choose from: ${options.map(({ en }) => en).join(', ')}${isList ? '; separate several with semicolons' : ''}`,
  };
};

const nothingMore: Text = { zh: '', en: '' };

const plainlyTakenBy = ({ kind, min, max }: Field): Text => {
  if (kind === 'boolean') return { zh: '；请填写是或否', en: '; enter yes or no' };
  if (kind === 'money')
    return { zh: '；请填写一个金额，如 1200000 或 120万元', en: '; enter one amount, such as 1200000 or 120万元' };
  if (kind !== 'number' && kind !== 'integer') return nothingMore;
  const [zh, en] = kind === 'integer' ? ['整数', 'a whole number'] : ['数字', 'a number'];
  return { zh: `；请填写 ${min} 至 ${max} 的${zh}`, en: `; enter ${en} from ${min} to ${max}` };
};

const isShaped = ({ kind }: Field): boolean => kind === 'titles' || kind === 'targets' || kind === 'range';

/** The names of what every command takes beside its fields, or a file as a whole. */
const commonNames = ['key', 'effectiveOn', 'evidence', 'note', 'duplicates'];

/** The names that a row's values may have: the command's fields and what every command takes. */
export const valueNames = (kind: FactKind): readonly string[] => [...Object.keys(kind.takes), ...commonNames];

/** Whether a text is a valid value of that name, to be set for a whole file. */
export const isValue = (register: Register, kind: FactKind, name: string, text: string): boolean => {
  if (name === 'key') return register.key.parse(text) !== undefined;
  if (name === 'duplicates') return text === 'allow';
  if (name === 'note') return noteText.safeParse(text).success;
  if (name === 'evidence') return shortText.safeParse(text).success;
  const value = fieldValue(kind, name, text, asWritten);
  return value !== undefined && (kind.takes[name]?.schema.safeParse(value).success ?? true);
};

/** That the parts of a day may be in another order than they seem to be. */
const uncertainDay = (text: string): Text | undefined => {
  const days = possibleDays(text);
  if (days.length === 0) return undefined;
  return {
    zh: `“${quoted(text)}”可能是 ${days.join(' 或 ')}；请写明年月日，如 ${days[0]}`,
    en: `“${quoted(text)}” may be ${days.join(' or ')}; write year, month and day, such as ${days[0]}`,
  };
};

/**
 * That a day is set for a whole file as a number, which a cell of a spreadsheet may hold, but a person who types it may
 * mean another; or with its parts in an uncertain order.
 */
export const setDayFault = (kind: FactKind, name: string, text: string): Text | undefined => {
  if (!isDayColumn(kind, name)) return undefined;
  const day = /^\d{5}(\.\d+)?$/.test(plain(text)) ? dayOf(text, false) : undefined;
  if (day === undefined) return uncertainDay(text);
  return {
    zh: `“${quoted(text)}”是一个数字，在电子表格中为 ${day}；如指该日，请写明 ${day}`,
    en: `“${quoted(text)}” is a number, which a spreadsheet shows as ${day}; if that day is meant, write ${day}`,
  };
};

/** The value that a cell has for a field, or for what every command takes; undefined if it has none that the field could have. */
export const fieldValue = (kind: FactKind, name: string, cell: Cell, numbers: NumberReading): Json | undefined => {
  const field = kind.takes[name];
  if (field !== undefined) return cellValue(field, cell, numbers);
  if (name === 'effectiveOn') return dayOf(cell, numbers.date1904);
  if (name === 'evidence') return [{ title: visible(cellText(cell)) }];
  return withoutZeroWidth(cellText(cell));
};

import { exactNumber } from '../../exact-number.ts';
import { isShort, multipleOf, type UnitOfTable, unitOf, unitText, wordOf } from './units.ts';

/** Amounts of money as Chinese tables write them: `3,500`, `1.2亿元`, `￥120万`, under headers such as `收入（万元）`. */

const amount =
  /^(?:¥|(?:rmb|cny|人民币)(?=.))?(?<digits>[1-9]\d{0,2}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?)(?<own>[^\d.][^.]*|10,?000(?:yuan|cny|rmb))?$/;

/** Digits apart from each other are two amounts, unless the space is one that does not break: `1\u00a0200\u00a0000`. */
const isApart =
  /[\d\uFF10-\uFF19,.][^\S\u00a0\u2007\u2009\u202f]+[\d\uFF10-\uFF19]|[\d\uFF10-\uFF19]\s(?!\d{3}(?!\d))\d/;

/**
 * The yuan in a text, with a fraction if they are not whole; undefined if it is not an amount for certain. `unit`
 * applies unless the text has a unit of its own.
 */
export const yuanIn = (text: string, unit: UnitOfTable): number | undefined => {
  if (!isShort(text) || isApart.test(text.trim())) return undefined;
  const { digits, own = '' } = amount.exec(unitText(text))?.groups ?? {};
  if (digits === undefined) return undefined;
  const exponent = own === '' ? exponentOf(unit) : exponentIn(own, unit);
  return exponent === undefined ? undefined : shifted(digits.replaceAll(',', ''), exponent);
};

const exponentOf = (unit: UnitOfTable): number | undefined => ('exponent' in unit ? unit.exponent : undefined);

/** `120万` is in yuan, unless the table's amounts may be in something else. */
const exponentIn = (own: string, table: UnitOfTable): number | undefined => {
  const unit = unitOf(own);
  if (unit !== undefined && 'exponent' in unit) return unit.exponent;
  return exponentOf(table) === undefined ? undefined : multipleOf(own);
};

/** Multiplies by a power of ten without the errors of binary fractions; undefined if no number holds the result exactly. */
const shifted = (digits: string, exponent: number): number | undefined => {
  const [whole = '', fraction = ''] = digits.split('.');
  const moved = fraction.padEnd(exponent, '0');
  return exactNumber(`${whole}${moved.slice(0, exponent)}.${moved.slice(exponent)}`);
};

/** A header with a unit added to it, `收入（万元）`. */
export const withUnit = (header: string, exponent: number): string =>
  exponent === 0 ? header : `${header}（${wordOf(exponent)}）`;

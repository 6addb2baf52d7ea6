/** Amounts of money as Chinese tables write them: `3,500`, `1.2亿元`, `￥120万`, under headers such as `收入（万元）`. */

/** The power of ten of each unit word, in yuan. */
const unitExponents: Readonly<Record<string, number>> = {
  '': 0,
  千: 3,
  万: 4,
  百万: 6,
  千万: 7,
  亿: 8,
  thousand: 3,
  '10,000': 4,
  tenthousand: 4,
  million: 6,
  '100million': 8,
  hundredmillion: 8,
  billion: 9,
};

const words = Object.keys(unitExponents)
  .filter((word) => word !== '')
  .sort((a, b) => b.length - a.length)
  .join('|');
const unit = `(?<word>${words})?(?:元|元人民币|人民币|yuan|cny|rmb)`;
const headerWithUnit = new RegExp(`^(?<base>.+?)[([/,:_-]?(?:单位:?)?(?:in)?${unit}[)\\]]?$`);
const amount = new RegExp(
  `^[¥￥]?(?<digits>\\d{1,3}(?:,\\d{3})+(?:\\.\\d+)?|\\d+(?:\\.\\d+)?)(?:(?<word>${words})?(?<yuan>元|元人民币|yuan|cny|rmb)?)$`,
);
const tableUnit = new RegExp(`(?:单位|unit):?(?:人民币)?${unit}(?!\\p{L})`, 'u');

/** Splits a header, as `normalHeader` gives it, from its unit; undefined if it has none. */
export const unitOfHeader = (header: string): { readonly base: string; readonly unitExponent: number } | undefined => {
  const { base, word = '' } = headerWithUnit.exec(header)?.groups ?? {};
  return base === undefined ? undefined : { base, unitExponent: unitExponents[word] ?? 0 };
};

/** The unit that a line above the headers gives for the whole table, `单位：万元`, as a power of ten. */
export const unitOfTable = (line: string): number | undefined => {
  const found = tableUnit.exec(line);
  return found === null ? undefined : (unitExponents[found.groups?.word ?? ''] ?? 0);
};

/**
 * The yuan in a text, with a fraction if they are not whole; undefined if it is not an amount. `unitExponent` applies
 * unless the text has a unit of its own.
 */
export const yuanIn = (text: string, unitExponent: number): number | undefined => {
  const { digits, word, yuan } = amount.exec(text.toLowerCase().replace(/\s+/g, ''))?.groups ?? {};
  if (digits === undefined) return undefined;
  const own = word === undefined && yuan === undefined ? unitExponent : (unitExponents[word ?? ''] ?? 0);
  return shifted(digits.replaceAll(',', ''), own);
};

/** Multiplies by a power of ten without the errors of binary fractions. */
const shifted = (digits: string, exponent: number): number => {
  const [whole = '', fraction = ''] = digits.split('.');
  const moved = fraction.padEnd(exponent, '0');
  return Number(`${whole}${moved.slice(0, exponent)}.${moved.slice(exponent)}`);
};

/** A header with a unit added to it, `收入（万元）`. */
export const withUnit = (header: string, unitExponent: number): string => {
  const word = Object.keys(unitExponents).find((each) => unitExponents[each] === unitExponent) ?? '';
  return unitExponent === 0 ? header : `${header}（${word}${/^[a-z]/.test(word) ? ' yuan' : '元'}）`;
};

/** Amounts of money as Chinese tables give them: `3,500`, `1.2亿元`, `￥120万`, under heads such as `收入（万元）`. */

/** The power of ten that each word multiplies yuan by. */
const powers: Readonly<Record<string, number>> = {
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

const words = Object.keys(powers)
  .filter((word) => word !== '')
  .sort((a, b) => b.length - a.length)
  .join('|');
const unit = `(?<word>${words})?(?:元|元人民币|人民币|yuan|cny|rmb)`;
const headWithUnit = new RegExp(`^(?<base>.+?)[([/,:_-]?(?:单位:?)?(?:in)?${unit}[)\\]]?$`);
const amount = new RegExp(
  `^[¥￥]?(?<digits>\\d{1,3}(?:,\\d{3})+(?:\\.\\d+)?|\\d+(?:\\.\\d+)?)(?:(?<word>${words})?(?<yuan>元|元人民币|yuan|cny|rmb)?)$`,
);
const tableUnit = new RegExp(`(?:单位|unit):?(?:人民币)?${unit}(?!\\p{L})`, 'u');

/** A head without its unit, and the unit's power of ten; undefined where it has none. Heads are compared as `normal`. */
export const unitOfHead = (head: string): { readonly base: string; readonly power: number } | undefined => {
  const { base, word = '' } = headWithUnit.exec(head)?.groups ?? {};
  return base === undefined ? undefined : { base, power: powers[word] ?? 0 };
};

/** The unit that a line above the heads gives for the whole table, `单位：万元`. */
export const unitOfTable = (line: string): number | undefined => {
  const found = tableUnit.exec(line);
  return found === null ? undefined : (powers[found.groups?.word ?? ''] ?? 0);
};

/** Whole yuan, or a fraction where the text doesn't come to whole ones; a unit in the cell goes before the column's. */
export const yuanIn = (text: string, power: number): number | undefined => {
  const { digits, word, yuan } = amount.exec(text.toLowerCase().replace(/\s+/g, ''))?.groups ?? {};
  if (digits === undefined) return undefined;
  const own = word === undefined && yuan === undefined ? power : (powers[word ?? ''] ?? 0);
  return shifted(digits.replaceAll(',', ''), own);
};

/** Multiplies by a power of ten without the errors of binary fractions. */
const shifted = (digits: string, power: number): number => {
  const [whole = '', fraction = ''] = digits.split('.');
  const moved = fraction.padEnd(power, '0');
  return Number(`${whole}${moved.slice(0, power)}.${moved.slice(power)}`);
};

/** A head with the unit that only its table gives. */
export const withUnit = (head: string, power: number): string => {
  const word = Object.keys(powers).find((each) => powers[each] === power) ?? '';
  return power === 0 ? head : `${head}（${word}${/^[a-z]/.test(word) ? ' yuan' : '元'}）`;
};

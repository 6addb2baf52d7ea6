import type { Text } from '../../../domain/field.ts';
import { simplified } from '../../../domain/names.ts';

/** Units of money as tables write them: `万元`, `（人民币百万元）`, `RMB million`, `CNY 10,000`, `万美元`. */

/** A unit: so many powers of ten of a yuan, a foreign currency, or one that is not understood; with its text. */
export type MoneyUnit = { readonly text: string } & (
  | { readonly exponent: number }
  | { readonly isForeign: true }
  /** `mayBe`: the power of ten of a bare 万. `isIncidental`: named in a sentence that says of no amounts what they are in. */
  | { readonly isUnclear: true; readonly mayBe?: number; readonly isIncidental?: true }
);

/** The power of ten of each word for a multiple. */
const multiples: Readonly<Record<string, number>> = {
  ...Object.fromEntries(
    [['', 0] as const, ['万', 4] as const, ['亿', 8] as const, ['万亿', 12] as const].flatMap(([large, exponent]) =>
      [['', 0] as const, ['十', 1] as const, ['百', 2] as const, ['千', 3] as const].map(
        ([small, more]) => [`${small}${large}`, exponent + more] as const,
      ),
    ),
  ),
  thousand: 3,
  thousands: 3,
  "'000": 3,
  '000': 3,
  '000s': 3,
  k: 3,
  '10,000': 4,
  '10000': 4,
  '10k': 4,
  tenthousand: 4,
  tenthousands: 4,
  hundredthousand: 5,
  hundredthousands: 5,
  million: 6,
  millions: 6,
  mn: 6,
  '100million': 8,
  hundredmillion: 8,
  hundredmillions: 8,
  billion: 9,
  billions: 9,
  bn: 9,
  trillion: 12,
};

const escaped = (text: string): string => text.replace(/[$.*+?^()|[\]{}\\]/g, '\\$&');
const oneOf = (words: readonly string[]): string =>
  [...words]
    .sort((a, b) => b.length - a.length)
    .map(escaped)
    .join('|');

const multiple = oneOf(Object.keys(multiples).filter((word) => word !== ''));
const yuan = '人民币元|元人民币|人民币|元|yuan|cny|rmb|renminbi|¥';
export const foreign = oneOf([
  ...[
    '美元',
    '美金',
    '港元',
    '港币',
    '港纸',
    '澳门元',
    '台币',
    '新台币',
    '日元',
    '日圆',
    '欧元',
    '英镑',
    '韩元',
    '韩币',
  ],
  ...['加元', '加币', '澳元', '澳币', '新加坡元', '新元', '新币', '瑞士法郎', '法郎', '卢布', '卢比', '泰铢', '越南盾'],
  ...['林吉特', '比索', '里拉', '克朗', '兰特', '雷亚尔', '马克', '外币', '外汇'],
  ...['usd', 'us$', 'usdollar', 'usdollars', 'dollar', 'dollars', '$', 'hkd', 'hk$', 'twd', 'nt$', 'mop', 'jpy', 'yen'],
  ...['eur', 'euro', 'euros', '€', 'gbp', '£', 'pound', 'pounds', 'krw', '₩', 'won', 'cad', 'aud', 'a$', 'c$', 'sgd'],
  ...['s$', 'chf', 'rub', '₽', 'inr', '₹', 'thb', '฿', 'vnd', '₫', 'myr', 'sek', 'nok', 'dkk', 'brl', 'zar', 'try'],
]);

/** Characters that formal documents write for others in units: 仟元, 佰圆. */
const formal: Readonly<Record<string, string>> = { 圆: '元', 仟: '千', 佰: '百', 拾: '十' };

/** Text as units are recognised in it: plain, in simplified characters and lower case, without white space and quotation marks. */
export const unitText = (text: string): string =>
  simplified(text.normalize('NFKC'))
    .toLowerCase()
    .replace(/[\s\u200B-\u200D\u2060\uFEFF"“”「」『』]+/g, '')
    .replace(/[圆仟佰拾]/g, (character) => formal[character] ?? character);

const before = '(?:(?:cny|rmb|renminbi|人民币|¥)(?:in)?)';
const yuanUnit = new RegExp(
  `^${before}?(?<word>${multiple})?(?:of)?(?:${yuan})$|^${before}(?<after>${multiple})$|^(?:${yuan})$`,
);
const foreignUnit = new RegExp(`^(?:${multiple})?(?:of)?(?:${foreign})(?:in)?(?:${multiple})?$`);
const onlyMultiple = new RegExp(`^(?:${multiple})$`);

/** No header and no unit is longer. Patterns take the square of a text's length, so longer texts are not matched. */
const longestCharacters = 200;

export const isShort = (text: string): boolean => text.length <= longestCharacters;

/** What a sheet of rejected rows says in place of a unit that is not understood. */
export const unknownUnit = '单位不明';

/** A text that is a unit of money and nothing else; undefined if it is none. `in` and brackets around do not count. */
export const unitOf = (text: string): MoneyUnit | undefined => {
  if (!isShort(text)) return undefined;
  const bare = unitText(text)
    .replace(/^[([{【〔]+|[)\]}】〕]+$/g, '')
    .replace(/^in/, '')
    .replace(/[([](?:人民币|cny|rmb)[)\]]?$/, '');
  const found = yuanUnit.exec(bare)?.groups;
  if (found !== undefined || yuanUnit.test(bare))
    return { text: bare, exponent: multiples[found?.word ?? found?.after ?? ''] ?? 0 };
  if (foreignUnit.test(bare)) return { text: bare, isForeign: true };
  if (onlyMultiple.test(bare)) return { text: bare, isUnclear: true, mayBe: multiples[bare] ?? 0 };
  return bare === unknownUnit ? { text: bare, isUnclear: true } : undefined;
};

const followers = /(?:计|列示|计算|表示|计量|填列|填报|统计)+$/;

/** `元/吨` is a price, and `万元/家` a list or what each has on average; `万元/年` is what amounts of a year are in. */
const perEach = new RegExp(
  `(?:${multiple})?(?:${yuan}|${foreign})/(?:每)?(?:家|户|人(?!民)|个|项|台|套|件|次|月|日|天|吨|公斤|千克|平方米|立方米|米|㎡|亩|公顷|千瓦时|度|小时|kg|tons?|person|units?)`,
);

/** The units among the parts of a list such as `家、万元`, whose other parts count other things. */
export const unitsIn = (text: string): readonly MoneyUnit[] => {
  const each = perEach.exec(unitText(text))?.[0];
  return each === undefined ? unitsInList(text) : [{ text: each, isUnclear: true }];
};

const unitsInList = (text: string): readonly MoneyUnit[] =>
  unitText(text)
    .replace(/[([{【〔](?:人民币|cny|rmb)[)\]}】〕]/g, '')
    .replace(/(?<=\d),(?=\d{3})/g, '')
    .split(/[、,/和及与或()[\]:;；。]|(?<=[家户个项台套])(?=[十百千万亿])/)
    .filter(isShort)
    .flatMap((part) => {
      const bare = part.replace(/^(?:金额|均?为|以|按|单位(?!不明)|in|are|is)+/, '');
      return unitOf(bare.replace(followers, '')) ?? [];
    });

/** `币种：人民币` says which money, not in which unit. */
const onlyCurrency = /^(?:人民币|rmb|cny|renminbi|¥)$/;

/** What the units that were found mean together: one of them for certain, or why amounts cannot be read. */
export type UnitOfTable = { readonly exponent: number } | { readonly unclear: Text };

/** Undefined if none was found but that money is in yuan. */
export const agreed = (found: readonly MoneyUnit[]): UnitOfTable | undefined => {
  const multiplied = found.filter((unit) => !('exponent' in unit && onlyCurrency.test(unit.text)));
  const units = multiplied.every((unit) => 'exponent' in unit) ? multiplied : found;
  const [first, ...others] = units;
  if (first === undefined) return undefined;
  const isSame = (other: MoneyUnit) =>
    'exponent' in first ? 'exponent' in other && other.exponent === first.exponent : other.text === first.text;
  if (!others.every(isSame)) return { unclear: twoUnits(units.map(({ text }) => text)) };
  if ('exponent' in first) return { exponent: first.exponent };
  return { unclear: 'isForeign' in first ? foreignMoney(first.text) : unreadUnit(first.text) };
};

/** What several places mean together that each give a unit or none, such as a header and a line above the table. */
export const together = (...places: readonly (UnitOfTable | undefined)[]): UnitOfTable | undefined => {
  const given = places.filter((unit) => unit !== undefined);
  const unclear = given.find((unit) => 'unclear' in unit);
  if (unclear !== undefined) return unclear;
  const exponents = given.flatMap((unit) => ('exponent' in unit ? unit.exponent : []));
  return new Set(exponents).size > 1 ? { unclear: twoUnits(exponents.map(wordOf)) } : given[0];
};

/** A unit of so many powers of ten of a yuan, as tables write it. */
export const wordOf = (exponent: number): string =>
  `${Object.keys(multiples).find((word) => multiples[word] === exponent && !/\w/.test(word)) ?? ''}元`;

const unitsNamed = 5;

const twoUnits = (texts: readonly string[]): Text => {
  const named = [...new Set(texts)].slice(0, unitsNamed);
  return {
    zh: `金额的单位有多种写法（${named.join('、')}），无法确定；请只保留一种，或在金额后写明单位，如 120万元`,
    en: `The unit of amounts is given in several ways (${named.join(', ')}); keep one, or write the unit after each amount, such as 1.2 million yuan`,
  };
};

export const foreignMoney = (text: string): Text => ({
  zh: `金额为外币（${text}），登记只收人民币；请折算为人民币后重新填写`,
  en: `The amount is in foreign money (${text}); only yuan are recorded, so convert it and enter it again`,
});

export const unreadUnit = (text: string): Text => ({
  zh: `无法确定“${text}”是否为金额的单位：金额可能是元，也可能以它为单位；请写明单位，如“单位：万元”`,
  en: `It is not clear whether “${text}” is the unit of amounts: they may be in yuan or in it; state the unit, such as “Unit: 10,000 yuan”`,
});

/** The foreign currency that an amount names, `US$ 1,200` or `3万美元`; undefined if it names none. */
export const foreignIn = (text: string): string | undefined => {
  const parts = /^[-(]?(?<before>[^\d.,(]*)[\d.,]+(?<after>[^\d.,]*?)\)?$/.exec(unitText(text))?.groups;
  const unit = unitOf(`${parts?.before}${parts?.after}`);
  return unit !== undefined && 'isForeign' in unit ? unit.text : undefined;
};

/** The power of ten of a multiple that stands after an amount without a word for money, `120万`. */
export const multipleOf = (text: string): number | undefined =>
  Object.hasOwn(multiples, text) ? multiples[text] : undefined;

/** No unit is longer, `hundred millions of renminbi` in brackets included. */
const longestUnit = 50;

const endsInUnit = new RegExp(`(?:${multiple}|${yuan}|${foreign})[)\\]}】〕]*$`);

type HeaderUnit = { readonly base: string; readonly unit: UnitOfTable | undefined };

/** Splits a header, as `normalHeader` gives it, from the unit in it; undefined if it has none. */
export const unitOfHeader = (header: string): HeaderUnit | undefined => {
  if (!isShort(header)) return undefined;
  const { base, inner, tail } =
    /^(?<base>[^([/,:_-]+)(?:[([](?<inner>.+)[)\]]|[/,:_-](?<tail>.+))$/.exec(header)?.groups ?? {};
  const given = inner ?? tail;
  const found = given === undefined ? [] : unitsIn(given.replace(/^[([]+/, ''));
  if (base !== undefined && found.length > 0) return { base, unit: agreed(found) };
  if (!endsInUnit.test(unitText(header))) return undefined;
  for (let at = Math.max(1, header.length - longestUnit); at < header.length; at += 1) {
    const rest = unitOf(header.slice(at));
    if (rest !== undefined && !('isUnclear' in rest))
      return { base: header.slice(0, at).replace(/[([/,:_-]+$/, ''), unit: agreed([rest]) };
  }
  return undefined;
};

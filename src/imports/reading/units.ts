import type { Text } from '../../../domain/field.ts';

/** Units of money as tables write them: `万元`, `（人民币百万元）`, `RMB million`, `CNY 10,000`, `万美元`. */

/** A unit: so many powers of ten of a yuan, a foreign currency, or one that is not understood; with its text. */
export type MoneyUnit = { readonly text: string } & (
  | { readonly exponent: number }
  | { readonly isForeign: true }
  | { readonly isUnclear: true }
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
  million: 6,
  millions: 6,
  mn: 6,
  '100million': 8,
  hundredmillion: 8,
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
const foreign = oneOf([
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

/** Text as units are recognised in it: plain, in lower case, without white space. */
export const unitText = (text: string): string =>
  text
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[\s\u200B-\u200D\u2060\uFEFF]+/g, '');

const before = '(?:(?:cny|rmb|renminbi|人民币|¥)(?:in)?)';
const yuanUnit = new RegExp(
  `^${before}?(?<word>${multiple})?(?:of)?(?:${yuan})$|^${before}(?<after>${multiple})$|^(?:${yuan})$`,
);
const foreignUnit = new RegExp(`^(?:${multiple})?(?:of)?(?:${foreign})(?:in)?(?:${multiple})?$`);
const onlyMultiple = new RegExp(`^(?:${multiple})$`);

/** What a sheet of rejected rows says in place of a unit that is not understood. */
export const unknownUnit = '单位不明';

/** A text that is a unit of money and nothing else; undefined if it is none. `in` and brackets around do not count. */
export const unitOf = (text: string): MoneyUnit | undefined => {
  const bare = unitText(text)
    .replace(/^[([{【〔]+|[)\]}】〕]+$/g, '')
    .replace(/^in/, '')
    .replace(/[([](?:人民币|cny|rmb)[)\]]?$/, '');
  const found = yuanUnit.exec(bare)?.groups;
  if (found !== undefined || yuanUnit.test(bare))
    return { text: bare, exponent: multiples[found?.word ?? found?.after ?? ''] ?? 0 };
  if (foreignUnit.test(bare)) return { text: bare, isForeign: true };
  return onlyMultiple.test(bare) || bare === unknownUnit ? { text: bare, isUnclear: true } : undefined;
};

/** Words that announce a unit, and what may stand between parts that are units of different things. */
const announced =
  /(?:计量单位|货币单位|金额单位|(?<!填报|报送|申报|主管|推荐|牵头|编制|制表|运营)单位|货币|币种|金额|数额|数字|款项|均为|计价|units?(?:of(?:amounts?|account|measure(?:ment)?))?|currency|amounts?|figures?|values?|(?:expressed|stated|reported|presented|shown)in)(?:均|都|皆|一律)?(?:以|为|按|:|=|are|is|all)*(?:in)?:?(?<rest>.*)/;
const statedBefore = /(?:以|按|用|^)(?<rest>[^,;:]+?)(?:为|作为)?(?:计量|货币)?(?:单位(?!:)|计|列示|填列|填报|表示)/;
const followers = /^(?:计|列示|计算|表示|计量|填列|填报|统计)+$/;

/**
 * The units of money that a line above, beside or below a table states: `单位：家、万元`, `（万元）`, `金额以百万元计`. A
 * text that has a unit in it but states it in no known way gives one that is not understood.
 */
export const unitsStated = (text: string): readonly MoneyUnit[] => {
  const line = unitText(text).replace(/^(?:注|备注|说明|附注|notes?|remarks?)\d*[:.、]*/, '');
  const whole = unitOf(line);
  if (whole !== undefined) return 'isUnclear' in whole ? [] : [whole];
  const said = line.split(/[;。；.!]/).flatMap((clause) => {
    return [announced, statedBefore].flatMap((pattern) => pattern.exec(clause)?.groups?.rest ?? []);
  });
  const brackets = [...line.matchAll(/[([【](?<inner>[^()[\]【】]+)[)\]】]/g)].map(({ groups }) => groups?.inner ?? '');
  const found = [...said, ...brackets].flatMap(unitsIn);
  if (found.length > 0) return found;
  const unread = looksLikeUnit.exec(line)?.[0] ?? looksEnglish.exec(text.normalize('NFKC').toLowerCase())?.[0];
  return unread === undefined ? [] : [{ text: unread, isUnclear: true }];
};

/** A unit that no amount stands before: `10亿元` is an amount. */
const looksLikeUnit = new RegExp(
  `(?<![\\d.十百千万亿零一二三四五六七八九a-z])(?:[十百千]?[万亿]|[百千])?(?:(?<=[十百千万亿])元|${foreign}|人民币)(?![a-z]|(?![计列为填表])\\p{Script=Han})`,
  'u',
);
const looksEnglish =
  /(?<![\d.]\s*)\b(?:(?:rmb|cny)\s*(?:thousand|million|billion)s?|(?:thousand|million|billion)s?\s*(?:of\s*)?(?:yuan|rmb|cny)|usd|us\s*dollars?|hkd|eur|gbp|jpy)\b/;

/** The units among the parts of a list such as `家、万元`, whose other parts count other things. */
const unitsIn = (text: string): readonly MoneyUnit[] =>
  text
    .replace(/[([{【〔](?:人民币|cny|rmb)[)\]}】〕]/g, '')
    .replace(/(?<=\d),(?=\d{3})/g, '')
    .split(/[、,/和及与或()[\]:;；。]|(?<=[家户个项台套])(?=[十百千万亿])/)
    .flatMap((part) => {
      const bare = part.replace(/^(?:金额|均?为|以|按|单位|in|are|is)+/, '');
      const end = [...bare].findIndex((_, index) => followers.test([...bare].slice(index).join('')));
      return unitOf(end === -1 ? bare : [...bare].slice(0, end).join('')) ?? [];
    });

/** `币种：人民币` says which money, not in which unit. */
const onlyCurrency = /^(?:人民币|rmb|cny|renminbi|¥)$/;

/** What the units that were found mean together: one of them for certain, or why amounts cannot be read. */
export type UnitOfTable = { readonly exponent: number } | { readonly unclear: Text };

export const agreed = (found: readonly MoneyUnit[]): UnitOfTable | undefined => {
  const multiplied = found.filter((unit) => !('exponent' in unit && onlyCurrency.test(unit.text)));
  const units = multiplied.length > 0 && multiplied.every((unit) => 'exponent' in unit) ? multiplied : found;
  const [first, ...others] = units;
  if (first === undefined) return undefined;
  const isSame = (other: MoneyUnit) =>
    'exponent' in first ? 'exponent' in other && other.exponent === first.exponent : other.text === first.text;
  const texts = [...new Set(units.map(({ text }) => text))];
  if (!others.every(isSame)) return { unclear: twoUnits(texts) };
  if ('exponent' in first) return { exponent: first.exponent };
  return { unclear: 'isForeign' in first ? foreignMoney(first.text) : unreadUnit(first.text) };
};

/** The unit in a cell of a column for units; a currency alone does not say one, and any other word may be one. */
export const unitOfCell = (text: string): UnitOfTable | undefined => {
  if (onlyCurrency.test(unitText(text))) return undefined;
  return agreed([unitOf(text) ?? { text, isUnclear: true }]);
};

/** What a column of units and the header of the amounts say together. */
export const bothUnits = (cell: UnitOfTable | undefined, header: UnitOfTable | undefined): UnitOfTable | undefined => {
  if (cell === undefined || header === undefined || 'unclear' in cell) return cell ?? header;
  if ('exponent' in header && header.exponent === cell.exponent) return cell;
  return { unclear: columnAndHeader };
};

const columnAndHeader: Text = {
  zh: '表头与“单位”列给出的金额单位不同，无法确定；请只保留一处，或在金额后写明单位，如 120万元',
  en: 'The header and the column of units give different units of amounts; keep one of them, or write the unit after each amount, such as 1.2 million yuan',
};

const twoUnits = (texts: readonly string[]): Text => ({
  zh: `金额的单位有多种写法（${texts.join('、')}），无法确定；请只保留一种，或在金额后写明单位，如 120万元`,
  en: `The unit of amounts is given in several ways (${texts.join(', ')}); keep one, or write the unit after each amount, such as 1.2 million yuan`,
});

export const foreignMoney = (text: string): Text => ({
  zh: `金额为外币（${text}），登记只收人民币；请折算为人民币后重新填写`,
  en: `The amount is in foreign money (${text}); only yuan are recorded, so convert it and enter it again`,
});

const unreadUnit = (text: string): Text => ({
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

/** Splits a header, as `normalHeader` gives it, from the unit in it; undefined if it has none. */
export const unitOfHeader = (header: string): { readonly base: string; readonly unit: UnitOfTable } | undefined => {
  const { base, inner, tail } =
    /^(?<base>[^([/,:_-]+)(?:[([](?<inner>.+)[)\]]|[/,:_-](?<tail>.+))$/.exec(header)?.groups ?? {};
  const unit = agreed(unitsIn((inner ?? tail ?? '').replace(/^[([]+/, '')));
  if (base !== undefined && unit !== undefined) return { base, unit };
  for (let at = 1; at < header.length; at += 1) {
    const rest = unitOf(header.slice(at));
    if (rest !== undefined && !('isUnclear' in rest)) {
      const own = agreed([rest]);
      return own && { base: header.slice(0, at).replace(/[([/,:_-]+$/, ''), unit: own };
    }
  }
  return undefined;
};

import { foreign, isShort, type MoneyUnit, unitOf, unitsIn, unitText } from './units.ts';

/** How texts around a table, or in a row of it, say in which unit amounts are. */

/** Other units of this name are organisations, 填报单位, or have one for something else. */
const notOfAmounts =
  '(?<!填报|报送|申报|主管|推荐|牵头|编制|制表|运营|建设|承建|发布|主办|承办|协办|使用|所属|责任|依托|参与|联合|评审|认定|归口|管理|监管|审核|审批|申请|实施|承担|合作|参编|起草|提出|工作|事业|用人|投资|施工|设计|供应|生产|制造|研制|填写|联系|本|各|该|我)';

/** Texts that say a unit and nothing else: one that is not understood makes amounts uncertain. */
const explicit = [
  new RegExp(
    `(?:${notOfAmounts}单位|币种|货币|currency|units?(?:of(?:amounts?|account|measure(?:ment)?))?)(?:均|都|皆|一律)?(?:[:=]|[为是](?=.)|is|are)(?:均|以|按|为|in)*:?(?<rest>.+)`,
  ),
  /(?:^|.*[以按用,:])(?<rest>[^,;:以按用]+?)(?:为|作为)(?:计量|货币|金额)?单位(?!:)/,
  /(?<=\bin|[([]in|amountsin|figuresin|revenuein)(?<rest>(?:ten|hundred)?(?:thousand|million|billion)s?)[)\]]?$/,
  /^[([]?(?<rest>(?:rmb|cny|¥)(?:['’]?0{2,}s?|mm?|w|wan|yi))[)\]]?$/,
];

/** Texts in which a unit may follow or stand before. */
const loose = [
  new RegExp(
    `(?:${notOfAmounts}单位|货币|币种|金额|数额|数字|款项|均为|计价|units?(?:of(?:amounts?|account|measure(?:ment)?))?|currency|amounts?|figures?|values?|(?:expressed|stated|reported|presented|shown)in)(?:均|都|皆|一律)?(?:以|为|按|:|=|are|is|all)*(?:in)?:?(?<rest>.*)`,
  ),
  /^(?<rest>[^,;:]+?)(?:为|作为)?(?:计量|货币)?(?:单位(?!:)|计|列示|填列|填报|表示)/,
  /[以按用](?<rest>[^,;:以按用]+?)(?:为|作为)?(?:计量|货币)?(?:单位(?!:)|计|列示|填列|填报|表示)/,
];

/** What is counted that is no money, and organisations, after 单位：. */
const counted =
  /^(?:[十百千万亿]*(?:家|个|人次|人|项|台|套|件|户|次|年|月|日|天|吨|公斤|千克|平方米|立方米|米|㎡|m2|m3|亩|公顷|千瓦时|千瓦|度|%|百分比|百分点|名|位|条|辆|只|份|篇|处|座|间|批|种|类|组|倍|小时|分钟|kwh|pcs?|pieces?|persons?|people|companies|enterprises|factories|sets?|items?|years?|tons?|percent))+$/;
const organisation =
  /(?:公司|集团|厂|院|所|中心|大学|学校|局|委|委员会|办|办公室|科|处|部|会|社|区|县|市|镇|乡|街道|银行|基地|园|inc|ltd|corp|office|bureau|commission|committee|centre|center|university|institute|company|district)\.?$/;
const longestUnit = 14;
/** A multiple that stands alone and is neither a number nor a letter for something else. */
const isMultiple = /^(?:[十百千]?[万亿]|千|百万亿?|(?:thousand|million|billion)s?|mn|bn)$/;
/** `万园` is a slip of the pen for 万元, and no organisation. */
const likeUnit = /^[十百千万亿]{1,3}.?$/;

/** The first part of a text after 单位： that is a unit, or might be one that is not understood. */
const explicitIn = (rest: string): readonly MoneyUnit[] => {
  const found = unitsIn(rest);
  if (found.length > 0 || (organisation.test(rest) && !likeUnit.test(rest))) return found;
  const parts = rest.replace(/^[([]+/, '').split(/[、,/和及与或()[\]:;]/);
  const unknown = parts.find((part) => part !== '' && !counted.test(part));
  return unknown === undefined || unknown.length > longestUnit ? [] : [{ text: unknown, isUnclear: true }];
};

/** `币种：美元 单位：万元` says two things, of which neither may be lost. */
const clauseEnds = new RegExp(`[;。；!]|\\.(?!\\d)|(?=币种|货币[:=]|(?:金额|计量|货币|记账)?${notOfAmounts}单位[:=])`);

const withoutNoteWord = (text: string): string =>
  unitText(text).replace(/^(?:注|备注|说明|附注|notes?|remarks?)\d*[:.、]*/, '');

/**
 * The units of money that a text states, wherever it stands: `单位：家、万元`, `（万元）`, `金额以百万元计`. A text that has
 * a unit in it but states it in no known way gives one that is not understood, as does one that states an unknown unit.
 */
export const unitsStated = (text: string): readonly MoneyUnit[] => piecesOf(text).flatMap(statedIn);

/** A long text in pieces that overlap by more than a unit with the words around it has. */
const piecesOf = (text: string): readonly string[] => {
  if (isShort(text)) return [text];
  const pieces = text.match(/[^。；;！!\r\n]+/g) ?? [];
  return pieces.flatMap((piece) =>
    Array.from({ length: Math.ceil(piece.length / 150) }, (_, index) => piece.slice(index * 150, index * 150 + 200)),
  );
};

const statedIn = (text: string): readonly MoneyUnit[] => {
  const line = withoutNoteWord(text);
  const whole = unitOf(line);
  if (whole !== undefined)
    return 'isUnclear' in whole && !/^(?:[([【]|in)/.test(line) && !isMultiple.test(line) ? [] : [whole];
  const clauses = line.split(clauseEnds);
  const restIn = (patterns: readonly RegExp[]) =>
    clauses.flatMap((clause) => patterns.flatMap((pattern) => pattern.exec(clause)?.groups?.rest ?? []));
  const brackets = [...line.matchAll(/[([【](?<inner>[^()[\]【】]+)[)\]】]/g)].map(({ groups }) => groups?.inner ?? '');
  const found = [...new Set([...restIn(loose), ...brackets])].flatMap(unitsIn);
  if (found.length > 0) return found;
  const unknown = restIn(explicit).flatMap(explicitIn);
  if (unknown.length > 0) return unknown;
  const unread = looksLikeUnit.exec(line)?.[0] ?? looksEnglish.exec(text.normalize('NFKC').toLowerCase())?.[0];
  return unread === undefined ? [] : [{ text: unread, isUnclear: true, isIncidental: true }];
};

/** Whether a text does nothing but state a unit: `单位：万元`, `（万元）`, `金额以万元计`. */
export const isStatement = (text: string): boolean => {
  if (!isShort(text)) return false;
  const line = withoutNoteWord(text).replace(/^[([【]+|[)\]】]+$/g, '');
  const begins =
    /^(?:以上|以下|表中|本表)?(?:所有)?(?:计量|货币|金额)?(?:单位|币种|货币|金额|units?\b|currency|amounts?)/;
  return (unitOf(line) !== undefined || begins.test(line)) && unitsStated(text).length > 0;
};

/** A unit that no amount stands before: `10亿元` is an amount. */
const looksLikeUnit = new RegExp(
  `(?<![\\d.十百千万亿零一二三四五六七八九a-z])(?:[十百千]?[万亿]|[百千])?(?:(?<=[十百千万亿])元|${foreign}|人民币)(?![a-z]|(?![计列为填表数])\\p{Script=Han})`,
  'u',
);
const looksEnglish =
  /(?<![\d.]\s*)\b(?:(?:rmb|cny)\s*(?:thousand|million|billion)s?|(?:thousand|million|billion)s?\s*(?:of\s*)?(?:yuan|rmb|cny)|usd|us\s*dollars?|hkd|eur|gbp|jpy)\b/;

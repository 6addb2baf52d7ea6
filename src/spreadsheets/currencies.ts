/** How number formats show money (ECMA-376 part 1, 18.8.31): `[$HK$-C04]#,##0`, `"$"#,##0`, `[$¥-411]`. */

/** Windows' language codes of Japanese, in which ¥ is the yen. */
const japanese = /^0*411$/i;
const yuanSign = /^(?:[¥￥元]|人民币|cny|rmb)$/i;
const currencySigns =
  /US\$|HK\$|NT\$|[$€£₩₹₽฿₫]|\b(?:USD|HKD|TWD|EUR|GBP|JPY|KRW|SGD|AUD|CAD|CHF)\b|美元|港[元币]|欧元|日元|英镑/i;

/** The foreign currency in which a number format shows numbers; undefined if it shows yuan or no money. */
export const foreignCurrencyOf = (format: string | undefined): string | undefined => {
  const shown = format?.split(';')[0] ?? '';
  for (const [, sign = '', locale = ''] of shown.matchAll(/\[\$([^\]-]*)(?:-([^\]]*))?\]/g)) {
    if (sign.trim() === '') continue;
    if (!yuanSign.test(sign.trim())) return sign.trim();
    return japanese.test(locale) ? 'JPY' : undefined;
  }
  const literal = shown
    .replace(/\[[^\]]*\]/g, '')
    .replace(/_.|\*./g, '')
    .replace(/["\\]/g, '');
  return currencySigns.exec(literal)?.[0];
};

/** The sign of whichever currency the computer that opens the file has (U+00A4). */
export const unclearCurrency = '¤';

/** A number with its currency, so that nobody takes it for yuan. */
export const withCurrency = (number: number, currency: string): string =>
  `${currency} ${Number(number.toPrecision(15))}`;

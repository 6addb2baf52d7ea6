/**
 * The number that a decimal literal of JSON (RFC 8259 §6) stands for, if it stands for exactly what its double is written
 * as: `1.50`, `1e2` and `0.1` do, `1e400` and `100.00000000000000001` would be kept as another number.
 */
export const exactNumber = (literal: string): number | undefined => {
  const number = Number(literal);
  return normal(literal) === normal(String(number)) ? number : undefined;
};

/** A decimal literal in one form: its digits without zeros at either end, and the power of ten of the last one. */
const normal = (literal: string): string | undefined => {
  const [, sign = '', whole = '', fraction = '', power = '0'] = decimal.exec(literal) ?? [];
  const digits = `${whole}${fraction}`;
  let [first, end] = [0, digits.length];
  while (digits[first] === '0') first += 1;
  if (first === end) return whole === '' ? undefined : '0';
  while (digits[end - 1] === '0') end -= 1;
  return `${sign}${digits.slice(first, end)}e${Number(power) - fraction.length + digits.length - end}`;
};

const decimal = /^(-?)(\d+)(?:\.(\d*))?(?:e([+-]?\d+))?$/i;

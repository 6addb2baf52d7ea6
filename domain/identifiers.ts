/**
 * Identifiers of the field and their checks.
 *
 * A Unified Social Credit Code (GB 32100-2015) has 18 characters: registering authority, category, six digits of
 * administrative division, nine characters of organisation code (GB 11714) and a check character.
 */

const usccAlphabet = '0123456789ABCDEFGHJKLMNPQRTUWXY';
export const usccShape = /^[0-9A-HJ-NPQRTUWXY]{18}$/;
export const slugShape = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;
export const starShape = /^68[89]\d{3}$/;

/** GB 32100-2015 table 1: each registering authority with the categories it registers. */
const categories: Readonly<Record<string, string>> = {
  '1': '1239',
  '2': '19',
  '3': '123459',
  '4': '19',
  '5': '1239',
  '6': '129',
  '7': '129',
  '8': '19',
  '9': '123',
  A: '19',
  N: '1239',
  Y: '1',
};

/** Why a code of the right shape is not valid. */
export type CodeFault = 'authority' | 'organisation' | 'check' | 'identity-card';

/** Text with full-width letters, digits and spaces made plain, and outer white space and zero-width characters removed. */
export const plain = (text: string): string =>
  text
    .normalize('NFKC')
    .replace(/[\u200B-\u200D\u2060\uFEFF]/g, '')
    .trim();

export const normaliseUscc = (text: string): string => plain(text).toUpperCase();

/** The shape alone: 18 characters of GB 32100's alphabet, after normalising. */
export const hasUsccShape = (code: string): boolean => usccShape.test(code);

export const isSlug = (key: string): boolean => slugShape.test(key);

/** STAR Market codes: 688nnn for shares, 689nnn for depositary receipts. */
export const isStarCode = (key: string): boolean => starShape.test(key);

/**
 * Checks a normalised code of the right shape: authority and category, the organisation code's own check character
 * (GB 11714) and the code's (GB 32100, 31 − Σ value·3^(i−1) mod 31). A resident identity number (GB 11643) has a fault
 * of its own, because it must never be accepted, confirmed or not.
 */
export const usccFault = (code: string): CodeFault | undefined => {
  const fault = structuralFault(code);
  return fault !== undefined && isIdentityNumber(code) ? 'identity-card' : fault;
};

const structuralFault = (code: string): CodeFault | undefined => {
  if (!categories[code.charAt(0)]?.includes(code.charAt(1)) || !/^\d{6}$/.test(code.slice(2, 8))) return 'authority';
  if (!organisationCodeHolds(code.slice(8, 17))) return 'organisation';
  return usccCheckCharacter(code) === code.charAt(17) ? undefined : 'check';
};

/** The check character for the first 17 characters of a code. */
export const usccCheckCharacter = (code: string): string => {
  let sum = 0;
  let weight = 1;
  for (const character of code.slice(0, 17)) {
    sum += usccAlphabet.indexOf(character) * weight;
    weight = (weight * 3) % 31;
  }
  return usccAlphabet.charAt((31 - (sum % 31)) % 31);
};

const organisationWeights = [3, 7, 9, 10, 5, 8, 4, 2];

/** The check character of the eight characters of an organisation code (GB 11714-1997): 10 is X, 11 is 0. */
export const organisationCheckCharacter = (eight: string): string => {
  const sum = organisationWeights.reduce(
    (total, weight, index) => total + weight * Number.parseInt(eight.charAt(index), 36),
    0,
  );
  const check = 11 - (sum % 11);
  return check === 10 ? 'X' : check === 11 ? '0' : String(check);
};

const organisationCodeHolds = (nine: string): boolean =>
  organisationCheckCharacter(nine.slice(0, 8)) === nine.charAt(8);

const identityWeights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];

/** A resident identity number by GB 11643-1999: division, date of birth, order, check character (ISO 7064 MOD 11-2). */
const isIdentityNumber = (code: string): boolean => {
  if (!/^[1-9]\d{5}(18|19|20)\d{2}(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])\d{3}[\dX]$/.test(code)) return false;
  const sum = identityWeights.reduce((total, weight, index) => total + weight * Number(code.charAt(index)), 0);
  return '10X98765432'.charAt(sum % 11) === code.charAt(17);
};

import type { Text } from './field.ts';
import {
  hasUsccShape,
  isSlug,
  isStarCode,
  normaliseUscc,
  plain,
  slugShape,
  starShape,
  usccShape,
} from './identifiers.ts';

/** What a register's keys look like. `parse` gives the key in its normal form, or undefined if it cannot be one. */
export type KeyKind = {
  readonly kind: 'uscc' | 'slug' | 'star-code';
  /** The shape of a key in its normal form. */
  readonly pattern: RegExp;
  readonly title: Text;
  readonly example: string;
  readonly parse: (text: string) => string | undefined;
  /** The number of characters of every key, if all have the same. */
  readonly length?: number;
  /** A spreadsheet may store it as a number, since no such key begins with a zero. */
  readonly isNumber?: true;
  /** Column headers that spreadsheets use for such a key. */
  readonly headers: readonly string[];
};

const accept = (holds: (key: string) => boolean, normalise: (text: string) => string) => (text: string) => {
  const key = normalise(text);
  return holds(key) ? key : undefined;
};

/** A Unified Social Credit Code, judged by its shape. */
export const usccKey: KeyKind = {
  kind: 'uscc',
  pattern: usccShape,
  title: { zh: '统一社会信用代码', en: 'Unified Social Credit Code' },
  example: '91310000132260250X',
  parse: accept(hasUsccShape, normaliseUscc),
  length: 18,
  headers: ['信用代码', '社会信用代码', 'uscc', 'key'],
};

/** 1–64 of `A–Z a–z 0–9 . _ -`, starting with a letter or digit, unique without regard to case. */
export const slugKey: KeyKind = {
  kind: 'slug',
  pattern: slugShape,
  title: { zh: '编号', en: 'Key' },
  example: 'kangqiao-digital',
  parse: accept(isSlug, (text) => text),
  headers: ['登记编号', 'id', 'key'],
};

/** A STAR Market code, `688nnn` or `689nnn`. */
export const starCodeKey: KeyKind = {
  kind: 'star-code',
  pattern: starShape,
  title: { zh: '证券代码', en: 'STAR code' },
  example: '688008',
  parse: accept(isStarCode, plain),
  length: 6,
  isNumber: true,
  headers: ['股票代码', '代码', 'code', 'key'],
};

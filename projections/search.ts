/**
 * Full-text search over Chinese and English. SQLite's trigram tokenizer finds any run of three characters or more;
 * runs of one and two are found by the grams that an entry's text is taken apart into.
 */

/** Text as it is searched: full-width forms folded, lower case. */
export const folded = (text: string): string => text.normalize('NFKC').toLowerCase();

/**
 * Every character and every pair of neighbours of a folded text, once each, separated by spaces. Each is written in code
 * points, so that the index keeps what it would take for punctuation as well.
 */
export const grams = (text: string): string => {
  const found = new Set<string>();
  for (const word of text.split(/\s+/)) {
    let before: string | undefined;
    for (const character of word) {
      const code = codePoint(character);
      found.add(code);
      if (before !== undefined) found.add(`${before}x${code}`);
      before = code;
    }
  }
  return [...found].join(' ');
};

const codePoint = (character: string): string => (character.codePointAt(0) ?? 0).toString(16);

const trigrams = (text: string): readonly string[] => {
  const characters = [...text];
  return [...new Set(characters.slice(2).map((_, index) => characters.slice(index, index + 3).join('')))];
};

const quoted = (term: string): string => `"${term.replaceAll('"', '""')}"`;

/** A word of a search: a text that it finds contains `term` as it is, and is among those that match in the index. */
export type Term = { readonly term: string; readonly index: 'entry_trigram' | 'entry_gram'; readonly match: string };

/** The words of a search, each with the index that finds it; all must be found. Characters that no name has are dropped. */
export const terms = (q: string): readonly Term[] =>
  folded(q)
    .replace(/\p{Cf}/gu, '')
    .split(/[\s\p{Cc}]+/u)
    .filter((term) => term !== '')
    .map((term) =>
      [...term].length > 2
        ? { term, index: 'entry_trigram', match: trigrams(term).map(quoted).join(' AND ') }
        : { term, index: 'entry_gram', match: quoted([...term].map(codePoint).join('x')) },
    );

/** A register's texts are numbered on from a multiple of this, so that a search goes through those of its register alone. */
const textsPerRegister = 2 ** 32;
/** So many texts of a register at a time go into the indexes of search, where one by one costs many times as much. */
export const textStride = 512;
/** The last text, of those up to one, that is in the indexes; later ones are looked through. */
export const lastIndexed = (upTo: string): string =>
  `SELECT max(m.id) / ${textStride} * ${textStride} FROM entry_text m WHERE m.id <= ${upTo}`;
/** Whether text `t` is in the indexes. */
export const isIndexed = `t.id <= (${lastIndexed(`t.id / ${textsPerRegister} * ${textsPerRegister} + ${textsPerRegister - 1}`)})`;

/** The first and the last number that a register's texts may have: by its name, which no other register's hashes as. */
export const textIds = (register: string): readonly [first: number, last: number] => {
  const hash = [...register].reduce((sum, character) => (Math.imul(sum, 31) + character.charCodeAt(0)) & 0xfffff, 1);
  return [hash * textsPerRegister + 1, (hash + 1) * textsPerRegister - 1];
};

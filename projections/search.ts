/**
 * Full-text search over Chinese and English. SQLite's trigram tokenizer finds any run of three characters or more;
 * runs of one and two are found by the grams that an entry's text is taken apart into.
 */

/** Text as it is searched: full-width forms folded, lower case. */
export const folded = (text: string): string => text.normalize('NFKC').toLowerCase();

/**
 * Every character and every pair of neighbours of a folded text, once each, in order, separated by spaces. Each is
 * written in code points, so that the index keeps what it would take for punctuation as well.
 */
export const grams = (text: string): string => {
  const found = new Set<string>();
  for (const word of text.split(/\s+/)) {
    const characters = [...word];
    characters.forEach((character, index) => {
      found.add(gram(character));
      const next = characters[index + 1];
      if (next !== undefined) found.add(gram(character + next));
    });
  }
  return [...found].sort().join(' ');
};

const gram = (text: string): string =>
  [...text].map((character) => character.codePointAt(0)?.toString(16) ?? '').join('x');

const quoted = (term: string): string => `"${term.replaceAll('"', '""')}"`;

/** The words of a search, each with the index that finds it; all must be found. Characters that no name has are dropped. */
export const terms = (
  q: string,
): readonly { readonly index: 'entry_trigram' | 'entry_gram'; readonly match: string }[] =>
  folded(q)
    .replace(/\p{Cf}/gu, '')
    .split(/[\s\p{Cc}]+/u)
    .filter((term) => term !== '')
    .map((term) =>
      [...term].length > 2
        ? { index: 'entry_trigram', match: quoted(term) }
        : { index: 'entry_gram', match: quoted(gram(term)) },
    );

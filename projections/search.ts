/**
 * Full-text search over Chinese and English. SQLite's trigram tokenizer finds any run of three characters or more;
 * runs of one and two are found by the grams that an entry's text is taken apart into.
 */

/** Text as it is searched: full-width forms folded, lower case. */
export const folded = (text: string): string => text.normalize('NFKC').toLowerCase();

/** Every character and every pair of neighbours of a folded text, once each, in order, separated by spaces. */
export const grams = (text: string): string => {
  const found = new Set<string>();
  for (const word of text.split(/\s+/)) {
    const characters = [...word];
    characters.forEach((character, index) => {
      found.add(character);
      const next = characters[index + 1];
      if (next !== undefined) found.add(character + next);
    });
  }
  return [...found].sort().join(' ');
};

const quoted = (term: string): string => `"${term.replaceAll('"', '""')}"`;

/** The words of a search, each with the index that finds it; all must be found. */
export const terms = (
  q: string,
): readonly { readonly index: 'entry_trigram' | 'entry_gram'; readonly match: string }[] =>
  folded(q)
    .split(/\s+/)
    .filter((term) => term !== '')
    .map((term) => ({ index: [...term].length > 2 ? 'entry_trigram' : 'entry_gram', match: quoted(term) }));

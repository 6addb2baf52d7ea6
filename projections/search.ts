import { foldedName } from '../domain/names.ts';

/**
 * Full-text search over Chinese and English. SQLite's trigram tokenizer finds any run of three characters or more;
 * runs of one and two are found among the grams into which an entry's text is split.
 */

/**
 * Every character and every pair of neighbours in a word of a folded text, separated by spaces. Each is written as code
 * points, since the index would drop punctuation.
 */
export const grams = (text: string): string => {
  let found = '';
  let before = '';
  for (const character of text) {
    if (character === ' ') {
      before = '';
      continue;
    }
    const code = codePoint(character);
    found += before === '' ? `${code} ` : `${before}x${code} ${code} `;
    before = code;
  }
  return found;
};

const hexDigits: string[] = [];

const codePoint = (character: string): string => {
  const code = character.codePointAt(0) ?? 0;
  if (code > 0xffff) return code.toString(16);
  hexDigits[code] ??= code.toString(16);
  return hexDigits[code];
};

const trigrams = (text: string): readonly string[] => {
  const characters = [...text];
  return [...new Set(characters.slice(2).map((_, index) => characters.slice(index, index + 3).join('')))];
};

const quoted = (term: string): string => `"${term.replaceAll('"', '""')}"`;

/** The kinds of search index: the column that each one indexes, and how it splits the texts. */
const indexes = {
  trigram: { column: 'text', tokenizer: 'trigram' },
  gram: { column: 'grams', tokenizer: 'unicode61 remove_diacritics 0' },
} as const;
export type IndexKind = keyof typeof indexes;
const kinds = Object.keys(indexes) as readonly IndexKind[];

/** Each register has an index of either kind, so that a search is not slowed by other registers. */
export const indexOf = (register: string, kind: IndexKind): string => `${register}_${kind}`;

/** A word of a search. A text has it if it contains `term`; only texts that match `match` in the index can. */
export type Term = { readonly term: string; readonly kind: IndexKind; readonly match: string };

/** The words of a search, each with the index that finds it; a text must have all. */
export const terms = (q: string): readonly Term[] =>
  [...new Set(foldedName(q).split(' '))]
    .filter((term) => term !== '')
    .map((term) =>
      [...term].length > 2
        ? { term, kind: 'trigram', match: trigrams(term).map(quoted).join(' AND ') }
        : { term, kind: 'gram', match: quoted([...term].map(codePoint).join('x')) },
    );

/** Texts are indexed this many at a time, since one by one costs many times as much; later ones are compared one by one. */
const textStride = 512;
/** The id of the last text that is in the indexes. */
export const lastIndexed = `(SELECT coalesce(max(id), 0) / ${textStride} * ${textStride} FROM entry_text)`;

/** Indexes a register's next texts, in the order of their ids (hence the +). */
const indexing = (register: string): string =>
  kinds
    .map(
      (kind) => `INSERT INTO ${indexOf(register, kind)} (rowid, text) SELECT id, ${indexes[kind].column} FROM entry_text
        WHERE id > old.up_to AND id <= new.up_to AND +register = '${register}';`,
    )
    .join('');

const table = (register: string, kind: IndexKind): string =>
  `CREATE VIRTUAL TABLE ${indexOf(register, kind)} USING fts5
    (text, content='', columnsize=0, detail='none', tokenize="${indexes[kind].tokenizer}");`;

/** As SQL: the indexes of some registers, still empty, and how far the texts are in them. */
export const searchIndexes = (registers: readonly string[]): string => `
  ${registers.flatMap((register) => kinds.map((kind) => table(register, kind))).join('')}
  CREATE TABLE text_indexed (up_to INTEGER NOT NULL) STRICT;
  INSERT INTO text_indexed VALUES (0);
  CREATE TRIGGER text_index AFTER UPDATE ON text_indexed BEGIN ${registers.map(indexing).join('')} END;
`;

/** Indexes the texts that are not in the indexes yet, if there are enough of them. */
export const indexTexts = `UPDATE text_indexed SET up_to = ${lastIndexed} WHERE up_to < ${lastIndexed}`;

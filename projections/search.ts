import { foldedName } from '../domain/names.ts';

/**
 * Full-text search over Chinese and English. SQLite's trigram tokenizer finds any run of three characters or more;
 * runs of one and two are found among the grams into which an entry's text is split.
 */

/**
 * Every character and every pair of neighbours of a folded text, once each, separated by spaces. Each is written as code
 * points, since the index would drop punctuation.
 */
export const grams = (text: string): string => {
  const found = new Set<string>();
  for (const word of text.split(/\s+/)) {
    let before = '';
    for (const character of word) {
      const code = codePoint(character);
      found.add(code);
      if (before !== '') found.add(`${before}x${code}`);
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

/** Indexes a register's texts after one id up to another, in the order of their ids (hence the +). */
const indexing = (register: string, after: string, upTo: string): string =>
  kinds
    .map(
      (kind) => `INSERT INTO ${indexOf(register, kind)} (rowid, text) SELECT id, ${indexes[kind].column} FROM entry_text
        WHERE id > ${after} AND id <= ${upTo} AND +register = '${register}';`,
    )
    .join('');

const table = (register: string, kind: IndexKind): string =>
  `CREATE VIRTUAL TABLE ${indexOf(register, kind)} USING fts5
    (text, content='', columnsize=0, detail='none', tokenize="${indexes[kind].tokenizer}");`;

/** As SQL: the indexes of some registers, with the existing texts, and the trigger that indexes new ones. */
export const searchIndexes = (registers: readonly string[]): string => `
  ${registers.flatMap((register) => kinds.map((kind) => table(register, kind))).join('')}
  ${registers.map((register) => indexing(register, '0', lastIndexed)).join('')}
  CREATE TRIGGER entry_text_indexed AFTER INSERT ON entry_text WHEN new.id % ${textStride} = 0 BEGIN
    ${registers.map((register) => indexing(register, `new.id - ${textStride}`, 'new.id')).join('')}
  END;
`;

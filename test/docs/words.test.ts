import { globSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

/** Phrases that a reader would have to decode, each with what to write instead. */
const phrases = [
  ['can not', 'cannot'],
  ['where left out', 'defaults to'],
  ['so many at once', 'N at once'],
  ['so many at a time', 'N at a time'],
  ['so many of them', 'N of them'],
  ['whoever', 'anyone who'],
  ['whosoever', 'anyone who'],
  ['is not to be had', 'is not available'],
  ['moving house', 'moving to another store'],
  ['to blame', 'with the problem'],
  ['parted by', 'separated by'],
] as const;

const files = globSync(['*.{md,yml}', '{bench,deploy,docs,domain,projections,samples,src,test}/**/*.{md,ts}'], {
  exclude: (path) => path.endsWith('node_modules') || path.endsWith('words.test.ts'),
});

/** Each file's text, with the line ends inside its comments and paragraphs made spaces. */
const texts = files.map((file) => {
  const text = readFileSync(file, 'utf8')
    .replace(/\s*\n\s*(?:\*|\/\/|#|>)?\s*/g, ' ')
    .replaceAll('Column to blame', ''); // a header of earlier sheets, which imports still know
  return { file, text };
});

test.each(phrases)('no comment, message or page says “%s” for “%s”', (phrase) => {
  const said = new RegExp(`\\b${phrase}\\b`, 'i');
  const found = texts.flatMap(({ file, text }) => {
    const place = text.search(said);
    return place === -1 ? [] : `${file}: …${text.slice(Math.max(place - 40, 0), place + 50)}…`;
  });
  expect(found).toEqual([]);
});

import { describe, expect, test } from 'vitest';
import { noteText, shortText } from '../../domain/field.ts';
import { evidenceSchema } from '../../domain/register.ts';
import { factories } from '../../domain/registers/factories.ts';
import { nothingOf, when } from './given.ts';
import { factory } from './vocabulary.ts';

const accepts = (text: string) => shortText.safeParse(text).success;

test('a text has 1 to 500 characters', () => {
  expect(accepts('')).toBe(false);
  expect(accepts('   　 ')).toBe(false);
  expect(accepts('工')).toBe(true);
  expect(accepts('工'.repeat(500))).toBe(true);
  expect(accepts('工'.repeat(501))).toBe(false);
});

test('a character beyond the basic plane counts as one', () => {
  expect(accepts('😀'.repeat(500))).toBe(true);
  expect(accepts('😀'.repeat(501))).toBe(false);
  expect(accepts('𠮷'.repeat(500))).toBe(true);
});

test('white space around a text is not part of it', () => {
  expect(shortText.parse('　上海 电气\n')).toBe('上海 电气');
  expect(accepts(` ${'工'.repeat(500)} `)).toBe(true);
});

test('a text with the mark of a character that was lost is refused, as imports refuse it, and the reason says so', () => {
  for (const schema of [shortText, noteText])
    for (const text of ['\ufffd', '康桥\ufffd厂', '康桥厂\ufffd\ufffd', 'a\ufffdb']) {
      const { error } = schema.safeParse(text);
      expect(error?.issues.map(({ message }) => message)).toEqual([expect.stringMatching(/sign of damage/)]);
    }
});

/** Characters that make two names look alike or one read backwards. */
const invisible = [
  ['NUL', '\0'],
  ['a line break', '\n'],
  ['a tab', '\t'],
  ['escape', '\u001B'],
  ['delete', '\u007F'],
  ['C1', '\u0085'],
  ['right-to-left override', '\u202E'],
  ['a bidirectional isolate', '\u2066'],
  ['right-to-left mark', '\u200F'],
  ['a zero-width space', '\u200B'],
  ['a zero-width joiner', '\u200D'],
  ['a soft hyphen', '\u00AD'],
  ['a byte order mark', '\uFEFF'],
  ['a line separator', '\u2028'],
  ['a paragraph separator', '\u2029'],
  ['a tag character', '\u{E0041}'],
  ['a lone high surrogate', '\uD800'],
  ['a lone low surrogate', '\uDC00'],
] as const;

describe.each(invisible)('a text with %s in it', (_, character) => {
  const name = `上海${character}电气`;

  test('is refused', () => expect(accepts(name)).toBe(false));

  test('is refused as a name, as the title and as the address of evidence', () => {
    const nominated = (fields: object) =>
      when(nothingOf(factories, 'f'), factory.nominate('2020-01-10', { ...fields }));
    expect(nominated({ name })).toMatchObject({ rejection: { errors: [{ pointer: '/name' }] } });
    expect(nominated({ evidence: [{ title: name }] })).toMatchObject({
      rejection: { errors: [{ pointer: '/evidence/0/title' }] },
    });
    expect(evidenceSchema.safeParse({ title: '文', uri: `https://example.cn/${name}` }).success).toBe(false);
  });
});

test('a note may have lines and 2,000 characters, but no other control characters', () => {
  expect(noteText.parse('第一行\r\n\t第二行')).toBe('第一行\r\n\t第二行');
  expect(noteText.safeParse('注'.repeat(2_000)).success).toBe(true);
  expect(noteText.safeParse('注'.repeat(2_001)).success).toBe(false);
  expect(noteText.safeParse('a\u202Eb').success).toBe(false);
  expect(noteText.safeParse('a\0b').success).toBe(false);
});

test('evidence has a title, optionally a digest and a web address; there are at most 20 pieces', () => {
  const accepted = (evidence: unknown) =>
    factories.factOf.get('reinstate')?.body.safeParse({ effectiveOn: '2020-01-10', evidence }).success;
  const title = '沪经信智〔2020〕1 号';
  expect(accepted([{ title, sha256: 'a'.repeat(64), uri: 'https://www.sheitc.sh.gov.cn/文件?a=1#2' }])).toBe(true);
  expect(accepted(Array.from({ length: 20 }, () => ({ title })))).toBe(true);
  expect(accepted(Array.from({ length: 21 }, () => ({ title })))).toBe(false);
  expect(accepted([{ title, sha256: 'A'.repeat(64) }])).toBe(false);
  expect(accepted([{ title, uri: 'javascript:alert(1)' }])).toBe(false);
  expect(accepted([{ title, uri: 'file:///etc/passwd' }])).toBe(false);
  expect(accepted([{ title, uri: `https://example.cn/${'a'.repeat(2_000)}` }])).toBe(false);
  expect(accepted([{ title, author: '王芳' }])).toBe(false);
  expect(accepted([{}])).toBe(false);
});

test('numbers must be within the limits of their fields', () => {
  const assessed = (score: unknown) =>
    factories.factOf.get('assess')?.body.safeParse({ effectiveOn: '2020-01-10', panel: '组', score }).success;
  for (const score of [0, 87.5, 100]) expect(assessed(score)).toBe(true);
  for (const score of [-1, 100.1, '87', Number.NaN, Number.POSITIVE_INFINITY, null])
    expect(assessed(score)).toBe(false);
});

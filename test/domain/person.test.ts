import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isSamePerson, personOf } from '../../domain/person.ts';

const onePerson: readonly (readonly [why: string, a: string, b: string])[] = [
  ['the same text', 'li.wei', 'li.wei'],
  ['case', 'li.wei', 'Li.Wei'],
  ['full width', 'li.wei', 'ｌｉ．ｗｅｉ'],
  ['composed and decomposed accents', 'jos\u00e9', 'jose\u0301'],
  ['composed and decomposed Hangul', '\ud55c', '\u1112\u1161\u11ab'],
  ['a no-break space', 'li wei', 'li\u00a0wei'],
  ['white space inside and out', 'liwei', ' li \t wei\n'],
  ['an ideographic space', '李伟', '李\u3000伟'],
  ['a zero-width space', 'li.wei', 'li\u200b.wei'],
  ['a zero-width joiner before an accent', 'jos\u00e9', 'jose\u200d\u0301'],
  ['a byte order mark', 'li.wei', '\ufeffli.wei'],
  ['a soft hyphen', 'li.wei', 'li.\u00adwei'],
  ['a bidirectional control', 'li.wei', 'li\u202e.wei'],
  ['a control character', 'li.wei', 'li\u0007.wei'],
  ['a variation selector', '葛城', '葛\ufe00城'],
  ['an ideographic variation selector', '葛城', '葛\u{e0100}城'],
  ['a Hangul filler', '李伟', '李\u3164伟'],
  ['a half-width Hangul filler', '李伟', '李\uffa0伟'],
  ['a blank Braille pattern', '李伟', '李\u2800伟'],
  ['a tag character', 'li.wei', 'li.wei\u{e0061}'],
  ['a combining grapheme joiner', 'li.wei', 'li\u034f.wei'],
  ['a ligature', 'fi.wei', 'ﬁ.wei'],
  ['the Kelvin sign', 'k', '\u212a'],
  ['an issuer in another case', 'https://idp.example#AbC', 'https://IDP.example#abc'],
];

test.each(onePerson)('%s does not make two persons of one', (_, a, b) => {
  expect(isSamePerson(a, b)).toBe(true);
  expect(isSamePerson(b, a)).toBe(true);
});

test.each([
  ['another name', 'li.wei', 'li.wen'],
  ['a Cyrillic letter that looks alike', 'liwei', 'l\u0456wei'],
  ['a dot more', 'li.wei', 'liwei'],
  ['an accent', 'jose', 'jos\u00e9'],
  ['a digit for a letter', 'li1', 'lil'],
])('%s makes two persons', (_, a, b) => {
  expect(isSamePerson(a, b)).toBe(false);
});

test('folding a subject twice changes nothing more', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (subject) => {
      expect(personOf(personOf(subject))).toBe(personOf(subject));
    }),
    { numRuns: 2_000 },
  );
});

test('nothing that cannot be seen makes another person, wherever it stands', () => {
  const unseen = fc.constantFrom(
    ' ',
    '\u00a0',
    '\u200b',
    '\u2060',
    '\ufe0f',
    '\u{e0101}',
    '\u3164',
    '\u2800',
    '\t',
    '\u202d',
  );
  const name = fc.array(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 6 });
  fc.assert(
    fc.property(name, fc.array(unseen, { minLength: 1, maxLength: 3 }), fc.nat(), (parts, added, at) => {
      const place = at % (parts.length + 1);
      const other = [...parts.slice(0, place), ...added, ...parts.slice(place)].join('');
      expect(personOf(other)).toBe(personOf(parts.join('')));
    }),
    { numRuns: 2_000 },
  );
});

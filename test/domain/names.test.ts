import fc from 'fast-check';
import { expect, test } from 'vitest';
import { comparedName, foldedName, isVisible } from '../../domain/names.ts';

test.each([
  ['width', 'ＡＢＢ（中国）有限公司', 'ABB(中国)有限公司'],
  ['case', 'Siemens AG', 'SIEMENS ag'],
  ['a variation selector', '星辰系统', '星\uFE0F辰系统'],
  ['an ideographic variation selector', '葛城装备', '葛\u{E0100}城装备'],
  ['a CJK radical', '上海车联', '上海⻋联'],
  ['a Kangxi radical', '上海车联', '上海⾞联'],
  ['a middle dot', '阿尔法·贝塔', '阿尔法•贝塔'],
  ['a katakana dot', '阿尔法·贝塔', '阿尔法・贝塔'],
  ['a half-width katakana dot', '阿尔法·贝塔', '阿尔法･贝塔'],
  ['a space inside', '上海 车联', '上海车联'],
  ['an ideographic space', '上海\u3000车联', '上海车联'],
  ['a no-break space', 'Usine\u00A0Citroen', 'Usine Citroen'],
  ['an apostrophe', "Jing'an Works", 'Jing’an Works'],
  ['quotation marks', '“星火”工厂', '"星火"工厂'],
  ['a traditional character', '中國重工', '中国重工'],
  ['a traditional name', '臺灣積體電路', '台湾积体电路'],
  ['an accent', 'Usine Citroën', 'Usine Citroen'],
  ['a decomposed accent', 'Citroe\u0308n', 'Citroën'],
  ['a letter with a stroke', 'Mærsk Øst', 'Marsk Ost'],
  ['a zero-width space', '上海\u200B车联', '上海车联'],
  ['a soft hyphen', 'Auto\u00ADmation', 'Automation'],
  ['a hyphen', 'Auto-mation', 'Automation'],
  ['a ligature', 'ﬁlter', 'filter'],
  ['a compatibility ideograph', '\uF907', '\u9F9C'],
])('%s does not make another name', (_, a, b) => {
  expect(comparedName(a)).toBe(comparedName(b));
});

test.each([
  ['another character', '上海车联', '上海车连'],
  ['a digit', '第一工厂', '第二工厂'],
  ['a voiced kana', 'か', 'が'],
  ['a Cyrillic letter', 'AO', 'АО'],
])('%s makes another name', (_, a, b) => {
  expect(comparedName(a)).not.toBe(comparedName(b));
});

test('words stay apart in what is searched', () => {
  expect(foldedName(' General  Motors\u3000上海 ')).toBe('general motors 上海');
});

test.each(['\u3164', '\u2800', '\u200B\u200D', '\uFE0F', ' \u00A0\u3000', '\u{E0100}', '\u115F', '\u0301', '\u202E'])(
  'nothing can be seen of %j',
  (text) => expect(isVisible(text)).toBe(false),
);

test.each(['a', '中', '·', '①', 'e\u0301', '𠮷'])('%s can be seen', (text) => expect(isVisible(text)).toBe(true));

test('folding a name twice changes nothing more', () => {
  const everyCharacter = Array.from({ length: 0x110000 }, (_, point) => String.fromCodePoint(point)).filter(
    (character) => /\P{C}/u.test(character),
  );
  for (const fold of [foldedName, comparedName]) {
    const folded = new Set(everyCharacter.map(fold));
    expect([...folded].filter((text) => fold(text) !== text)).toEqual([]);
  }
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (name) => {
      expect(foldedName(foldedName(name))).toBe(foldedName(name));
      expect(comparedName(comparedName(name))).toBe(comparedName(name));
    }),
    { numRuns: 2_000 },
  );
}, 30_000);

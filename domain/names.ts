import traditional from 'opencc-js/dict/TSCharacters';

/**
 * How names are compared: one folding for search and for likely duplicates. What is recorded stays as it was typed.
 */

/**
 * The ideographs of the radicals that look like them (Unicode's EquivalentUnifiedIdeograph.txt, U+2E80–2EFF; NFKC has
 * those of Kangxi).
 */
const radicals =
  '⺁厂⺂乛⺃乚⺄乙⺅亻⺆冂⺇𠘨⺈刀⺉刂⺊卜⺋㔾⺌小⺍小⺎兀⺏尣⺐尢⺑𡯂⺒巳⺓幺⺔彑⺕彐⺖忄⺗心⺘扌⺙攵⺛旡⺜日⺝月⺞歺⺠民⺡氵⺢氺⺣灬⺤爫⺥爫⺦丬⺧牛⺨犭⺩王⺪𤴔⺫目⺬示⺭礻⺮𥫗⺯糹⺰纟⺱罓⺲罒⺳㓁⺴冗⺵𦉫⺶羊⺷𦍌⺸𦍋⺹耂⺺肀⺻聿⺼肉⺽𦥑⺾艹⺿艹⻀艹⻁虎⻂衤⻃覀⻄西⻅见⻆角⻇𧢲⻈讠⻉贝⻊𧾷⻋车⻌辶⻍辶⻎辶⻏邑⻐钅⻑長⻒镸⻓长⻔门⻕𨸏⻖阝⻗雨⻘青⻙韦⻚页⻛风⻜飞⻝食⻞𩙿⻟飠⻠饣⻡𩠐⻢马⻣骨⻤鬼⻥鱼⻦鸟⻧卤⻨麦⻩黄⻪黾⻫斉⻬齐⻭歯⻮齿⻯竜⻰龙⻱龜⻲亀';

/** The character that stands for another in a folded name: an ideograph for its radical, a simplified for a traditional one. */
const standsFor: ReadonlyMap<string, string> = new Map([
  ...pairs([...radicals]),
  ...traditional.split('|').map((pair): readonly [string, string] => {
    const [from = '', to = ''] = pair.split(' ');
    return [from, to];
  }),
  // Letters that Unicode takes for letters of their own and a reader for a letter with a stroke.
  ...pairs([...'øołlđdħhıiæaœo']),
]);

/** Follows the table to its end: a radical stands for a traditional character, which stands for a simplified one. */
const followed = (character: string): string => {
  const next = standsFor.get(character);
  return next === undefined || next === character ? character : followed(next);
};

const foldedCharacter: ReadonlyMap<string, string> = new Map(
  [...standsFor.keys()].map((character) => [character, followed(character)]),
);
const anyOfThem = new RegExp(`[${[...foldedCharacter.keys()].join('')}]`, 'gu');

function* pairs(characters: readonly string[]): Iterable<readonly [string, string]> {
  for (let index = 0; index < characters.length; index += 2)
    yield [characters[index] ?? '', characters[index + 1] ?? ''];
}

const ideographs: ReadonlyMap<string, string> = new Map(
  [...foldedCharacter].filter(([character]) => /\p{Script=Han}/u.test(character)),
);

const anyIdeograph = new RegExp(`[${[...ideographs.keys()].join('')}]`, 'gu');

/** Text in simplified characters. */
export const simplified = (text: string): string =>
  text.replace(anyIdeograph, (character) => ideographs.get(character) ?? character);

const invisible = /[\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}\u2800]/gu;
/** Accents over and under letters of alphabets; the marks of other scripts make other letters. */
const accents = /[\u0300-\u036F]/g;
/** Dots within names, quotation marks and apostrophes, which every typist sets otherwise. */
const dotsAndQuotes = /[·•‧∙⋅・･\u2027'’‘‛`´"“”„«»]/g;

/** What a key is mostly made of: nothing of it is folded but its case. */
const onlyCase = /^[\w-]*$/;
/** Ideographs, letters and digits that Unicode writes in one way only; most names have nothing else. */
const normal = /^[\u4E00-\u9FFF0-9A-Za-z -]*$/;

/**
 * A name as it is searched for: without regard to width, case, accents, what cannot be seen, dots and quotation marks
 * within it, radicals in place of ideographs, and traditional in place of simplified characters. Words stay apart.
 */
export const foldedName = (text: string): string => {
  if (onlyCase.test(text)) return text.toLowerCase();
  const letters = normal.test(text) ? text : normalized(text);
  const plain = letters.toLowerCase().replace(/\s+/g, ' ').trim();
  return plain.replace(anyOfThem, (character) => foldedCharacter.get(character) ?? character);
};

const normalized = (text: string): string =>
  text
    .normalize('NFKC')
    .replace(invisible, '')
    .normalize('NFD')
    .replace(accents, '')
    .normalize('NFC')
    .replace(dotsAndQuotes, '');

/** What two spellings of one name have in common: `foldedName` without white space and punctuation. */
export const comparedName = (text: string): string => foldedName(text).replace(/[\s\p{P}\p{S}]/gu, '');

/** Whether anything of a text can be seen. */
export const isVisible = (text: string): boolean =>
  /[^\s\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}\u2800\p{M}]/u.test(text);

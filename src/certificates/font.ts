import { readFileSync } from 'node:fs';
import * as fontkit from 'fontkit';

/**
 * Noto Sans for simplified Chinese (SIL Open Font License 1.1): every hanzi of GB 18030 up to implementation level 2, of
 * which a document embeds those that it needs.
 */
const path = new URL('../fonts/NotoSansHans-Regular.otf', import.meta.resolve('@embedpdf/fonts-sc'));

export type Font = fontkit.Font;

let opened: Font | undefined;

/**
 * The font for one document. It is read once; but `fontkit` remembers for which character a glyph was first used, so each
 * document has glyphs of its own. A later one would otherwise be read as having ⼀ (a radical) where it has 一.
 */
export const fontForDocument = (): Font => {
  opened ??= readFont();
  return Object.assign(Object.create(opened), { _glyphs: {} });
};

const readFont = (): Font => {
  const font = fontkit.create(readFileSync(path));
  if ('fonts' in font) throw new Error('A collection of fonts is no font');
  return font;
};

/** What no paper shows: control, format, lone and private characters, and others that are not seen by themselves. */
const unseen = /[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/u;

/** A text of which every character is seen in print: in place of one that cannot be stands its code point, 〔U+20BB7〕. */
export const printable = (text: string, font: Pick<Font, 'hasGlyphForCodePoint'>): string =>
  [...text]
    .map((character) => {
      const codePoint = character.codePointAt(0) ?? 0;
      const isSeen = !unseen.test(character) && font.hasGlyphForCodePoint(codePoint);
      return isSeen ? character : `〔U+${codePoint.toString(16).toUpperCase().padStart(4, '0')}〕`;
    })
    .join('');

import type { Text } from '../../../domain/field.ts';
import { plain } from '../../../domain/identifiers.ts';
import { type Cell, cellText } from '../../spreadsheets/sheet.ts';

/** Texts that stand for another: marks for the cell above, words for no value, and what damaged or encoded text became. */

const ditto = /^(同上|同前|〃|″|"|''|ditto)$/i;
/** Also those that databases and programs write. */
const nothing =
  /^(无|暂无|没有|空|缺|略|待定|待补充?|待填写?|未填写?|未知|不详|暂缺|不适用|不涉及|[([<]?(null|blank|empty|空|空白)[)\]>]?|n\/a|<na>|nan|nat|none|nil|tbd|undefined|unknown|\\n)$/i;
/** What is left of lost characters, and characters that are still encoded, for HTML, JSON or a web address. */
const damaged =
  /锟斤拷|烫烫烫|屯屯屯|\uFFFD|□□|^\?{2,}$|(?<=\p{sc=Han})\?+(?=\p{sc=Han})|&(#\d+|#x[\da-f]+|amp|lt|gt|quot|nbsp);|\\u[\da-f]{4}|(%[89a-f][\da-f]){2}/iu;

/** Why a text is not what it says; undefined if it may be. `text` is the text as a rejection repeats it. */
export const standInFault = (cell: Cell, text: string): Text | undefined => {
  const word = plain(cellText(cell)).trim();
  if (ditto.test(word) || ditto.test(cellText(cell).trim()))
    return {
      zh: `“${text}”可能表示与上一行相同，也可能就是内容；请填写完整内容`,
      en: `“${text}” may mean the same as the row above or be the value itself; enter the value in full`,
    };
  if (nothing.test(word))
    return {
      zh: `“${text}”可能表示没有内容，也可能就是内容；没有内容请留空`,
      en: `“${text}” may mean that there is no value or be the value itself; if there is none, leave the cell empty`,
    };
  return damaged.test(cellText(cell)) || isTwiceEncoded(cellText(cell)) || isUtf8AsGbk(cellText(cell))
    ? {
        zh: `“${text}”含有损坏或未还原的字符；请对照原件重新填写`,
        en: `“${text}” has damaged characters or ones that are still encoded; enter it again from the original`,
      }
    : undefined;
};

/** Whether a text is UTF-8 that was read as Windows-1252: at least two such characters of three bytes each. */
const isTwiceEncoded = (text: string): boolean => /([à-ï][\x80-\u{10FFFF}]{2}){2}/u.test(text);

/** Whether a text is Chinese in UTF-8 that was read as GBK, `涓婃捣` for 上海: at least two characters of three bytes each. */
const isUtf8AsGbk = (text: string): boolean => {
  const words = text.match(/[^\p{ASCII}\uFFFD]{3,}/gu) ?? [];
  return words.some((word) => {
    const [lead = 0] = gbk().get(word.slice(0, 1)) ?? [];
    if (lead < 0xe3 || lead > 0xe9) return false; // most words: no ideograph begins so in UTF-8
    const bytes = [...word].map((character) => gbk().get(character));
    if (bytes.includes(undefined)) return false;
    try {
      // The last character may be cut, for three bytes are one character and a half.
      const utf8 = new TextDecoder('utf-8', { fatal: true });
      return /^\p{sc=Han}{2}/u.test(
        utf8.decode(Uint8Array.from(bytes.flatMap((each) => each ?? [])), { stream: true }),
      );
    } catch {
      return false;
    }
  });
};

let known: ReadonlyMap<string, readonly number[]> | undefined;
/** The two bytes of each character in GBK. */
const gbk = (): ReadonlyMap<string, readonly number[]> => {
  if (known !== undefined) return known;
  const decoder = new TextDecoder('gbk');
  const trails = Array.from({ length: 0xbf }, (_, index) => 0x40 + index);
  known = new Map(
    Array.from({ length: 0x7e }, (_, index) => 0x81 + index).flatMap((lead) =>
      trails.map((trail) => [decoder.decode(Uint8Array.of(lead, trail)), [lead, trail]] as const),
    ),
  );
  return known;
};

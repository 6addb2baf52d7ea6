import type { Text } from '../../../domain/field.ts';
import { plain, usccFault } from '../../../domain/identifiers.ts';
import { type Cell, cellText } from '../../spreadsheets/sheet.ts';
import { quoted } from './cells.ts';

/** What spreadsheets do to codes and other texts: they make numbers and days of them, and mark them as texts. */

const becameNumber = (cell: Cell): Text => ({
  zh: `“${quoted(cell)}”已被表格转换为数字，可能丢失了前导零或末几位；请将此列设为文本格式后重新填写`,
  en: `“${quoted(cell)}” was turned into a number and may have lost leading zeros or last digits; format the column as text and enter it again`,
});

/** That a cell holds a number in a column of text; undefined if it does not. */
export const numberInstead = (cell: Cell): Text | undefined =>
  typeof cell === 'number' || (typeof cell === 'object' && 'shown' in cell)
    ? (becameBoolean(cell) ?? becameNumber(cell))
    : undefined;

const becameBoolean = (cell: Cell): Text | undefined =>
  /^(?:TRUE|FALSE)$/.test(cellText(cell))
    ? {
        zh: `“${quoted(cell)}”已被表格转换为逻辑值，大小写可能与原文不同；请将此列设为文本格式后重新填写`,
        en: `“${quoted(cell)}” was turned into a truth value and may have been written otherwise; format the column as text and enter it again`,
      }
    : undefined;

/** That a cell holds a day in a column that has none; undefined if it does not. */
export const dayInstead = (cell: Cell): Text | undefined =>
  typeof cell === 'object' && 'day' in cell
    ? {
        zh: `单元格的值是日期“${cell.day}”，原文（如 SEP2、9-2）可能已被表格转换；请将此列设为文本格式后重新填写`,
        en: `The cell holds the day “${cell.day}”, which a spreadsheet may have made of a text such as SEP2 or 9-2; format the column as text and enter it again`,
      }
    : undefined;

const lostDigits = (cell: Cell, length: number): Text => ({
  zh: `“${quoted(cell)}”不足 ${length} 位，可能丢失了前导零或末几位；请核对原件后重新填写`,
  en: `“${quoted(cell)}” has fewer than ${length} digits and may have lost leading zeros or last digits; check it against the document and enter it again`,
});

/** How a spreadsheet has damaged a code, so that its digits are no longer certain; undefined if it has not. */
export const damageTo = (cell: Cell, length?: number): Text | undefined => {
  if (typeof cell !== 'string') return numberInstead(cell);
  const code = plain(cell);
  if (/^(?:TRUE|FALSE)$/.test(code)) return becameBoolean(code);
  const mark = starred.exec(code)?.[0];
  if (mark !== undefined) return footnoted(cell, mark);
  if (/^['`‘’]\d/.test(code)) return marked(cell);
  if (dayMade.test(code)) return becameDay(cell);
  if (/^\d+(\.\d+)?E\+?\d+$/i.test(code) && length !== undefined) return becameNumber(cell);
  if (/^\d+(\.\d+)?E\+\d+$/i.test(code)) return becameNumber(cell);
  if (length !== undefined && /^\d+$/.test(code) && code.length < length) return lostDigits(cell, length);
  // A spreadsheet's number keeps 15 digits and turns the rest into zeros.
  const hasZeros = /^\d{15}0{3,}$/.test(code) && (length === undefined || usccFault(code) !== undefined);
  return hasZeros ? becameNumber(cell) : undefined;
};

/** Marks with which tables refer to a note below; `*` also ends a pattern. */
const starred = /(?<![*†‡§※△▲☆★])[*†‡§※△▲☆★]+$/;

const footnoted = (cell: Cell, mark: string): Text => ({
  zh: `“${quoted(cell)}”末尾的“${mark}”可能是注释的标记，也可能是编号的一部分；是标记的请删去，是编号一部分的请在网页上登记`,
  en: `The “${mark}” at the end of “${quoted(cell)}” may be the mark of a footnote or a part of the code; delete it, or, if it is a part of the code, record the entry on the page`,
});

const months = 'jan|feb|mar|apr|may|jun|jul|aug|sep|sept|oct|nov|dec';
/** The days that a spreadsheet makes of codes, as it writes them in a CSV: `2-Sep` of SEP2 or 9-2, `Sep-02`, `9月2日`, `2020/9/2`. */
const dayMade = new RegExp(
  `^(?:\\d{1,2}-(?:${months})(?:-\\d{2,4})?|(?:${months})-\\d{2}|(?:\\d{4}年)?\\d{1,2}月(?:\\d{1,2}日)?|\\d{4}/\\d{1,2}(?:/\\d{1,2})?|\\d{1,2}/\\d{1,2}/\\d{2,4})$`,
  'i',
);

const becameDay = (cell: Cell): Text => ({
  zh: `“${quoted(cell)}”可能是表格由 SEP2、9-2 等编号转换成的日期，也可能就是编号；请填写原编号；编号确为“${quoted(cell)}”的，请在网页上登记`,
  en: `“${quoted(cell)}” may be a day that a spreadsheet made of a code such as SEP2 or 9-2, or it may be the code; enter the code as it was, or, if it is “${quoted(cell)}”, record the entry on the page`,
});

const marked = (cell: Cell): Text => ({
  zh: `“${quoted(cell)}”开头的撇号可能是表格中表示文本的标记，也可能是编号的一部分；是标记的请删去，是编号一部分的请在网页上登记`,
  en: `The apostrophe before “${quoted(cell).slice(1)}” may be a spreadsheet’s mark of text or a part of the code; delete it, or, if it is a part of the code, record the entry on the page`,
});

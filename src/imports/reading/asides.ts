import type { Text } from '../../../domain/field.ts';
import { plain } from '../../../domain/identifiers.ts';
import { type Cell, cellText } from '../../spreadsheets/sheet.ts';
import { isStatement } from './announcements.ts';
import { isEmpty, quoted } from './cells.ts';
import type { HasAll } from './needs.ts';

/** Lines under the headers that are no rows: sums, notes, headings of sections. */

const sum =
  /^(?:(合计|总计|小计|共计|累计|汇总|总和|平均值?|计数|本页小计|本页合计|totals?|subtotal|grandtotal|sum|average)($|[:(\d共])|(共\d+[家个项条户人])$)/;
const note =
  /^(注|备注|说明|附注|附|填表人?|制表人?|审核人?|负责人|联系人|填报人|填报单位|(数据|资料)?来源|notes?|sources?|remarks?)[\d一二三四五六]*[:.、]/;
const section = /^([一二三四五六七八九十]+[、.]|\([一二三四五六七八九十\d]+\))/;
/** What forms have below a table, and pages at their ends. */
const form =
  /^[^:]{0,8}(?:日期|时间|电话|传真|邮箱|地址|盖章|公章|签字|签章|签名|意见|打印人|经办人)\)?:|^第\d+页|^附件[\d一二三四五六七八九十]*(?:$|:)|^\(?续表?\)?$/;
const end = /^\(?(以下空白|以下无正文|此页无正文|完|end)\)?$/;
const onlyDay =
  /^[\d〇零一二三四五六七八九十]{4}年([\d一二三四五六七八九十]{1,2}月)?([\d一二三四五六七八九十]{1,3}日)?$/;
const company = /(公司|厂|集团|院|所|中心|ltd|limited|inc|corp|corporation|gmbh|llc|co)\.?$/;

const compact = (text: string): string => plain(text).toLowerCase().replace(/\s+/g, '');

const filledIn = (cells: readonly Cell[]): readonly Cell[] => cells.filter((cell) => !isEmpty(cell));

export type Aside = {
  readonly isSkipped: boolean;
  /** Whether its texts may say something of the whole table, such as the unit of its amounts. */
  readonly mayState: boolean;
};

/**
 * Recognises sums, notes and headings of sections, by their first words and because they lack something that a row
 * needs; text of its own under a note continues it. What is set for the whole file does not make a row of a bare 合计.
 */
export const asideFinder = (width: number, hasAll: HasAll) => {
  let isUnderNotes = false;
  const isSkipped = (first: string, isOnlyText: boolean): boolean => {
    if (sum.test(first) || form.test(first) || isStatement(first)) return true;
    if (note.test(first)) {
      isUnderNotes = true;
      return true;
    }
    return isOnlyText && (isUnderNotes || section.test(first));
  };
  return (cells: readonly Cell[], filled: readonly Cell[]): Aside => {
    if (hasAll(filled, false)) return { isSkipped: false, mayState: false };
    const own = filledIn(cells);
    const first = compact(cellText(own[0] ?? ''));
    const isBareSum = sum.exec(first)?.[1] === first.replace(/:$/, '');
    if (!isBareSum && hasAll(filled, true))
      return { isSkipped: false, mayState: own.some((cell) => beginsAsAside(cellText(cell))) };
    const isOnlyText =
      own.filter((cell) => !isStatement(cellText(cell))).length === 1 && width >= 3 && !isEmpty(cells[0]);
    return isSkipped(first, isOnlyText)
      ? { isSkipped: true, mayState: true }
      : { isSkipped: false, mayState: own.length <= 2 };
  };
};

/** Whether a text begins as a sum, a note or a heading, and as no name does. */
const beginsAsAside = (text: string): boolean => {
  const first = compact(text);
  if (sum.test(first)) return !company.test(first);
  return [note, section, end, form, onlyDay].some((pattern) => pattern.test(first)) || isStatement(first);
};

/** Why a row may be a sum or a note of which what is set for the whole file made a row; undefined if it may not. */
export const asideFault = (
  cells: readonly Cell[],
  hasAll: HasAll,
): { readonly index: number; readonly reason: Text } | undefined => {
  const index = cells.findIndex((cell) => !isEmpty(cell) && beginsAsAside(cellText(cell)));
  if (index === -1 || hasAll(cells, false)) return undefined;
  const text = quoted(cells[index] ?? '');
  return {
    index,
    reason: {
      zh: `“${text}”可能是合计、注释或小标题，也可能是名称：此行其余内容均由 set 提供，无法确定；是名称的，请在文件中填写此行的其他各列，否则请删去此行`,
      en: `“${text}” may be a sum, a note or a heading, or it may be a name: all else in this row comes from set. If it is a name, fill in the other columns of this row in the file; if not, delete the row`,
    },
  };
};

/** Words by which a heading says that what follows is not what the list is of. */
const turns =
  /未|拟|暂缓|暂停|撤[销回]|撤掉|取消|退出|不予|不再|不符合|除名|注销|终止|候选|备选|候补|落选|淘汰|待[认定审评批]|否决|\b(?:not|non|withdrawn|revoked|suspended|cancelled|proposed|pending|candidates?|rejected|former)\b/;
const heading = /^(?:以下|下列|下述|下面|附|thefollowing|part|section|below)|(?:名单|如下|一览表|清单|表|list|:)\)?$/;

/** Whether a line is a heading that gives the rows under it another meaning, 以下为拟认定名单, than the command has. */
export const isTurn = (cells: readonly Cell[], command: Text): boolean => {
  const own = filledIn(cells);
  if (own.length !== 1) return false;
  const text = plain(cellText(own[0])).toLowerCase();
  const first = compact(text);
  const word = section.test(first) || heading.test(first) ? turns.exec(text)?.[0] : undefined;
  return word !== undefined && !`${command.zh}${command.en.toLowerCase()}`.includes(word);
};

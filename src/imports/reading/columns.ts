import { type Field, noteText, type Text } from '../../../domain/field.ts';
import { plain } from '../../../domain/identifiers.ts';
import type { FactKind, Register } from '../../../domain/register.ts';
import { unitOfHead } from './money.ts';

/** What a column of a spreadsheet is: the key, a field of the command, what every command takes, or a row's number. */
export type Column =
  | { readonly is: 'row' }
  | { readonly is: 'key' }
  | { readonly is: 'effectiveOn' }
  | { readonly is: 'evidence' }
  | { readonly is: 'note' }
  | {
      readonly is: 'field';
      readonly name: string;
      readonly field: Field;
      /** The power of ten by which the head multiplies yuan, where it gives a unit. */
      readonly power?: number;
    };

export type Columns = {
  /** The column at each place of the sheet; undefined for a head that is not understood. */
  readonly columns: readonly (Column | undefined)[];
  readonly ignored: readonly string[];
};

const dayHeads = ['生效日期', '日期', 'Effective on', 'effectiveOn', 'date'];
const evidenceHeads = ['来源', '佐证', '依据', '文件', 'Evidence', 'Source'];
/** The columns that say of a refused row why it was, which a sheet of such rows has and no import reads. */
export const refusedHeads = {
  line: { zh: '原文件行号', en: 'Line in the file' },
  column: { zh: '问题所在列', en: 'Column to blame' },
  reason: { zh: '未导入原因', en: 'Why it was refused' },
} as const satisfies Record<string, Text>;
const rowHeads = ['序号', 'No.', 'No', ...Object.values(refusedHeads).flatMap(({ zh, en }) => [zh, en])];
const noteHeads = ['备注', '说明', 'Note', 'Remarks'];

/** Heads are compared without regard to width, case, white space and marks that say whether to fill them in. */
export const normal = (head: string): string =>
  plain(head)
    .toLowerCase()
    .replace(/\s+/g, '')
    .replace(/^\*+|\*+$/g, '')
    .replace(/[([](必填|选填|required|optional)[)\]]$/, '');

/** The name by which a column goes: a field's own, or what it is. */
export const nameOf = (column: Column): string => (column.is === 'field' ? column.name : column.is);

/** Finds the column of a head among those that a command understands; of fields that share a head the first has it. */
export const columnFinder = (register: Register, kind: FactKind): ((head: string) => Column | undefined) => {
  const known = new Map<string, Column>();
  const amounts = new Map<string, Column & { is: 'field' }>();
  const add = (heads: readonly string[], column: Column) => {
    for (const head of heads.map(normal)) {
      if (!known.has(head)) known.set(head, column);
      const base = unitOfHead(head)?.base ?? head;
      if (column.is === 'field' && column.field.isYuan && !amounts.has(base)) amounts.set(base, column);
    }
  };
  const { zh, also = [] } = kind.title;
  const ownDayHeads = [zh, ...also].flatMap((title) => [`${title}日期`, `${title}日`, `${title}时间`]);
  add([...ownDayHeads, ...dayHeads], { is: 'effectiveOn' });
  add([register.key.title.zh, register.key.title.en], { is: 'key' });
  const fields = Object.entries(kind.takes);
  for (const [name, field] of fields) add([name, field.title.zh, field.title.en], { is: 'field', name, field });
  add(register.key.headers, { is: 'key' });
  for (const [name, field] of fields) add(field.headers, { is: 'field', name, field });
  add(evidenceHeads, { is: 'evidence' });
  add(noteHeads, { is: 'note' });
  add(rowHeads, { is: 'row' });
  return (head) => {
    const told = normal(head);
    const unit = unitOfHead(told);
    const amount = unit && amounts.get(unit.base);
    return unit !== undefined && amount !== undefined ? { ...amount, power: unit.power } : known.get(told);
  };
};

/** Reads a row of heads, in any order, Chinese or English. */
export const columnsOf = (register: Register, kind: FactKind, heads: readonly string[]): Columns => {
  const find = columnFinder(register, kind);
  const taken = new Set<string>();
  const columns = heads.map((head) => {
    const column = find(head);
    if (column === undefined || column.is === 'row') return column;
    if (taken.has(nameOf(column))) return undefined;
    taken.add(nameOf(column));
    return column;
  });
  return { columns, ignored: heads.filter((head, index) => columns[index] === undefined && head.trim() !== '') };
};

/** Whether a note can be taken as it is. */
export const isNote = (text: string): boolean => noteText.safeParse(text).success;

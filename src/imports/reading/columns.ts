import { type Field, noteText, type Text } from '../../../domain/field.ts';
import { plain } from '../../../domain/identifiers.ts';
import type { FactKind, Register } from '../../../domain/register.ts';
import { unitOfHeader } from './money.ts';

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
      /** If the header gives a unit: the power of ten of that unit in yuan. */
      readonly unitExponent?: number;
    };

export type Columns = {
  /** The column at each place of the sheet; undefined if its header is not recognised. */
  readonly columns: readonly (Column | undefined)[];
  /** Headers that are not recognised, or whose column the sheet has already. */
  readonly ignored: readonly string[];
};

const dayHeaders = ['生效日期', '日期', 'Effective on', 'effectiveOn', 'date'];
const evidenceHeaders = ['来源', '佐证', '依据', '文件', 'Evidence', 'Source'];
/** The columns that a sheet of rejected rows has beside the file's own; an import ignores them. */
export const rejectionHeaders = {
  line: { zh: '原文件行号', en: 'Line in the file' },
  column: { zh: '问题所在列', en: 'Column with the problem' },
  reason: { zh: '未导入原因', en: 'Why it was rejected' },
} as const satisfies Record<string, Text>;
/** How sheets of rejected rows named these columns before. */
const earlierRejectionHeaders = ['Column to blame', 'Why it was refused'];
const rowHeaders = [
  ...['序号', 'No.', 'No'],
  ...Object.values(rejectionHeaders).flatMap(({ zh, en }) => [zh, en]),
  ...earlierRejectionHeaders,
];
const noteHeaders = ['备注', '说明', 'Note', 'Remarks'];

/** A header as headers are compared: regardless of width, case, white space and marks such as `*` or `（必填）`. */
export const normalHeader = (header: string): string =>
  plain(header)
    .toLowerCase()
    .replace(/\s+/g, '')
    .replace(/^\*+|\*+$/g, '')
    .replace(/[([](必填|选填|required|optional)[)\]]$/, '');

/** The name of a column: that of its field, or what it is. */
export const nameOf = (column: Column): string => (column.is === 'field' ? column.name : column.is);

/** Finds the column of a header among those of a command; if fields share a header, the first field has it. */
export const columnFinder = (register: Register, kind: FactKind): ((header: string) => Column | undefined) => {
  const known = new Map<string, Column>();
  const amounts = new Map<string, Column & { is: 'field' }>();
  const add = (headers: readonly string[], column: Column) => {
    for (const header of headers.map(normalHeader)) {
      if (!known.has(header)) known.set(header, column);
      const base = unitOfHeader(header)?.base ?? header;
      if (column.is === 'field' && column.field.isYuan && !amounts.has(base)) amounts.set(base, column);
    }
  };
  const { zh, also = [] } = kind.title;
  const ownDayHeaders = [zh, ...also].flatMap((title) => [`${title}日期`, `${title}日`, `${title}时间`]);
  add([...ownDayHeaders, ...dayHeaders], { is: 'effectiveOn' });
  add([register.key.title.zh, register.key.title.en], { is: 'key' });
  const fields = Object.entries(kind.takes);
  for (const [name, field] of fields) add([name, field.title.zh, field.title.en], { is: 'field', name, field });
  add(register.key.headers, { is: 'key' });
  for (const [name, field] of fields) add(field.headers, { is: 'field', name, field });
  add(evidenceHeaders, { is: 'evidence' });
  add(noteHeaders, { is: 'note' });
  add(rowHeaders, { is: 'row' });
  return (header) => {
    const normal = normalHeader(header);
    const unit = unitOfHeader(normal);
    const amount = unit && amounts.get(unit.base);
    return unit !== undefined && amount !== undefined
      ? { ...amount, unitExponent: unit.unitExponent }
      : known.get(normal);
  };
};

/** Recognises a row of headers, in any order, Chinese or English. */
export const columnsOf = (register: Register, kind: FactKind, headers: readonly string[]): Columns => {
  const find = columnFinder(register, kind);
  const found = new Set<string>();
  const columns = headers.map((header) => {
    const column = find(header);
    if (column === undefined || column.is === 'row') return column;
    if (found.has(nameOf(column))) return undefined;
    found.add(nameOf(column));
    return column;
  });
  return { columns, ignored: headers.filter((header, index) => columns[index] === undefined && header.trim() !== '') };
};

/** Whether a text is a valid note. */
export const isNote = (text: string): boolean => noteText.safeParse(text).success;

import { type Field, noteText } from '../../domain/field.ts';
import { plain } from '../../domain/identifiers.ts';
import type { FactKind, Register } from '../../domain/register.ts';

/** What a column of a spreadsheet is: the key, a field of the command, or what every command takes. */
export type Column =
  | { readonly is: 'key' }
  | { readonly is: 'effectiveOn' }
  | { readonly is: 'evidence' }
  | { readonly is: 'note' }
  | { readonly is: 'field'; readonly name: string; readonly field: Field };

export type Columns = {
  /** The column at each place of the sheet; undefined for a head that is not understood. */
  readonly columns: readonly (Column | undefined)[];
  readonly ignored: readonly string[];
};

const dayHeads = ['生效日期', '日期', 'Effective on', 'effectiveOn', 'date'];
const evidenceHeads = ['来源', '佐证', '依据', '文件', 'Evidence', 'Source'];
const noteHeads = ['备注', '说明', 'Note', 'Remarks'];

/** Heads are compared without regard to width, case and white space. */
const normal = (head: string): string => plain(head).toLowerCase().replace(/\s+/g, '');

/** The heads that a command understands, each with what its column is; fields come first, in their order. */
const vocabulary = (register: Register, kind: FactKind): ReadonlyMap<string, Column> => {
  const known = new Map<string, Column>();
  const add = (heads: readonly string[], column: Column) => {
    for (const head of heads.map(normal)) if (!known.has(head)) known.set(head, column);
  };
  const own = kind.title.zh;
  add([`${own}日期`, `${own}日`, `${own}时间`, ...dayHeads], { is: 'effectiveOn' });
  add([register.key.title.zh, register.key.title.en], { is: 'key' });
  const fields = Object.entries(kind.takes);
  for (const [name, field] of fields) add([name, field.title.zh, field.title.en], { is: 'field', name, field });
  add(register.key.heads, { is: 'key' });
  for (const [name, field] of fields) add(field.heads, { is: 'field', name, field });
  add(evidenceHeads, { is: 'evidence' });
  add(noteHeads, { is: 'note' });
  return known;
};

/** Reads a row of heads, in any order, Chinese or English. */
export const columnsOf = (register: Register, kind: FactKind, heads: readonly string[]): Columns => {
  const known = vocabulary(register, kind);
  const taken = new Set<string>();
  const columns = heads.map((head) => {
    const column = known.get(normal(head));
    const identity = column && (column.is === 'field' ? `field ${column.name}` : column.is);
    if (identity === undefined || taken.has(identity)) return undefined;
    taken.add(identity);
    return column;
  });
  return { columns, ignored: heads.filter((head, index) => columns[index] === undefined && head.trim() !== '') };
};

/** Whether a note can be taken as it is. */
export const isNote = (text: string): boolean => noteText.safeParse(text).success;

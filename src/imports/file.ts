import { createReadStream } from 'node:fs';
import type { Text } from '../../domain/field.ts';
import type { FactKind, Register } from '../../domain/register.ts';
import { columnsOf } from './columns.ts';
import { CsvFault, csvRecords, isUtf8 } from './csv.ts';
import { canMakeKey, isValue, isValueName, type RowReader, rowReader } from './rows.ts';

/** Why a file can't be imported at all, and what is to blame: the file, the command or a `set.FIELD`. */
export type FileFault = { readonly fault: Text; readonly at: string };

export type OpenedFile = {
  /** Heads of the file that are not understood. */
  readonly ignored: readonly string[];
  /** Rows under the heads. */
  readonly total: number;
};

/** What a row of the file says, with its place: among the rows under the heads, from 1, and in the file. */
export type Row = {
  readonly number: number;
  readonly line: number;
  readonly read: (today: string) => ReturnType<RowReader['read']>;
  readonly headOf: RowReader['headOf'];
};

type Set = Readonly<Record<string, string>>;

/** Looks through a whole file before anything is recorded. */
export const openFile = async (
  register: Register,
  kind: FactKind,
  content: Uint8Array,
  set: Set,
): Promise<OpenedFile | FileFault> => {
  for (const [name, text] of Object.entries(set)) {
    const at = `set.${name}`;
    if (!isValueName(kind, name)) {
      const names = [...Object.keys(kind.takes), 'effectiveOn', 'key', 'evidence', 'note', 'duplicates'];
      const en = `${kind.command} has no field ${name}; it has ${names.join(', ')}`;
      return { at, fault: { zh: `${kind.command} 没有字段 ${name}；有：${names.join('、')}`, en } };
    }
    if (!isValue(register, kind, name, text))
      return { at, fault: { zh: `${name} 不能为“${text}”`, en: `“${text}” is no value for ${name}` } };
  }
  if (!isUtf8(content)) return fileFault('文件不是 UTF-8 编码的 CSV', 'The file is not CSV in UTF-8');
  let heads: readonly string[] | undefined;
  let total = 0;
  try {
    for await (const { cells } of csvRecords([content])) {
      if (heads === undefined) heads = cells;
      else total += 1;
    }
  } catch (error) {
    if (!(error instanceof CsvFault)) throw error;
    return fileFault(`文件不是有效的 CSV：${error.message}`, `The file is not valid CSV: ${error.message}`);
  }
  if (heads === undefined) return fileFault('文件里没有表头', 'The file has no row of heads');
  const { columns, ignored } = columnsOf(register, kind, heads);
  const given = new Set([
    ...Object.keys(set),
    ...columns.map((column) => (column?.is === 'field' ? column.name : column?.is)),
  ]);
  const missing = neededColumns(register, kind, (name) => given.has(name)).filter(([name]) => !given.has(name));
  if (missing.length === 0) return { ignored, total };
  const found = heads.map((head) => head.trim());
  return fileFault(
    `缺少列：${missing.map(([name, title]) => `${title.zh}（${name}）`).join('、')}；文件的表头是：${found.join('、')}`,
    `Missing columns: ${missing.map(([name, title]) => `${title.en} (${name})`).join(', ')}; the heads are: ${found.join(', ')}`,
  );
};

const fileFault = (zh: string, en: string): FileFault => ({ at: 'file', fault: { zh, en } });

/** The columns that no row can do without, each by name and title. */
const neededColumns = (
  register: Register,
  kind: FactKind,
  has: (name: string) => boolean,
): readonly (readonly [name: string, title: Text])[] => [
  ...(canMakeKey(register, has) ? [] : [['key', register.key.title] as const]),
  ...Object.entries(kind.takes)
    .filter(([name, { optional }]) => !optional && isAlwaysNeeded(register, kind, name))
    .map(([name, { title }]) => [name, title] as const),
  ['effectiveOn', { zh: '生效日期', en: 'Effective on' }] as const,
];

/** Descriptive fields are needed by the first command alone: an entry that others find has them already. */
const isAlwaysNeeded = (register: Register, kind: FactKind, name: string): boolean =>
  kind.isFirst || register.descriptive[name] === undefined || kind.fields?.[name] !== undefined;

/** The rows under the heads, read from a kept file or from its content as they are taken. */
export async function* rowsOf(
  source: string | Uint8Array,
  register: Register,
  kind: FactKind,
  set: Set,
): AsyncIterable<Row> {
  let reader: RowReader | undefined;
  let number = 0;
  for await (const { cells, line } of csvRecords(typeof source === 'string' ? createReadStream(source) : [source])) {
    if (reader === undefined) {
      reader = rowReader(register, kind, cells, columnsOf(register, kind, cells), set);
      continue;
    }
    number += 1;
    const { read, headOf } = reader;
    yield { number, line, read: (today) => read(cells, today), headOf };
  }
}

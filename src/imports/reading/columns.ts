import type { Field, Text } from '../../../domain/field.ts';
import { plain } from '../../../domain/identifiers.ts';
import type { FactKind, Register } from '../../../domain/register.ts';
import { quoted } from './cells.ts';
import { agreed, isShort, type UnitOfTable, unitOfHeader, unitsIn } from './units.ts';

/** What a column of a spreadsheet is: the key, a field, what every command takes, a row's number, or its unit. */
export type Column =
  | { readonly is: 'row' }
  | { readonly is: 'key' }
  | { readonly is: 'effectiveOn' }
  | { readonly is: 'evidence' }
  | { readonly is: 'note' }
  | {
      readonly is: 'unit';
      /** If the header gives one, `单位：万元`, which holds for rows without one. */
      readonly unit?: UnitOfTable;
    }
  | {
      readonly is: 'field';
      readonly name: string;
      readonly field: Field;
      /** If the header gives a unit of amounts. */
      readonly unit?: UnitOfTable;
    };

export type Columns = {
  /** The column at each place of the sheet; undefined if its header is not recognised. */
  readonly columns: readonly (Column | undefined)[];
  /** Headers that are not recognised. */
  readonly ignored: readonly string[];
  /** What several columns give, with the places of those columns; only the first of them has a column above. */
  readonly twice: readonly { readonly title: Text; readonly places: readonly number[] }[];
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
const numberHeaders = ['序号', 'No.', 'No'];
const rowHeaders = [
  ...numberHeaders,
  ...Object.values(rejectionHeaders).flatMap(({ zh, en }) => [zh, en]),
  ...earlierRejectionHeaders,
];
/** A column of its own for the unit of each row's amounts, in a command that has amounts. */
const unitHeaders = ['单位', '金额单位', '计量单位', '货币单位', '币种', '货币', 'Unit', 'Currency'];
const noteHeaders = ['备注', '说明', 'Note', 'Remarks'];

/** A header as headers are compared: regardless of width, case, white space and marks such as `*`, `①` or `（必填）`. */
export const normalHeader = (header: string): string => (isShort(header) ? normalOf(header) : header);

const normalOf = (header: string): string =>
  plain(header.replace(/[\u2460-\u24FF\u00B2\u00B3\u00B9\u2070-\u2079]+\s*$/, ''))
    .toLowerCase()
    .replace(/\s+/g, '')
    .replace(/^\*+|\*+$/g, '')
    .replace(/[([](必填|选填|required|optional)[)\]]$/, '');

/** Whether a header is one of rows' numbers, under which codes may stand as well; those are not read. */
export const isNumberHeader = (header: string): boolean =>
  numberHeaders.map(normalHeader).includes(normalHeader(header));

export const isRowNumber = (text: string): boolean =>
  /^[(<#]?(\d*|[一二三四五六七八九十百]+)[)>.、]?$/.test(plain(text));

/** The name of a column: that of its field, or what it is. */
export const nameOf = (column: Column): string => (column.is === 'field' ? column.name : column.is);

/** What a person says that columns are: by header, or by `#3` for the third, the name of a field; none leaves it out. */
export type Mapping = Readonly<Record<string, string>>;

/** The rows of a command, with what a person says of the columns of their file. */
export type ColumnKind = { readonly register: Register; readonly kind: FactKind; readonly map?: Mapping };

/** Whether a name in a mapping is that of a header, which may have a unit besides. */
export const isMapped = (name: string, header: string): boolean => {
  const normal = normalHeader(header);
  return [normal, unitOfHeader(normal)?.base].includes(normalHeader(name));
};

/** Finds the column of a header, by a mapping or else among those of a command; of fields that share one, the first. */
export const columnFinder = ({ register, kind, map = {} }: ColumnKind): ((header: string) => Column | undefined) => {
  const byHeader = Object.entries(map).filter(([name]) => !isPlace(name));
  const find = knownColumns(register, kind);
  if (byHeader.length === 0) return find;
  return (header) => {
    const mapped = byHeader.find(([name]) => isMapped(name, header));
    return mapped === undefined ? find(header) : columnFor(find, kind, mapped[1], header);
  };
};

/** Whether a name in a mapping is that of a place, `#3`; `#03` can only be a header. */
export const isPlace = (name: string): boolean => /^#[1-9]\d*$/.test(name);

/** The column that a field's name in a mapping, or its title, makes of a header, whose unit holds; none leaves it out. */
const columnFor = (find: Find, kind: FactKind, name: string, header: string): Column | undefined => {
  const column = name === '' ? undefined : columnNamed(find, kind, name);
  if (column?.is !== 'field' || column.field.kind !== 'money') return column;
  const unit = unitOfHeader(normalHeader(header))?.unit;
  return unit === undefined ? column : { ...column, unit };
};

/** The column of a field by its name, or by its title or another of its headers; undefined if it has a unit besides. */
const columnNamed = (find: Find, kind: FactKind, name: string): Column | undefined => {
  const field = Object.hasOwn(kind.takes, name) ? kind.takes[name] : undefined;
  if (field !== undefined) return { is: 'field', name, field };
  const column = name === 'key' ? ({ is: 'key' } as const) : find(name);
  return column === undefined || column.is === 'row' || 'unit' in column ? undefined : column;
};

/** Whether a mapping can name a column so. */
export const isColumnName = ({ register, kind }: ColumnKind, name: string): boolean =>
  columnNamed(knownColumns(register, kind), kind, name) !== undefined;

/** The names of what a column can give. */
export const columnNames = ({ kind }: ColumnKind): readonly string[] => [
  ...Object.keys(kind.takes),
  ...['key', 'effectiveOn', 'evidence', 'note'],
  ...(Object.values(kind.takes).some((field) => field.kind === 'money') ? ['unit'] : []),
];

/** That a command has no field of a name, with those that it has. */
export const noSuchField = ({ register, kind }: ColumnKind, name: string, known: readonly string[]): Text => {
  const titles = known.map((each) => titleOf(register, kind, each));
  return {
    zh: `“${kind.title.zh}”没有字段“${quoted(name)}”；可用的字段：${titles.map(({ zh }) => zh).join('、')}`,
    en: `${kind.title.en} has no field “${quoted(name)}”; its fields are ${titles.map(({ en }) => en).join(', ')}`,
  };
};

type Find = (header: string) => Column | undefined;

/** The columns of a command by the headers that they may have. */
const knownColumns = (register: Register, kind: FactKind): Find => {
  const known = new Map<string, Column>();
  const amounts = new Map<string, Column & { is: 'field' }>();
  const add = (headers: readonly string[], column: Column) => {
    for (const header of headers.map(normalHeader)) {
      if (!known.has(header)) known.set(header, column);
      const base = unitOfHeader(header)?.base ?? header;
      if (column.is === 'field' && column.field.kind === 'money' && !amounts.has(base)) amounts.set(base, column);
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
  if (amounts.size > 0) add(unitHeaders, { is: 'unit' });
  return (header) => {
    if (!isShort(header)) return undefined;
    const normal = normalHeader(header);
    const given = amounts.size > 0 ? unitOfHeader(normal) : undefined;
    const amount = given && amounts.get(given.base);
    if (amount !== undefined) return given?.unit === undefined ? amount : { ...amount, unit: given.unit };
    return (
      known.get(normal) ??
      (amounts.size > 0 ? unitColumnOf(normal, (base) => amounts.has(base)) : undefined) ??
      inBoth(normal, (each) => known.get(each))
    );
  };
};

/** The column of a header in both languages, 名称 Name or 名称（Name）, if both give the same. */
const inBoth = (header: string, find: (header: string) => Column | undefined): Column | undefined => {
  const { zh = '', en = '' } = /^(?<zh>\p{sc=Han}+)[(/|:-]?(?<en>[a-z][^)]*)\)?$/u.exec(header)?.groups ?? {};
  const [column, other] = [find(zh), find(en)];
  return column !== undefined && other !== undefined && nameOf(column) === nameOf(other) ? column : undefined;
};

const unitColumns: ReadonlySet<string> = new Set(unitHeaders.map(normalHeader));

/** `单位：万元`, `单位（万元/亿元）` and, for a column of amounts, `收入单位`. */
const unitColumnOf = (header: string, isAmount: (base: string) => boolean): Column | undefined => {
  const { base = '', inner = '' } = /^[([]?(?<base>[^([/:]+)(?:[([/:](?<inner>.+))?$/.exec(header)?.groups ?? {};
  const { of = '' } = /^(?<of>.+?)的?(?:计量|金额|货币)?(?:单位|币种|货币|unit|currency)$/.exec(base)?.groups ?? {};
  const isOfAmounts = isAmount(of) || isAmount(/^(?:unit|currency)of(?<of>.+)$/.exec(base)?.groups?.of ?? '');
  if (inner === '') return isOfAmounts ? { is: 'unit' } : undefined;
  const units = unitsIn(inner);
  if (units.length === 0 || !(isOfAmounts || unitColumns.has(base))) return undefined;
  const unit = agreed(units);
  return unit === undefined ? { is: 'unit' } : { is: 'unit', unit };
};

/** Recognises a row of headers, in any order, Chinese or English. */
export const columnsOf = (of: ColumnKind, headers: readonly string[]): Columns => {
  const { register, kind, map = {} } = of;
  const find = columnFinder(of);
  const known = knownColumns(register, kind);
  const found = headers.map((header, index) => {
    const name = map[`#${index + 1}`];
    return name === undefined ? find(header) : columnFor(known, kind, name, header);
  });
  const places = new Map<string, number[]>();
  for (const [index, column] of found.entries()) {
    if (column === undefined || column.is === 'row') continue;
    const name = nameOf(column);
    places.set(name, [...(places.get(name) ?? []), index]);
  }
  return {
    columns: found.map((column, index) => {
      const [first = index] = (column && places.get(nameOf(column))) ?? [];
      return first === index ? column : undefined;
    }),
    ignored: headers.filter((header, index) => found[index] === undefined && header.trim() !== ''),
    twice: [...places]
      .filter(([, { length }]) => length > 1)
      .map(([name, each]) => ({ title: titleOf(register, kind, name), places: each })),
  };
};

/** What every command takes beside its fields, and what can be set for a whole file. */
const commonTitles: Readonly<Record<string, Text>> = {
  effectiveOn: { zh: '生效日期', en: 'Effective on' },
  evidence: { zh: '佐证', en: 'Evidence' },
  note: { zh: '备注', en: 'Note' },
  unit: { zh: '单位', en: 'Unit' },
  duplicates: { zh: '同名登记项', en: 'Entries of the same name' },
};

/** What a person calls a field, the key, or what every command takes. */
export const titleOf = (register: Register, kind: FactKind, name: string): Text =>
  kind.takes[name]?.title ?? (name === 'key' ? register.key.title : commonTitles[name]) ?? { zh: name, en: name };

/** The letters of a column in a spreadsheet, from 1: `AB` for 28. */
export const lettersOf = (column: number): string =>
  column === 0 ? '' : `${lettersOf(Math.floor((column - 1) / 26))}${String.fromCharCode(65 + ((column - 1) % 26))}`;

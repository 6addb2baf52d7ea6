import type { Text } from '../../../domain/field.ts';
import type { ImportColumn } from '../../../domain/import-events.ts';
import { quoted } from './cells.ts';
import {
  type ColumnKind,
  type Columns,
  columnNames,
  isColumnName,
  isMapped,
  isPlace,
  lettersOf,
  type Mapping,
  nameOf,
  noSuchField,
} from './columns.ts';
import type { FileFault } from './file-fault.ts';

/** What a person says of a file's columns, `map.厂名=name`, and how the columns are understood. */

/** What is wrong with a mapping whatever the file: a field that the command does not have. */
export const mapFault = (of: ColumnKind): FileFault | undefined => {
  for (const [header, name] of Object.entries(of.map ?? {}))
    if (name !== '' && !isColumnName(of, name))
      return { at: `map.${header}`, fault: noSuchField(of, name, columnNames(of)) };
  return undefined;
};

/** What is wrong with a mapping of the headers of a file: a column that is not there, or that is not one. */
export const mapFaultIn = ({ map = {} }: ColumnKind, headers: readonly string[]): FileFault | undefined => {
  const mapped = new Map<number, string>();
  for (const name of Object.keys(map)) {
    const at = `map.${name}`;
    const places = placesOf(name, headers);
    const [place = 0, another] = places;
    const other = isPlace(name) ? placesCalled(name, headers).find((index) => index !== place) : undefined;
    if (places.length === 0 && other === undefined) return { at, fault: noSuchColumn(name, headers) };
    if (other !== undefined) return { at, fault: placeOrHeader(name, places, other, headers) };
    if (another !== undefined) return { at, fault: severalColumns(name, places, headers) };
    const earlier = mapped.get(place);
    if (earlier !== undefined) return { at, fault: mappedTwice(earlier, name, place) };
    mapped.set(place, name);
  }
  return undefined;
};

/** The columns that a name in a mapping is about, from 0. */
const placesOf = (name: string, headers: readonly string[]): readonly number[] => {
  const place = isPlace(name) ? Number(name.slice(1)) - 1 : undefined;
  if (place === undefined) return placesCalled(name, headers);
  return headers[place]?.trim() ? [place] : [];
};

const placesCalled = (name: string, headers: readonly string[]): readonly number[] =>
  headers.flatMap((header, index) => (header.trim() !== '' && isMapped(name, header) ? [index] : []));

/** A column as a message names it. */
export const placeText = (index: number, headers: readonly string[]): Text => {
  const [number, letters, header] = [index + 1, lettersOf(index + 1), headers[index] ?? ''];
  return {
    zh: `第 ${number} 列（${letters}）“${quoted(header)}”`,
    en: `column ${number} (${letters}) “${quoted(header)}”`,
  };
};

const noSuchColumn = (name: string, headers: readonly string[]): Text => {
  const all = headers.flatMap((header, index) => (header.trim() === '' ? [] : [placeText(index, headers)]));
  return {
    zh: `文件中没有“${quoted(name)}”这一列；表头有：${all.map(({ zh }) => zh).join('、')}`,
    en: `The file has no column “${quoted(name)}”; its headers are ${all.map(({ en }) => en).join(', ')}`,
  };
};

const severalColumns = (name: string, places: readonly number[], headers: readonly string[]): Text => {
  const each = places.map((index) => placeText(index, headers));
  const numbers = places.map((index) => `map.#${index + 1}`);
  return {
    zh: `表头“${quoted(name)}”不止一列：${each.map(({ zh }) => zh).join('、')}；请改用列号指定，如 ${numbers.join('、')}`,
    en: `Several columns have the header “${quoted(name)}”: ${each.map(({ en }) => en).join(', ')}; name one by its number, such as ${numbers.join(', ')}`,
  };
};

/** That `#3` is the header of a column, and may be the place of another. */
const placeOrHeader = (name: string, [place]: readonly number[], called: number, headers: readonly string[]): Text => {
  const header = placeText(called, headers);
  const number = `map.#${called + 1}`;
  if (place === undefined)
    return {
      zh: `“${quoted(name)}”可能是列号，但文件没有这一列；也可能是${header.zh}，请改用其列号 ${number}`,
      en: `“${quoted(name)}” may be a column’s number, and there is no such column, or ${header.en}; name that one by its number, ${number}`,
    };
  const column = placeText(place, headers);
  return {
    zh: `“${quoted(name)}”可能是${column.zh}，也可能是${header.zh}；前者请用表头指定，后者请用列号 ${number}`,
    en: `“${quoted(name)}” may be ${column.en} or ${header.en}; name the former by its header, or the latter by its number, ${number}`,
  };
};

const mappedTwice = (earlier: string, name: string, place: number): Text => ({
  zh: `“${quoted(earlier)}”与“${quoted(name)}”是同一列（第 ${place + 1} 列）；请只保留一项`,
  en: `“${quoted(earlier)}” and “${quoted(name)}” are the same column, number ${place + 1}; give one of them`,
});

/** How each column with a header is understood, and why one is not; `unused` are headers of numbers that hold more. */
export const understoodColumns = (
  { map = {} }: ColumnKind,
  headers: readonly string[],
  { columns }: Columns,
  unused: readonly string[],
): readonly ImportColumn[] => {
  const byHand = new Set(Object.keys(map).flatMap((name) => placesOf(name, headers)));
  return headers.flatMap((header, index): ImportColumn[] => {
    if (header.trim() === '') return [];
    const column = columns[index];
    const field = column === undefined || column.is === 'row' ? null : nameOf(column);
    const place = { column: index + 1, header, field };
    if (byHand.has(index)) return [{ ...place, why: field === null ? 'left-out' : 'mapped' }];
    if (column?.is === 'row') return [{ ...place, why: unused.includes(header) ? 'no-number' : 'row-number' }];
    return [column === undefined ? { ...place, why: 'unknown' } : place];
  });
};

/** A column by its number, unless that is another column's header. */
const nameIn = (columns: readonly ImportColumn[], number: number): string => {
  const name = `#${number}`;
  const isHeader = columns.some(({ column, header }) => column !== number && isMapped(name, header));
  return isHeader ? (columns.find(({ column }) => column === number)?.header ?? name) : name;
};

/** The mapping that understands the same columns in the same way again. */
export const mappingOf = (columns: readonly ImportColumn[] = []): Mapping =>
  Object.fromEntries(
    columns.flatMap(({ column, field, why }) =>
      why === 'mapped' || why === 'left-out' ? [[nameIn(columns, column), field ?? ''] as const] : [],
    ),
  );

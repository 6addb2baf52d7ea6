import { type Cell, cellText, type Merge, type Sheet, type SheetRow } from '../../spreadsheets/sheet.ts';
import { isEmpty, visible } from './cells.ts';
import type { Column } from './columns.ts';

/** Headers in two tiers, and headers over several columns. */

export const headerIn = (cell: Cell | undefined): string => visible(cellText(cell));

type Find = (header: string) => Column | undefined;

/** The merges that begin in the rows in which headers may be, one for each cell. */
export const headerMergesOf = (merges: readonly Merge[], top: readonly SheetRow[]): readonly Merge[] => {
  const lines = new Set(top.map(({ line }) => line));
  const begun = merges.filter((merge) => lines.has(merge.top));
  return [...new Map(begun.map((merge) => [`${merge.top} ${merge.left}`, merge])).values()];
};

/** A row's headers, and the places at which they stand in a row above: merged downwards, or over an empty cell. */
export type Tiers = { readonly headers: readonly string[]; readonly fromAbove: ReadonlySet<number> };

export const tiersOf = (row: SheetRow, top: readonly SheetRow[], merges: readonly Merge[], find: Find): Tiers => {
  const above = top.find(({ line }) => line === row.line - 1);
  const width = Math.max(row.cells.length, above?.cells.length ?? 0);
  const own = Array.from({ length: width }, (_, index) => headerIn(row.cells[index]));
  const upper = own.map((_, index) => headerIn(above?.cells[index]));
  const isTier = own.some((header, index) => header === '' && find(upper[index] ?? '') !== undefined);
  const merged = new Map(
    merges
      .filter((merge) => merge.top < row.line && merge.bottom >= row.line)
      .map((merge) => [merge.left - 1, headerIn(top.find(({ line }) => line === merge.top)?.cells[merge.left - 1])]),
  );
  const headers = own.map((header, index) => header || merged.get(index) || (isTier ? (upper[index] ?? '') : ''));
  return { headers, fromAbove: new Set(own.flatMap((header, index) => (header === '' ? [index] : []))) };
};

/** Whether one header of both lines is merged over them, so that the row of headers ends in the second. */
export const isOneHeader = (first: number, second: number, merges: readonly Merge[]): boolean =>
  merges.some(({ top, bottom }) => top <= first && bottom >= second);

/**
 * The headers, with those that stand over several columns repeated in each of these that has cells and that nothing else
 * names: 收入 over 2019年 and 2020年 are two columns for one thing.
 */
export const overAllColumns = async (
  sheet: Sheet,
  line: number,
  { headers, fromAbove }: Tiers,
  below: SheetRow | undefined,
  merges: readonly Merge[],
  find: Find,
): Promise<readonly string[]> => {
  const ends = headers.map((header, index): number => {
    if (header === '') return index;
    const merge = merges.find(({ left, top, bottom }) => {
      return left === index + 1 && bottom >= line - 1 && (fromAbove.has(index) ? top < line : top === line);
    });
    return (merge?.right ?? index + 1) - 1;
  });
  const isNamed = (place: number): boolean => find(headers[place] ?? '') !== undefined;
  const owner = new Map<number, number>();
  for (const [index, end] of ends.entries())
    for (let place = index + 1; place <= end; place += 1) if (!isNamed(place)) owner.set(place, index);
  for (const [place, index] of underOneHeader(below, headers)) owner.set(place, owner.get(place) ?? index);
  if (owner.size === 0) return headers;
  const filled = await filledAmong(sheet, line, new Set(owner.keys()));
  const width = Math.max(headers.length, ...[...filled].map((place) => place + 1));
  return Array.from({ length: width }, (_, index) => {
    const from = filled.has(index) ? owner.get(index) : undefined;
    const header = headers[index] ?? '';
    return from !== undefined && (header === '' || isNamed(from)) ? (headers[from] ?? '') : header;
  });
};

/** The columns without a header that a row of nothing but further headers names, each with the header before it. */
const underOneHeader = (
  below: SheetRow | undefined,
  headers: readonly string[],
): readonly (readonly [place: number, owner: number])[] => {
  const places = (below?.cells ?? []).flatMap((cell, index) => (isEmpty(cell) ? [] : [index]));
  const ownerOf = (place: number): number => headers.findLastIndex((header, index) => index <= place && header !== '');
  const shared = places.filter((place) => !headers[place]).map((place) => [place, ownerOf(place)] as const);
  const owners = new Set(shared.map(([, owner]) => owner));
  return !owners.has(-1) && places.every((place) => owners.has(ownerOf(place))) ? shared : [];
};

/** The columns in which any row under the headers has something. */
const filledAmong = async (sheet: Sheet, line: number, places: ReadonlySet<number>): Promise<ReadonlySet<number>> => {
  const filled = new Set<number>();
  for await (const row of sheet.rows()) {
    if (row.line > line) for (const place of places) if (!isEmpty(row.cells[place])) filled.add(place);
    if (filled.size === places.size) break;
  }
  return filled;
};

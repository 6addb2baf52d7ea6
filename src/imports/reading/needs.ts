import type { Text } from '../../../domain/field.ts';
import type { FactKind, Register } from '../../../domain/register.ts';
import type { Cell } from '../../spreadsheets/sheet.ts';
import { isEmpty } from './cells.ts';
import { type ColumnKind, type Columns, columnsOf, nameOf, titleOf } from './columns.ts';

/** What every row of a file needs. */

/** What the rows of a file are: commands of one kind. `set` has values, by field, for what a row leaves empty. */
export type RowKind = ColumnKind & { readonly set: Readonly<Record<string, string>> };

type Required = readonly (readonly [name: string, title: Text])[];

/** The columns that every row needs and that neither the headers nor `set` give. */
export const missingIn = (request: RowKind, headers: readonly string[]): Required => {
  const { columns } = columnsOf(request, headers);
  const names = columns.flatMap((column) => (column === undefined ? [] : [nameOf(column)]));
  return missingWith(request, [...Object.keys(request.set), ...names]);
};

const missingWith = ({ register, kind }: RowKind, names: readonly string[]): Required => {
  const given = new Set(names);
  return requiredColumns(register, kind, (name) => given.has(name)).filter(([name]) => !given.has(name));
};

/** Whether a row's cells have all that its command needs, with what is set for the whole file or without it. */
export type HasAll = (cells: readonly Cell[], withSet: boolean) => boolean;

export const hasAllOf =
  (request: RowKind, { columns }: Pick<Columns, 'columns'>): HasAll =>
  (cells, withSet) => {
    const names = columns.flatMap((column, index) =>
      column === undefined || isEmpty(cells[index]) ? [] : [nameOf(column)],
    );
    return missingWith(request, withSet ? [...Object.keys(request.set), ...names] : names).length === 0;
  };

/** The columns that every row needs, by name and title, in a file that has some columns already. */
export const requiredColumns = (register: Register, kind: FactKind, has: (name: string) => boolean): Required => [
  ...(canMakeKey(register, has) ? [] : [['key', register.key.title] as const]),
  ...Object.entries(kind.takes)
    .filter(([name]) => kind.required.includes(name))
    .map(([name, { title }]) => [name, title] as const),
  ['effectiveOn', titleOf(register, kind, 'effectiveOn')] as const,
];

/** Whether a key can be made for a row without one, from the fields that it has. */
export const canMakeKey = ({ keyFrom: from, descriptive }: Register, has: (name: string) => boolean): boolean =>
  from !== undefined &&
  ('number' in from ? has(from.number) : from.hash.every((name) => has(name) || descriptive[name]?.optional === true));

import type { Field } from '../../domain/field.ts';
import type { ColumnKind } from './xlsx-writer.ts';

const kinds: Readonly<Partial<Record<Field['kind'], ColumnKind>>> = {
  day: 'day',
  number: 'decimal',
  integer: 'whole',
  money: 'whole',
};

/** What the cells under a field are. */
export const columnKind = ({ kind }: Pick<Field, 'kind'>): ColumnKind => kinds[kind] ?? 'text';

import type { DeclaredField } from '../../answers.ts';
import { parseDay } from '../../times.ts';

/** What stands in the controls of a form: texts, lists of them, and parts by name. */
export type Typed = string | readonly Typed[] | { readonly [part: string]: Typed };

export type FieldKind = DeclaredField['kind'] | 'note' | 'evidence' | 'events';

type Values = Readonly<Record<string, unknown>>;

const isParts = (value: unknown): value is Values =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export const textIn = (typed: Typed | undefined): string => (typeof typed === 'string' ? typed : '');
export const listIn = (typed: Typed | undefined): readonly Typed[] => (Array.isArray(typed) ? typed : []);
export const partOf = (typed: Typed | undefined, part: string): Typed | undefined =>
  isParts(typed) ? (typed[part] as Typed | undefined) : undefined;
export const withPart = (typed: Typed | undefined, part: string, value: Typed): Typed => ({
  ...(isParts(typed) ? (typed as { readonly [part: string]: Typed }) : {}),
  [part]: value,
});

/** Whether nothing has been typed. */
export const isBlank = (typed: Typed | undefined): boolean => {
  if (typed === undefined) return true;
  if (typeof typed === 'string') return typed.trim() === '';
  return Array.isArray(typed) ? typed.length === 0 : Object.values(typed).every(isBlank);
};

/** A whole or decimal number; money may have its thousands set apart, which can be read in one way only. */
const numberOf = (text: string, kind: FieldKind): number | string => {
  const plain = text.normalize('NFKC').trim();
  const digits = kind === 'money' && /^\d{1,3}(,\d{3})+$/.test(plain) ? plain.replaceAll(',', '') : plain;
  return /^-?\d{1,15}(\.\d+)?$/.test(digits) ? Number(digits) : text;
};

const rangeOf = (typed: Typed): unknown => {
  if (partOf(typed, 'none') === 'yes') return null;
  return defined({ min: sentAs('integer', partOf(typed, 'min')), max: sentAs('integer', partOf(typed, 'max')) });
};

const titlesOf = (typed: Typed | undefined): Values =>
  defined({ zh: sentAs('text', partOf(typed, 'zh')), en: sentAs('text', partOf(typed, 'en')) });

const targetOf = (row: Typed): unknown =>
  defined({
    id: sentAs('text', partOf(row, 'id')),
    title: titlesOf(partOf(row, 'title')),
    measure: sentAs('choice', partOf(row, 'measure')),
    goal: sentAs('range', partOf(row, 'goal')),
    sector: sentAs('choice', partOf(row, 'sector')),
    district: sentAs('choice', partOf(row, 'district')),
  });

const defined = (parts: Values): Values =>
  Object.fromEntries(Object.entries(parts).filter(([, value]) => value !== undefined));

/**
 * What is sent for what was typed; undefined if nothing was. What cannot be read as its kind is sent as it is, so that
 * the API says what is wrong with it.
 */
export const sentAs = (kind: FieldKind, typed: Typed | undefined): unknown => {
  if (typed === undefined) return undefined;
  if (kind === 'evidence') {
    const rows = listIn(typed);
    const sent = rows.map((row) =>
      defined({ title: sentAs('text', partOf(row, 'title')), uri: sentAs('text', partOf(row, 'uri')) }),
    );
    return rows.length === 0 ? undefined : sent;
  }
  if (kind === 'targets') return listIn(typed).length === 0 ? undefined : listIn(typed).map(targetOf);
  if (isBlank(typed)) return undefined;
  switch (kind) {
    case 'titles':
      return titlesOf(typed);
    case 'range':
      return rangeOf(typed);
    case 'choices':
    case 'references':
    case 'events':
      return listIn(typed);
    case 'boolean':
      return textIn(typed) === 'yes';
    case 'number':
    case 'integer':
    case 'money':
      return numberOf(textIn(typed), kind);
    case 'day':
      return parseDay(textIn(typed)) ?? textIn(typed);
    default:
      return textIn(typed);
  }
};

/** How a value that the registry holds is typed. */
export const typedAs = (kind: FieldKind, value: unknown): Typed => {
  if (kind === 'range') {
    const { min, max } = isParts(value) ? value : {};
    return { none: value === null ? 'yes' : '', min: plainText(min), max: plainText(max) };
  }
  if (Array.isArray(value)) return value.map((each) => (kind === 'targets' ? typedTarget(each) : plainText(each)));
  if (isParts(value)) return { zh: plainText(value.zh), en: plainText(value.en) };
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  return plainText(value);
};

const typedTarget = (target: unknown): Typed => {
  const { id, title, measure, goal, sector, district } = isParts(target) ? target : {};
  return {
    id: plainText(id),
    title: typedAs('titles', title),
    measure: plainText(measure),
    goal: typedAs('range', goal),
    sector: plainText(sector),
    district: plainText(district),
  };
};

const plainText = (value: unknown): string => (value === undefined || value === null ? '' : String(value));

/** Whether two values are the same to the registry; nothing and null are. */
export const isSame = (a: unknown, b: unknown): boolean => canonical(a) === canonical(b);

const canonical = (value: unknown): string =>
  JSON.stringify(value ?? null, (_, each: unknown) =>
    isParts(each) ? Object.fromEntries(Object.entries(each).sort(([a], [b]) => (a < b ? -1 : 1))) : each,
  );

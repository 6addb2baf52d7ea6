import type { FormField, TypedValues, Values } from './body.ts';
import { isSame, sentAs, typedAs } from './typed.ts';

/** A field in which somebody else has recorded one value while another stands in the form. */
export type Clash = {
  readonly field: FormField;
  readonly began: unknown;
  readonly theirs: unknown;
  readonly mine: unknown;
};

type Seen = { readonly fields: readonly FormField[]; readonly typed: TypedValues };

/** What the form and somebody else both change: `before` is what held when the form began, `now` what holds. */
export const clashesOf = ({ fields, typed }: Seen, before: Values, now: Values): readonly Clash[] =>
  fields.flatMap((field) => {
    const mine = sentAs(field.kind, typed[field.name]);
    const [began, theirs] = [before[field.name], now[field.name]];
    const isUntouched = typed[field.name] === undefined;
    return isUntouched || isSame(began, theirs) || isSame(mine, theirs) ? [] : [{ field, began, theirs, mine }];
  });

/** The form with the values of somebody else in place of one's own, where they are preferred. */
export const withTheirs = (
  typed: TypedValues,
  clashes: readonly Clash[],
  isTheirs: (name: string) => boolean,
): TypedValues => {
  const preferred = clashes.filter(({ field }) => isTheirs(field.name));
  const theirs = preferred.map(({ field, theirs }) => [field.name, typedAs(field.kind, theirs)] as const);
  return { ...typed, ...Object.fromEntries(theirs) };
};

import type { Entry } from '../../domain/history.ts';
import { isObject, type Json, type JsonObject } from '../../domain/json.ts';
import { comparedName } from '../../domain/names.ts';
import type { Register } from '../../domain/register.ts';
import { sameName } from '../../projections/entries.ts';
import { pendingNames } from '../../projections/submissions.ts';
import type { ReadModel } from '../readmodel/read-model.ts';
import type { RowCommand } from './reading/rows.ts';

/** The names by which an import recognises duplicates: those in the register, of submissions and of earlier rows. */
export type KnownNames = {
  /** The key under which a name is known, if it is another than `key`. */
  readonly keyOf: (name: string, key: string) => string | undefined;
  /** Notes the name of a row that was recorded, unless it is known. */
  readonly add: (name: string, key: string) => void;
};

/** The names known when an import begins; `add` expects names as `normalName` gives them. */
export const knownNames = (model: Pick<ReadModel, 'all' | 'get'>, register: Register): KnownNames => {
  const keys = new Map(model.all(pendingNames(register)).map(({ name, key }) => [comparedName(name), key]));
  return {
    keyOf: (name, key) => {
      const earlier = keys.get(comparedName(name));
      if (earlier !== undefined && earlier.toLowerCase() !== key.toLowerCase()) return earlier;
      return model.get(sameName(register.name, name, key))?.key;
    },
    add: (name, key) => {
      if (!keys.has(name)) keys.set(name, key);
    },
  };
};

/** The key of another entry that has the name in a row, unless the row's entry has it already. */
export const keyOfSameName = (names: KnownNames, entry: Entry, { key, body }: RowCommand): string | undefined => {
  const name = nameIn(entry.register, body);
  return name === undefined || hasName(entry, name) ? undefined : names.keyOf(name, key);
};

/** A row's name in the form in which names are compared; undefined if it has none. */
export const normalName = (register: Register, body: JsonObject): string | undefined => {
  const name = nameIn(register, body);
  return name === undefined ? undefined : comparedName(name);
};

/** A row's name, in registers whose entries have their own: a contract only has its client's. */
const nameIn = (register: Register, body: JsonObject): string | undefined => {
  const name: Json | undefined = body[register.named];
  const isOwn = register.named === 'name' || register.named === 'title';
  return isOwn && typeof name === 'string' && comparedName(name) !== '' ? name : undefined;
};

/** Whether an entry has a name already, by a fact that holds or a pending submission. */
const hasName = (entry: Entry, name: string): boolean =>
  [
    ...entry.facts.filter(({ annulledBy }) => annulledBy === undefined).map(({ data }) => data),
    ...entry.submissions.filter(({ status }) => status === 'pending').map(({ body }) => body),
  ].some((data) => {
    const own = isObject(data) ? data[entry.register.named] : undefined;
    return typeof own === 'string' && comparedName(own) === comparedName(name);
  });

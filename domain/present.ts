import type { Day } from './calendar.ts';
import { type Entry, factOf } from './history.ts';
import { isObject, type JsonObject } from './json.ts';
import { stateOn } from './path.ts';
import { correct, nameOf } from './register.ts';
import type { Submission } from './submission.ts';

/**
 * What the fields that a submission would change hold on a day, by the field's name: those of the entry or, for a
 * correction, of the fact as corrected so far. Null where a field holds nothing.
 */
export const presentOf = (entry: Entry, { command, body }: Submission, on: Day): JsonObject => {
  if (command === correct.command) {
    const fact = typeof body.event === 'string' ? factOf(entry, body.event) : undefined;
    if (fact === undefined) return {};
    const patched = isObject(body.data) ? pick(fact.data, Object.keys(body.data)) : {};
    return body.effectiveOn === undefined ? patched : { effectiveOn: fact.effectiveOn, ...patched };
  }
  const { register } = entry;
  const { fields } = stateOn(entry.path.steps, on);
  const kind = register.factOf.get(command);
  const held = [...Object.keys(register.descriptive), ...(register.lasting ?? [])];
  return {
    ...pick(
      fields,
      held.filter((name) => name in body),
    ),
    ...kind?.replaces?.(fields, body),
  };
};

const pick = (fields: JsonObject, names: readonly string[]): JsonObject =>
  Object.fromEntries(names.map((name) => [name, fields[name] ?? null]));

/** The name of an entry on a day; before its first fact, the one that a command gives it. */
export const entryName = (entry: Entry, on: Day, body: JsonObject): string | undefined =>
  nameOf(entry.register, stateOn(entry.path.steps, on).fields) ?? nameOf(entry.register, body);

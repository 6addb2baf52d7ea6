import { importsRegister } from './import-events.ts';
import { isJsonObject, type Json, type JsonObject } from './json.ts';
import { withMember } from './places-in-json.ts';
import { registers } from './registers/index.ts';

/**
 * Free texts: what somebody wrote in their own words, which may speak of people. They are not for the public, and the
 * ledger has only salted digests of them.
 */

/** Fields of every register's commands, decisions and erasures; of evidence, its titles and addresses. */
const ofEveryRegister = ['note', 'evidence', 'reason', 'basis'];
/** Of an import: the name of its file, and what else its file says besides its rows. */
const ofImports = ['file', 'sheet', 'otherSheets', 'ignored', 'columns', 'hidden', ...ofEveryRegister];
const ofEvidence: ReadonlySet<string> = new Set(['title', 'uri']);

const namesOf: ReadonlyMap<string, ReadonlySet<string>> = new Map([
  [importsRegister, new Set(ofImports)],
  ...registers.map(({ name, descriptive, commands }): [string, ReadonlySet<string>] => {
    const fields = [descriptive, ...Object.values(commands).map((command) => command.fields ?? {})].flatMap(
      Object.entries,
    );
    return [name, new Set([...ofEveryRegister, ...fields.filter(([, { isFree }]) => isFree).map(([each]) => each)])];
  }),
]);
const ofUnknown: ReadonlySet<string> = new Set(ofEveryRegister);

/** Members that hold fields in their turn: a fact's own, a correction's patch, a submitted command, an import's values. */
const nested: ReadonlySet<string> = new Set(['data', 'body', 'set']);

/** What becomes of a free text at a place (a JSON Pointer, RFC 6901); undefined removes it. */
type Change = (text: Json, place: string) => Json | undefined;

/** What a command, a fact or an event says, with each free text changed; the same object if there is none. */
export const changeFreeTexts = (register: string, said: JsonObject, change: Change): JsonObject =>
  changed(namesOf.get(register) ?? ofUnknown, said, '', change);

/** The same without free texts. */
export const withoutFreeTexts = (register: string, said: JsonObject): JsonObject =>
  changeFreeTexts(register, said, () => undefined);

const changed = (names: ReadonlySet<string>, said: JsonObject, at: string, change: Change): JsonObject => {
  let now = said;
  for (const name of Object.keys(said)) {
    const value = said[name];
    const after = changedMember(names, said, name, at, change);
    if (after !== value) now = withMember(now, name, after);
  }
  return now;
};

const changedMember = (
  names: ReadonlySet<string>,
  said: JsonObject,
  name: string,
  at: string,
  change: Change,
): Json | undefined => {
  const value = said[name];
  if (value === null || value === undefined) return value;
  if (name === 'evidence' && Array.isArray(value)) {
    const place = placeIn(at, name);
    const after = value.map((each: Json, index) =>
      isJsonObject(each) ? changed(ofEvidence, each, `${place}/${index}`, change) : each,
    );
    return after.every((each, index) => each === value[index]) ? value : after;
  }
  if (names.has(name)) return change(value, placeIn(at, name));
  if (!nested.has(name) || !isJsonObject(value)) return value;
  // The values that an import sets for all rows are those of the register that it imports into.
  const ofValues = name === 'set' && typeof said.register === 'string' ? namesOf.get(said.register) : names;
  return changed(ofValues ?? names, value, placeIn(at, name), change);
};

const placeIn = (at: string, name: string): string => `${at}/${escaped(name)}`;
const escaped = (name: string): string => name.replaceAll('~', '~0').replaceAll('/', '~1');

import type { Day } from './calendar.ts';
import { type Entry, factOf } from './history.ts';
import { type Json, type JsonObject, mergePatch } from './json.ts';
import { type Fact, history, type Misfit, none, type Path, type Step, stateOn } from './path.ts';
import { commandsOf, correct, fieldOf, type Register } from './register.ts';
import { type Fault, type InTheWay, invalidBody, type Rejection } from './rejection.ts';

/** Why a command does not fit into an entry's history, or refers to what is not there. */

/** A command, its body as its schema parsed it. */
export type Command = { readonly name: string; readonly body: JsonObject };

/** Another entry that a fact refers to; if `exactOnly`, a text that is no entry's key is not a reference. */
export type Referred = {
  readonly register: string;
  readonly key: string;
  readonly on: Day;
  readonly exactOnly: boolean;
  readonly pointer: string;
};

/** Whether a reference is valid: on its day the entry's status is neither `none` nor `left`. */
export type Resolve = (referred: Referred) => boolean;

/** Why a command is refused, and what of it that follows from: fields, its `key`, `effectiveOn` and `evidence`. */
export type Objection = { readonly rejection: Rejection; readonly of: readonly string[] };

/** The id of an event that is decided on; no recorded event has it. */
export const newId = 'new';

/** Every objection to a command, by the path that would result, in the order in which they are looked for. */
export const objectionsTo = (entry: Entry, command: Command, path: Path, resolve: Resolve): readonly Objection[] => {
  const { misfit, steps } = path;
  const misfits = misfit?.reasons.map((reason) => ({
    rejection: misfitRejection(entry, command, steps, { fact: misfit.fact, reason }),
    of: sourcesOf(entry, command, reason),
  }));
  const dangling = referencesOf(entry, command)
    .filter((referred) => !resolve(referred))
    .map(({ pointer, key }) => ({
      rejection: { code: 'unknown-reference', pointer, reference: key } as const,
      of: [pointer.split('/')[1] ?? '', 'effectiveOn'],
    }));
  return [...(misfits ?? []), ...dangling];
};

/** What of a command it follows from that it does not fit: the day does not matter to an entry without facts. */
const sourcesOf = (entry: Entry, { name, body }: Command, reason: Misfit): readonly string[] => {
  const place = entry.facts.length === 0 ? ['key'] : ['key', 'effectiveOn'];
  switch (reason.why) {
    case 'transition':
      return [...place, ...[entry.register.factOf.get(name)?.differs ?? []].flat()];
    case 'missing':
      return place;
    case 'check-character':
      return [...place, 'evidence', 'codeConfirmed'];
    case 'unknown-target':
      return [...place, 'target'];
    case 'field': {
      const fields = [reason.fault.field, reason.fault.with];
      return fields.every((field) => field in body) ? fields : [...place, ...fields];
    }
  }
};

/** The entries that a command's fact refers to, as it would stand after the command. */
export const referencesOf = (entry: Entry, command: Command): readonly Referred[] => {
  const { name, body } = command;
  if (name !== correct.command) {
    return typeof body.effectiveOn === 'string' ? referredBy(entry.register, body, body.effectiveOn, '') : [];
  }
  const fact = factOf(entry, String(body.event));
  const corrected = fact && correctedFact(fact, body);
  return corrected ? referredBy(entry.register, corrected.data, corrected.effectiveOn, '/data') : [];
};

const referredBy = (register: Register, data: JsonObject, on: Day, base: string): readonly Referred[] =>
  register.references.flatMap((name) => {
    const reference = fieldOf(register, name)?.reference;
    const value = data[name];
    if (reference === undefined || value === undefined || value === null) return [];
    const one = (key: Json, pointer: string): Referred[] =>
      typeof key === 'string'
        ? [{ register: reference.register, key, on, exactOnly: reference.exactOnly === true, pointer }]
        : [];
    return Array.isArray(value)
      ? value.flatMap((key, index) => one(key, `${base}/${name}/${index}`))
      : one(value, `${base}/${name}`);
  });

/** What a correction makes of a fact. */
export const correctedFact = (fact: Fact, body: JsonObject): { data: JsonObject; effectiveOn: Day } => ({
  data: body.data === undefined ? fact.data : (mergePatch(fact.data, body.data) as JsonObject),
  effectiveOn: typeof body.effectiveOn === 'string' ? body.effectiveOn : fact.effectiveOn,
});

const misfitRejection = (
  entry: Entry,
  command: Command,
  steps: readonly Step[],
  { fact, reason }: { readonly fact: Fact; readonly reason: Misfit },
): Rejection => {
  const isNew = fact.id === newId;
  const isCorrected = command.name === correct.command && fact.id === command.body.event;
  if (isNew) return newFactRejection(entry, fact, reason, steps);
  if (isCorrected && reason.why === 'field') {
    return invalidBody(`/data/${reason.fault.field}`, reason.fault.zh, reason.fault.en);
  }
  return { code: 'breaks-history', breaks: { event: fact.id, type: fact.type, effectiveOn: fact.effectiveOn } };
};

/** What is wrong with a command that starts an entry and lacks these fields. */
export const missingToStart = (fields: readonly string[]): readonly Fault[] =>
  fields.map((name) => ({
    in: 'body',
    pointer: `/${name}`,
    zh: '必填：登记从这条记录开始',
    en: 'Required, because the entry starts with this record',
  }));

const newFactRejection = (entry: Entry, fact: Fact, reason: Misfit, steps: readonly Step[]): Rejection => {
  switch (reason.why) {
    case 'field':
      return invalidBody(`/${reason.fault.field}`, reason.fault.zh, reason.fault.en);
    case 'missing':
      return { code: 'invalid-request', errors: missingToStart(reason.fields) };
    case 'check-character':
      return { code: 'check-character', key: entry.key };
    case 'unknown-target':
      return { code: 'unknown-reference', pointer: '/target', reference: String(fact.data.target) };
    case 'transition': {
      const { status } = stateOn(entry.path.steps, fact.effectiveOn);
      const allowed = allowedFrom(entry.register, status);
      const inTheWay = allowed.includes(fact.kind.command) ? inTheWayOf(entry, fact, steps) : undefined;
      return { code: 'transition-not-allowed', entryStatus: status, allowed, ...(inTheWay && { inTheWay }) };
    }
  }
};

/** What is in the way of a fact that the status at the end of its day would allow; `steps` are those before it. */
const inTheWayOf = (entry: Entry, { kind, effectiveOn }: Fact, steps: readonly Step[]): InTheWay => {
  const { status } = steps.at(-1)?.state ?? none;
  if (kind.differs !== undefined && kind.moves[status] !== undefined) return { is: 'same-value', field: kind.differs };
  const earlier = new Set(steps.map(({ fact }) => fact.id));
  const ofDay = history(entry).filter((fact) => fact.effectiveOn === effectiveOn);
  const before = ofDay.filter(({ id }) => earlier.has(id)).map(({ type }) => type);
  const after = ofDay.filter(({ id }) => !earlier.has(id)).map(({ type }) => type);
  return { is: 'order', status, before, after };
};

/** The commands that are possible from a status, in the order of the register's table. */
export const allowedFrom = (register: Register, status: string): readonly string[] =>
  commandsOf(register)
    .map(({ command }) => command)
    .filter((command) => {
      const kind = register.factOf.get(command);
      return kind === undefined ? status !== none.status : kind.moves[status] !== undefined;
    });

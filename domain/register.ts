import { z } from 'zod';
import {
  daySchema,
  type Field,
  type Fields,
  matching,
  noteText,
  type Option,
  refuse,
  shapeOf,
  shortText,
  type Text,
  webAddress,
} from './field.ts';
import { isObject, type Json, type JsonObject } from './json.ts';
import type { KeyKind } from './key.ts';

/** What an entry is on a day: its status and the fields that hold. `none` while no fact holds. */
export type State = { readonly status: string; readonly fields: JsonObject };

/** Why a state is impossible, with the field that has the problem and the one that it does not go with. */
export type FieldFault = { readonly field: string; readonly with: string; readonly zh: string; readonly en: string };

/** From each status, the status that it leads to; a status that is not here does not allow the command. */
export type Moves = Readonly<Record<string, string>>;

export type CommandDeclaration = {
  /** The event's type, past tense. */
  readonly event: string;
  /** A spreadsheet's column of days is headed by the Chinese title or one of `also`: `认定日期`. */
  readonly title: Option;
  readonly moves: Moves;
  readonly fields?: Fields;
  /** The field that must differ from the entry's if the status stays the same. */
  readonly differs?: string;
  /** What the fact does to the fields besides setting them; undefined if it names a target that does not exist. */
  readonly apply?: (fields: JsonObject, data: JsonObject) => JsonObject | undefined;
  /** What the entry's fields hold that `apply` would replace, by the name of the command's field. */
  readonly replaces?: (fields: JsonObject, data: JsonObject) => JsonObject;
};

export type Measure = { readonly title: Text; readonly when: (entry: State) => boolean };

/** What a certificate attests: that an entry has the status to which a command leads. */
export type CertificateDeclaration = {
  readonly title: Text;
  readonly command: string;
  /** What it says of the entry besides key and name: none of it free text. */
  readonly fields: readonly string[];
};

export type Declaration = {
  readonly name: string;
  /** The singular, as it begins the type of the register's `…Amended` event. */
  readonly entry: string;
  readonly title: Text;
  /** The role that records in this register. */
  readonly role: 'clerk' | 'admin';
  readonly key: KeyKind;
  readonly descriptive: Fields;
  /** The commands' fields that go on describing the entry, as `grade` does. */
  readonly lasting?: readonly string[];
  /** The descriptive field that names the entry, and those that are searched besides it. */
  readonly named: string;
  readonly searched?: readonly string[];
  /** What an import makes a missing key from: the number, or a hash of the maker's and the entry's names. */
  readonly keyFrom?: { readonly number: string } | { readonly hash: readonly string[] };
  readonly statuses: Readonly<Record<string, Text>>;
  readonly commands: Readonly<Record<string, CommandDeclaration>>;
  readonly measures: Readonly<Record<string, Measure>>;
  /** Undefined if the register attests nothing on paper. */
  readonly certificate?: CertificateDeclaration;
  /** Every record needs a second person, whether a number moves or not. */
  readonly alwaysSubmitted?: true;
  /** What must hold of an entry's fields after every fact. */
  readonly check?: (fields: JsonObject) => FieldFault | undefined;
  /** What must hold of the fact that starts a history, by key. */
  readonly start?: (key: string, fact: { readonly data: JsonObject; readonly evidence: readonly unknown[] }) => boolean;
};

/** A register with what follows from its declaration. */
export type Register = Declaration & {
  /** The commands in the order of the register's table, `amend` last, each with its event. */
  readonly facts: readonly FactKind[];
  readonly factOf: ReadonlyMap<string, FactKind>;
  /** The fields that refer to other entries. */
  readonly references: readonly string[];
};

/** A command that records a fact, with everything needed to parse and decide it. */
export type FactKind = CommandDeclaration & {
  readonly command: string;
  /** Place in the register's table; facts of one day are in this order. */
  readonly order: number;
  readonly isFirst: boolean;
  readonly isAmend: boolean;
  /** Every field that the command takes, descriptive ones included. */
  readonly takes: Fields;
  /** The fields that the command always requires. */
  readonly required: readonly string[];
  /** The descriptive fields that it requires if it starts a history; none if it cannot start one. */
  readonly requiredToStart: readonly string[];
  /** The fact's own data. */
  readonly data: z.ZodType<JsonObject>;
  /** The command's whole body. */
  readonly body: z.ZodType<JsonObject>;
};

export const evidenceSchema = z
  .strictObject({
    title: shortText,
    sha256: matching(/^[0-9a-f]{64}$/, '须为 64 位小写十六进制数字', 'Must be 64 lower-case hexadecimal digits')
      .optional()
      .meta({ description: 'SHA-256 of the document, 64 lower-case hex digits' }),
    uri: webAddress.optional(),
  })
  .meta({ examples: [{ title: '沪经信智〔2020〕1 号', uri: 'https://www.sheitc.sh.gov.cn/' }] });
export type Evidence = z.infer<typeof evidenceSchema>;

const common = { evidence: z.array(evidenceSchema).max(20).optional(), note: noteText.optional() };
/** An event's id. Case makes no difference to a UUID (RFC 9562 §4); ours are recorded in lower case. */
const eventId = z.uuid().toLowerCase();

/** `to('certified', 'nominated', 'assessed')`: from each of the statuses to the first. */
export const to = (status: string, ...from: readonly string[]): Moves =>
  Object.fromEntries(from.map((each) => [each, status]));

/** The status stays what it was. */
export const stay = (...statuses: readonly string[]): Moves => Object.fromEntries(statuses.map((each) => [each, each]));

/** Builds a register from its declaration. */
export const register = (declaration: Declaration): Register => {
  const statuses = Object.keys(declaration.statuses);
  const declared = Object.entries(declaration.commands).map(([command, kind], order) =>
    factKind(declaration, command, kind, order),
  );
  const amend: CommandDeclaration = {
    event: `${declaration.entry}Amended`,
    title: { zh: '变更', en: 'Amend' },
    moves: stay(...statuses),
  };
  const facts = [...declared, amendKind(declaration, amend, declared.length)];
  return {
    ...declaration,
    facts,
    factOf: new Map(facts.map((kind) => [kind.command, kind])),
    references: [...new Set(facts.flatMap(({ takes }) => Object.keys(takes)))].filter(
      (name) => fieldOf(declaration, name)?.reference !== undefined,
    ),
  };
};

const factKind = ({ descriptive }: Declaration, command: string, kind: CommandDeclaration, order: number): FactKind => {
  const isFirst = order === 0;
  const starts = kind.moves.none !== undefined;
  const shape = {
    ...(starts ? shapeOf(descriptive, isFirst ? 'as-declared' : 'all-optional') : {}),
    ...shapeOf(kind.fields ?? {}, 'as-declared'),
  };
  return {
    ...kind,
    command,
    order,
    isFirst,
    isAmend: false,
    takes: { ...(starts ? descriptive : {}), ...kind.fields },
    required: [...(isFirst && starts ? requiredIn(descriptive) : []), ...requiredIn(kind.fields ?? {})],
    requiredToStart: starts ? requiredIn(descriptive) : [],
    data: z.strictObject(shape) as unknown as z.ZodType<JsonObject>,
    body: z.strictObject({ effectiveOn: daySchema, ...shape, ...common }) as unknown as z.ZodType<JsonObject>,
  };
};

const requiredIn = (fields: Fields): readonly string[] =>
  Object.entries(fields)
    .filter(([, { optional }]) => !optional)
    .map(([name]) => name);

const amendKind = ({ descriptive }: Declaration, kind: CommandDeclaration, order: number): FactKind => {
  const shape = shapeOf(descriptive, 'clearable');
  const names = Object.keys(descriptive);
  const namesAField = (body: object) => names.some((name) => name in body);
  const refusal = refuse('须至少给出一个要变更的字段', 'Name at least one field to amend');
  return {
    ...kind,
    command: 'amend',
    order,
    isFirst: false,
    isAmend: true,
    takes: descriptive,
    required: [],
    requiredToStart: [],
    data: z.strictObject(shape).refine(namesAField, refusal) as unknown as z.ZodType<JsonObject>,
    body: z
      .strictObject({ effectiveOn: daySchema, ...shape, ...common })
      .refine(namesAField, refusal) as unknown as z.ZodType<JsonObject>,
  };
};

/** What an earlier fact should have said: its day, its data (a merge patch, RFC 7396), or both. */
export const correctBody = z
  .strictObject({
    event: eventId,
    effectiveOn: daySchema.optional(),
    data: z.record(z.string(), z.unknown()).optional(),
    reason: shortText,
    ...common,
  })
  .refine(
    (body) => body.effectiveOn !== undefined || body.data !== undefined,
    refuse('须更正生效日期、内容或两者', 'Correct the effective date, the data, or both'),
  );

/** Facts that should not have been recorded, together. */
export const annulBody = z.strictObject({
  events: z
    .array(eventId)
    .min(1)
    .max(100)
    .refine((ids) => new Set(ids).size === ids.length, refuse('同一事件出现两次', 'Lists the same event twice')),
  reason: shortText,
  ...common,
});

export const correct = { command: 'correct', event: 'EventCorrected', title: { zh: '更正', en: 'Correct' } } as const;
export const annul = { command: 'annul', event: 'EventsAnnulled', title: { zh: '作废记录', en: 'Annul' } } as const;

/** The schema of a command's body; undefined if the register has no such command. */
export const bodyOf = (register: Register, command: string): z.ZodType | undefined => {
  if (command === correct.command) return correctBody;
  if (command === annul.command) return annulBody;
  return register.factOf.get(command)?.body;
};

/** Every command of a register, in the order of its table: its own, then amend, correct and annul. */
export const commandsOf = (register: Register): readonly { readonly command: string; readonly title: Text }[] => [
  ...register.facts,
  correct,
  annul,
];

/** The title of a status, `none` included. */
export const statusTitle = ({ statuses }: Declaration, status: string): Text =>
  statuses[status] ?? { zh: '未登记', en: 'Not on record' };

/** The texts in a field: itself, or those of a title in two languages. */
export const textsIn = (value: Json | undefined): readonly string[] => {
  if (typeof value === 'string') return [value];
  return isObject(value) ? Object.values(value).filter((each) => typeof each === 'string') : [];
};

/** The name that an entry's fields give it; the Chinese one if it has two. */
export const nameOf = ({ named }: Declaration, fields: JsonObject): string | undefined => textsIn(fields[named])[0];

/** A measure's id, `factories.certified`. */
export const measureId = (register: { readonly name: string }, measure: string): string =>
  `${register.name}.${measure}`;

/** A field of a register by name: a descriptive one, or one of its commands'. */
export const fieldOf = (register: Declaration, name: string): Field | undefined =>
  register.descriptive[name] ??
  Object.values(register.commands)
    .map((command) => command.fields?.[name])
    .find((found) => found !== undefined);

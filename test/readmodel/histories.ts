import fc from 'fast-check';
import { addDays, type Day } from '../../domain/calendar.ts';
import type { JsonObject } from '../../domain/json.ts';
import {
  type Action,
  andThen,
  annulled,
  corrected,
  type Known,
  nothingOf,
  submittedBy,
  when,
} from '../domain/given.ts';
import type { Data, Row } from '../domain/naive-model.ts';
import { tables } from '../domain/tables.ts';
import { enterprise, factory, platform, supplier } from '../domain/vocabulary.ts';

/** Few days, so that facts often fall on the same one; the first and the last have none. */
export const days: readonly Day[] = Array.from({ length: 7 }, (_, index) => addDays('2020-02-27', index));

/** The entries whose histories are generated; two registers have two of them, with different kinds of keys. */
const entries = [
  { words: factory, key: 'one' },
  { words: factory, key: 'two' },
  { words: enterprise, key: '91310000132260250X' },
  { words: enterprise, key: '914403001922038216' },
  { words: supplier, key: 'one' },
  { words: platform, key: 'one' },
] as const;

type Attempt = {
  readonly entry: number;
  readonly is: 'fact' | 'amend' | 'correct' | 'annul' | 'submit';
  readonly pick: number;
  readonly on: Day;
  readonly fields: JsonObject;
};

const fields = fc.record(
  {
    name: fc.constantFrom('甲厂', '乙厂'),
    sector: fc.constantFrom('automobiles', 'biomedicine'),
    district: fc.constantFrom('pudong', 'minhang'),
    lingang: fc.boolean(),
    aboveDesignatedSize: fc.boolean(),
    grade: fc.constantFrom('demonstration', 'benchmark'),
    tier: fc.constantFrom('1bn', '10bn'),
    level: fc.constantFrom('national', 'municipal'),
  },
  { requiredKeys: [] },
);

const attempt: fc.Arbitrary<Attempt> = fc.record({
  entry: fc.nat(entries.length - 1),
  is: fc.constantFrom('fact', 'fact', 'fact', 'fact', 'amend', 'correct', 'annul', 'submit'),
  pick: fc.nat(40),
  on: fc.constantFrom(...days.slice(1, -1)),
  fields,
});

/** A ledger of the commands that were accepted, out of many attempts on several entries. */
export type Ledger = {
  readonly order: readonly { readonly stream: string; readonly revision: number }[];
  readonly streams: ReadonlyMap<string, Known>;
};

export const ledgers: fc.Arbitrary<Ledger> = fc.array(attempt, { minLength: 60, maxLength: 110 }).map((attempts) => {
  const streams = new Map<string, Known>();
  const order: { stream: string; revision: number }[] = [];
  for (const asked of attempts) {
    const entry = entries[asked.entry];
    if (entry === undefined) continue;
    const stream = `upgrade.${entry.words.register.name}-${entry.key.toLowerCase()}`;
    const known = streams.get(stream) ?? nothingOf(entry.words.register, entry.key);
    const command = commandOf(known, entry.words, asked);
    if (command === undefined) continue;
    const after = when(known, command);
    if ('rejection' in after) continue;
    const recorded = asked.is === 'submit' ? withSubmission(known, command) : after;
    streams.set(stream, recorded);
    order.push({ stream, revision: known.size });
  }
  return { order, streams };
});

const commandOf = (known: Known, words: (typeof entries)[number]['words'], asked: Attempt): Action | undefined => {
  const { name } = words.register;
  const commands = Object.entries(tables[name]?.commands ?? {});
  const revisions = known.events.map(({ revision }) => revision);
  const picked = revisions[asked.pick % Math.max(1, revisions.length)];
  const descriptive = only(asked.fields, [...named(name)]);
  if (asked.is === 'amend') return words.word('amend')(asked.on, descriptive);
  if (asked.is === 'correct') {
    if (picked === undefined) return undefined;
    return corrected(picked, asked.pick % 3 === 0 ? { data: descriptive } : { effectiveOn: asked.on });
  }
  if (asked.is === 'annul') return picked === undefined ? undefined : annulled(picked);
  const [command, row] = commands[asked.pick % commands.length] ?? [];
  if (command === undefined || row === undefined) return undefined;
  const own = only(asked.fields, [...row.required, ...row.optional]);
  return words.word(command)(asked.on, row.leads.none ? { ...words.described, ...descriptive, ...own } : own);
};

const named = (register: string): readonly string[] => {
  const { required = [], optional = [] } = tables[register]?.descriptive ?? {};
  return [...required, ...optional];
};

const only = (from: JsonObject, names: readonly string[]): JsonObject =>
  Object.fromEntries(Object.entries(from).filter(([name]) => names.includes(name)));

/** With the command submitted to a second person instead of recorded. */
const withSubmission = (known: Known, command: Action): Known =>
  andThen(known, { ...submittedBy('li.wei', command), about: { register: known.register, key: known.key } });

/** A stream's events as rows of the naive model, one for each event, so that both have the same numbers. */
export const rowsOf = ({ register, events }: Known): readonly Row[] => {
  const revisionOf = (id: unknown) => events.findIndex((event) => event.id === id);
  const commands = Object.entries(tables[register.name]?.commands ?? {});
  return events.map(({ type, data: { effectiveOn = '', data } }): Row => {
    if (type === 'CommandSubmitted') return { is: 'annulment', of: [] };
    if (type === 'EventsAnnulled') return { is: 'annulment', of: (data.events as string[]).map(revisionOf) };
    if (type !== 'EventCorrected') {
      const command = commands.find(([, row]) => row.event === type)?.[0] ?? 'amend';
      return { is: 'fact', command, on: effectiveOn, data: data as Data };
    }
    return {
      is: 'correction',
      of: revisionOf(data.event),
      ...(typeof data.effectiveOn === 'string' ? { on: data.effectiveOn } : {}),
      ...(data.data === undefined ? {} : { data: data.data as Data }),
    };
  });
};

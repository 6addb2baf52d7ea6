import { streamOf } from '../../domain/event.ts';
import { foldEntry } from '../../domain/history.ts';
import type { Register } from '../../domain/register.ts';
import { plans } from '../../domain/registers/index.ts';
import { seededPlan } from '../../domain/seeded-plan.ts';
import { type Action, andThen, type Known, nothingOf } from '../domain/given.ts';
import { type ServerOptions, startServer, type TestServer } from './server.ts';

/** The clock of a test, set by hand. */
export type Clock = { readonly now: () => number; readonly set: (instant: string) => void };

export const clockAt = (instant: string): Clock => {
  let epochMs = Date.parse(instant);
  return {
    now: () => epochMs,
    set: (next) => {
      epochMs = Date.parse(next);
    },
  };
};

/** A server with a clock of its own into whose store a test records events as they are, without asking anybody. */
export type Recording = {
  readonly server: TestServer;
  readonly clock: Clock;
  /** Records what is said about an entry, waits until it is folded and resolves to the ledger's size. */
  readonly record: (
    about: { readonly register: Register; readonly key: string },
    ...actions: Action[]
  ) => Promise<number>;
  /** The id of an entry's event by its revision. */
  readonly id: (about: { readonly register: Register; readonly key: string }, revision: number) => string;
};

export const startRecording = async (
  instant = '2022-03-01T00:00:00Z',
  environment: Readonly<Record<string, string>> = {},
  options: Pick<ServerOptions, 'inThread'> = {},
): Promise<Recording> => {
  const clock = clockAt(instant);
  const server = await startServer({ now: clock.now, environment, ...options });
  const streams = new Map<string, Known>();
  const known = ({ register, key }: { readonly register: Register; readonly key: string }): Known =>
    streams.get(`${register.name}/${key}`) ?? nothingOf(register, key);
  const seed = await server.registry.store.readStream(streamOf(plans.name, seededPlan.key));
  const entry = foldEntry(plans, seededPlan.key, seed);
  streams.set(`${plans.name}/${seededPlan.key}`, { register: plans, key: entry.key, events: seed, size: 1, entry });
  return {
    server,
    clock,
    record: async (about, ...told) => {
      const { register, key } = about;
      const before = known(about);
      const after = told.map((each) => ({ ...each, about: { register, key } })).reduce(andThen, before);
      streams.set(`${register.name}/${key}`, after);
      const { store, model } = server.registry;
      const [first] = after.events;
      if (first === undefined) throw new Error('Nothing was said');
      const expected = before.size === 0 ? 'none' : before.size - 1;
      const answer = await store.append(first.stream, expected, after.events.slice(before.size));
      const last = answer.appended ? answer.events.at(-1) : undefined;
      if (last?.position === undefined || last.entryNumber === undefined) throw new Error('Not recorded');
      await model.reached(last.position, 5_000);
      return last.entryNumber + 1;
    },
    id: (about, revision) => known(about).events[revision]?.id ?? '',
  };
};

/** An entry of a register under a key of the test's own. */
export const named = (register: Register, key: string) => ({ register, key });

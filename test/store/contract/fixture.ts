import { afterAll, beforeAll, test } from 'vitest';
import type { NewEvent } from '../../../domain/event.ts';
import {
  type EventStore,
  type ExpectedRevision,
  type Place,
  placeAfter,
  start,
} from '../../../src/store/event-store.ts';
import { newStream, readOn } from '../events.ts';

/** A store under test: one handle, more handles on the same ledger, and what closes all of them. */
export type OpenedStore = {
  readonly store: EventStore;
  readonly another: () => Promise<EventStore>;
  /** An empty ledger of its own, through two handles; its streams begin with the prefix. */
  readonly empty: () => Promise<{ readonly store: EventStore; readonly other: EventStore; readonly prefix: string }>;
  readonly close: () => Promise<void>;
  /** The streams of the ledger begin with it; defaults to `streamPrefix`. */
  readonly prefix?: string;
};

export type ContractTest = ReturnType<typeof contractTest>;

/** A `test` with two handles on one ledger, which is opened before the tests of the suite and closed after them. */
export const contractTest = (open: () => Promise<OpenedStore>) => {
  let opened: OpenedStore;
  let other: EventStore;
  beforeAll(async () => {
    opened = await open();
    other = await opened.another();
  });
  afterAll(() => opened.close());

  let known = start;
  const theEnd = async (): Promise<Place> => {
    const last = (await readOn(opened.store, known)).at(-1);
    if (last) known = placeAfter(last);
    return known;
  };
  return test
    .extend('opened', () => opened)
    .extend('store', () => opened.store)
    .extend('other', () => other)
    .extend('newStream', () => () => newStream(opened.prefix))
    .extend('theEnd', () => theEnd);
};

export const revisionAt = (revision: number): ExpectedRevision => (revision < 0 ? 'none' : revision);

/** Appends so that the first of the events gets this revision. */
export const append = (store: EventStore, stream: string, revision: number, events: readonly NewEvent[]) =>
  store.append(stream, revisionAt(revision - 1), events);

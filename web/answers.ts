/** What the API answers, straight from the schemas that it is checked against. */
export type { Accounts, AccountsLog, MadeAccount } from '../src/http/accounts.ts';
export type { Breakdown } from '../src/http/breakdown.ts';
export type { Changes } from '../src/http/changes.ts';
export type { Contribution, Impact } from '../src/http/impact-schemas.ts';
export type { ImportRows } from '../src/http/import-reads.ts';
export type { People } from '../src/http/people.ts';
export type { RecordingDays } from '../src/http/recording-days.ts';
export type { DeclaredField, DeclaredRegister, Registers } from '../src/http/registers.ts';
export type {
  CloudEvent,
  Counts,
  History,
  Submission,
  Targets,
} from '../src/http/schemas.ts';
export type { Found } from '../src/http/search.ts';
export type { PlanSeries } from '../src/http/series.ts';
export type { Session } from '../src/http/session.ts';
export type { ShownSubmission } from '../src/http/submission-list.ts';
export type { TargetEntries } from '../src/http/target-entries.ts';
export type { WaysToSignIn } from '../src/http/ways-to-sign-in.ts';
export type { Role } from '../src/identity/identity.ts';
export type { ShownImport } from '../src/imports/view.ts';

import type { Contribution, Impact } from '../src/http/impact-schemas.ts';
import type { DeclaredRegister } from '../src/http/registers.ts';
import type { Counts, Targets } from '../src/http/schemas.ts';

export type Figure = Targets['targets'][number];
export type Titles = DeclaredRegister['title'];

/** An entry of any register, with the fields that its declaration names. */
export type Entry = {
  readonly register: string;
  readonly key: string;
  readonly status: string;
  readonly revision: number;
  readonly since?: string;
  /** How many submissions wait, in a list; their ids in an entry by itself. */
  readonly pending?: number | readonly string[];
  /** The measures for which it counts on the day, in an entry by itself. */
  readonly counts?: Counts;
  /** The commands that the status on the day allows. */
  readonly allowed?: readonly string[];
  readonly [field: string]: unknown;
};

type View = { readonly on: string; readonly knownAt: string | null; readonly size: number };

/** A page of a register's list. */
export type EntryList = View & {
  readonly items: readonly Entry[];
  readonly total: number;
  readonly facets?: Readonly<Record<string, readonly { readonly value: string | null; readonly count: number }[]>>;
};

export type PlanEntry = Entry & {
  readonly title: Titles;
  readonly from: string;
  readonly to: string;
  readonly sectors: readonly string[];
  readonly belt: readonly string[];
  readonly core: unknown;
  readonly targets: readonly PlanTarget[];
};
export type PlanTarget = {
  readonly id: string;
  readonly title: Titles;
  readonly measure: string;
  readonly goal: Figure['goal'];
  readonly sector?: string;
  readonly district?: string;
};
export type Plans = View & { readonly items: readonly PlanEntry[] };

/** What would become of a command. */
export type Tried = {
  readonly would: 'record' | 'submit';
  readonly entry: Entry;
  readonly impact: Impact;
  readonly contribution: Contribution;
};

/** What the API answers, straight from the schemas that it is checked against. */
export type { Breakdown } from '../src/http/breakdown.ts';
export type { RecordingDays } from '../src/http/recording-days.ts';
export type { DeclaredField, DeclaredRegister } from '../src/http/registers.ts';
export type { History, Targets } from '../src/http/schemas.ts';
export type { Found } from '../src/http/search.ts';
export type { PlanSeries } from '../src/http/series.ts';
export type { TargetEntries } from '../src/http/target-entries.ts';

import type { DeclaredRegister } from '../src/http/registers.ts';
import type { Targets } from '../src/http/schemas.ts';

export type Figure = Targets['targets'][number];
export type Titles = DeclaredRegister['title'];

/** An entry of any register, with the fields that its declaration names. */
export type Entry = {
  readonly register: string;
  readonly key: string;
  readonly status: string;
  readonly revision: number;
  readonly since?: string;
  readonly pending?: number;
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
  readonly targets: readonly { readonly id: string; readonly measure: string }[];
};
export type Plans = View & { readonly items: readonly PlanEntry[] };

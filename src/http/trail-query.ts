import { z } from 'zod';
import { addDays, isDay, startOfDay } from '../../domain/calendar.ts';
import { daySchema } from '../../domain/field.ts';
import { importsRegister } from '../../domain/import-events.ts';
import { ledgerRegister } from '../../domain/ledger-events.ts';
import { registers } from '../../domain/registers/index.ts';
import type { Fault } from '../../domain/rejection.ts';
import { firstEventWith, type TrailFilter, type TrailOrder } from '../../projections/trail.ts';
import type { Context } from './context.ts';
import { eventTypes } from './event-titles.ts';
import { importIdQuery } from './import-schemas.ts';
import { entryNumberQuery, instantOf, wordsQuery } from './parameters.ts';
import { invalid } from './problem.ts';
import { requireInLedger } from './reading.ts';

/** What is asked of the trail, as pages, lines, a stream or a file. */

const dayOrInstant = z.string().refine((text) => isDay(text) || instantOf(text) !== undefined, {
  error: 'Must be a day or an instant (RFC 3339)',
  params: { zh: '须为日期或时刻（RFC 3339）' },
});

const wholeMsOf = (text: string, roundingMode: 'ceil' | 'floor'): number =>
  instantOf(text)?.round({ smallestUnit: 'millisecond', roundingMode }).epochMilliseconds ?? 0;

const lastMs = Date.parse('9999-12-31T23:59:59.999Z');

/** An instant as `recordedAt` is written, so that the two compare as texts. */
const asRecorded = (epochMs: number): string => new Date(Math.min(epochMs, lastMs)).toISOString();

/** The first instant of a day, or the instant itself. */
const firstInstantOf = (text: string): string => asRecorded(isDay(text) ? startOfDay(text) : wholeMsOf(text, 'ceil'));

/** The first instant after a day, or after an instant. */
const instantAfter = (text: string): string =>
  asRecorded(isDay(text) ? startOfDay(addDays(text, 1)) : wholeMsOf(text, 'floor') + 1);

export const trailQuery = {
  after: entryNumberQuery.optional(),
  before: entryNumberQuery.optional(),
  order: z.enum(['asc', 'desc']).default('asc').meta({ description: 'desc for the newest first' }),
  register: z.string().max(50).optional(),
  key: z.string().min(1).max(200).optional(),
  type: z.string().max(100).optional(),
  by: z.string().min(1).max(500).optional(),
  approvedBy: z.string().min(1).max(500).optional(),
  import: importIdQuery.optional(),
  from: dayOrInstant
    .meta({ description: 'Recorded on or after this day, or at or after this instant' })
    .transform(firstInstantOf)
    .optional(),
  to: dayOrInstant
    .meta({ description: 'Recorded on or before this day, or at or before this instant' })
    .transform(instantAfter)
    .optional(),
  effectiveFrom: daySchema.optional().meta({ description: 'Effective on or after this day' }),
  effectiveTo: daySchema.optional().meta({ description: 'Effective on or before this day' }),
  q: wordsQuery({
    description: 'Words, all of which the texts of an event have: names, codes, notes, evidence, reasons',
  }),
};

type TrailQuery = Omit<TrailFilter, 'until'> & { readonly to?: string | undefined; readonly order: TrailOrder };

/** What is asked of the trail; throws the problem for an entry number that the ledger does not have. */
export const trailAsked = async (
  context: Context,
  { order, to: until, ...filter }: TrailQuery,
): Promise<{ readonly filter: TrailFilter; readonly order: TrailOrder }> => {
  for (const name of ['after', 'before'] as const) {
    const entryNumber = filter[name];
    if (entryNumber !== undefined) await requireInLedger(context, entryNumber, { in: 'query', name });
  }
  const faults = (['register', 'type'] as const).flatMap((name) => {
    const value = filter[name];
    const isKnown = value === undefined || choices[name].includes(value);
    return isKnown || context.model.get(firstEventWith(name, value)) !== undefined ? [] : [noSuch(name)];
  });
  const { from, effectiveFrom, effectiveTo } = filter;
  if (from !== undefined && until !== undefined && from >= until) faults.push(endsBefore('to', 'from'));
  if (effectiveFrom !== undefined && effectiveTo !== undefined && effectiveFrom > effectiveTo)
    faults.push(endsBefore('effectiveTo', 'effectiveFrom'));
  if (faults.length > 0) throw invalid(...faults);
  return { filter: { ...filter, until }, order };
};

/** A period that ends before it begins is a slip, and no period in which nothing was recorded. */
const endsBefore = (end: string, start: string): Fault => ({
  in: 'query',
  name: end,
  zh: `不得早于 ${start}`,
  en: `Must not be before ${start}`,
});

/** The registers and types of events of this release; the ledger may hold others, recorded by another release. */
const choices = {
  register: [...registers.map(({ name }) => name), importsRegister, ledgerRegister],
  type: eventTypes,
} as const;

const noSuch = (name: keyof typeof choices): Fault => ({
  in: 'query',
  name,
  zh: `须为下列之一：${choices[name].join('、')}`,
  en: `Must be one of ${choices[name].join(', ')}`,
});

/** What is asked for next, after the last event of a page. */
export const pageAfter = (filter: TrailFilter, order: TrailOrder, last: number): TrailFilter => ({
  ...filter,
  [onward[order]]: last,
});

/** What bounds the next page: the entry number of the last event of this one. */
export const onward = { asc: 'after', desc: 'before' } as const;

import { infiniteQueryOptions, type QueryKey, queryOptions } from '@tanstack/react-query';
import type {
  Breakdown,
  Entry,
  EntryList,
  Found,
  History,
  PlanSeries,
  Plans,
  RecordingDays,
  Registers,
  TargetEntries,
  Targets,
} from './answers.ts';
import { get, getPage, isMissing, type Query } from './api.ts';
import type { Times } from './times.ts';
import type { Language } from './words/words.ts';

/** What the page reads. Refusals come in the language of the page, so it is part of each question. */

/**
 * What is shown of a thing while it is read anew for another time, filter or language: the thing as it was, and never
 * another one. `same` is how the keys of its queries begin.
 */
export const keeping =
  (...same: QueryKey) =>
  <Answer>(previous: Answer | undefined, query: { readonly queryKey: QueryKey } | undefined): Answer | undefined =>
    same.every((part, index) => query?.queryKey[index] === part) ? previous : undefined;

export const asked = <Answer>(language: Language, path: string, query: Query = {}) =>
  queryOptions({
    queryKey: [path, query, language],
    queryFn: ({ signal }) => get<Answer>(path, query, { language, signal }),
    placeholderData: keeping(path),
  });

/** The same for a thing that may not be there: then the answer is null. */
const askedOrNone = <Answer>(language: Language, path: string, query: Query = {}) =>
  queryOptions({
    ...asked<Answer | null>(language, path, query),
    queryFn: ({ signal }) =>
      get<Answer>(path, query, { language, signal }).catch((error: Error) => {
        if (isMissing(error)) return null;
        throw error;
      }),
  });

/** `first` is asked with the first page alone. */
export const paged = <Answer>(language: Language, path: string, query: Query, first: Query = {}) =>
  infiniteQueryOptions({
    queryKey: [path, { ...query, ...first }, language, 'pages'],
    queryFn: ({ signal, pageParam }) =>
      getPage<Answer>(path, pageParam === undefined ? { ...query, ...first } : { ...query, cursor: pageParam }, {
        language,
        signal,
      }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ next }) => next,
    placeholderData: keeping(path),
  });

/** The declarations change with a release alone. */
export const registersQuery = (language: Language) => ({
  ...asked<Registers>(language, '/registers'),
  staleTime: Number.POSITIVE_INFINITY,
});

export const plansQuery = (language: Language, times: Times) => asked<Plans>(language, '/plans', times);
export const targetsQuery = (language: Language, times: Times) => asked<Targets>(language, '/targets', times);
export const recordingDaysQuery = (language: Language) => asked<RecordingDays>(language, '/recording-days');

export type Step = 'day' | 'week' | 'month';
export const seriesQuery = (language: Language, { on, knownAt }: Times, step: Step) =>
  asked<PlanSeries>(language, '/series', { to: on, knownAt, step });

export type Division = 'sector' | 'district' | 'area' | 'sector,district';
export const breakdownQuery = (language: Language, times: Times, by: Division) =>
  asked<Breakdown>(language, '/breakdown', { by, ...times });

export const targetEntriesQuery = (language: Language, id: string, query: Times & { readonly plan: string }) =>
  paged<TargetEntries>(language, `/targets/${encodeURIComponent(id)}/entries`, { ...query, limit: 100 });

export const entriesQuery = (language: Language, register: string, query: Query, facets: readonly string[]) =>
  paged<EntryList>(
    language,
    `/${encodeURIComponent(register)}`,
    { ...query, limit: 100 },
    { facets: facets.join(',') },
  );

const pathOf = (register: string, key: string) => `/${encodeURIComponent(register)}/${encodeURIComponent(key)}`;
export const entryQuery = (language: Language, register: string, key: string, times: Times) =>
  askedOrNone<Entry>(language, pathOf(register, key), times);
export const historyQuery = (language: Language, register: string, key: string, { knownAt }: Times) =>
  askedOrNone<History>(language, `${pathOf(register, key)}/history`, { knownAt });

export const searchQuery = (language: Language, words: string) =>
  asked<Found>(language, '/search', { q: words, limit: 100 });

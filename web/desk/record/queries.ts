import { queryOptions } from '@tanstack/react-query';
import type { Entry, EntryList, History, Submission, Tried } from '../../answers.ts';
import { ApiProblem, ask, get } from '../../api.ts';
import type { Times } from '../../times.ts';
import type { Language } from '../../words/words.ts';

/** What forms ask the API. */

export const pathOf = (register: string, ...parts: readonly string[]): string =>
  ['', register, ...parts].map(encodeURIComponent).join('/');

/** What the registry says of a key: its entry; or that there is none yet, and whether the key could be one. */
export type Known =
  | { readonly is: 'entry'; readonly entry: Entry & { readonly size: number; readonly on: string } }
  | { readonly is: 'new' | 'no-key' };

export const knownQuery = (language: Language, register: string, key: string, times: Times = {}) =>
  queryOptions({
    queryKey: [pathOf(register, key), times, language, 'known'],
    queryFn: async ({ signal }): Promise<Known> => {
      try {
        const entry = await get<Entry & { readonly size: number; readonly on: string }>(
          pathOf(register, key),
          { ...times },
          { language, signal },
        );
        return { is: 'entry', entry };
      } catch (error) {
        if (!(error instanceof ApiProblem) || error.status !== 404) throw error;
        return { is: error.members.startsWith === undefined ? 'no-key' : 'new' };
      }
    },
  });

/** Entries that a combobox offers for some words. */
export const offeredQuery = (language: Language, register: string, words: string) =>
  queryOptions({
    queryKey: [pathOf(register), words, language, 'offered'],
    queryFn: async ({ signal }) =>
      (await get<EntryList>(pathOf(register), { q: words, limit: 20 }, { language, signal })).items,
  });

type Command = {
  readonly register: string;
  readonly key: string;
  readonly command: string;
  readonly body: object;
};

export const dryRun = async ({ register, key, command, body }: Command, language: Language, signal?: AbortSignal) =>
  (
    await ask<Tried>(pathOf(register, key, command), {
      language,
      method: 'POST',
      body,
      query: { dryRun: 'true' },
      ...(signal === undefined ? {} : { signal }),
    })
  ).answer;

export type Done =
  | { readonly is: 'recorded'; readonly key: string }
  | { readonly is: 'submitted'; readonly key: string; readonly submission: Submission };

/** Records or submits; a repeat with the same idempotency key is the same command. */
export const send = async (
  { register, key, command, body }: Command,
  { language, revision, idempotencyKey }: { language: Language; revision: number | undefined; idempotencyKey: string },
): Promise<Done> => {
  const { answer } = await ask<{ readonly entry?: { readonly key: string }; readonly submission?: Submission }>(
    pathOf(register, key, command),
    { language, method: 'POST', body, revision, idempotencyKey },
  );
  const { submission, entry } = answer;
  return submission === undefined
    ? { is: 'recorded', key: entry?.key ?? key }
    : { is: 'submitted', key: submission.key, submission };
};

/** What happened in an entry since a revision: facts, and what waits for a second person. */
export const sinceQuery = (language: Language, register: string, key: string, revision: number) =>
  queryOptions({
    queryKey: [pathOf(register, key), 'since', revision, language],
    queryFn: async ({ signal }) => {
      const asking = { language, signal };
      const [history, submissions] = await Promise.all([
        get<History>(`${pathOf(register, key)}/history`, {}, asking),
        get<{ readonly items: readonly Submission[] }>('/submissions', { register, key, limit: 500 }, asking),
      ]);
      return {
        events: history.events.filter((event) => event.revision > revision),
        submissions: submissions.items.filter((each) => each.revision > revision && each.status === 'pending'),
        history,
      };
    },
  });

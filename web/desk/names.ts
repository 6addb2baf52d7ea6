import { queryOptions, useQuery } from '@tanstack/react-query';
import type { People } from '../answers.ts';
import { get } from '../api.ts';
import { type Language, useSpoken } from '../words/words.ts';

/** How many subjects one request asks for: its address must stay well below 16 kB. */
const mostSubjects = 100;

type Waiting = {
  readonly subject: string;
  readonly give: (name: string) => void;
  readonly fail: (why: unknown) => void;
};
let waiting: Waiting[] = [];

/** Asks for all names that are wanted in the same moment at once. */
const nameOf = (subject: string, language: Language): Promise<string> =>
  new Promise((give, fail) => {
    waiting.push({ subject, give, fail });
    if (waiting.length === 1) setTimeout(() => void askForAll(language));
  });

const askForAll = async (language: Language) => {
  const asked = waiting;
  waiting = [];
  for (let from = 0; from < asked.length; from += mostSubjects) {
    const some = asked.slice(from, from + mostSubjects);
    await get<People>('/people', { subject: some.map(({ subject }) => subject) }, { language }).then(
      ({ items }) => {
        const names = new Map(items.map(({ subject, name }) => [subject, name]));
        for (const { subject, give } of some) give(names.get(subject) ?? subject);
      },
      (error: unknown) => {
        for (const { fail } of some) fail(error);
      },
    );
  }
};

const nameQuery = (language: Language, subject: string) =>
  queryOptions({ queryKey: ['/people', subject], queryFn: () => nameOf(subject, language) });

/** The name of a subject; the subject itself until it is known, and if nobody knows one. */
export const useNameOf = (subject: string): string => {
  const { language } = useSpoken();
  return useQuery({ ...nameQuery(language, subject), enabled: subject !== '' }).data ?? subject;
};

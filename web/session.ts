import { queryOptions, useQuery } from '@tanstack/react-query';
import { createContext, useContext } from 'react';
import type { Role, Session } from './answers.ts';
import { ask } from './api.ts';
import { type Language, useSpoken } from './words/words.ts';

/** Who is signed in; null if nobody is. */
export const sessionQuery = (language: Language) =>
  queryOptions({
    queryKey: ['/session'],
    queryFn: async ({ signal }) => (await ask<Session | undefined>('/session', { language, signal })).answer ?? null,
  });

export type Signed = {
  /** Undefined until the server has answered, null if nobody is signed in. */
  readonly session: Session | null | undefined;
  /** Whether the person has one of the roles; a reviewer has all that a clerk has. */
  readonly may: (...roles: readonly Role[]) => boolean;
};

/** The session with which somebody began what they are at; it may have ended. */
export const AdmittedSession = createContext<Session | undefined>(undefined);

/** Whether anybody is signed in, as it is read. */
export const useSessionRead = () => useQuery(sessionQuery(useSpoken().language));

export const useSession = (): Signed => {
  const admitted = useContext(AdmittedSession);
  const { data } = useSessionRead();
  const session = data ?? admitted ?? data;
  const held = session?.roles ?? [];
  return {
    session,
    may: (...roles) => roles.some((role) => held.includes(role) || (role === 'clerk' && held.includes('reviewer'))),
  };
};

import { useQueryClient } from '@tanstack/react-query';
import { useRouter } from '@tanstack/react-router';
import type { Session } from '../../answers.ts';
import { timesAndLanguage } from '../../parts/PageLink.tsx';
import { sessionQuery } from '../../session.ts';
import { useSpoken } from '../../words/words.ts';
import { pinnedPrefix } from '../audit/pinned-names.ts';

/** Somebody has signed in: what depends on who asks is read anew. */
export const useEnter = (): ((session: Session) => void) => {
  const client = useQueryClient();
  const { language } = useSpoken();
  const { queryKey } = sessionQuery(language);
  return (session) => {
    client.setQueryData(queryKey, session);
    void client.invalidateQueries({ predicate: (query) => query.queryKey[0] !== queryKey[0] });
  };
};

/** Somebody has signed out: nothing of theirs stays in this browser, neither what was read nor drafts. */
export const useLeave = (): (() => Promise<void>) => {
  const client = useQueryClient();
  const router = useRouter();
  return async () => {
    await router.navigate({ to: '/', search: timesAndLanguage, replace: true });
    // A key that an auditor has pinned is worth nothing if the server could have it forgotten.
    for (const name of Object.keys(localStorage)) if (!name.startsWith(pinnedPrefix)) localStorage.removeItem(name);
    sessionStorage.clear();
    client.removeQueries({ type: 'inactive' });
    await client.resetQueries();
  };
};

import { queryOptions } from '@tanstack/react-query';
import type { Accounts, AccountsLog, WaysToSignIn } from '../../answers.ts';
import { get } from '../../api.ts';
import { paged } from '../../queries.ts';
import type { Language } from '../../words/words.ts';

export const waysQuery = (language: Language) =>
  queryOptions({
    queryKey: ['/session/ways'],
    queryFn: ({ signal }) => get<WaysToSignIn>('/session/ways', {}, { language, signal }),
  });

export type Account = Accounts['items'][number];
export const accountsQuery = (language: Language) => paged<Accounts>(language, '/accounts', { limit: 100 });
export const accountsLogQuery = (language: Language) => paged<AccountsLog>(language, '/accounts/log', { limit: 100 });

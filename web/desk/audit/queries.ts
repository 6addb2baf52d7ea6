import { infiniteQueryOptions } from '@tanstack/react-query';
import type { Changes, CloudEvent } from '../../answers.ts';
import { getPage, type Query } from '../../api.ts';
import { keeping, paged } from '../../queries.ts';
import type { Language } from '../../words/words.ts';

/** The trail goes on from an entry number. */
export const trailQuery = (language: Language, query: Query) =>
  infiniteQueryOptions({
    queryKey: ['/events', query, language, 'pages'],
    queryFn: ({ signal, pageParam }) =>
      getPage<readonly CloudEvent[]>(
        '/events',
        { ...query, [query.order === 'asc' ? 'after' : 'before']: pageParam },
        { language, signal },
      ),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ next }) => next,
    placeholderData: keeping('/events'),
  });

export const changesQuery = (language: Language, id: string, query: Query) =>
  paged<Changes>(language, `/targets/${encodeURIComponent(id)}/changes`, query);

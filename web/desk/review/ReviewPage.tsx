import { useInfiniteQuery, useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useEffect, useRef, useState } from 'react';
import type { ShownSubmission } from '../../answers.ts';
import { Button } from '../../parts/Button.tsx';
import { useKeys } from '../../parts/keys.ts';
import { PageLink } from '../../parts/PageLink.tsx';
import { together } from '../../parts/State.tsx';
import { registersQuery } from '../../queries.ts';
import { useSession } from '../../session.ts';
import { useSpoken } from '../../words/words.ts';
import { Desk } from '../Desk.tsx';
import { Batch } from '../imports/Batch.tsx';

import type { Decided } from './Decide.tsx';
import { Detail } from './Detail.tsx';
import { KeysHelp } from './KeysHelp.tsx';
import { Filters, List, NothingListed } from './Queue.tsx';
import { statusOf, submissionQuery, submissionsQuery } from './queries.ts';
import css from './ReviewPage.module.css';
import { reviewWords } from './words.ts';

/** What waits for a second person: the queue, and beside it what one of them would change. */
export const ReviewPage = () => {
  const { said } = useSpoken();
  return (
    <Desk title={said(reviewWords).title} roles={['clerk', 'auditor', 'admin']}>
      <Review />
    </Desk>
  );
};

const Review = () => {
  const { language, number, said } = useSpoken();
  const { session } = useSession();
  const words = said(reviewWords);
  const asked = useSearch({ from: '/review' });
  const { data: declared } = useQuery(registersQuery(language));
  const registers = declared?.registers ?? [];
  const queue = useQueue(session?.subject ?? '');
  const { query, items, total, step, wantsFocus, go } = queue;
  const [notice, setNotice] = useState('');
  const [isHelping, setHelping] = useState(false);
  const none = useRef<HTMLDivElement>(null);
  useKeys({ j: () => step(1), k: () => step(-1), '?': () => setHelping(true) });

  const onDecided = (decided: Decided, submission: ShownSubmission) => {
    const next = queue.withoutDecided(submission.id);
    setNotice(`${words[decided](submission.name ?? submission.key)} ${next === undefined ? words.last : words.next}`);
    go(next?.id, true);
    if (next === undefined) none.current?.focus();
  };
  return (
    <div className={css.page} data-chosen={asked.id !== undefined || undefined}>
      <div className={css.head}>
        <h1>{words.title}</h1>
        <Button onPress={() => setHelping(true)}>{words.keys.open}</Button>
        {isHelping && <KeysHelp onClose={() => setHelping(false)} />}
      </div>
      <p className={css.notice} role="status">
        {notice}
      </p>
      <section className={css.queue} aria-label={words.queue}>
        <Filters asked={asked} registers={registers} />
        {asked.import !== undefined && <Batch id={asked.import} />}
        {together({ query }).instead}
        {total !== undefined && (
          <p className={css.total} role="status">
            {words.total(number(total))}
          </p>
        )}
        {items.length > 0 && <List items={items} registers={registers} shown={asked.id} />}
        {query.hasNextPage && (
          <Button busy={query.isFetchingNextPage} onPress={() => void query.fetchNextPage()}>
            {words.more}
          </Button>
        )}
      </section>
      <section className={css.detail} aria-label={words.detail} ref={none} tabIndex={-1}>
        {asked.id !== undefined && (
          <PageLink to="/review" className={css.back} search={(known: object) => ({ ...known, id: undefined })}>
            {words.back}
          </PageLink>
        )}
        {asked.id !== undefined ? (
          <Detail id={asked.id} wantsFocus={wantsFocus} onDecided={onDecided} />
        ) : (
          total === 0 && <NothingListed asked={asked} />
        )}
      </section>
    </div>
  );
};

/** The submissions that are listed, without those that have just been decided here, and ways through them. */
const useQueue = (me: string) => {
  const { language } = useSpoken();
  const client = useQueryClient();
  const navigate = useNavigate({ from: '/review' });
  const { on: _on, knownAt: _knownAt, lang: _lang, ...asked } = useSearch({ from: '/review' });
  const query = useInfiniteQuery(submissionsQuery(language, asked, me));
  const [decided, setDecided] = useState<ReadonlySet<string>>(new Set());
  const wantsFocus = useRef(false);
  const listed = query.data?.pages.flatMap(({ answer }) => answer.items) ?? [];
  const isGone = ({ id }: ShownSubmission) => statusOf(asked) === 'pending' && decided.has(id);
  const items = listed.filter((item) => !isGone(item));
  const place = items.findIndex(({ id }) => id === asked.id);

  const go = (id: string | undefined, focuses: boolean) => {
    wantsFocus.current = focuses;
    void navigate({ search: (known) => ({ ...known, id }), replace: true, resetScroll: false });
  };
  const step = (by: 1 | -1) => {
    const next = items[place + by] ?? (place === -1 ? items[0] : undefined);
    if (next !== undefined) go(next.id, true);
    else if (by === 1 && query.hasNextPage) void query.fetchNextPage();
  };
  /** Leaves one out that was decided; gives the one that comes after it. */
  const withoutDecided = (id: string): ShownSubmission | undefined => {
    setDecided(new Set([...decided, id]));
    return items[place + 1] ?? items.filter((item) => item.id !== id).at(-1);
  };

  const first = items[0]?.id;
  const isWide = matchMedia('(width >= 960px)').matches;
  const shown = asked.id;
  useEffect(() => {
    if (shown === undefined && first !== undefined && isWide)
      void navigate({ search: (known) => ({ ...known, id: first }), replace: true, resetScroll: false });
  }, [shown, first, isWide, navigate]);
  const next = items[place + 1]?.id;
  useEffect(() => {
    if (next !== undefined) void client.prefetchQuery(submissionQuery(language, next));
  }, [client, language, next]);

  const counted = query.data?.pages.at(-1)?.answer.total;
  const total = counted === undefined ? undefined : counted - (listed.length - items.length);
  return { query, items, total, wantsFocus, go, step, withoutDecided };
};

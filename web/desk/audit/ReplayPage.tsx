import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { useEffect } from 'react';
import { Empty, together } from '../../parts/State.tsx';
import { targetsQuery } from '../../queries.ts';
import { useSpoken } from '../../words/words.ts';
import { Needs } from '../people/Needs.tsx';
import { AuditNav } from './AuditNav.tsx';
import css from './audit.module.css';
import { changesQuery } from './queries.ts';
import { Replay } from './Replay.tsx';
import { auditWords } from './words.ts';

/** The most changes that the API gives at once. */
const mostAtOnce = 500;

/** One number, replayed event by event. */
export const ReplayPage = () => {
  const { language, said, titled } = useSpoken();
  const { replay, nav } = said(auditWords);
  const { target } = useParams({ from: '/audit/replay/$target' });
  const { on, knownAt } = useSearch({ from: '/audit/replay/$target' });
  const { data } = useQuery(targetsQuery(language, { on, knownAt }));
  const figure = data?.targets.find(({ id }) => id === target);
  return (
    <Needs title={nav.replay} roles={['auditor', 'clerk']}>
      <AuditNav />
      <h1>{replay.title(figure === undefined ? target : titled(figure.title))}</h1>
      <Choice target={target} targets={data?.targets ?? []} />
      <Steps key={target} target={target} />
    </Needs>
  );
};

type ChoiceProps = {
  readonly target: string;
  readonly targets: readonly { readonly id: string; readonly title: { readonly zh: string; readonly en: string } }[];
};

const Choice = ({ target, targets }: ChoiceProps) => {
  const { said, titled } = useSpoken();
  const { replay } = said(auditWords);
  const navigate = useNavigate();
  const titles = new Map(targets.map(({ id, title }) => [id, titled(title)]));
  return (
    <label className={css.choice}>
      <span>{replay.choose}</span>
      <select
        value={target}
        onChange={({ target: { value } }) =>
          void navigate({
            to: '/audit/replay/$target',
            params: { target: value },
            search: (known) => ({ ...known, step: undefined }),
          })
        }
      >
        {!titles.has(target) && <option value={target}>{target}</option>}
        {[...titles].map(([id, title]) => (
          <option key={id} value={id}>
            {title}
          </option>
        ))}
      </select>
    </label>
  );
};

/** All steps are read before any is shown, so that the last one is the count. */
const Steps = ({ target }: { readonly target: string }) => {
  const { language, said } = useSpoken();
  const { replay } = said(auditWords);
  const { on, knownAt } = useSearch({ from: '/audit/replay/$target' });
  const query = useInfiniteQuery(changesQuery(language, target, { on, knownAt, since: 0, limit: mostAtOnce }));
  const { error, hasNextPage, fetchNextPage, isFetchingNextPage } = query;
  useEffect(() => {
    if (hasNextPage && !isFetchingNextPage && error === null) void fetchNextPage();
  }, [hasNextPage, isFetchingNextPage, error, fetchNextPage]);
  const { data, instead } = together({ steps: hasNextPage ? { ...query, data: undefined } : query });
  if (instead) return instead;
  const { pages } = data.steps;
  const changes = pages.flatMap(({ answer }) => answer.changes);
  return changes.length === 0 ? (
    <Empty title={replay.none} />
  ) : (
    <Replay before={pages[0]?.answer.before ?? 0} changes={changes} />
  );
};

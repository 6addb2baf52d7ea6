import { useInfiniteQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { type FormEvent, useEffect, useState } from 'react';
import type { Figure } from '../../answers.ts';
import { Button } from '../../parts/Button.tsx';
import { Field } from '../../parts/Field.tsx';
import { PageLink, timesAndLanguage } from '../../parts/PageLink.tsx';
import { together } from '../../parts/State.tsx';
import type { Times } from '../../times.ts';
import { useSpoken } from '../../words/words.ts';
import css from './audit.module.css';
import { ChangeText } from './ChangeList.tsx';
import { changesQuery } from './queries.ts';
import own from './since.module.css';
import { knownBefore, readSince } from './since.ts';
import { auditWords } from './words.ts';

type Props = { readonly figure: Pick<Figure, 'id' | 'plan'>; readonly times: Times };

/** What changed a target's count since a day or an instant: each event, with its change. For clerks and auditors. */
export const TargetChanges = ({ figure, times }: Props) => {
  const { said } = useSpoken();
  const { changes } = said(auditWords);
  const { since } = useSearch({ from: '/targets/$id' });
  const asked = since === undefined ? undefined : knownBefore(since);
  return (
    <section className={css.part} aria-labelledby="changes">
      <div className={css.bar}>
        <h2 id="changes">{changes.title}</h2>
        <PageLink
          to="/audit/replay/$target"
          params={{ target: figure.id }}
          search={(known: object) => timesAndLanguage(known)}
        >
          {changes.replay}
        </PageLink>
      </div>
      <SinceForm since={since ?? ''} />
      {asked !== undefined && <Shown figure={figure} times={times} since={asked} />}
    </section>
  );
};

const SinceForm = ({ since }: { readonly since: string }) => {
  const { said } = useSpoken();
  const { changes } = said(auditWords);
  const navigate = useNavigate({ from: '/targets/$id' });
  const [text, setText] = useState(since);
  const [isWrong, setWrong] = useState(false);
  useEffect(() => setText(since), [since]);
  const take = (event: FormEvent) => {
    event.preventDefault();
    const read = readSince(text);
    setWrong(read === undefined);
    if (read !== undefined) void navigate({ search: (known) => ({ ...known, since: read }), resetScroll: false });
  };
  return (
    <form className={own.since} noValidate onSubmit={take}>
      <Field label={changes.since} hint={changes.hint} fault={isWrong ? changes.fault : undefined}>
        {(control) => (
          <input
            {...control}
            value={text}
            autoComplete="off"
            spellCheck={false}
            onChange={({ target }) => setText(target.value)}
          />
        )}
      </Field>
      <Button type="submit">{changes.show}</Button>
    </form>
  );
};

const Shown = ({ figure, times, since }: Props & { readonly since: string }) => {
  const { language, said, number } = useSpoken();
  const { changes } = said(auditWords);
  const query = useInfiniteQuery(changesQuery(language, figure.id, { ...times, plan: figure.plan, since }));
  const { hasNextPage, fetchNextPage, isFetchingNextPage } = query;
  const { data, instead } = together({ query });
  if (instead) return instead;
  const { pages } = data.query;
  const moved = pages.flatMap(({ answer }) => answer.changes);
  const { before = 0, after = 0 } = pages[0]?.answer ?? {};
  return (
    <>
      <p role="status" className={css.summary}>
        {moved.length === 0 ? changes.none(number(after)) : changes.summary(number(before), number(after))}
      </p>
      {moved.length > 0 && (
        <ol className={`rows ${css.changes}`}>
          {moved.map((change) => (
            <li key={change.entryNumber}>
              <ChangeText change={change} />
            </li>
          ))}
        </ol>
      )}
      {hasNextPage && (
        <Button busy={isFetchingNextPage} onPress={() => void fetchNextPage()}>
          {changes.more}
        </Button>
      )}
    </>
  );
};

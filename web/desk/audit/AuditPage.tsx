import { useInfiniteQuery } from '@tanstack/react-query';
import { useSearch } from '@tanstack/react-router';
import { lazy, Suspense } from 'react';
import { urlOf } from '../../api.ts';
import { Button } from '../../parts/Button.tsx';
import { PageLink } from '../../parts/PageLink.tsx';
import { Busy, Empty, together } from '../../parts/State.tsx';
import { useSpoken } from '../../words/words.ts';
import { Needs } from '../people/Needs.tsx';
import { AuditNav } from './AuditNav.tsx';
import css from './audit.module.css';
import { EventTable } from './EventTable.tsx';
import { proofWords } from './proof-words.ts';
import { trailQuery } from './queries.ts';
import { TrailFilters } from './TrailFilters.tsx';
import { auditWords } from './words.ts';

/** With what verifies proofs, which the trail itself does not need. */
const PinnedKey = lazy(async () => ({ default: (await import('./PinnedKey.tsx')).PinnedKey }));

/** The trail: every event, the newest first, through all filters that the API has. */
export const AuditPage = () => {
  const { said } = useSpoken();
  const { trail } = said(auditWords);
  return (
    <Needs title={trail.title} roles={['auditor']}>
      <AuditNav />
      <h1>{trail.title}</h1>
      <Trail />
      <Suspense fallback={<Busy />}>
        <PinnedKey />
      </Suspense>
      <Folder />
      <Logs />
    </Needs>
  );
};

const Trail = () => {
  const { language, said, number } = useSpoken();
  const { trail } = said(auditWords);
  const { lang: _lang, on: _on, knownAt: _knownAt, ...filters } = useSearch({ from: '/audit' });
  const asked = { ...filters, order: filters.order ?? 'desc' };
  const query = useInfiniteQuery(trailQuery(language, asked));
  const { hasNextPage, fetchNextPage, isFetchingNextPage } = query;
  const { instead } = together({ query });
  const pages = query.data?.pages.map(({ answer }) => answer) ?? [];
  const events = pages.flat();
  return (
    <>
      <TrailFilters events={events} />
      {instead ?? (
        <section className={css.part} aria-label={trail.title}>
          <p className={css.bar}>
            <span role="status">{trail.shown(number(events.length))}</span>
            <span className={css.files}>
              {trail.files}
              {['csv', 'xlsx'].map((type) => (
                <a key={type} href={urlOf(`/events.${type}`, { ...asked, lang: language })} download>
                  {type.toUpperCase()}
                </a>
              ))}
            </span>
          </p>
          {events.length === 0 ? (
            <Empty title={trail.none}>
              <p>{trail.noneHint}</p>
            </Empty>
          ) : (
            <EventTable pages={pages} isWhole={!hasNextPage} />
          )}
          {hasNextPage && (
            <p className={css.center}>
              <Button busy={isFetchingNextPage} onPress={() => void fetchNextPage()}>
                {trail.more}
              </Button>
            </p>
          )}
        </section>
      )}
    </>
  );
};

/** What an auditor takes away, to verify it without this server. */
const Folder = () => {
  const { said } = useSpoken();
  const { folder } = said(proofWords);
  return (
    <section className={css.part} aria-labelledby="folder">
      <h2 id="folder">{folder.title}</h2>
      <p className={css.quiet}>{folder.intro}</p>
      <p className={css.bar}>
        <a href={urlOf('/exports/bundle.zip')} download>
          {folder.whole}
        </a>
        <a href={urlOf('/exports/bundle.zip', { texts: 'false' })} download>
          {folder.bare}
        </a>
      </p>
    </section>
  );
};

const Logs = () => {
  const { said } = useSpoken();
  const { trail } = said(auditWords);
  return (
    <section className={css.part} aria-labelledby="logs">
      <h2 id="logs">{trail.logs}</h2>
      <p className={css.quiet}>{trail.logsHint}</p>
      <p className={css.bar}>
        <a href={urlOf('/logs/security')} download="security.jsonl">
          {trail.security}
        </a>
        <a href={urlOf('/logs/access')} download="access.jsonl">
          {trail.access}
        </a>
        <PageLink to="/admin/accounts">{trail.accounts}</PageLink>
      </p>
    </section>
  );
};

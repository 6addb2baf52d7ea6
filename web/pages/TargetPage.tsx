import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { lazy, Suspense } from 'react';
import type { Figure, TargetEntries } from '../answers.ts';
import { urlOf } from '../api.ts';
import { useGoalLine } from '../parts/goal.ts';
import { Heard } from '../parts/Heard.tsx';
import { More } from '../parts/More.tsx';
import { Pace } from '../parts/Pace.tsx';
import { PagedRows } from '../parts/PagedRows.tsx';
import { PageLink } from '../parts/PageLink.tsx';
import { choicesOf } from '../parts/places.ts';
import { Busy, Empty, together } from '../parts/State.tsx';
import {
  breakdownQuery,
  type Division,
  plansQuery,
  registersQuery,
  seriesQuery,
  targetEntriesQuery,
  targetsQuery,
} from '../queries.ts';
import { useSession } from '../session.ts';
import type { Times } from '../times.ts';
import { useSpoken } from '../words/words.ts';
import css from './TargetPage.module.css';
import { Trend, TrendTable, useTrendText } from './Trend.tsx';

const TargetChanges = lazy(() =>
  import('../desk/audit/TargetChanges.tsx').then((part) => ({ default: part.TargetChanges })),
);

/** One target: its trend as a chart or a table, where it stands, and the entries that make up its number. */
export const TargetPage = () => {
  const { language, words, titled, number } = useSpoken();
  const goalLine = useGoalLine();
  const { id } = useParams({ from: '/targets/$id' });
  const { view, on, knownAt } = useSearch({ from: '/targets/$id' });
  const navigate = useNavigate({ from: '/targets/$id' });
  const trendText = useTrendText();
  const times = { on, knownAt };
  const { may } = useSession();
  const plans = useQuery(plansQuery(language, times));
  const targets = useQuery(targetsQuery(language, times));
  const series = useQuery(seriesQuery(language, times, 'week'));
  const { data, instead } = together({ plans, targets });
  if (instead) return instead;
  const figure = data.targets.targets.find((each) => each.id === id);
  const plan = data.plans.items.find(({ key }) => key === figure?.plan);
  if (figure === undefined || plan === undefined)
    return (
      <Empty title={words.fault.notFound}>
        <p>{words.plan.noneHint}</p>
      </Empty>
    );
  const points = series.data?.targets.find((line) => line.id === id)?.points ?? [];
  const isTable = view === 'table';
  const trend = { figure, plan, points };
  const isRead = !targets.isPlaceholderData && !series.isPlaceholderData && series.data !== undefined;
  return (
    <>
      <div className={css.head}>
        <h1>{titled(figure.title)}</h1>
        <p className={css.figure}>
          <span className={css.count}>{number(figure.count)}</span>
          <span>{goalLine(figure.goal)}</span>
          <Pace pace={figure.pace} />
        </p>
      </div>
      <Heard times={times} text={isRead ? trendText(trend) : undefined} />
      <section className={css.trend} aria-labelledby="trend">
        <div className={css.bar}>
          <h2 id="trend">{words.target.series}</h2>
          <button
            type="button"
            aria-pressed={isTable}
            onClick={() => void navigate({ search: (known) => ({ ...known, view: isTable ? undefined : 'table' }) })}
          >
            {words.plan.asTable}
          </button>
        </div>
        {isTable ? <TrendTable {...trend} /> : <Trend {...trend} />}
      </section>
      <Breakdowns figure={figure} times={times} />
      <Entries figure={figure} times={times} />
      {may('clerk', 'auditor') && (
        <Suspense fallback={<Busy />}>
          <TargetChanges figure={figure} times={times} />
        </Suspense>
      )}
    </>
  );
};

const divisions: readonly Exclude<Division, 'sector,district'>[] = ['sector', 'district', 'area'];

const Breakdowns = ({ figure, times }: { readonly figure: Figure; readonly times: Times }) => {
  const { words } = useSpoken();
  return (
    <section aria-labelledby="parts">
      <h2 id="parts">{words.target.breakdown}</h2>
      <div className={css.parts}>
        {divisions.map((by) => (
          <Parts key={by} by={by} figure={figure} times={times} />
        ))}
      </div>
    </section>
  );
};

const Parts = ({ by, figure, times }: { by: (typeof divisions)[number]; figure: Figure; times: Times }) => {
  const { language, words, titled, number } = useSpoken();
  const registers = useQuery(registersQuery(language));
  const { data, instead } = together({ parts: useQuery(breakdownQuery(language, times, by)), registers });
  if (instead) return instead;
  const cells = data.parts.targets.find(({ id, plan }) => id === figure.id && plan === figure.plan)?.cells ?? [];
  const choices = choicesOf(data.registers.registers, by);
  const areas: Readonly<Record<string, string>> = {
    core: words.plan.core,
    belt: words.plan.belt,
    other: words.plan.other,
  };
  const labelOf = (value: string | null | undefined) => {
    if (value == null) return words.plan.notGiven;
    const choice = choices.find((each) => each.value === value);
    return choice === undefined ? (areas[value] ?? value) : titled(choice.title);
  };
  const highest = Math.max(1, ...cells.map(({ count }) => count));
  return (
    <table>
      <thead>
        <tr>
          <th scope="col">{words.plan[by]}</th>
          <th scope="col" className={css.number}>
            {words.target.count}
          </th>
        </tr>
      </thead>
      <tbody>
        {cells
          .toSorted((a, b) => b.count - a.count)
          .map(({ count, ...place }) => (
            <tr key={place[by]}>
              <th scope="row">
                {labelOf(place[by])}
                <svg className={css.part} viewBox="0 0 100 4" preserveAspectRatio="none" aria-hidden="true">
                  <rect width={(100 * count) / highest} height={4} />
                </svg>
              </th>
              <td className={css.number}>{number(count)}</td>
            </tr>
          ))}
        {cells.length === 0 && (
          <tr>
            <td colSpan={2}>{words.target.entriesNone}</td>
          </tr>
        )}
      </tbody>
    </table>
  );
};

const Entries = ({ figure, times }: { readonly figure: Figure; readonly times: Times }) => {
  const { language, words } = useSpoken();
  const query = { ...times, plan: figure.plan };
  const entries = useInfiniteQuery(targetEntriesQuery(language, figure.id, query));
  const { data, instead } = together({ entries });
  if (instead) return instead;
  const pages = data.entries.pages.map(({ answer }) => answer.entries);
  const file = (type: string) => urlOf(`/targets/${figure.id}/entries.${type}`, { ...query, lang: language });
  return (
    <section aria-labelledby="entries">
      <div className={css.bar}>
        <h2 id="entries">{words.target.entries}</h2>
        {['csv', 'xlsx'].map((type) => (
          <a key={type} href={file(type)} download>
            {type.toUpperCase()}
          </a>
        ))}
      </div>
      {pages.every(({ length }) => length === 0) ? (
        <Empty title={words.target.entriesNone} />
      ) : (
        <EntryTable pages={pages} total={data.entries.pages[0]?.answer.count ?? -1} />
      )}
      <More of={entries} />
    </section>
  );
};

type EntryTableProps = {
  readonly pages: readonly TargetEntries['entries'][];
  readonly total: number;
};

const EntryTable = ({ pages, total }: EntryTableProps) => {
  const { words, number } = useSpoken();
  const { entry, since, facts } = words.target;
  return (
    <div className="frame">
      <table className="cards" aria-rowcount={total + 1}>
        <thead>
          <tr>
            <th scope="col">{entry}</th>
            <th scope="col">{words.register.key}</th>
            <th scope="col">{since}</th>
            <th scope="col" className="number">
              {facts}
            </th>
          </tr>
        </thead>
        <PagedRows pages={pages}>
          {({ register, key, name, since: day, events }, rowIndex) => (
            <tr key={`${register}/${key}`} aria-rowindex={rowIndex}>
              <th scope="row" className={css.name}>
                <PageLink to="/registers/$register/$key" params={{ register, key }}>
                  {name}
                </PageLink>
              </th>
              <td data-label={words.register.key}>
                <code>{key}</code>
              </td>
              <td data-label={since}>
                <time dateTime={day}>{day}</time>
              </td>
              <td className="number" data-label={facts}>
                {number(events.length)}
              </td>
            </tr>
          )}
        </PagedRows>
      </table>
    </div>
  );
};

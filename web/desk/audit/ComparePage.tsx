import { useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import type { Figure } from '../../answers.ts';
import { Dials } from '../../parts/Dials.tsx';
import { useGoalLine } from '../../parts/goal.ts';
import { Pace } from '../../parts/Pace.tsx';
import { PageLink, timesAndLanguage } from '../../parts/PageLink.tsx';
import { together } from '../../parts/State.tsx';
import { plansQuery, targetsQuery } from '../../queries.ts';
import { type Times, todayInShanghai } from '../../times.ts';
import { useSpoken } from '../../words/words.ts';
import { Needs } from '../people/Needs.tsx';
import { AuditNav } from './AuditNav.tsx';
import css from './audit.module.css';
import { ComparedParts } from './ComparedParts.tsx';
import { pairedTargets } from './compared.ts';
import { Difference } from './Difference.tsx';
import { auditWords } from './words.ts';

/** Every target as two views show it, side by side; each view is a day and what was known. */
export const ComparePage = () => {
  const { said } = useSpoken();
  const { compare } = said(auditWords);
  return (
    <Needs title={compare.title} roles={['auditor', 'clerk']}>
      <AuditNav />
      <h1>{compare.title}</h1>
      <Views />
    </Needs>
  );
};

const Views = () => {
  const { language, said, number } = useSpoken();
  const { compare } = said(auditWords);
  const { on, knownAt, otherOn, otherKnownAt, target } = useSearch({ from: '/audit/compare' });
  const navigate = useNavigate({ from: '/audit/compare' });
  const { data: plans } = useQuery(plansQuery(language, {}));
  const today = plans?.on ?? todayInShanghai(Date.now());
  const first = { on, knownAt };
  const second = { on: otherOn, knownAt: otherKnownAt };
  const [one, two] = [useQuery(targetsQuery(language, first)), useQuery(targetsQuery(language, second))];
  const { data, instead } = together({ one, two });
  const rows = pairedTargets(data?.one.targets ?? [], data?.two.targets ?? []);
  const differing = rows.filter((row) => row.first?.count !== row.second?.count).length;
  const chosen = rows.find(({ key }) => key === target) ?? rows.find((row) => row.first?.count !== row.second?.count);
  const changeFirst = (times: Times) =>
    void navigate({ search: (known) => ({ ...known, on: times.on, knownAt: times.knownAt }), replace: true });
  const changeSecond = ({ on: otherOn, knownAt: otherKnownAt }: Times) =>
    void navigate({ search: (known) => ({ ...known, otherOn, otherKnownAt }), replace: true });
  return (
    <>
      <div className={css.views}>
        <h2>{compare.first}</h2>
        <Dials label={compare.first} times={first} today={today} onChange={changeFirst} />
        <h2>{compare.second}</h2>
        <Dials label={compare.second} times={second} today={today} onChange={changeSecond} />
      </div>
      {instead ?? (
        <>
          <p className={css.summary}>{compare.differ(number(differing), number(rows.length))}</p>
          <Table rows={rows} chosen={chosen?.key} />
          {chosen !== undefined && (
            <ComparedParts figure={chosen.second ?? chosen.first} first={first} second={second} />
          )}
        </>
      )}
    </>
  );
};

type Row = ReturnType<typeof pairedTargets>[number];

const Table = ({ rows, chosen }: { readonly rows: readonly Row[]; readonly chosen: string | undefined }) => {
  const { said } = useSpoken();
  const { compare } = said(auditWords);
  return (
    <div className="frame">
      <table className={`cards ${css.table}`}>
        <thead>
          <tr>
            <th scope="col">{compare.target}</th>
            <th scope="col">{compare.first}</th>
            <th scope="col">{compare.second}</th>
            <th scope="col">{compare.change}</th>
            <th scope="col">
              <span className="visually-hidden">{compare.why}</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <TargetRow key={row.key} row={row} isChosen={row.key === chosen} />
          ))}
        </tbody>
      </table>
    </div>
  );
};

const TargetRow = ({ row: { key, first, second }, isChosen }: { readonly row: Row; readonly isChosen: boolean }) => {
  const { said, titled } = useSpoken();
  const { compare } = said(auditWords);
  const navigate = useNavigate({ from: '/audit/compare' });
  const figure = second ?? first;
  if (figure === undefined) return null;
  const title = titled(figure.title);
  const change = (second?.count ?? 0) - (first?.count ?? 0);
  return (
    <tr data-differs={change !== 0 || undefined}>
      <th scope="row">
        <button
          type="button"
          className={css.name}
          aria-pressed={isChosen}
          title={compare.choose(title)}
          onClick={() => void navigate({ search: (known) => ({ ...known, target: key }), resetScroll: false })}
        >
          {title}
        </button>
      </th>
      <td data-label={compare.first}>
        <FigureText figure={first} />
      </td>
      <td data-label={compare.second}>
        <FigureText figure={second} />
      </td>
      <td data-label={compare.change}>
        <Difference change={change} />
      </td>
      <td className={css.why}>
        {change !== 0 && (
          <PageLink
            to="/audit/replay/$target"
            params={{ target: figure.id }}
            search={(known: object) => timesAndLanguage(known)}
            label={compare.whyOf(title)}
          >
            {compare.why}
          </PageLink>
        )}
      </td>
    </tr>
  );
};

const FigureText = ({ figure }: { readonly figure: Figure | undefined }) => {
  const { said, number } = useSpoken();
  const { compare } = said(auditWords);
  const goalLine = useGoalLine();
  if (figure === undefined) return <span className={css.quiet}>{compare.absent}</span>;
  return (
    <span className={css.figure}>
      <b>{number(figure.count)}</b> <small className={css.quiet}>{goalLine(figure.goal)}</small>{' '}
      <Pace pace={figure.pace} />
    </span>
  );
};

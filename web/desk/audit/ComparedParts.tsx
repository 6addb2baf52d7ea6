import { useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import type { Breakdown, Figure } from '../../answers.ts';
import { choicesOf } from '../../parts/places.ts';
import { together } from '../../parts/State.tsx';
import { breakdownQuery, registersQuery } from '../../queries.ts';
import type { Times } from '../../times.ts';
import { useSpoken } from '../../words/words.ts';
import css from './audit.module.css';
import { pairedCells } from './compared.ts';
import { Difference } from './Difference.tsx';
import { auditWords } from './words.ts';

const divisions = ['sector', 'district', 'area'] as const;

type Props = { readonly figure: Figure | undefined; readonly first: Times; readonly second: Times };

/** Where the two counts of a target lie, and where they differ. */
export const ComparedParts = ({ figure, first, second }: Props) => {
  const { language, said, titled } = useSpoken();
  const { compare } = said(auditWords);
  const asked = useSearch({ from: '/audit/compare' });
  const navigate = useNavigate({ from: '/audit/compare' });
  const by = divisions.find((each) => each === asked.by) ?? 'district';
  const one = useQuery(breakdownQuery(language, first, by));
  const two = useQuery(breakdownQuery(language, second, by));
  const { data, instead } = together({ one, two });
  if (figure === undefined) return null;
  const cellsOf = (breakdown: Breakdown | undefined) =>
    breakdown?.targets.find(({ id, plan }) => id === figure.id && plan === figure.plan)?.cells ?? [];
  return (
    <section className={css.part} aria-labelledby="parts">
      <div className={css.bar}>
        <h2 id="parts">{compare.breakdown(titled(figure.title))}</h2>
        {divisions.map((each) => (
          <button
            key={each}
            type="button"
            aria-pressed={each === by}
            onClick={() => void navigate({ search: (known) => ({ ...known, by: each }), resetScroll: false })}
          >
            {compare.by[each]}
          </button>
        ))}
      </div>
      {instead ?? <Parts by={by} cells={pairedCells(cellsOf(data.one), cellsOf(data.two), by)} />}
    </section>
  );
};

type PartsProps = { readonly by: (typeof divisions)[number]; readonly cells: ReturnType<typeof pairedCells> };

const Parts = ({ by, cells }: PartsProps) => {
  const { language, words, said, titled, number } = useSpoken();
  const { compare } = said(auditWords);
  const { data } = useQuery(registersQuery(language));
  const choices = choicesOf(data?.registers ?? [], by);
  const areas: Readonly<Record<string, string>> = {
    core: words.plan.core,
    belt: words.plan.belt,
    other: words.plan.other,
    '': words.plan.notGiven,
  };
  const labelOf = (place: string) => {
    const choice = choices.find(({ value }) => value === place);
    return choice === undefined ? (areas[place] ?? place) : titled(choice.title);
  };
  if (cells.length === 0) return <p className={css.quiet}>{compare.noParts}</p>;
  return (
    <div className="frame">
      <table className={`cards ${css.table}`}>
        <thead>
          <tr>
            <th scope="col">{words.plan[by]}</th>
            <th scope="col" className="number">
              {compare.first}
            </th>
            <th scope="col" className="number">
              {compare.second}
            </th>
            <th scope="col">{compare.change}</th>
          </tr>
        </thead>
        <tbody>
          {cells.map(({ place, first, second, change }) => (
            <tr key={place} data-differs={change !== 0 || undefined}>
              <th scope="row">{labelOf(place)}</th>
              <td className="number" data-label={compare.first}>
                {number(first)}
              </td>
              <td className="number" data-label={compare.second}>
                {number(second)}
              </td>
              <td data-label={compare.change}>
                <Difference change={change} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
};

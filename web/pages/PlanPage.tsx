import { useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import type { DeclaredRegister, Figure, PlanEntry } from '../answers.ts';
import { urlOf } from '../api.ts';
import { Matrix } from '../parts/Matrix.tsx';
import { choicesOf, sumOf } from '../parts/places.ts';
import { Busy, Empty, Failed } from '../parts/State.tsx';
import { TargetCard } from '../parts/TargetCard.tsx';
import { TileMap } from '../parts/TileMap.tsx';
import { breakdownQuery, plansQuery, registersQuery, seriesQuery, targetsQuery } from '../queries.ts';
import { useSpoken } from '../words/words.ts';
import css from './PlanPage.module.css';

/** The plan: every target with its trend, and where the chosen one stands. */
export const PlanPage = () => {
  const { language, words, titled } = useSpoken();
  const { target: chosen, plan: asked, ...times } = useSearch({ from: '/' });
  const navigate = useNavigate({ from: '/' });
  const { on, knownAt } = times;
  const plans = useQuery(plansQuery(language, { on, knownAt }));
  const targets = useQuery(targetsQuery(language, { on, knownAt }));
  const series = useQuery(seriesQuery(language, { on, knownAt }, 'week'));
  const registers = useQuery(registersQuery(language));
  const failed = [plans, targets, registers].find(({ error }) => error !== null);
  if (failed?.error) return <Failed error={failed.error} onAgain={() => failed.refetch()} />;
  if (plans.data === undefined || targets.data === undefined || registers.data === undefined) return <Busy />;

  const { items } = plans.data;
  const plan = items.find(({ key }) => key === asked) ?? items.at(-1);
  const figures = targets.data.targets.filter((figure) => figure.plan === plan?.key);
  if (plan === undefined || figures.length === 0)
    return (
      <Empty title={words.plan.none}>
        <p>{words.plan.noneHint}</p>
      </Empty>
    );
  const placed = placedTargets(plan, registers.data.registers);
  const shown =
    figures.find(({ id }) => id === chosen) ?? largest(figures.filter(({ id }) => placed.has(id))) ?? figures[0];
  const points = new Map(series.data?.targets.map((line) => [line.id, line.points]));
  return (
    <>
      <div className={css.head}>
        <h1>{titled(plan.title)}</h1>
        <Summary figures={figures} />
      </div>
      <ul className={css.cards}>
        {figures.map((figure) => (
          <TargetCard
            key={figure.id}
            figure={figure}
            plan={plan}
            points={points.get(figure.id) ?? []}
            isChosen={figure.id === shown?.id}
            onChoose={() => void navigate({ search: (known) => ({ ...known, target: figure.id }), resetScroll: false })}
          />
        ))}
      </ul>
      {shown !== undefined && <Where figure={shown} plan={plan} times={{ on, knownAt }} />}
      <Files times={{ on, knownAt }} plan={plan.key} />
    </>
  );
};

/** The targets that count what lies in a district, so that a map says something of them. */
const placedTargets = (plan: PlanEntry, registers: readonly DeclaredRegister[]): ReadonlySet<string> => {
  const placed = registers.filter(({ fields }) => fields.some(({ name }) => name === 'district'));
  const measures = new Set(placed.flatMap((register) => register.measures.map(({ id }) => id)));
  return new Set(plan.targets.filter(({ measure }) => measures.has(measure)).map(({ id }) => id));
};

const largest = (figures: readonly Figure[]): Figure | undefined => figures.toSorted((a, b) => b.count - a.count)[0];

const Summary = ({ figures }: { readonly figures: readonly Figure[] }) => {
  const { words, number } = useSpoken();
  const counts = Object.entries(Object.groupBy(figures, ({ pace }) => pace ?? 'none'));
  return (
    <ul className={css.summary} aria-label={words.plan.summary}>
      {counts.map(([pace, of]) => (
        <li key={pace}>
          {words.pace[pace as keyof typeof words.pace]} <b>{number(of?.length ?? 0)}</b>
        </li>
      ))}
    </ul>
  );
};

type Times = { readonly on?: string | undefined; readonly knownAt?: string | undefined };

const Where = ({ figure, plan, times }: { figure: Figure; plan: PlanEntry; times: Times }) => {
  const { language, words, titled } = useSpoken();
  const registers = useQuery(registersQuery(language));
  const both = useQuery(breakdownQuery(language, times, 'sector,district'));
  const areas = useQuery(breakdownQuery(language, times, 'area'));
  const failed = [registers, both, areas].find(({ error }) => error !== null);
  if (failed?.error) return <Failed error={failed.error} onAgain={() => failed.refetch()} />;
  if (registers.data === undefined || both.data === undefined || areas.data === undefined) return <Busy />;
  const cellsIn = ({ targets }: typeof both.data) =>
    targets.find(({ id, plan: of }) => id === figure.id && of === figure.plan)?.cells ?? [];
  const cells = cellsIn(both.data);
  const districts = choicesOf(registers.data.registers, 'district');
  const sectors = choicesOf(registers.data.registers, 'sector').filter(
    ({ value }) => plan.sectors.includes(value) || cells.some(({ sector }) => sector === value),
  );
  return (
    <section aria-labelledby="where" className={css.where}>
      <h2 id="where">{words.plan.shown(titled(figure.title))}</h2>
      <div>
        <h3>{words.plan.map}</h3>
        <TileMap
          districts={districts}
          belt={plan.belt}
          cells={cells}
          core={sumOf(cellsIn(areas.data), ({ area }) => area === 'core')}
        />
      </div>
      <div>
        <h3>{words.plan.matrix}</h3>
        <Matrix sectors={sectors} districts={districts} cells={cells} />
      </div>
    </section>
  );
};

const Files = ({ times, plan }: { readonly times: Times; readonly plan: string }) => {
  const { words, language } = useSpoken();
  const query = { ...times, plan, lang: language };
  const files = [
    { title: 'CSV', url: urlOf('/exports/targets.csv', query) },
    { title: 'XLSX', url: urlOf('/exports/targets.xlsx', query) },
  ];
  return (
    <p className={css.files}>
      <span>{words.plan.files}</span>
      {files.map(({ title, url }) => (
        <a key={title} href={url} download>
          {title}
        </a>
      ))}
      <button type="button" onClick={() => print()}>
        {words.plan.print}
      </button>
    </p>
  );
};

import { useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import type { Breakdown, DeclaredRegister, Figure, PlanEntry, Targets } from '../answers.ts';
import { urlOf } from '../api.ts';
import { Heard } from '../parts/Heard.tsx';
import { Matrix } from '../parts/Matrix.tsx';
import { PageLink } from '../parts/PageLink.tsx';
import { choicesOf, sumOf } from '../parts/places.ts';
import { Empty, together } from '../parts/State.tsx';
import { TargetCard } from '../parts/TargetCard.tsx';
import { TargetTable } from '../parts/TargetTable.tsx';
import { TileMap } from '../parts/TileMap.tsx';
import { breakdownQuery, plansQuery, registersQuery, seriesQuery, targetsQuery } from '../queries.ts';
import type { Times } from '../times.ts';
import { useSpoken } from '../words/words.ts';
import { BeginningCommands } from './EntryCommands.tsx';
import css from './PlanPage.module.css';

/** The plan: every target with its trend, and where the chosen one stands. */
export const PlanPage = () => {
  const { language, words, titled } = useSpoken();
  const { target: chosen, plan: asked, view, on, knownAt } = useSearch({ from: '/' });
  const navigate = useNavigate({ from: '/' });
  const summary = useSummaryText();
  const plans = useQuery(plansQuery(language, { on, knownAt }));
  const targets = useQuery(targetsQuery(language, { on, knownAt }));
  const series = useQuery(seriesQuery(language, { on, knownAt }, 'week'));
  const registers = useQuery(registersQuery(language));
  const { data, instead } = together({ plans, targets });
  if (instead) return instead;

  const { items } = data.plans;
  const plan = items.find(({ key }) => key === asked) ?? items.at(-1);
  const figures = data.targets.targets.filter((figure) => figure.plan === plan?.key);
  const declared = registers.data?.registers;
  if (plan === undefined || figures.length === 0)
    return declared === undefined ? (
      together({ registers }).instead
    ) : (
      <NoPlan registers={declared} isPast={on !== undefined || knownAt !== undefined} />
    );
  // The figures do not wait for the declarations, which say what has places.
  const placed = declared && placedTargets(plan, declared);
  const shown =
    figures.find(({ id }) => id === chosen) ??
    (placed && (largest(figures.filter(({ id }) => placed.has(id))) ?? figures[0]));
  const isTable = view === 'table';
  const points = new Map(series.data?.targets.map((line) => [line.id, line.points]));
  return (
    <>
      <div className={css.head}>
        <h1>{titled(plan.title)}</h1>
        <div className={css.beside}>
          <Summary figures={figures} />
          <button
            type="button"
            aria-pressed={isTable}
            onClick={() =>
              void navigate({
                search: (known) => ({ ...known, view: isTable ? undefined : ('table' as const) }),
                resetScroll: false,
              })
            }
          >
            {words.plan.asTable}
          </button>
        </div>
      </div>
      <Heard times={{ on, knownAt }} text={targets.isPlaceholderData ? undefined : summary(figures)} />
      {isTable ? (
        <TargetTable figures={figures} />
      ) : (
        <ul className={css.cards}>
          {figures.map((figure) => (
            <TargetCard
              key={figure.id}
              figure={figure}
              plan={plan}
              points={points.get(figure.id) ?? []}
              isChosen={figure.id === shown?.id}
              onChoose={() =>
                void navigate({ search: (known) => ({ ...known, target: figure.id }), resetScroll: false })
              }
            />
          ))}
        </ul>
      )}
      {shown !== undefined && <Where figure={shown} plan={plan} times={{ on, knownAt }} />}
      <Files times={{ on, knownAt }} plan={plan.key} shown={data.targets} />
    </>
  );
};

/** No plan yet: what comes first, and for an administrator the way there. */
const NoPlan = ({
  registers,
  isPast,
}: {
  readonly registers: readonly DeclaredRegister[];
  readonly isPast: boolean;
}) => {
  const { words } = useSpoken();
  const plans = registers.find(({ name }) => name === 'plans');
  return (
    <Empty title={words.plan.none}>
      <p>{isPast ? words.plan.noneHint : words.plan.firstHint}</p>
      {!isPast && plans !== undefined && <BeginningCommands register={plans} />}
    </Empty>
  );
};

/** The targets that count what lies in a district, so that a map says something of them. */
const placedTargets = (plan: PlanEntry, registers: readonly DeclaredRegister[]): ReadonlySet<string> => {
  const placed = registers.filter(({ fields }) => fields.some(({ name }) => name === 'district'));
  const measures = new Set(placed.flatMap((register) => register.measures.map(({ id }) => id)));
  return new Set(plan.targets.filter(({ measure }) => measures.has(measure)).map(({ id }) => id));
};

const largest = (figures: readonly Figure[]): Figure | undefined => figures.toSorted((a, b) => b.count - a.count)[0];

const paces = ['reached', 'ahead', 'on-track', 'behind', 'missed', 'none'] as const;

/** How many targets are at each pace, the best first. */
const countsOf = (figures: readonly Figure[]) =>
  paces
    .map((pace) => [pace, figures.filter((figure) => (figure.pace ?? 'none') === pace).length] as const)
    .filter(([, count]) => count > 0);

const useSummaryText = () => {
  const { words, number, language } = useSpoken();
  return (figures: readonly Figure[]) => {
    const counts = countsOf(figures).map(([pace, count]) => `${words.pace[pace]} ${number(count)}`);
    return `${words.plan.summary}${language === 'zh' ? '：' : ': '}${counts.join(language === 'zh' ? '，' : ', ')}`;
  };
};

const Summary = ({ figures }: { readonly figures: readonly Figure[] }) => {
  const { words, number } = useSpoken();
  return (
    <ul className={css.summary} aria-label={words.plan.summary}>
      {countsOf(figures).map(([pace, count]) => (
        <li key={pace}>
          {words.pace[pace]} <b>{number(count)}</b>
        </li>
      ))}
    </ul>
  );
};

const Where = ({ figure, plan, times }: { figure: Figure; plan: PlanEntry; times: Times }) => {
  const { language, words, titled } = useSpoken();
  const registers = useQuery(registersQuery(language));
  const both = useQuery(breakdownQuery(language, times, 'sector,district'));
  const areas = useQuery(breakdownQuery(language, times, 'area'));
  const { data, instead } = together({ registers, both, areas });
  if (instead) return instead;
  const declared = data.registers.registers;
  const cellsIn = ({ targets }: Breakdown) =>
    targets.find(({ id, plan: of }) => id === figure.id && of === figure.plan)?.cells ?? [];
  const cells = cellsIn(data.both);
  const districts = choicesOf(declared, 'district');
  const sectors = choicesOf(declared, 'sector').filter(
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
          core={sumOf(cellsIn(data.areas), ({ area }) => area === 'core')}
        />
      </div>
      <div>
        <h3>{words.plan.matrix}</h3>
        <Matrix sectors={sectors} districts={districts} cells={cells} />
      </div>
    </section>
  );
};

type FilesProps = { readonly times: Times; readonly plan: string; readonly shown: Pick<Targets, 'on' | 'size'> };

const Files = ({ times, plan, shown }: FilesProps) => {
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
      <PageLink to="/" search={(known: object) => ({ ...known, on: shown.on, knownAt: String(shown.size) })}>
        {words.plan.link}
      </PageLink>
      <PageLink to="/" search={(known: object) => ({ ...known, wall: 'on' })}>
        {words.plan.wall}
      </PageLink>
    </p>
  );
};

import type { Figure, PlanEntry, PlanSeries } from '../answers.ts';
import { useSpoken } from '../words/words.ts';
import { Chart } from './Chart.tsx';
import { useGoalLine, useProjectedText, useProjectedTitle } from './goal.ts';
import { Pace } from './Pace.tsx';
import { PageLink } from './PageLink.tsx';
import css from './TargetCard.module.css';

type Props = {
  readonly figure: Figure;
  readonly plan: Pick<PlanEntry, 'from' | 'to'>;
  readonly points: PlanSeries['targets'][number]['points'];
  readonly isChosen: boolean;
  readonly onChoose: () => void;
};

/** One target: its count, its goal, how it is doing, and where it is heading. */
export const TargetCard = ({ figure, plan, points, isChosen, onChoose }: Props) => {
  const { words, titled, number } = useSpoken();
  const goalLine = useGoalLine();
  const projectedText = useProjectedText();
  const projectedTitle = useProjectedTitle();
  const { goal, count, expected, projected, pace } = figure;
  const wanted = goal === null ? undefined : (goal.max ?? goal.min);
  const title = titled(figure.title);
  return (
    <li className={css.card} data-chosen={isChosen || undefined}>
      <h3 className={css.title}>
        <PageLink to="/targets/$id" params={{ id: figure.id }}>
          {title}
        </PageLink>
      </h3>
      <p className={css.figure}>
        <span className={css.count}>{number(count)}</span>
        <span className={css.goal}>{goalLine(goal)}</span>
        <Pace pace={pace} />
      </p>
      <Bar count={count} wanted={wanted} expected={expected} />
      <Chart figure={figure} points={points} from={plan.from} to={plan.to} width={256} height={64} />
      <dl className={css.facts}>
        <div>
          <dt>{words.plan.expected}</dt>
          <dd>{expected === null ? '—' : number(expected)}</dd>
        </div>
        <div>
          <dt>{projectedTitle(figure, plan)}</dt>
          <dd>{projected === null ? '—' : projectedText(projected)}</dd>
        </div>
      </dl>
      <button
        className={css.choose}
        type="button"
        aria-pressed={isChosen}
        title={words.plan.choose(title)}
        onClick={onChoose}
      >
        {words.target.breakdown}
        <span className="visually-hidden">{title}</span>
      </button>
    </li>
  );
};

/** The count as a share of the goal, with a mark where it is expected to be. */
const Bar = ({ count, wanted, expected }: { count: number; wanted: number | undefined; expected: number | null }) => {
  if (wanted === undefined) return <div className={css.noBar} />;
  const share = (value: number) => 256 * Math.min(1, value / Math.max(1, wanted));
  return (
    <svg className={css.bar} viewBox="0 0 256 8" preserveAspectRatio="none" aria-hidden="true">
      <rect className={css.track} width={256} height={8} />
      <rect className={css.done} width={share(count)} height={8} />
      {expected !== null && <rect className={css.mark} x={Math.max(0, share(expected) - 2)} width={2} height={8} />}
    </svg>
  );
};

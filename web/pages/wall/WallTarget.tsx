import type { Figure, PlanEntry, PlanSeries } from '../../answers.ts';
import { Chart } from '../../parts/Chart.tsx';
import { useGoalLine, useProjectedText, useProjectedTitle } from '../../parts/goal.ts';
import { Pace } from '../../parts/Pace.tsx';
import { useSpoken } from '../../words/words.ts';
import css from './WallPage.module.css';
import { WallTitle } from './WallTitle.tsx';

type Props = {
  readonly figure: Figure;
  readonly plan: Pick<PlanEntry, 'from' | 'to'>;
  readonly points: PlanSeries['targets'][number]['points'];
  readonly as: 'li' | 'section';
};

/** One target, to be read from across a room. */
export const WallTarget = ({ figure, plan, points, as: Part }: Props) => {
  const { words, titled, number } = useSpoken();
  const goalLine = useGoalLine();
  const projectedText = useProjectedText();
  const projectedTitle = useProjectedTitle();
  const { count, goal, expected, projected, pace } = figure;
  return (
    <Part className={css.target}>
      <WallTitle>{titled(figure.title)}</WallTitle>
      <p className={css.figure}>
        <span className={css.count}>{number(count)}</span>
        <span className={css.goal}>{goalLine(goal)}</span>
        <Pace pace={pace} />
      </p>
      <Chart figure={figure} points={points} from={plan.from} to={plan.to} width={640} height={200} />
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
    </Part>
  );
};

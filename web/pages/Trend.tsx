import type { Figure, PlanEntry, PlanSeries } from '../answers.ts';
import { Chart, highestIn, ticksBelow } from '../parts/Chart.tsx';
import { useGoalText, useProjectedText, useProjectedTitle } from '../parts/goal.ts';
import { Scroll } from '../parts/Scroll.tsx';
import { useSpoken } from '../words/words.ts';
import css from './Trend.module.css';

type Props = {
  readonly figure: Figure;
  readonly plan: Pick<PlanEntry, 'from' | 'to'>;
  readonly points: PlanSeries['targets'][number]['points'];
};

/** What the chart shows, in a sentence. */
export const useTrendText = (): ((trend: Props) => string) => {
  const { words, titled, number } = useSpoken();
  return ({ figure, plan, points }) => {
    const last = points.at(-1);
    return words.target.chart(titled(figure.title), plan.from, last?.on ?? plan.to, number(last?.count ?? 0));
  };
};

/** A target over its plan, with counts at its side and what each line stands for. */
export const Trend = ({ figure, plan: { from, to }, points }: Props) => {
  const { words, number } = useSpoken();
  const goalText = useGoalText();
  const projectedText = useProjectedText();
  const projectedTitle = useProjectedTitle();
  const trendText = useTrendText();
  const highest = highestIn(figure, points, from, to);
  const ticks = ticksBelow(highest);
  const { count, goal, expected, projected } = figure;
  const legend = [
    { line: css.count, name: words.target.count, value: number(count) },
    ...(expected === null ? [] : [{ line: css.expected, name: words.plan.expected, value: number(expected) }]),
    ...(goal === null ? [] : [{ line: css.goal, name: words.plan.goal, value: goalText(goal) }]),
    ...(projected === null
      ? []
      : [{ line: css.projected, name: projectedTitle(figure, { to }), value: projectedText(projected) }]),
  ];
  return (
    <figure className={css.figure}>
      <ul className={css.legend} aria-label={words.target.legend}>
        {legend.map(({ line, name, value }) => (
          <li key={name}>
            <span className={`${css.line} ${line}`} aria-hidden="true" />
            {name} <b>{value}</b>
          </li>
        ))}
      </ul>
      <div className={css.plot}>
        <div className={css.ticks} aria-hidden="true">
          {ticks.map((tick) => (
            <span key={tick} style={{ bottom: `${(100 * tick) / highest}%` }}>
              {number(tick)}
            </span>
          ))}
        </div>
        <Chart
          {...{ figure, points, from, to, ticks }}
          width={960}
          height={280}
          label={trendText({ figure, plan: { from, to }, points })}
        />
      </div>
      <figcaption>
        <time dateTime={from}>{from}</time>
        <time dateTime={to}>{to}</time>
      </figcaption>
    </figure>
  );
};

/** The same in numbers: where it is heading and the goal first, then the newest day. */
export const TrendTable = ({ figure: { goal, projected }, plan: { to }, points }: Props) => {
  const { words, number } = useSpoken();
  const goalText = useGoalText();
  const projectedText = useProjectedText();
  return (
    <Scroll className={css.scroll} label={words.target.series}>
      <table>
        <thead>
          <tr>
            <th scope="col">{words.target.day}</th>
            <th scope="col" className={css.number}>
              {words.target.count}
            </th>
            <th scope="col" className={css.number}>
              {words.target.expected}
            </th>
          </tr>
        </thead>
        <tbody>
          <tr className={css.target}>
            <th scope="row">{words.target.line(to)}</th>
            <td className={css.number}>{goalText(goal)}</td>
            <td />
          </tr>
          {projected !== null && (
            <tr className={css.target}>
              <th scope="row">{words.target.heading(to)}</th>
              <td className={css.number}>{projectedText(projected)}</td>
              <td />
            </tr>
          )}
          {points.toReversed().map(({ on, count, expected }) => (
            <tr key={on}>
              <th scope="row">{on}</th>
              <td className={css.number}>{number(count)}</td>
              <td className={css.number}>{expected === null ? '—' : number(expected)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  );
};

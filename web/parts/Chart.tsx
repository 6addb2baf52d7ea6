import type { Figure, PlanSeries } from '../answers.ts';
import { daysBetween } from '../times.ts';
import css from './Chart.module.css';

type Line = PlanSeries['targets'][number];

type Props = {
  readonly figure: Pick<Figure, 'goal' | 'projected'>;
  readonly points: Line['points'];
  /** The plan's days, which the width stands for. */
  readonly from: string;
  readonly to: string;
  readonly width: number;
  readonly height: number;
  /** Counts at which a line is drawn across. */
  readonly ticks?: readonly number[];
  /** Says what the chart shows; a chart without a label is for the eye alone. */
  readonly label?: string;
};

const pad = 2;

/** A target over its plan: the count in steps, what was expected, the goal, and the range it is heading for. */
export const Chart = ({ figure, points, from, to, width, height, ticks = [], label }: Props) => {
  const { goal, projected } = figure;
  const last = points.at(-1);
  const lineEnd = last === undefined ? 0 : expectedAtEnd(points, from, to);
  const highest = highestIn(figure, points, from, to);
  const days = Math.max(1, daysBetween(from, to));
  const x = (day: string) => pad + ((width - 2 * pad) * Math.min(days, Math.max(0, daysBetween(from, day)))) / days;
  const y = (value: number) => height - pad - ((height - 2 * pad) * value) / highest;
  const steps = points.map(
    ({ on, count }, index) => `${index === 0 ? 'M' : 'H'}${x(on)}${index === 0 ? `,${y(count)}` : `V${y(count)}`}`,
  );
  const expected = points.filter((point) => point.expected !== null);
  return (
    <svg
      className={css.chart}
      viewBox={`0 0 ${width} ${height}`}
      preserveAspectRatio="none"
      role="img"
      aria-hidden={label === undefined}
    >
      <title>{label ?? ''}</title>
      {ticks.map((tick) => (
        <path key={tick} className={css.tick} d={`M${pad},${y(tick)}H${width - pad}`} />
      ))}
      {goal !== null && goal.max !== undefined && (
        <rect
          className={css.range}
          x={pad}
          width={width - 2 * pad}
          y={y(goal.max)}
          height={Math.max(1, y(goal.min) - y(goal.max))}
        />
      )}
      {goal !== null && goal.max === undefined && (
        <path className={css.goal} d={`M${pad},${y(goal.min)}H${width - pad}`} />
      )}
      {expected.length > 0 && goal !== null && (
        <path className={css.expected} d={`M${x(from)},${y(0)}L${x(to)},${y(lineEnd)}`} />
      )}
      {last !== undefined && projected !== null && last.on < to && (
        <path
          className={css.projected}
          d={`M${x(last.on)},${y(last.count)}L${x(to)},${y(projected.high)}V${y(projected.low)}Z`}
        />
      )}
      {steps.length > 0 && <path className={css.count} d={steps.join('')} />}
    </svg>
  );
};

/** The count at the top of a chart. */
export const highestIn = (
  { goal, projected }: Props['figure'],
  points: Line['points'],
  from: string,
  to: string,
): number =>
  Math.max(
    1,
    goal?.min ?? 0,
    goal?.max ?? 0,
    projected?.high ?? 0,
    points.length === 0 ? 0 : expectedAtEnd(points, from, to),
    ...points.map(({ count }) => count),
  );

/** Round counts from 0 on, at most five of them, that lie below the top. */
export const ticksBelow = (highest: number): readonly number[] => {
  const power = 10 ** Math.floor(Math.log10(Math.max(1, highest)));
  const step = [0.1, 0.2, 0.5, 1, 2].map((part) => part * power).find((each) => highest / each < 5 && each >= 1) ?? 1;
  return Array.from({ length: Math.floor(highest / step) + 1 }, (_, index) => index * step);
};

/** Where the line of what is expected ends; it grows by the day, so its last point gives its slope. */
const expectedAtEnd = (points: Line['points'], from: string, to: string): number => {
  const last = points.findLast(({ expected }) => expected !== null && expected > 0);
  if (last?.expected == null) return 0;
  const so = Math.max(1, daysBetween(from, last.on < to ? last.on : to));
  return (last.expected / so) * daysBetween(from, to);
};

import { useQuery } from '@tanstack/react-query';
import { useId } from 'react';
import { plansQuery, recordingDaysQuery } from '../queries.ts';
import { addDays, daysBetween, shanghaiMinute, type Times } from '../times.ts';
import { useSpoken } from '../words/words.ts';
import { DayField } from './DayField.tsx';
import css from './Dials.module.css';

/** Days of recording from which the dial steps by day; a younger ledger steps by size. */
const youngDays = 3;

type Props = {
  readonly times: Times;
  readonly today: string;
  readonly onChange: (times: Times) => void;
  /** Says whose times they are, if there are several dials; then the past is nothing to be told of. */
  readonly label?: string;
};

/** The two times that every number depends on: which day it is counted for, and what was known. */
export const Dials = ({ times, today, onChange, label }: Props) => {
  const { words } = useSpoken();
  const isPast = label === undefined && (times.on !== undefined || times.knownAt !== undefined);
  return (
    <section className={css.bar} data-past={isPast || undefined} aria-label={label ?? words.dials.label}>
      <DayDial times={times} today={today} onChange={onChange} />
      <KnownDial times={times} onChange={onChange} />
      {isPast && (
        <p className={css.past} role="status">
          {words.dials.past}
          <button type="button" onClick={() => onChange({})}>
            {words.dials.back}
          </button>
        </p>
      )}
    </section>
  );
};

const DayDial = ({ times, today, onChange }: Props) => {
  const { words, language } = useSpoken();
  const id = useId();
  const { data } = useQuery(plansQuery(language, {}));
  const plans = data?.items ?? [];
  const from = plans.map((plan) => plan.from).sort()[0] ?? addDays(today, -365);
  const end =
    plans
      .map((plan) => plan.to)
      .sort()
      .at(-1) ?? today;
  const last = end < today ? end : today;
  const shown = times.on ?? today;
  const steps = Math.max(1, daysBetween(from, last));
  const choose = (on: string) => onChange({ ...times, on: on === today ? undefined : on });
  return (
    <div className={css.dial}>
      <label htmlFor={id} title={words.dials.onHint}>
        {words.dials.on}
      </label>
      <input
        id={id}
        type="range"
        min={0}
        max={steps}
        value={Math.min(steps, Math.max(0, daysBetween(from, shown)))}
        aria-valuetext={times.on ?? words.dials.onToday(today)}
        onChange={(event) => choose(addDays(from, Number(event.target.value)))}
      />
      <DayField day={shown} latest={today} label={words.dials.day} onChoose={choose} />
    </div>
  );
};

const KnownDial = ({ times, onChange }: Pick<Props, 'times' | 'onChange'>) => {
  const { words, language, number } = useSpoken();
  const id = useId();
  const { data } = useQuery(recordingDaysQuery(language));
  const days = data?.days ?? [];
  const newest = days.at(-1)?.size ?? 0;
  const isYoung = days.length < youngDays;
  const sizes = isYoung ? Array.from({ length: newest + 1 }, (_, size) => size) : [0, ...days.map(({ size }) => size)];
  const size = times.knownAt !== undefined && /^\d+$/.test(times.knownAt) ? Number(times.knownAt) : undefined;
  const place = size === undefined ? sizes.length - 1 : sizes.findIndex((each) => each >= size);
  const day = days.find((each) => each.size === size)?.on;
  const shown = () => {
    if (times.knownAt === undefined) return words.dials.now;
    if (size === undefined) return words.dials.atInstant(shanghaiMinute(times.knownAt));
    return day === undefined || isYoung ? words.dials.ofSize(number(size)) : words.dials.atEndOf(day);
  };
  const choose = (index: number) => {
    const chosen = sizes[index];
    const isNow = chosen === undefined || index === sizes.length - 1;
    onChange({ ...times, knownAt: isNow ? undefined : String(chosen) });
  };
  return (
    <div className={css.dial}>
      <label htmlFor={id} title={words.dials.knownAtHint}>
        {words.dials.knownAt}
      </label>
      <input
        id={id}
        type="range"
        min={0}
        max={Math.max(1, sizes.length - 1)}
        value={place === -1 ? sizes.length - 1 : place}
        disabled={sizes.length < 2}
        aria-valuetext={shown()}
        onChange={(event) => choose(Number(event.target.value))}
      />
      <span className={css.shown}>{shown()}</span>
    </div>
  );
};

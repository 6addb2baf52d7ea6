import { useNavigate, useSearch } from '@tanstack/react-router';
import { useEffect, useId, useRef, useState } from 'react';
import { Button } from '../../parts/Button.tsx';
import { useSpoken } from '../../words/words.ts';
import css from './audit.module.css';
import { type Change, ChangeText } from './ChangeList.tsx';
import own from './replay.module.css';
import { StepList } from './StepList.tsx';
import { countsOf, stepIn } from './steps.ts';
import { auditWords } from './words.ts';

const stepMs = 1_200;

type Props = { readonly before: number; readonly changes: readonly Change[] };

/** The count after each event that moved it, one step at a time: by slider, buttons, keys, or by itself. */
export const Replay = ({ before, changes }: Props) => {
  const { said, number } = useSpoken();
  const { replay } = said(auditWords);
  const sliderId = useId();
  const { step: asked } = useSearch({ from: '/audit/replay/$target' });
  const navigate = useNavigate({ from: '/audit/replay/$target' });
  const counts = countsOf(before, changes);
  const last = changes.length;
  const step = stepIn(asked, last);
  const go = (to: number) =>
    void navigate({ search: (known) => ({ ...known, step: String(to) }), replace: true, resetScroll: false });
  const { isPlaying, play, pause } = usePlay(step, last, go);
  const count = number(counts[step] ?? 0);
  const current = changes[step - 1];
  const byHand = (to: number) => {
    pause();
    go(to);
  };
  return (
    <>
      <section className={own.stage} aria-label={replay.step}>
        <p className={own.count}>
          <span className="visually-hidden">{replay.count} </span>
          {count}
        </p>
        <div className={own.now}>
          <p className={css.quiet}>{replay.at(number(step), number(last))}</p>
          <div>{current === undefined ? replay.start : <ChangeText change={current} />}</div>
        </div>
        <Line counts={counts} step={step} />
        <div className={own.controls}>
          <Button kind="main" onPress={isPlaying ? pause : play}>
            {isPlaying ? replay.pause : replay.play}
          </Button>
          <Button disabled={step === 0} onPress={() => byHand(step - 1)}>
            {replay.back}
          </Button>
          <Button disabled={step === last} onPress={() => byHand(step + 1)}>
            {replay.forth}
          </Button>
          <div className={own.slider}>
            <label htmlFor={sliderId}>{replay.step}</label>
            <input
              id={sliderId}
              type="range"
              min={0}
              max={last}
              value={step}
              aria-valuetext={`${replay.at(number(step), number(last))}, ${replay.count} ${count}`}
              onChange={({ target }) => byHand(Number(target.value))}
            />
          </div>
        </div>
      </section>
      <section className={css.part} aria-labelledby="steps">
        <h2 id="steps">{replay.all}</h2>
        <StepList changes={changes} counts={counts} step={step} onStep={byHand} />
      </section>
    </>
  );
};

/** Goes a step further every now and then, until the last. */
const usePlay = (step: number, last: number, go: (to: number) => void) => {
  const [isPlaying, setPlaying] = useState(false);
  const going = useRef(go);
  going.current = go;
  useEffect(() => {
    if (!isPlaying || step >= last) return;
    const timer = setTimeout(() => {
      going.current(step + 1);
      if (step + 1 === last) setPlaying(false);
    }, stepMs);
    return () => clearTimeout(timer);
  }, [isPlaying, step, last]);
  return {
    isPlaying,
    pause: () => setPlaying(false),
    /** From the beginning again, once it has come to the end. */
    play: () => {
      if (step === last) go(0);
      setPlaying(true);
    },
  };
};

const [width, height] = [960, 120];
/** More points than the line is wide nobody can see. */
const mostPoints = 2_000;

/** The counts as a line of steps, with the current one marked. */
const Line = ({ counts, step }: { readonly counts: readonly number[]; readonly step: number }) => {
  const { said, number } = useSpoken();
  const { replay } = said(auditWords);
  const low = counts.reduce((lowest, count) => Math.min(lowest, count), 0);
  const high = counts.reduce((highest, count) => Math.max(highest, count), 1);
  const x = (index: number) => 4 + ((width - 8) * index) / Math.max(1, counts.length - 1);
  const y = (count: number) => height - 4 - ((height - 8) * (count - low)) / (high - low);
  const stride = Math.ceil(counts.length / mostPoints);
  const lineTo = (end: number) =>
    counts
      .flatMap((count, index) => (index <= end && (index % stride === 0 || index === end) ? [[index, count]] : []))
      .map(([index = 0, count = 0]) => (index === 0 ? `M${x(0)},${y(count)}` : `H${x(index)}V${y(count)}`))
      .join('');
  return (
    <svg className={own.line} viewBox={`0 0 ${width} ${height}`} preserveAspectRatio="none" role="img">
      <title>{replay.chart(number(counts.length - 1), number(counts.at(-1) ?? 0))}</title>
      <path className={own.all} d={lineTo(counts.length - 1)} />
      <path className={own.done} d={lineTo(step)} />
      <path className={own.mark} d={`M${x(step)},0V${height}`} />
    </svg>
  );
};

import { useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useEffect, useLayoutEffect, useState } from 'react';
import type { Figure, PlanEntry, PlanSeries } from '../../answers.ts';
import { useLive } from '../../parts/live.ts';
import { isMadeUp } from '../../parts/made-up.ts';
import { Empty, together } from '../../parts/State.tsx';
import { plansQuery, seriesQuery, targetsQuery } from '../../queries.ts';
import { shanghaiMinute } from '../../times.ts';
import { useSpoken } from '../../words/words.ts';
import { cycleSeconds, placeIn } from './cycle.ts';
import css from './WallPage.module.css';
import { WallTarget } from './WallTarget.tsx';
import { wallWords } from './words.ts';

/** The plan for an office wall: dark, large, live, as a whole or one target after the other. Nobody needs to touch it. */
export const WallPage = () => {
  const { language } = useSpoken();
  const { plan: asked, on, knownAt, cycle } = useSearch({ from: '/' });
  const times = { on, knownAt };
  const leave = useLeave();
  useDark();
  const plans = useQuery(plansQuery(language, times));
  const targets = useQuery(targetsQuery(language, times));
  const series = useQuery(seriesQuery(language, times, 'week'));
  const { instead } = together({ plans, targets });
  const plan = plans.data?.items.find(({ key }) => key === asked) ?? plans.data?.items.at(-1);
  const figures = targets.data?.targets.filter((figure) => figure.plan === plan?.key) ?? [];
  const points = new Map(series.data?.targets.map((line) => [line.id, line.points]));
  return (
    <main className={css.wall}>
      <Top plan={plan} shownOn={targets.data?.on} />
      {instead ?? <Targets plan={plan} figures={figures} points={points} seconds={cycleSeconds(cycle)} />}
      <Bottom isCycle={cycleSeconds(cycle) !== undefined} onLeave={leave} />
    </main>
  );
};

/** A wall is dark whatever its reader's machine prefers. */
const useDark = () =>
  useLayoutEffect(() => {
    const { dataset } = document.documentElement;
    dataset.wall = '';
    return () => {
      delete dataset.wall;
    };
  }, []);

/** Leaves by Escape or by the link; F shows the wall on the whole screen. */
const useLeave = () => {
  const navigate = useNavigate({ from: '/' });
  const leave = () => {
    if (document.fullscreenElement !== null) void document.exitFullscreen();
    void navigate({ search: (known) => ({ ...known, wall: undefined, cycle: undefined }) });
  };
  useKeys([
    ['escape', leave],
    ['f', () => void document.documentElement.requestFullscreen().catch(() => {})],
  ]);
  return leave;
};

/** What keys do, unless they are pressed with others. */
const useKeys = (acts: readonly (readonly [key: string, act: () => void])[]) => {
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const act = acts.find(([key]) => key === event.key.toLowerCase())?.[1];
      if (act === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      act();
    };
    addEventListener('keydown', onKey);
    return () => removeEventListener('keydown', onKey);
  });
};

/** The plan's name and both times, which stay, as texts. */
const Top = ({ plan, shownOn }: { readonly plan: PlanEntry | undefined; readonly shownOn: string | undefined }) => {
  const { words, titled, number } = useSpoken();
  const { on, knownAt } = useSearch({ from: '/' });
  const { isConnected, message } = useLive({ on, knownAt });
  const known = () => {
    if (knownAt === undefined) return words.dials.now;
    return /^\d+$/.test(knownAt)
      ? words.dials.ofSize(number(Number(knownAt)))
      : words.dials.atInstant(shanghaiMinute(knownAt));
  };
  return (
    <header className={css.top}>
      <h1>{plan === undefined ? words.name : titled(plan.title)}</h1>
      {isMadeUp && <p className={css.madeUp}>{words.madeUp}</p>}
      <dl className={css.times}>
        <dt>{words.dials.on}</dt>
        <dd data-past={on !== undefined || undefined}>{shownOn ?? on ?? words.dials.today}</dd>
        <dt>{words.dials.knownAt}</dt>
        <dd data-past={knownAt !== undefined || undefined}>{known()}</dd>
      </dl>
      <p className={isConnected ? css.live : css.away}>
        <span aria-hidden="true">●</span> {isConnected ? words.live.on : words.live.off}
      </p>
      <p className="visually-hidden" role="status">
        {message}
      </p>
    </header>
  );
};

type Points = PlanSeries['targets'][number]['points'];
type TargetsProps = {
  readonly plan: PlanEntry | undefined;
  readonly figures: readonly Figure[];
  readonly points: ReadonlyMap<string, Points>;
  readonly seconds: number | undefined;
};

const Targets = ({ plan, figures, points, seconds }: TargetsProps) => {
  const { words } = useSpoken();
  if (plan === undefined || figures.length === 0) return <Empty title={words.plan.none} />;
  if (seconds !== undefined) return <Slides plan={plan} figures={figures} points={points} seconds={seconds} />;
  return (
    <ul className={css.all}>
      {figures.map((figure) => (
        <WallTarget key={figure.id} figure={figure} plan={plan} points={points.get(figure.id) ?? []} as="li" />
      ))}
    </ul>
  );
};

const Slides = ({ plan, figures, points, seconds }: TargetsProps & { plan: PlanEntry; seconds: number }) => {
  const { said, number } = useSpoken();
  const wall = said(wallWords);
  const [index, setIndex] = useState(0);
  const [isPaused, setPaused] = useState(false);
  const shown = figures[placeIn(index, figures.length)];
  useEffect(() => {
    if (isPaused) return;
    const timer = setTimeout(() => setIndex(index + 1), seconds * 1_000);
    return () => clearTimeout(timer);
  }, [index, isPaused, seconds]);
  useKeys([
    [' ', () => setPaused(!isPaused)],
    ['arrowright', () => setIndex(index + 1)],
    ['arrowleft', () => setIndex(index - 1)],
  ]);
  if (shown === undefined) return null;
  return (
    <div className={css.slide}>
      <WallTarget key={shown.id} figure={shown} plan={plan} points={points.get(shown.id) ?? []} as="section" />
      <p className={css.place}>
        {wall.place(number(placeIn(index, figures.length) + 1), number(figures.length))}
        {isPaused && <b> · {wall.paused}</b>}
      </p>
    </div>
  );
};

const Bottom = ({ isCycle, onLeave }: { readonly isCycle: boolean; readonly onLeave: () => void }) => {
  const { said } = useSpoken();
  const wall = said(wallWords);
  return (
    <footer className={css.bottom}>
      <span>{isCycle ? wall.hint : wall.hintStill}</span>
      <button type="button" onClick={onLeave}>
        {wall.leave}
      </button>
    </footer>
  );
};

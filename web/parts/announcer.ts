import type { Figure } from '../answers.ts';

/** A screen reader hears of moved numbers no more often than this. */
const announceMs = 5_000;
/** A dial that has not moved for this long has come to rest. */
const restMs = 1_000;

export type Announcer = {
  /** These numbers have moved; each is said once, as it is when its turn comes. */
  readonly moved: (figures: readonly Figure[]) => void;
  /** Somebody moves a dial: what they hear is the dial. */
  readonly dialMoved: () => void;
  /** Nothing that has not been said yet is said. */
  readonly forget: () => void;
};

/** Says moved numbers at most once in five seconds, together, and never while a dial moves. */
export const announcer = (say: (figures: readonly Figure[]) => void): Announcer => {
  const waiting = new Map<string, Figure>();
  let saidMs = Number.NEGATIVE_INFINITY;
  let dialMs = Number.NEGATIVE_INFINITY;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const arrange = () => {
    clearTimeout(timer);
    if (waiting.size === 0) return;
    const nowMs = performance.now();
    timer = setTimeout(
      () => {
        saidMs = performance.now();
        say([...waiting.values()]);
        waiting.clear();
      },
      Math.max(0, saidMs + announceMs - nowMs, dialMs + restMs - nowMs),
    );
  };
  return {
    moved: (figures) => {
      for (const figure of figures) waiting.set(`${figure.plan}/${figure.id}`, figure);
      arrange();
    },
    dialMoved: () => {
      dialMs = performance.now();
      arrange();
    },
    forget: () => {
      waiting.clear();
      clearTimeout(timer);
    },
  };
};

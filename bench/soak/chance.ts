/** Numbers that look drawn by chance and are the same for the same seed (mulberry32). */
export type Chance = {
  /** At least 0, below `below`. */
  readonly whole: (below: number) => number;
  readonly among: <T>(list: readonly T[]) => T;
};

export const chanceFrom = (seed: number): Chance => {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const whole = (below: number) => Math.floor(next() * below);
  return {
    whole,
    among: <T>(list: readonly T[]): T => {
      if (list.length === 0) throw new Error('Nothing to choose from');
      return list[whole(list.length)] as T;
    },
  };
};

export type Chance = {
  /** From 0, below 1. */
  readonly draw: () => number;
  /** A whole number from 0, below `limit`. */
  readonly below: (limit: number) => number;
  readonly oneOf: <T>(among: readonly T[]) => T;
  readonly uuid: () => string;
};

/** Random choices; the same seed gives the same choices (mulberry32). */
export const chanceFrom = (seed: number): Chance => {
  let state = seed >>> 0;
  const word = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (mixed ^ (mixed >>> 14)) >>> 0;
  };
  const draw = () => word() / 2 ** 32;
  const below = (limit: number) => Math.floor(draw() * limit);
  const hex = () => word().toString(16).padStart(8, '0');
  return {
    draw,
    below,
    oneOf: <T>(among: readonly T[]): T => {
      if (among.length === 0) throw new Error('nothing to choose from');
      return among[below(among.length)] as T;
    },
    uuid: () => {
      const [a, b, c, d] = [hex(), hex(), hex(), hex()];
      return `${a}-${b.slice(0, 4)}-4${b.slice(5)}-a${c.slice(1, 4)}-${c.slice(4)}${d}`;
    },
  };
};

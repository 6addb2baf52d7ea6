/** Chance that can be had again: `FAULTS_SEED` sets the seed, and every run prints the one that it has taken. */
export type Chance = {
  /** A whole number from 0 and below a bound. */
  readonly below: (bound: number) => number;
  readonly oneOf: <T>(list: readonly [T, ...T[]]) => T;
};

const seed = Number(process.env.FAULTS_SEED ?? Date.now() % 1_000_000_007);

/** The chance of one test, named so that each has its own. */
export const chanceOf = (name: string): Chance => {
  process.stdout.write(`${name}: FAULTS_SEED=${seed}\n`);
  // mulberry32, a generator of 32 bits that is in the public domain
  let state = [...name].reduce((sum, character) => Math.imul(sum, 31) + (character.codePointAt(0) ?? 0), seed) | 0;
  const below = (bound: number): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % bound;
  };
  return { below, oneOf: (list) => list[below(list.length)] ?? list[0] };
};

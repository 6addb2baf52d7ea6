import { randomFrom } from '../random.ts';

/** Repeatable random choices: `FAULTS_SEED` sets the seed, and every run prints the seed that it used. */
export type Chance = {
  /** A whole number from 0, below a bound. */
  readonly below: (bound: number) => number;
  readonly oneOf: <T>(list: readonly [T, ...T[]]) => T;
};

const seed = Number(process.env.FAULTS_SEED ?? Date.now() % 1_000_000_007);

/** The random choices of one test; its name makes them different from those of others. */
export const chanceOf = (name: string): Chance => {
  process.stdout.write(`${name}: FAULTS_SEED=${seed}\n`);
  const below = randomFrom(
    [...name].reduce((sum, character) => Math.imul(sum, 31) + (character.codePointAt(0) ?? 0), seed),
  );
  return { below, oneOf: (list) => list[below(list.length)] ?? list[0] };
};

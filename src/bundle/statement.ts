import { sha256 } from '#hashing';
import { countingRules } from '../../domain/counting-rules.ts';
import type { TargetFigure } from '../../domain/targets.ts';

/** A figure that somebody else can check: what it says of a target, and the tree of the ledger that it was counted from. */
export type Statement = {
  readonly target: TargetFigure;
  readonly on: string;
  readonly knownAt: string | null;
  readonly size: number;
  readonly count: number;
  /** Of the entries that count, in the order of their code points. */
  readonly keys: readonly string[];
  /** Of the keys, a line feed after each: 64 hex digits. */
  readonly keysSha256: string;
  /** Of the tree of the first `size` leaves, in Base64. */
  readonly root: string;
  /** The version of docs/counting.md. */
  readonly rules: number;
};

type Counted = Pick<Statement, 'target' | 'on' | 'knownAt' | 'size' | 'root'>;

/** The statement about a figure; `keys` in any order, all ASCII. */
export const statementOf = ({ target, on, knownAt, size, root }: Counted, unsorted: readonly string[]): Statement => {
  const keys = [...unsorted].sort();
  const keysSha256 = sha256(keys.map((key) => `${key}\n`).join('')).toString('hex');
  return { target, on, knownAt, size, count: keys.length, keys, keysSha256, root, rules: countingRules };
};

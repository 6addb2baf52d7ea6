/** How long each kind of work took, and its errors. */
export type Tally = {
  /** Notes the duration of a piece of work that succeeded. */
  readonly took: (kind: string, ms: number) => void;
  readonly wrong: (kind: string, what: string) => void;
  readonly table: () => readonly string[];
  /** The number of times that each error occurred. */
  readonly errors: () => ReadonlyMap<string, number>;
  readonly count: () => number;
};

export const newTally = (): Tally => {
  const times = new Map<string, number[]>();
  const errors = new Map<string, number>();
  return {
    took: (kind, ms) => {
      const known = times.get(kind);
      if (known === undefined) times.set(kind, [ms]);
      else known.push(ms);
    },
    wrong: (kind, what) => {
      const name = `${kind}: ${what}`;
      errors.set(name, (errors.get(name) ?? 0) + 1);
    },
    table: () => [
      row('kind', 'times', 'p50 ms', 'p95 ms', 'p99 ms', 'max ms'),
      ...[...times].sort().map(([kind, taken]) => {
        const sorted = taken.toSorted((a, b) => a - b);
        const at = (share: number) => Math.round(sorted[Math.floor(share * (sorted.length - 1))] ?? 0);
        return row(kind, sorted.length, at(0.5), at(0.95), at(0.99), at(1));
      }),
    ],
    errors: () => errors,
    count: () => [...times.values()].reduce((sum, { length }) => sum + length, 0),
  };
};

export const row = (name: string, ...cells: readonly (string | number)[]): string =>
  `${name.padEnd(34)}${cells.map((cell) => String(cell).padStart(10)).join('')}`;

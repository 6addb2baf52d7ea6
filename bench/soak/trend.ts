/** A figure at one time. */
export type Point = { readonly minute: number; readonly value: number };

export type Bound = {
  /** The most that the figure may grow per minute, by the least-squares line through all points. */
  readonly slope: number;
  /** The most that the median of the last quarter may be: that of the second quarter times this… */
  readonly times: number;
  /** …plus this. */
  readonly plus: number;
};

export type Trend = {
  readonly slope: number;
  readonly early: number;
  readonly late: number;
  /** Whether both bounds are exceeded: one outlier can cause a slope, and the machine a difference. */
  readonly grows: boolean;
};

export const trendOf = (points: readonly Point[], { slope: most, times, plus }: Bound): Trend => {
  const slope = slopeOf(points);
  const quarter = points.length / 4;
  const early = median(points.slice(Math.floor(quarter), Math.floor(2 * quarter)));
  const late = median(points.slice(Math.floor(3 * quarter)));
  return { slope, early, late, grows: slope > most && late > early * times + plus };
};

const slopeOf = (points: readonly Point[]): number => {
  const mean = (of: (point: Point) => number) => points.reduce((sum, point) => sum + of(point), 0) / points.length;
  const [minute, value] = [mean((point) => point.minute), mean((point) => point.value)];
  const across = points.reduce((sum, point) => sum + (point.minute - minute) * (point.value - value), 0);
  const spread = points.reduce((sum, point) => sum + (point.minute - minute) ** 2, 0);
  return spread === 0 ? 0 : across / spread;
};

const median = (points: readonly Point[]): number => {
  const sorted = points.map(({ value }) => value).sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
};

/** The least value of every N points: for a heap, what is left after its collections. */
export const floorOf = (points: readonly Point[], stretch: number): readonly Point[] =>
  Array.from({ length: Math.floor(points.length / stretch) }, (_, index) => {
    const piece = points.slice(index * stretch, (index + 1) * stretch);
    return piece.reduce((least, point) => (point.value < least.value ? point : least));
  });

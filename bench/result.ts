/** One line of the table: our figure and its baseline, both of this run. */
export type Result = {
  readonly name: string;
  readonly ours: string;
  readonly baseline: string;
  readonly against: string;
  /** One for each round, the larger the better; the median counts. */
  readonly ratios?: readonly number[];
  readonly target?: Target;
};

export type Target =
  /** The median ratio is at least this. */
  | { readonly atLeast: number }
  /** Our figure is below a limit, on any machine. */
  | { readonly below: string; readonly holds: boolean };

export const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
};

const percent = (ratio: number): string => `${(ratio * 100).toFixed(0)} %`;

const verdict = ({ ratios = [], target }: Result): string => {
  if (target === undefined) return '';
  const holds = 'atLeast' in target ? median(ratios) >= target.atLeast : target.holds;
  return holds ? 'pass' : 'short';
};

const cells = (result: Result): readonly string[] => {
  const { name, ours, baseline, against, ratios, target } = result;
  const low = ratios && percent(Math.min(...ratios));
  const high = ratios && percent(Math.max(...ratios));
  return [
    name,
    ours,
    baseline,
    against,
    ratios ? percent(median(ratios)) : '',
    low === high ? '' : `${low}–${high}`,
    target === undefined ? '' : 'atLeast' in target ? `≥ ${percent(target.atLeast)}` : `< ${target.below}`,
    verdict(result),
  ];
};

const headers = ['measured', 'registry', 'compared', 'with', 'ratio', 'spread', 'target', ''];

/** The table as Markdown, its columns aligned. */
export const tableOf = (results: readonly Result[]): string => {
  const rows = [headers, ...results.map(cells)];
  const widths = headers.map((_, column) => Math.max(3, ...rows.map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]) =>
    `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`;
  const [first = [], ...rest] = rows;
  return [line(first), line(widths.map((width) => '-'.repeat(width))), ...rest.map(line)].join('\n');
};

export const perSecond = (rate: number): string => `${Math.round(rate).toLocaleString('en')}/s`;
export const milliseconds = (ms: number): string => `${ms.toFixed(ms < 10 ? 2 : 0)} ms`;
export const microseconds = (seconds: number): string => `${(seconds * 1_000_000).toFixed(0)} µs`;
export const seconds = (value: number): string => `${value.toFixed(2)} s`;
export const mebibytes = (bytes: number): string => `${Math.round(bytes / 2 ** 20)} MiB`;

import { rmSync } from 'node:fs';
import { Option, program } from 'commander';
import { type Bench, type Measurement, openBench } from './bench.ts';
import { commands } from './measurements/commands.ts';
import { dial } from './measurements/dial.ts';
import { rebuild, replay, start } from './measurements/folding.ts';
import { imports } from './measurements/imports.ts';
import { ledger } from './measurements/ledger.ts';
import { page } from './measurements/page.ts';
import { reads } from './measurements/reads.ts';
import { wire } from './measurements/wire.ts';
import { positive, whole } from './numbers.ts';
import { endAll, here } from './processes.ts';
import { type Result, tableOf } from './result.ts';
import { checkOut } from './revision.ts';

const measurements = {
  sqlite: { commands, rebuild, replay, start, reads, dial, imports, page, ledger },
  wire: { wire },
} satisfies Record<string, Record<string, Measurement>>;

type Options = {
  readonly store: keyof typeof measurements;
  readonly only?: readonly string[];
  readonly page?: boolean;
  readonly ledger?: boolean;
  readonly events: number;
  readonly rounds: number;
  readonly seconds: number;
  readonly revision?: string;
};

const names = Object.keys(measurements.sqlite).join(', ');

const {
  store,
  page: isPageAlone,
  ledger: isLedgerAlone,
  only = isPageAlone ? ['page'] : isLedgerAlone ? ['ledger'] : undefined,
  events,
  rounds,
  seconds,
  revision,
} = program
  .name('npm run bench --')
  .description('measures the registry against minimal baselines in the same run and prints a table of ratios')
  .addOption(new Option('--store <store>', 'store to measure').choices(Object.keys(measurements)).default('sqlite'))
  .option('--only <name...>', `run only these measurements: ${names}`)
  .option('--page', 'run only the measurement of the page in Chromium, as --only page does')
  .option('--ledger', 'run only the measurement of hashes, signatures and proofs, as --only ledger does')
  .option('--events <count>', 'size of the ledger that is read; it is kept in the temporary folder', whole, 1_000_000)
  .option('--rounds <count>', 'rounds of each measurement, taken in turn with its baseline', whole, 5)
  .option('--seconds <seconds>', 'length of each round of requests', positive, 3)
  .option('--revision <revision>', 'measure the registry of another git revision')
  .parse()
  .opts<Options>();

const progress = (what: string): void => {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${what}`);
};

const chosen = Object.entries<Measurement>(measurements[store]).filter(([name]) => only?.includes(name) ?? true);
if (chosen.length === 0)
  program.error(`unknown measurement; choose from ${Object.keys(measurements[store]).join(', ')}`);

const checkout = revision === undefined ? undefined : checkOut(revision);
const bench: Bench = openBench({ checkout: checkout ?? here, events, rounds, seconds, progress });
const clear = (): void => {
  endAll();
  rmSync(bench.scratch, { recursive: true, force: true });
  checkout?.remove();
};
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    clear();
    process.exit(1);
  });
}
try {
  const results: Result[] = [];
  for (const [, measure] of chosen) results.push(...(await measure(bench)));
  progress('');
  process.stdout.write(`${tableOf(results)}\n`);
} finally {
  clear();
}

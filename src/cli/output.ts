import cliProgress from 'cli-progress';
import pino, { type Logger } from 'pino';
import { type Config, readConfig } from '../config.ts';

/** EX_CONFIG of sysexits: a wrong setting, a damaged ledger. */
export const exitConfig = 78;

/** The answer is no (exit 1), or the usage was wrong (exit 2); the message is empty if everything has been printed. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly isUsage: boolean;

  constructor(message: string, isUsage = false) {
    super(message);
    this.isUsage = isUsage;
  }
}

/** The settings, with warnings about unknown ones on stderr. Throws `ConfigError`. */
export const settings = (): Config => {
  const { config, warnings } = readConfig(process.env);
  for (const warning of warnings) process.stderr.write(`registry: ${warning}\n`);
  return config;
};

/** Says that a line of the security log could not be written; the command goes on. */
export const logLost = (error: unknown): void => {
  const why = error instanceof Error ? error.message : String(error);
  process.stderr.write(`registry: security.log cannot be written: ${why}\n`);
};

/** Logs of the server go to stdout, those of every other command to stderr. */
export const logger = (config: Config, to: 'stdout' | 'stderr'): Logger => {
  const destination = pino.destination(to === 'stdout' ? 1 : 2);
  // A terminal that was closed takes nothing more, and the last flush before an exit would try for ever.
  destination.on('error', () => Object.assign(destination, { write: () => true, flushSync: () => {} }));
  return pino({ level: config.logLevel }, to === 'stdout' ? gathered(destination) : destination);
};

/** The lines of one turn of the event loop are written at once, and the last ones at the exit. */
const gathered = (destination: ReturnType<typeof pino.destination>) => {
  let lines = '';
  const flush = (): void => {
    const text = lines;
    lines = '';
    if (text !== '') destination.write(text);
  };
  process.on('exit', flush);
  return {
    write: (line: string): void => {
      if (lines === '') setImmediate(flush);
      lines += line;
    },
    flushSync: (): void => {
      flush();
      destination.flushSync();
    },
  };
};

/** Quieter logs for commands that print an answer. */
export const commandLogger = (config: Config): Logger =>
  logger({ ...config, logLevel: config.logLevel === 'info' ? 'warn' : config.logLevel }, 'stderr');

export const print = (text: string): void => {
  process.stdout.write(`${text}\n`);
};

export const printJson = (value: unknown): void => print(JSON.stringify(value, null, 2));

/** The `--json` option of every command that prints an answer: its flag and its description. */
export const jsonOption = ['--json', 'print one JSON document on stdout'] as const;

export type Bar = { readonly update: (done: number, total?: number) => void; readonly stop: () => void };

/** A progress bar on stderr; a line every five seconds if that is no terminal. */
export const progressBar = (label: string): Bar => {
  const bar = new cliProgress.SingleBar(
    {
      format: `${label} {bar} {value}/{total} {percentage}% {duration_formatted}`,
      stream: process.stderr,
      noTTYOutput: true,
      notTTYSchedule: 5_000,
      hideCursor: true,
      clearOnComplete: true,
      emptyOnZero: true,
    },
    cliProgress.Presets.shades_grey,
  );
  bar.start(1, 0);
  return {
    update: (done, total) => {
      if (total !== undefined) bar.setTotal(Math.max(total, done));
      else if (done > bar.getTotal()) bar.setTotal(done);
      bar.update(done);
    },
    stop: () => bar.stop(),
  };
};

/** Columns of text, each as wide as its widest cell; CJK characters take two places. */
export const table = (rows: readonly (readonly string[])[]): string => {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => width(row[column] ?? ''))));
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell + ' '.repeat((widths[column] ?? 0) - width(cell)))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
};

// string-width knows more characters, but loading it adds a tenth of a second to every command.
const width = (text: string): number => [...text].reduce((sum, character) => sum + (isWide(character) ? 2 : 1), 0);
const isWide = (character: string): boolean =>
  /[\u1100-\u115F\u2E80-\uA4CF\uAC00-\uD7A3\uF900-\uFAFF\uFE30-\uFE6F\uFF00-\uFF60\uFFE0-\uFFE6]/.test(character);

/** Seconds of a duration such as `8h`, `30m`, `7d` or `45s`. Throws a `Refusal` if the text is none. */
export const secondsOf = (text: string): number => {
  const [, count, unit] = /^(\d{1,6})(s|m|h|d)$/.exec(text) ?? [];
  const unitSeconds = { s: 1, m: 60, h: 3_600, d: 86_400 }[unit ?? ''];
  if (count === undefined || unitSeconds === undefined || Number(count) === 0) {
    throw new Refusal(`"${text}" is not a duration; use one such as 8h, 30m or 7d`, true);
  }
  return Number(count) * unitSeconds;
};

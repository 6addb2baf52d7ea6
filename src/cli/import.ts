import { createWriteStream } from 'node:fs';
import { access, constants, stat } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { basename } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type Command, Option } from 'commander';
import { shortText } from '../../domain/field.ts';
import type { ImportProgress } from '../../domain/import-events.ts';
import type { Register } from '../../domain/register.ts';
import { registerNamed, registers } from '../../domain/registers/index.ts';
import { refusedSheet } from '../imports/refused-sheet.ts';
import { templateOf } from '../imports/template.ts';
import { decisionView, importView } from '../imports/view.ts';
import { openRegistry, type Registry } from '../registry.ts';
import { commandLogger, print, printJson, progressBar, Refusal, settings } from './output.ts';

const progressEveryMs = 100;

export const importCommands = (program: Command): void => {
  program
    .command('import')
    .description(
      'take a spreadsheet (XLSX, XLS, CSV) into a register, row by row through the same checks as single commands',
    )
    .argument('[register]', registers.map(({ name }) => name).join(', '))
    .argument('[file]')
    .option('--command <name>', 'the command that each row gives; the register’s first where left out')
    .option('--set <field=value...>', 'a value for what the file lacks, such as grade=demonstration')
    .option('--sheet <name>', 'the sheet to read; the one whose heads fit where left out')
    .option('--dry-run', 'record nothing; say row by row what would happen')
    .option('--as <subject>', 'who imports; the name of the account that runs this where left out')
    .option('--refused <file>', 'where to write the refused rows, an XLSX to mend and import again')
    .option('--template <register>', 'instead of importing: an empty XLSX to fill in, on stdout or into a file')
    .addOption(new Option('--lang <language>', 'of a template and of refused rows').choices(['zh', 'en']).default('zh'))
    .option('--json', 'one JSON document on stdout')
    .action(async (name: string | undefined, file: string | undefined, options: ImportOptions) => {
      if (options.template !== undefined) return writeTemplate(options.template, name, options);
      if (name === undefined || file === undefined) throw new Refusal('a register and a file are needed', true);
      const register = registerFor(name);
      const by = subjectOf(options.as ?? accountName());
      await access(file, constants.R_OK).catch((error: unknown) => {
        throw new Refusal(`can not read ${file}: ${error instanceof Error ? error.message : String(error)}`, true);
      });
      if (!(await stat(file)).isFile()) throw new Refusal(`can not read ${file}: it is no file`, true);
      await withRegistry(async (registry) => {
        const started = await registry.imports.start({
          register,
          command: options.command,
          file: basename(file),
          path: file,
          sheet: options.sheet,
          set: valuesOf(options.set ?? []),
          by,
          dryRun: options.dryRun ?? false,
        });
        if ('fault' in started) throw new Refusal(started.fault.en, started.at !== 'file');
        if (!options.json) print(`import ${started.id}`);
        const done = await watch(registry, started.id, 'rows', ({ rows, total }) => [rows, total]);
        if (options.json) printJson(importView(done, (reason) => reason));
        else report(done);
        const refused = options.refused === undefined ? undefined : await registry.imports.refused(started.id);
        if (refused !== undefined && options.refused !== undefined && done.counts.refused > 0)
          await writeNew(options.refused, refusedSheet(refused, options.lang));
        if (done.counts.refused > 0) throw new Refusal('');
      });
    });

  program
    .command('approve')
    .description('the second person’s word on an import')
    .argument('<import>', 'the id that import has printed')
    .requiredOption('--as <subject>', 'who approves; not who imported')
    .option('--json', 'one JSON document on stdout')
    .action(async (id: string, options: { as: string; json?: boolean }) => {
      const by = subjectOf(options.as);
      await withRegistry(async (registry) => {
        const answer = await registry.imports.decide(id, 'approve', by);
        if (answer === 'not-found') throw new Refusal(`there is no import ${id}`);
        if (answer === 'import-running')
          throw new Refusal(`import ${id} is still running; if what ran it has ended, serve goes on with it`);
        if (answer === 'second-person-needed') throw new Refusal(`${by} imported it; a second person is needed`);
        const done = await watch(registry, id, 'submissions', ({ counts, decisions }) => [
          decisions.at(-1)?.decided ?? 0,
          counts.submitted,
        ]);
        const decision = done.decisions.at(-1);
        if (options.json) printJson(decision && decisionView(decision));
        else {
          print(`${decision?.decided ?? 0} approved, ${decision?.left.length ?? 0} left`);
          for (const { submission, code } of decision?.left ?? []) print(`${submission}: ${code}`);
        }
        if ((decision?.left.length ?? 0) > 0) throw new Refusal('');
      });
    });
};

const registerFor = (name: string): Register => {
  const register = registerNamed(name);
  if (register !== undefined) return register;
  throw new Refusal(`${name} is no register; there are ${registers.map((each) => each.name).join(', ')}`, true);
};

/** Writes a template where it is asked for: into a file, or to whatever stdout leads to but a terminal. */
const writeTemplate = async (name: string, file: string | undefined, { command, lang }: ImportOptions) => {
  const register = registerFor(name);
  const kind = command === undefined ? register.facts[0] : register.factOf.get(command);
  if (kind === undefined) {
    const names = register.facts.map((fact) => fact.command).join(', ');
    throw new Refusal(`${name} has no command ${command} to import; it has ${names}`, true);
  }
  const template = templateOf(register, kind, lang);
  if (file === undefined && !process.stdout.isTTY) return pipeline(template, process.stdout);
  const path = file ?? `${register.name}-${kind.command}.xlsx`;
  await writeNew(path, template);
  print(path);
};

/** Writes a file that isn't there yet. */
const writeNew = async (path: string, content: Readable): Promise<void> => {
  await pipeline(content, createWriteStream(path, { flags: 'wx' })).catch((error: unknown) => {
    throw new Refusal(`can not write ${path}: ${error instanceof Error ? error.message : String(error)}`);
  });
};

type ImportOptions = {
  readonly refused?: string;
  readonly template?: string;
  readonly lang: 'zh' | 'en';
  readonly command?: string;
  readonly sheet?: string;
  readonly set?: readonly string[];
  readonly dryRun?: boolean;
  readonly as?: string;
  readonly json?: boolean;
};

const withRegistry = async (work: (registry: Registry) => Promise<void>): Promise<void> => {
  const config = settings();
  const registry = await openRegistry(config, commandLogger(config));
  try {
    await registry.model.caughtUp;
    await work(registry);
  } finally {
    await registry.close();
  }
};

const valuesOf = (pairs: readonly string[]): Readonly<Record<string, string>> =>
  Object.fromEntries(
    pairs.map((pair) => {
      const [, name, value] = /^([A-Za-z]+)=(.*)$/s.exec(pair) ?? [];
      if (name === undefined || value === undefined) throw new Refusal(`--set ${pair}: expected FIELD=VALUE`, true);
      return [name, value];
    }),
  );

const subjectOf = (text: string): string => {
  const parsed = shortText.safeParse(text);
  if (parsed.success) return parsed.data;
  throw new Refusal('--as: the subject must be 1–500 visible characters', true);
};

/** The name of the operating system's account; not every account has one. */
const accountName = (): string => {
  try {
    return userInfo().username;
  } catch {
    throw new Refusal('this account has no name; give --as SUBJECT', true);
  }
};

/** Shows progress until nothing of the import runs any more; throws what has stopped it before its end. */
const watch = async (
  registry: Registry,
  id: string,
  label: string,
  doneOf: (progress: ImportProgress) => readonly [done: number, total: number],
): Promise<ImportProgress> => {
  const bar = progressBar(label);
  const progressNow = async () => {
    const progress = await registry.imports.progress(id);
    if (progress === undefined) throw new Error(`import ${id} is gone`);
    bar.update(...doneOf(progress));
    return progress;
  };
  try {
    const settled = registry.imports.settled(id).then((error) => ({ error }));
    const tick = () => new Promise<undefined>((resolve) => setTimeout(() => resolve(undefined), progressEveryMs));
    for (;;) {
      const end = await Promise.race([settled, tick()]);
      const progress = await progressNow();
      if (end?.error !== undefined) throw end.error;
      if (end !== undefined) return progress;
    }
  } finally {
    bar.stop();
  }
};

const report = ({ counts, refusals, ignored, skippedLines, outcomes }: ImportProgress): void => {
  for (const { row, key, outcome } of outcomes ?? []) print(`row ${row} ${key ?? '–'}: ${outcome}`);
  for (const { line, column, reason } of refusals)
    print(`line ${line}${column === null ? '' : `, ${column}`}: ${reason.zh} / ${reason.en}`);
  if (ignored.length > 0) print(`ignored columns: ${ignored.join(', ')}`);
  for (const { line, text } of skippedLines) print(`line ${line} is not a row: ${text}`);
  print(
    `${counts.recorded} recorded, ${counts.submitted} submitted, ${counts.alreadyThere} already there, ${counts.refused} refused`,
  );
};

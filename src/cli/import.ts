import { createWriteStream } from 'node:fs';
import { access, constants, stat } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { basename } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type Command, Option } from 'commander';
import { cellFaultsOf, type ImportProgress } from '../../domain/import-events.ts';
import type { Register } from '../../domain/register.ts';
import { registerNamed, registers } from '../../domain/registers/index.ts';
import { submissionCount } from '../../projections/submissions.ts';
import { refusedSheet } from '../imports/refused-sheet.ts';
import { templateOf } from '../imports/template.ts';
import { decisionView, importView, nothingToImport } from '../imports/view.ts';
import type { Registry } from '../registry.ts';
import { withRegistry } from './opening.ts';
import { jsonOption, print, printJson, progressBar, Refusal } from './output.ts';
import { subjectOf } from './subject.ts';

const progressEveryMs = 100;

export const importCommands = (program: Command): void => {
  program
    .command('import')
    .description('import a spreadsheet (XLSX, XLS or CSV), row by row through the same checks as single commands')
    .argument('[register]', registers.map(({ name }) => name).join(', '))
    .argument('[file]')
    .option('--command <name>', 'the command to record for each row; defaults to the register’s first')
    .option('--set <field=value...>', 'a value that the file lacks, such as grade=demonstration')
    .option('--map <header=field...>', 'what a column gives: 厂名=name, by number #3=name, or #3= to leave it out')
    .option('--sheet <name>', 'the sheet to read; defaults to the one whose headers fit')
    .option('--dry-run', 'record nothing; show for each row what would happen')
    .option('--as <subject>', 'who imports; defaults to the name of your account on this system')
    .option('--refused <file>', 'write the rejected rows to this XLSX file, to fix and import again')
    .option('--template <register>', 'instead of importing, write an empty XLSX to fill in, to a file or stdout')
    .addOption(
      new Option('--lang <language>', 'of a template and of rejected rows').choices(['zh', 'en']).default('zh'),
    )
    .option(...jsonOption)
    .action(async (name: string | undefined, file: string | undefined, options: ImportOptions) => {
      if (options.template !== undefined) return writeTemplate(options.template, name, options);
      if (name === undefined || file === undefined) throw new Refusal('give a register and a file', true);
      const register = registerFor(name);
      const by = await subjectOf('--as', options.as ?? accountName());
      await checkReadable(file);
      await withRegistry((registry) => importFile(registry, register, file, by, options));
    });

  program
    .command('approve')
    .description('approve an import as the second person')
    .argument('<import>', 'the id that import has printed')
    .requiredOption('--as <subject>', 'who approves; not the person who imported')
    .option(...jsonOption)
    .action(async (id: string, { as, json }: { as: string; json?: boolean }) => {
      const by = await subjectOf('--as', as);
      await withRegistry((registry) => approve(registry, id.toLowerCase(), by, json ?? false), true);
    });
};

type ImportOptions = {
  readonly refused?: string;
  readonly template?: string;
  readonly lang: 'zh' | 'en';
  readonly command?: string;
  readonly sheet?: string;
  readonly set?: readonly string[];
  readonly map?: readonly string[];
  readonly dryRun?: boolean;
  readonly as?: string;
  readonly json?: boolean;
};

const importFile = async (
  { imports }: Registry,
  register: Register,
  file: string,
  by: string,
  { command, sheet, set = [], map = [], dryRun, json, refused: refusedFile, lang }: ImportOptions,
): Promise<void> => {
  const started = await imports.start({
    register,
    command,
    file: basename(file),
    path: file,
    sheet,
    set: pairsOf('--set', /^([A-Za-z]+)=(.*)$/s, 'FIELD=VALUE', set),
    map: pairsOf('--map', /^(.+)=([^=]*)$/s, 'HEADER=FIELD', map),
    by,
    dryRun: dryRun ?? false,
  });
  if ('fault' in started) throw new Refusal(started.fault.en, started.at !== 'file');
  if (!json) print(`import ${started.id}`);
  const done = await watch(imports, started.id, 'rows', ({ rows, total }) => [
    rows === 'elsewhere' ? total : rows,
    total,
  ]);
  if (json) printJson(importView(done, (reason) => reason, lang));
  else {
    if (dryRun) await reportRows(imports, done);
    report(done);
  }
  if (done.state === 'failed') throw new Refusal(nothingToImport.en);
  if (done.counts.refused === 0) return;
  const refused = refusedFile === undefined ? undefined : await imports.refused(started.id);
  if (refused !== undefined && refusedFile !== undefined) await writeNew(refusedFile, refusedSheet(refused, lang));
  throw new Refusal('');
};

const approve = async ({ imports, model }: Registry, id: string, by: string, asJson: boolean): Promise<void> => {
  const answer = await imports.decide(id, 'approve', by);
  if (answer === 'not-found') throw new Refusal(`there is no import ${id}`);
  if (answer === 'dry-run') throw new Refusal(`${id} is a dry run, which has recorded nothing`);
  if (typeof answer === 'object')
    throw new Refusal(
      `import ${id} is being decided already (${answer.underWay}); look at it again when that has ended`,
    );
  if (answer === 'import-running')
    throw new Refusal(`import ${id} is still running; if its process has ended, serve resumes it`);
  if (answer === 'second-person-needed') throw new Refusal(`${by} imported it; a second person must approve it`);
  const done = await watch(imports, id, 'submissions', ({ counts, decisions }) => [
    decisions.at(-1)?.decided ?? 0,
    counts.submitted,
  ]);
  const decision = done.decisions.at(-1);
  const waiting = (done.waitsUnder ?? []).flatMap((other) => {
    const pending = model.get(submissionCount({ import: other.import, status: 'pending' }))?.count ?? 0;
    return pending > 0 ? [{ ...other, pending }] : [];
  });
  if (asJson)
    printJson(decision && { ...decisionView(decision), ...(waiting.length > 0 ? { waitsUnder: waiting } : {}) });
  else {
    const { submitted, alreadyThere } = done.counts;
    print(
      submitted === 0
        ? '0 approved: nothing of this import waits'
        : `${decision?.decided ?? 0} approved, ${decision?.left.length ?? 0} left`,
    );
    for (const { submission, code } of decision?.left ?? []) print(`${submission}: ${code}`);
    for (const { import: other, rows, pending } of waiting)
      print(
        `${rows} of its rows wait under import ${other}, which has ${pending} pending submissions; approve that one: ./registry approve ${other} --as SUBJECT`,
      );
    if (submitted === 0 && alreadyThere > 0 && waiting.length === 0)
      print(
        `${alreadyThere} of its rows were already there; what still waits of them was submitted one by one (GET /api/v1/submissions?status=pending)`,
      );
  }
  if ((decision?.left.length ?? 0) > 0) throw new Refusal('');
};

const registerFor = (name: string): Register => {
  const register = registerNamed(name);
  if (register !== undefined) return register;
  throw new Refusal(
    `unknown register ${name}; known registers: ${registers.map((each) => each.name).join(', ')}`,
    true,
  );
};

/** Writes a template to the file, or to stdout unless that is a terminal, or else to a file named by what it is for. */
const writeTemplate = async (name: string, file: string | undefined, { command, lang }: ImportOptions) => {
  const register = registerFor(name);
  const kind = command === undefined ? register.facts[0] : register.factOf.get(command);
  if (kind === undefined) {
    const names = register.facts.map((fact) => fact.command).join(', ');
    throw new Refusal(`unknown command ${command} for ${name}; known commands: ${names}`, true);
  }
  const template = templateOf(register, kind, lang);
  if (file === undefined && !process.stdout.isTTY) return pipeline(template, process.stdout);
  const path = file ?? `${register.name}-${kind.command}.xlsx`;
  await writeNew(path, template);
  print(path);
};

const checkReadable = async (file: string): Promise<void> => {
  await access(file, constants.R_OK).catch((error: unknown) => {
    throw new Refusal(`cannot read ${file}: ${error instanceof Error ? error.message : String(error)}`, true);
  });
  if (!(await stat(file)).isFile()) throw new Refusal(`cannot read ${file}: it is not a file`, true);
};

/** Writes a file that does not exist yet. */
const writeNew = async (path: string, content: Readable): Promise<void> => {
  await pipeline(content, createWriteStream(path, { flags: 'wx' })).catch((error: unknown) => {
    throw new Refusal(`cannot write ${path}: ${error instanceof Error ? error.message : String(error)}`);
  });
};

const pairsOf = (
  option: string,
  pattern: RegExp,
  expected: string,
  pairs: readonly string[],
): Readonly<Record<string, string>> => {
  const given = new Map<string, string>();
  for (const pair of pairs) {
    const [, name, value] = pattern.exec(pair) ?? [];
    if (name === undefined || value === undefined) throw new Refusal(`${option} ${pair}: expected ${expected}`, true);
    if (given.has(name)) throw new Refusal(`${option} ${pair}: ${name} was given before`, true);
    given.set(name, value);
  }
  return Object.fromEntries(given);
};

/** The name of the operating system's account; not every account has one. */
const accountName = (): string => {
  try {
    return userInfo().username;
  } catch {
    throw new Refusal('your account on this system has no name; give --as SUBJECT', true);
  }
};

/** Shows progress until nothing runs for the import any more. Throws the error that stopped it, if one did. */
const watch = async (
  imports: Registry['imports'],
  id: string,
  label: string,
  doneOf: (progress: ImportProgress) => readonly [done: number, total: number],
): Promise<ImportProgress> => {
  const bar = progressBar(label);
  const progressNow = async () => {
    const progress = await imports.progress(id);
    if (progress === undefined) throw new Error(`import ${id} is gone`);
    bar.update(...doneOf(progress));
    return progress;
  };
  try {
    const settled = imports.settled(id).then((error) => ({ error }));
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

/** Prints what would become of each row. */
const reportRows = async (imports: Registry['imports'], done: ImportProgress): Promise<void> => {
  for (let at: number | undefined = 0; at !== undefined; ) {
    const page = await imports.rows(done, { at, limit: 500 });
    if (page === 'no-row') throw new Error(`the rows of ${done.id} are gone`);
    for (const { row, key, outcome } of page.rows) print(`row ${row} ${key ?? '–'}: ${outcome}`);
    at = page.next;
  }
};

const report = ({
  counts,
  refusals,
  ignored,
  skippedLines,
  otherSheets,
  unusedSet = [],
  hidden,
  waitsUnder = [],
}: ImportProgress): void => {
  for (const { line, ...refusal } of refusals)
    for (const { header, reason } of cellFaultsOf(refusal))
      print(`line ${line}${header === null ? '' : `, ${header}`}: ${reason.zh} / ${reason.en}`);
  if (counts.refused > refusals.length)
    print(`${counts.refused - refusals.length} more rows were refused; --refused FILE writes all of them`);
  if (ignored.length > 0) print(`ignored columns: ${ignored.join(', ')}`);
  if (unusedSet.length > 0) print(`set to no effect, since every row has its own: ${unusedSet.join(', ')}`);
  if (otherSheets !== undefined) print(`other sheets that were not read: ${otherSheets.join(', ')}`);
  if (hidden?.sheets !== undefined) print(`hidden sheets that were not read: ${hidden.sheets.join(', ')}`);
  if (hidden !== undefined && hidden.columns.length > 0)
    print(`hidden columns that were read: ${hidden.columns.join(', ')}`);
  if (hidden !== undefined && hidden.rows > 0)
    print(
      `hidden rows that were read: ${hidden.rows} (lines ${hidden.lines.join(', ')}${hidden.rows > hidden.lines.length ? ', …' : ''})`,
    );
  for (const { line, text } of skippedLines) print(`skipped line ${line}: ${text}`);
  print(
    `${counts.recorded} recorded, ${counts.submitted} submitted, ${counts.alreadyThere} already there, ${counts.refused} refused`,
  );
  for (const { import: other, rows } of waitsUnder)
    print(`${rows} of the rows already there wait under import ${other}; approve that one as the second person`);
};

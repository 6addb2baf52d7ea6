import { readFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { basename } from 'node:path';
import type { Command } from 'commander';
import { registerNamed, registers } from '../../domain/registers/index.ts';
import type { Progress } from '../imports/imports.ts';
import { openRegistry, type Registry } from '../registry.ts';
import { commandLogger, print, printJson, progressBar, Refusal, settings } from './output.ts';

const progressEveryMs = 100;

export const importCommands = (program: Command): void => {
  program
    .command('import')
    .description('take a CSV (UTF-8) into a register, row by row through the same checks as single commands')
    .argument('<register>', registers.map(({ name }) => name).join(', '))
    .argument('<file>')
    .option('--command <name>', 'the command that each row gives; the register’s first where left out')
    .option('--set <field=value...>', 'a value for what the file lacks, such as grade=demonstration')
    .option('--dry-run', 'record nothing; say row by row what would happen')
    .option('--as <subject>', 'who imports', userInfo().username)
    .option('--json', 'one JSON document on stdout')
    .action(async (name: string, file: string, options: ImportOptions) => {
      const register = registerNamed(name);
      if (register === undefined)
        throw new Refusal(`${name} is no register; there are ${registers.map((each) => each.name).join(', ')}`, true);
      const content = await readFile(file).catch((error: unknown) => {
        throw new Refusal(`can not read ${file}: ${error instanceof Error ? error.message : String(error)}`, true);
      });
      await withRegistry(async (registry) => {
        const started = await registry.imports.start({
          register,
          command: options.command,
          file: basename(file),
          content,
          set: valuesOf(options.set ?? []),
          by: options.as,
          dryRun: options.dryRun ?? false,
        });
        if ('fault' in started) throw new Refusal(started.fault.en);
        if (!options.json) print(`import ${started.id}`);
        const done = await watch(registry, started.id, (progress) => progress.rows);
        if (options.json) printJson(done);
        else report(done);
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
      await withRegistry(async (registry) => {
        const answer = await registry.imports.decide(id, 'approve', options.as);
        if (answer === 'not-found') throw new Refusal(`there is no import ${id}`);
        if (answer === 'import-running') throw new Refusal('the import is still running');
        if (answer === 'second-person-needed')
          throw new Refusal(`${options.as} imported it; a second person is needed`);
        const done = await watch(registry, id, (progress) => progress.decisions.at(-1)?.decided ?? 0);
        const decision = done.decisions.at(-1);
        if (options.json) printJson(decision);
        else {
          print(`${decision?.decided ?? 0} approved, ${decision?.left.length ?? 0} left`);
          for (const { submission, code } of decision?.left ?? []) print(`${submission}: ${code}`);
        }
        if ((decision?.left.length ?? 0) > 0) throw new Refusal('');
      });
    });
};

type ImportOptions = {
  readonly command?: string;
  readonly set?: readonly string[];
  readonly dryRun?: boolean;
  readonly as: string;
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

/** Shows progress until nothing of the import runs any more. */
const watch = async (registry: Registry, id: string, doneOf: (progress: Progress) => number): Promise<Progress> => {
  const bar = progressBar('rows');
  const settled = registry.imports.settled(id).then(() => true);
  const tick = () => new Promise<false>((resolve) => setTimeout(() => resolve(false), progressEveryMs));
  while (!(await Promise.race([settled, tick()]))) {
    const progress = await registry.imports.progress(id);
    if (progress !== undefined) bar.update(doneOf(progress));
  }
  bar.stop();
  const progress = await registry.imports.progress(id);
  if (progress === undefined) throw new Error(`import ${id} is gone`);
  return progress;
};

const report = ({ counts, refusals, ignored, outcomes }: Progress): void => {
  for (const { row, key, outcome } of outcomes ?? []) print(`row ${row} ${key ?? '–'}: ${outcome}`);
  for (const { line, column, reason } of refusals)
    print(`line ${line}${column === null ? '' : `, ${column}`}: ${reason.zh} / ${reason.en}`);
  if (ignored.length > 0) print(`columns not understood: ${ignored.join(', ')}`);
  print(
    `${counts.recorded} recorded, ${counts.submitted} submitted, ${counts.alreadyThere} already there, ${counts.refused} refused`,
  );
};

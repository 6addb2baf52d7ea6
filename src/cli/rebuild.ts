import type { Command } from 'commander';
import { kept, pathIn } from '../data-folder.ts';
import { rebuild } from '../readmodel/rebuild.ts';
import { withStore } from './opening.ts';
import { jsonOption, print, printJson, progressBar, Refusal } from './output.ts';

export const rebuildCommand = (program: Command): void => {
  program
    .command('rebuild')
    .description(
      'build a fresh read model, compare it row for row with the old one, and swap it in; a server may keep running',
    )
    .option(...jsonOption)
    .action(({ json }: { json?: boolean }) =>
      withStore(async (store, { dataFolder }) => {
        const bar = progressBar('events');
        const done = await rebuild(pathIn(dataFolder, kept.readModel), store, Date.now, bar.update).finally(bar.stop);
        if (json) printJson(done);
        else {
          for (const { table: name, serving, rebuilt } of done.differences)
            print(`${name}\n  serving ${serving}\n  rebuilt ${rebuilt}`);
          for (const { plan, target, before, after } of done.targets)
            print(`${plan}/${target}: ${before} before, ${after} now`);
          print(
            done.swapped
              ? `${done.events} events folded; the rebuilt read model is now in use`
              : `${done.events} events folded; the rows above differ, so the old read model stays in use`,
          );
        }
        if (!done.swapped) throw new Refusal('');
      }),
    );
};

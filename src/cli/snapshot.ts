import { resolve } from 'node:path';
import type { Command } from 'commander';
import { kept, pathIn } from '../data-folder.ts';
import { takeSnapshot } from '../maintenance/snapshot.ts';
import { jsonOption, print, printJson, Refusal, settings } from './output.ts';

export const snapshotCommand = (program: Command): void => {
  program
    .command('snapshot')
    .description('copy the read model to one file that BI tools of any account can open; a server may keep running')
    .argument('<file>', 'the file to write; an older one is replaced')
    .option(...jsonOption)
    .action((file: string, { json }: { json?: boolean }) => {
      const { dataFolder } = settings();
      const target = resolve(file);
      const taken = takeSnapshot(pathIn(dataFolder, kept.readModel), target);
      if ('refused' in taken) throw new Refusal(taken.refused);
      if (json) printJson({ file: target, ...taken });
      else print(`${taken.size} events in ${target}, which every account may read; it holds people and free texts`);
    });
};

import { existsSync, readdirSync } from 'node:fs';
import { isAbsolute, relative, resolve } from 'node:path';
import type { Command } from 'commander';
import type { Config } from '../config.ts';
import { makeBackup } from '../maintenance/backup.ts';
import type { Backup, OnProgress, Places, Refused } from '../maintenance/backup-contents.ts';
import { restoreBackup } from '../maintenance/restore.ts';
import { importsFolder } from '../registry.ts';
import { type Bar, print, printJson, progressBar, Refusal, settings } from './output.ts';

export const backupCommands = (program: Command): void => {
  program
    .command('backup')
    .description('a consistent copy of the ledger, its keys and running imports in one new file, while serving')
    .argument('<file>', 'the file to write; it must not be there yet')
    .option('--json', 'one JSON document on stdout')
    .action(async (file: string, { json }: { json?: boolean }) => {
      const config = settings();
      const target = resolve(file);
      const made = await withBars((onProgress) => makeBackup(placesOf(config), target, Date.now, onProgress));
      if (json) printJson({ file: target, ...made });
      else print(`${figures(made)}\nin ${target}`);
    });

  program
    .command('restore')
    .description('puts a backup into an empty data folder, and checks that it is whole')
    .argument('<file>', 'a file that backup has written')
    .option('--json', 'one JSON document on stdout')
    .action(async (file: string, { json }: { json?: boolean }) => {
      const config = settings();
      const places = placesOf(config);
      if (existsSync(config.dataFolder) && readdirSync(config.dataFolder).some((name) => name !== 'lost+found'))
        throw new Refusal(`${config.dataFolder} is not empty; a backup is restored into an empty folder`);
      const restored = await withBars((onProgress) => restoreBackup(resolve(file), places, onProgress));
      if (json) printJson({ dataFolder: config.dataFolder, ...restored });
      else print(`${figures(restored)}\nin ${config.dataFolder}; serve builds the read model`);
    });
};

/** Where this registry's parts are; keys outside the data folder are kept, and copied, apart. */
const placesOf = (config: Config): Places => {
  if (config.store.kind !== 'sqlite')
    throw new Refusal(
      'the ledger is on EventStoreDB or KurrentDB and is backed up there, as its own documentation says; copy the folder of the keys (REGISTRY_KEYS) besides. A node has nothing else to keep',
    );
  const within = relative(config.dataFolder, config.keysFolder);
  const isWithin = !within.startsWith('..') && !isAbsolute(within);
  if (!isWithin) process.stderr.write(`registry: the keys in ${config.keysFolder} are not part of it\n`);
  return {
    ledger: config.store.file,
    keys: isWithin ? config.keysFolder : undefined,
    imports: importsFolder(config),
  };
};

const withBars = async (work: (onProgress: OnProgress) => Promise<Backup | Refused>): Promise<Backup> => {
  let bar: Bar | undefined;
  let current: string | undefined;
  const onProgress: OnProgress = (step, done, total) => {
    if (step !== current) bar?.stop();
    if (step !== current || bar === undefined) bar = progressBar(step);
    current = step;
    bar.update(done, total);
  };
  const done = await work(onProgress).finally(() => bar?.stop());
  if ('refused' in done) throw new Refusal(done.refused);
  return done;
};

const figures = ({ events, lastEvent, files, sha256, madeAt }: Backup): string =>
  [
    `${events} events${lastEvent === null ? '' : `, the last ${lastEvent.type} ${lastEvent.id} of ${lastEvent.recordedAt}`}`,
    `${files.length} other files${files.length === 0 ? '' : `: ${files.join(', ')}`}`,
    `made ${madeAt}, SHA-256 of the contents ${sha256}`,
  ].join('\n');

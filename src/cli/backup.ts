import { existsSync, readdirSync, realpathSync } from 'node:fs';
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import type { Command } from 'commander';
import type { Config } from '../config.ts';
import { kept, pathIn, restoring, sqliteFiles } from '../data-folder.ts';
import { makeBackup } from '../maintenance/backup.ts';
import type { Backup, OnProgress, Places, Refused } from '../maintenance/backup-contents.ts';
import { listedErasures } from '../maintenance/erased-list.ts';
import { eraseListed } from '../maintenance/finishing-erasures.ts';
import { restoreBackup } from '../maintenance/restore.ts';
import { openStoreAt } from '../store/open.ts';
import { type Bar, jsonOption, print, printJson, progressBar, Refusal, settings } from './output.ts';

export const backupCommands = (program: Command): void => {
  program
    .command('backup')
    .description(
      'write a consistent copy of the ledger, its keys and running imports to one new file; a server may keep running',
    )
    .argument('<file>', 'the file to write; it must not exist yet')
    .option(...jsonOption)
    .action(async (file: string, { json }: { json?: boolean }) => {
      const config = settings();
      const target = resolve(file);
      const made = await withBars((onProgress) => makeBackup(placesOf(config), target, Date.now, onProgress));
      if (json) printJson({ file: target, ...made });
      else print(`${figures(made)}\nin ${target}`);
    });

  program
    .command('restore')
    .description('restore a backup into an empty data folder, and check that it is complete')
    .argument('<file>', 'a file written by backup')
    .option(...jsonOption)
    .action(async (file: string, { json }: { json?: boolean }) => {
      const config = settings();
      const places = placesOf(config);
      const mayBeThere = ['lost+found', ...leftIn(config.dataFolder, places)];
      if (existsSync(config.dataFolder) && readdirSync(config.dataFolder).some((name) => !mayBeThere.includes(name)))
        throw new Refusal(`${config.dataFolder} is not empty; a backup can only be restored into an empty folder`);
      const restored = await withBars((onProgress) => restoreBackup(resolve(file), places, onProgress));
      if (listedErasures(config.keysFolder).length > 0) {
        const store = await openStoreAt(config.store, 'REGISTRY_STORE', Date.now, config);
        await eraseListed(store, config.keysFolder).finally(store.close);
      }
      if (json) printJson({ dataFolder: config.dataFolder, ...restored });
      else print(`${figures(restored)}\nin ${config.dataFolder}; the next serve builds the read model`);
    });
};

/** The names in a data folder of what an interrupted restore may have left there; none if there was no such restore. */
const leftIn = (dataFolder: string, { ledger, others }: Places): readonly string[] => {
  const fresh = restoring(ledger);
  if (!existsSync(fresh)) return [];
  const paths = [fresh, ...Object.values(others).filter((path) => path !== undefined)];
  return paths.flatMap(sqliteFiles).map((path) => relative(dataFolder, path).split(sep)[0] ?? '');
};

/** Where this registry's parts are; keys outside the data folder are left out. */
const placesOf = (config: Config): Places => {
  if (config.store.kind !== 'sqlite')
    throw new Refusal(
      'the ledger is on EventStoreDB or KurrentDB and is backed up there, as its documentation describes; also copy the folder of the keys (REGISTRY_KEYS) and, in each data folder, accounts.db while the node is stopped and, while imports run, imports/. A node keeps nothing else that needs a backup',
    );
  const within = relative(real(config.dataFolder), join(real(dirname(config.keysFolder)), basename(config.keysFolder)));
  const isWithin = !within.startsWith('..') && !isAbsolute(within);
  if (!isWithin)
    process.stderr.write(
      `registry: the keys in ${config.keysFolder} are outside the data folder and not part of the backup\n`,
    );
  const parts = Object.values(kept).filter((part) => part.inBackup && part !== kept.ledger);
  const others = Object.fromEntries(parts.map((part) => [part.path, pathIn(config.dataFolder, part)]));
  return {
    ledger: config.store.file,
    others: { ...others, [kept.keys.path]: isWithin ? config.keysFolder : undefined },
  };
};

/** Where a path leads, if there is anything; two paths may lead to one folder through a link. */
const real = (path: string): string => (existsSync(path) ? realpathSync(path) : path);

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
    `${events} events${lastEvent === null ? '' : `, the last one ${lastEvent.type} ${lastEvent.id}, recorded ${lastEvent.recordedAt}`}`,
    `${files.length} other files${files.length === 0 ? '' : `: ${files.join(', ')}`}`,
    `made ${madeAt}, SHA-256 of the contents ${sha256}`,
  ].join('\n');

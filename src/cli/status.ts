import { existsSync } from 'node:fs';
import type { Command } from 'commander';
import { unknownTypes } from '../../projections/trail.ts';
import type { Config } from '../config.ts';
import { kept, pathIn } from '../data-folder.ts';
import { currentVersion, openReadModelFile } from '../readmodel/file.ts';
import { currentPath } from '../readmodel/folder.ts';
import { isOfStore } from '../readmodel/model-files.ts';
import { type EventStore, type Place, placeAfter, start } from '../store/event-store.ts';
import { storeName } from '../store/store-name.ts';
import { withStore } from './opening.ts';
import { jsonOption, print, printJson, table } from './output.ts';

export const statusCommand = (program: Command): void => {
  program
    .command('status')
    .description('show the store, the ledger’s size, and how far the read model lags behind')
    .option(...jsonOption)
    .action(({ json }: { json?: boolean }) =>
      withStore(async (store, config) => {
        const status = await statusOf(store, config);
        if (json) printJson(status);
        else print(described(status));
      }),
    );
};

const statusOf = async (store: EventStore, config: Config) => {
  const path = currentPath(pathIn(config.dataFolder, kept.readModel));
  const found = path !== undefined && existsSync(path) ? openReadModelFile(path) : undefined;
  try {
    const file = found?.readable && !(await isOfStore(found, store)) ? undefined : found;
    const { size, recordedAt = null } = await endOf(store, file?.place() ?? start);
    return {
      store: storeName(config.store),
      size,
      lastRecordedAt: recordedAt,
      readModel: file
        ? {
            version: file.version,
            current: file.version === currentVersion,
            size: file.place().size,
            lag: size - file.place().size,
            stopped: file.stopped() ?? null,
            unknown: file.readable ? file.all(unknownTypes) : [],
          }
        : null,
    };
  } finally {
    found?.close();
  }
};

/** The place after the ledger’s last event, read from where the read model is. */
const endOf = async (store: EventStore, folded: Place): Promise<Place> => {
  let place = folded;
  for (;;) {
    const last = (await store.readAll(place, 5_000)).at(-1);
    if (last === undefined) return place;
    place = placeAfter(last);
  }
};

const described = ({ store, size, lastRecordedAt, readModel }: Awaited<ReturnType<typeof statusOf>>): string =>
  table([
    ['store', store],
    ['ledger size', String(size)],
    ['last recorded', lastRecordedAt ?? 'nothing yet'],
    ['read model', readModel === null ? 'none yet; serve builds it' : readModel.version],
    ...(readModel === null ? [] : [['lag', `${readModel.lag} events`]]),
    ...(readModel?.stopped ? [['stopped', readModel.stopped]] : []),
    ...(readModel?.unknown ?? []).map(({ type, count }) => [
      'unknown',
      `${count} × ${type}, kept in the trail but not counted`,
    ]),
  ]);

import { existsSync } from 'node:fs';
import type { Command } from 'commander';
import { unknownTypes } from '../../projections/trail.ts';
import type { Config } from '../config.ts';
import { kept, pathIn } from '../data-folder.ts';
import { auditIn, standing } from '../ledger/audit-state.ts';
import { toldOfFault } from '../ledger/fault-texts.ts';
import { growthIn } from '../ledger/growing.ts';
import { openLedger } from '../ledger/opening.ts';
import { hasLedgerKey } from '../ledger/signing-key.ts';
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
    .description(
      'show the store, the ledger’s size, how far the read model lags behind, how far the ledger is hashed, signed and audited',
    )
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
    const growth = growthIn(pathIn(config.dataFolder, kept.leafHashes));
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
      ledger: growth
        ? {
            hashed: growth.size,
            watchedSince: growth.since,
            stopped: growth.stopped ? toldOfFault(growth.stopped).en : null,
          }
        : null,
      ...(await signingOf(config, size)),
      audit: auditOf(config),
    };
  } finally {
    found?.close();
  }
};

/** How far the self-audit has come, and what it has found; null before its first pass. */
const auditOf = ({ dataFolder }: Config) => {
  const state = auditIn(pathIn(dataFolder, kept.leafHashes));
  if (state === undefined) return null;
  const { now, last } = state;
  return {
    checked: now?.checked ?? null,
    of: now?.size ?? null,
    lastPass: last ? { at: last.at, size: last.size } : null,
    found: standing(state).map((fault) => toldOfFault(fault).en),
  };
};

/** What is signed, as far as this node’s hashes give it, and by which witnesses; null if there is no key yet. */
const signingOf = async (config: Config, size: number) => {
  if (!hasLedgerKey(config.keysFolder)) return { checkpoint: null, witnesses: [] };
  const ledger = await openLedger(config, {
    hashed: () => undefined,
    sizeNow: async () => size,
    log: { info: () => {}, error: () => {} },
  });
  try {
    await ledger.look();
    const fault = ledger.fault();
    const witnesses = ledger
      .witnesses()
      .map(({ name, cosigned, fault: why }) => ({ name, cosigned, fault: why ? toldOfFault(why).en : null }));
    const checkpoint = { size: ledger.published()?.size ?? null, notSigned: fault ? toldOfFault(fault).en : null };
    return { checkpoint, witnesses };
  } finally {
    await ledger.close();
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

const described = ({
  store,
  size,
  lastRecordedAt,
  readModel,
  ledger,
  checkpoint,
  witnesses,
  audit,
}: Awaited<ReturnType<typeof statusOf>>): string =>
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
    [
      'hashed',
      ledger === null
        ? 'nothing yet; serve does it'
        : `${ledger.hashed} events, those since size ${ledger.watchedSince} as they were recorded`,
    ],
    ...(ledger?.stopped ? [['hashing stopped', ledger.stopped]] : []),
    [
      'last checkpoint',
      typeof checkpoint?.size === 'number' ? `${checkpoint.size} events` : 'none that this node’s hashes give',
    ],
    ...(checkpoint?.notSigned ? [['not signed', checkpoint.notSigned]] : []),
    ...witnesses.map(({ name, cosigned, fault }) => [
      'witness',
      `${name} has cosigned ${cosigned} events${fault === null ? '' : `; not the last checkpoint: ${fault}`}`,
    ]),
    [
      'last audit',
      audit?.lastPass ? `${audit.lastPass.size} events, at ${audit.lastPass.at}` : 'none yet; serve does it',
    ],
    ...(typeof audit?.checked === 'number' ? [['audit under way', `${audit.checked} of ${audit.of} events`]] : []),
    ...(audit?.found ?? []).map((found) => ['audit found', found]),
  ]);

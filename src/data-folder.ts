import { readdirSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';

type Kept = {
  /** Relative to the data folder; a folder’s path ends with a slash. */
  readonly path: string;
  /** Whether `./registry backup` takes it, and `restore` puts it back. */
  readonly inBackup: boolean;
};

/** Every file and folder that a node keeps in its data folder, `REGISTRY_DATA`. The ledger and the keys may be elsewhere by a setting. */
export const kept = {
  ledger: { path: 'events.db', inBackup: true },
  keys: { path: 'keys/', inBackup: true },
  accounts: { path: 'accounts.db', inBackup: true },
  imports: { path: 'imports/', inBackup: true },
  /** Made of the ledger, so a backup does without them; kept from a restore, so that they notice an older ledger. */
  leafHashes: { path: 'ledger/', inBackup: false },
  readModel: { path: 'readmodel/', inBackup: false },
  securityLog: { path: 'security.log', inBackup: false },
  accessLog: { path: 'access.log', inBackup: false },
  /** Of a witness, which has a data folder of its own. */
  witness: { path: 'witness.db', inBackup: false },
} as const satisfies Readonly<Record<string, Kept>>;

/** The absolute path of a part of a data folder. */
export const pathIn = (dataFolder: string, { path }: Kept): string => resolve(dataFolder, path);

/** The file of a ledger that is being restored; it takes the ledger’s name once it is complete. */
export const restoring = (ledger: string): string => `${ledger}.restoring`;

/** The files that SQLite may have of a database. */
export const sqliteFiles = (file: string): readonly string[] =>
  ['', '-journal', '-wal', '-shm'].map((suffix) => `${file}${suffix}`);

/** The folders and files among these paths, and directly in the folders, that others than their owner may read or write. */
export const looselyKept = (paths: readonly string[]): readonly string[] => {
  const modeOf = (path: string) => statSync(path, { throwIfNoEntry: false });
  const all = paths.flatMap((path) =>
    modeOf(path)?.isDirectory() ? [path, ...readdirSync(path).map((name) => join(path, name))] : [path],
  );
  return [...new Set(all)].filter((path) => ((modeOf(path)?.mode ?? 0) & 0o077) !== 0);
};

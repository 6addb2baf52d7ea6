import { resolve } from 'node:path';

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
  imports: { path: 'imports/', inBackup: true },
  readModel: { path: 'readmodel/', inBackup: false },
} as const satisfies Readonly<Record<string, Kept>>;

/** The absolute path of a part of a data folder. */
export const pathIn = (dataFolder: string, { path }: Kept): string => resolve(dataFolder, path);

/** The file of a ledger that is being restored; it takes the ledger’s name once it is complete. */
export const restoring = (ledger: string): string => `${ledger}.restoring`;

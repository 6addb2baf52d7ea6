import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { LedgerEvent } from '../../domain/event.ts';
import { leafOf, type NoLeaf } from '../../domain/leaf.ts';
import { type LevelFault, type LevelFiles, openLevelFiles } from './level-files.ts';
import { hashBytes, leafHash } from './tree.ts';

/** Why the hashes do not grow any more. */
export type GrowthFault =
  | LevelFault
  /** The next event has no leaf. */
  | {
      readonly fault: 'no-leaf';
      readonly entryNumber: number;
      readonly event: string;
      readonly type: string;
      readonly noLeaf: NoLeaf;
    }
  /** The store has another event with this number than the one that was hashed. */
  | { readonly fault: 'other-event'; readonly entryNumber: number }
  /** More events were hashed than the store has. */
  | { readonly fault: 'short-store'; readonly size: number; readonly hashed: number };

/** How far a node has hashed the ledger. */
export type Growth = {
  /** Leaves whose hashes are written. */
  readonly size: number;
  /** The ledger’s size when this node began: it has hashed the events from then on as they were recorded. */
  readonly since: number;
  readonly stopped?: GrowthFault;
};

/** The hashes of a folder, as the one thread that may write them has them. */
export type Growing = {
  /**
   * Opens the files unless they are open, and begins them in an empty folder; `size` is the ledger’s. Throws if the disk
   * fails, and `GrownElsewhere` if another thread or process has them; then it may be called again.
   */
  readonly open: (size: number) => void;
  /**
   * Hashes consecutive events, unless the files are not open or lack earlier ones; an event that was hashed already is
   * compared, and nothing is hashed until the last of those is. Throws if the disk fails; then the files are to be opened
   * again.
   */
  readonly grow: (events: readonly LedgerEvent[]) => void;
  /** Makes durable what is written; `size` is the ledger’s. Throws as `grow` does. */
  readonly sync: (size: number) => Growth;
  readonly close: () => void;
};

/** Another thread or process writes the hashes. */
export class GrownElsewhere extends Error {
  override readonly name = 'GrownElsewhere';
}

type State = Pick<Growth, 'since' | 'stopped'>;

const stateFile = 'state.json';

const stateIn = (folder: string): State | undefined => {
  try {
    return JSON.parse(readFileSync(join(folder, stateFile), 'utf8'));
  } catch {
    return undefined;
  }
};

const keepState = (folder: string, state: State): void => {
  const path = join(folder, stateFile);
  writeFileSync(`${path}.new`, `${JSON.stringify(state)}\n`, { mode: 0o600, flush: true });
  renameSync(`${path}.new`, path);
};

/** How far a folder’s hashes have grown, as another process sees it; undefined if there are none. */
export const growthIn = (folder: string): Growth | undefined => {
  const bytes = statSync(join(folder, 'level-0'), { throwIfNoEntry: false })?.size;
  if (bytes === undefined) return undefined;
  const size = Math.floor(bytes / hashBytes);
  return { size, ...(stateIn(folder) ?? { since: size }) };
};

const busy = 5;

/** A lock that ends with its process, however that ends. Nothing is ever written into the file. */
const lockIn = (folder: string): DatabaseSync => {
  const db = new DatabaseSync(join(folder, 'lock'), { timeout: 0 });
  try {
    db.exec('PRAGMA journal_mode = MEMORY; PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE');
    return db;
  } catch (error) {
    db.close();
    const isBusy = error instanceof Error && 'errcode' in error && (Number(error.errcode) & 0xff) === busy;
    throw isBusy ? new GrownElsewhere(`another process writes ${folder}`) : error;
  }
};

/** Upper levels without level-0 are made again with it. */
const dropOrphans = (folder: string): void => {
  if (existsSync(join(folder, 'level-0'))) return;
  for (const name of readdirSync(folder)) if (/^level-\d$/.test(name)) rmSync(join(folder, name));
};

/** The open files; undefined if they hold no tree, which `state` then says. */
type Open = {
  readonly files: LevelFiles | undefined;
  readonly lock: DatabaseSync;
  state: State;
  /** Whether the store was seen to hold the event that was hashed last. */
  isCompared: boolean;
};

const openIn = (folder: string, size: number): Open => {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const lock = lockIn(folder);
  try {
    dropOrphans(folder);
    const files = openLevelFiles(folder);
    const isNew = 'fault' in files ? false : files.written() === 0;
    const since = (isNew ? undefined : stateIn(folder)?.since) ?? size;
    const state: State = 'fault' in files ? { since, stopped: files } : { since };
    keepState(folder, state);
    return { files: 'fault' in files ? undefined : files, lock, state, isCompared: isNew };
  } catch (error) {
    lock.close();
    throw error;
  }
};

/** Removes the hashes of a folder, for a new log. Throws `GrownElsewhere` if a server keeps them. */
export const forgetHashes = (folder: string): void => {
  if (!existsSync(folder)) return;
  const lock = lockIn(folder);
  try {
    for (const name of readdirSync(folder))
      if (/^level-\d$|^(state|audit|witnesses)\.json/.test(name)) rmSync(join(folder, name));
  } finally {
    lock.close();
  }
};

type Hashed = { readonly fresh: readonly Buffer[]; readonly stopped?: GrowthFault };

/** The hashes of those events that follow what is written, and why there are no more. */
const hashed = (files: LevelFiles, events: readonly LedgerEvent[]): Hashed => {
  const fresh: Buffer[] = [];
  for (const event of events) {
    const { entryNumber, id, type } = event;
    if (entryNumber > files.written() + fresh.length) break;
    const made = leafOf(event);
    const stopped = (fault: GrowthFault) => ({ fresh, stopped: fault });
    if ('noLeaf' in made) return stopped({ fault: 'no-leaf', entryNumber, event: id, type, noLeaf: made.noLeaf });
    const hash = leafHash(made.leaf);
    if (entryNumber >= files.written()) fresh.push(hash);
    else if (!files.read(0, entryNumber, 1).equals(hash)) return stopped({ fault: 'other-event', entryNumber });
  }
  return { fresh };
};

/** The hashes in a folder, which is made when they are opened. */
export const growingIn = (folder: string): Growing => {
  let held: Open | undefined;
  let synced = 0;

  const close = () => {
    held?.files?.close();
    held?.lock.close();
    held = undefined;
  };
  const orClose = <T>(work: () => T): T => {
    try {
      return work();
    } catch (error) {
      close();
      throw error;
    }
  };
  const stop = (open: Open, stopped: GrowthFault) => {
    if (open.state.stopped !== undefined) return;
    open.state = { since: open.state.since, stopped };
    keepState(folder, open.state);
  };

  return {
    open: (size) => {
      held ??= openIn(folder, size);
    },
    grow: (events) => {
      const open = held;
      const files = open?.files;
      if (open === undefined || files === undefined || open.state.stopped !== undefined) return;
      const [first] = events;
      open.isCompared ||= first !== undefined && first.entryNumber < files.written();
      if (!open.isCompared) return;
      orClose(() => {
        const { fresh, stopped } = hashed(files, events);
        if (fresh.length > 0) files.append(Buffer.concat(fresh));
        if (stopped !== undefined) stop(open, stopped);
      });
    },
    sync: (size) =>
      orClose(() => {
        const open = held;
        const files = open?.files;
        if (open === undefined || files === undefined) return growthIn(folder) ?? { size: 0, since: size };
        const written = files.written();
        if (written > size) stop(open, { fault: 'short-store', size, hashed: written });
        if (synced !== written) synced = files.sync();
        return { size: written, ...open.state };
      }),
    close,
  };
};

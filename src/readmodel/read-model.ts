import { existsSync } from 'node:fs';
import type { Query } from '../../projections/projection.ts';
import { eventAtRevision, eventNumbered } from '../../projections/trail.ts';
import {
  type EventStore,
  namedBy,
  type Place,
  type PlacedEvent,
  StoreDamaged,
  StoreUnavailable,
} from '../store/event-store.ts';
import { isDamage } from '../store/sqlite/file.ts';
import { currentVersion, openReadModelFile, type ReadModelFile } from './file.ts';
import { currentPath, newPath, swapIn } from './files.ts';
import { type Folder, projectorHere, projectorInThread, type Stopped } from './projector.ts';

export type Health = {
  /** `catching-up` until all that the store held at start is folded; `stopped` at an event that can't be digested. */
  readonly state: 'catching-up' | 'ready' | 'stopped' | 'store-away';
  readonly size: number;
  /** The ledger's size when last looked at. */
  readonly storeSize: number;
  readonly stopped?: Stopped;
  readonly detail?: string;
};

/** This node's read model: a file that follows the log, and questions to it. */
export type ReadModel = {
  readonly all: <Row>(query: Query<Row>) => readonly Row[];
  readonly get: <Row>(query: Query<Row>) => Row | undefined;
  /** Stays the same as long as what was once known of an event remains so: while files are of one version and ledger. */
  readonly version: () => string;
  readonly place: () => Place;
  readonly health: () => Health;
  /** Waits until a position is folded; false where that takes longer than `timeoutMs` or the signal aborts. */
  readonly reached: (position: string, timeoutMs: number, signal?: AbortSignal) => Promise<boolean>;
  /** Calls back after every folded batch, with the size before and after it, until the returned function is called. */
  readonly onFolded: (listener: (before: number, after: number) => void) => () => void;
  /** Resolves once all that the store held at start is folded, or the fold has stopped. */
  readonly caughtUp: Promise<void>;
  readonly close: () => Promise<void>;
};

/** What a read model needs of a store. */
export type FollowedStore = Pick<EventStore, 'readStream' | 'readAll' | 'follow' | 'size' | 'end'>;

/** How long to wait before asking a store again that was away. */
const storeRetryMs = 500;
const pageSize = 1_000;

export type ReadModelOptions = {
  /** What has to be there before the store is first read; tried again until the store takes it. */
  readonly prepare?: () => Promise<void>;
  /** Opens though the store is away, and serves what was folded before. */
  readonly evenAway?: boolean;
  /** How often a node looks whether another process has swapped in a rebuilt file. */
  readonly swapLookMs?: number;
  /** Folds in a thread of its own, so that whoever asks meanwhile does not wait; it takes a moment to begin. */
  readonly inThread?: boolean;
};

type Log = {
  readonly info: (fields: object, message: string) => void;
  readonly error: (fields: object, message: string) => void;
};

/**
 * Opens the node's read model and keeps it folded. Where the current file is of another version, a new one is built
 * beside it; the old one goes on serving meanwhile where this release can read it. Rejects with `StoreUnavailable` where
 * the store is away, unless `evenAway`.
 */
export const openReadModel = async (
  folder: string,
  store: FollowedStore,
  log: Log,
  { prepare = async () => {}, evenAway = false, swapLookMs = 1_000, inThread = false }: ReadModelOptions = {},
): Promise<ReadModel> => {
  const stop = new AbortController();
  const listeners = new Set<(before: number, after: number) => void>();
  /** What the store held when it was first there. */
  let target: string | undefined;
  let storeSize = 0;
  let stopped: Stopped | undefined;
  let away: string | undefined;
  let caughtUp = false;
  /** How many other ledgers have been met. */
  let others = 0;
  /** A file that was swapped in and that this node can not go over to. */
  let refused: string | undefined;
  const ready = Promise.withResolvers<void>();

  const { old, ...opened } = await openFiles(folder, log, inThread);
  let { fed } = opened;
  let serving: ReadModelFile = old?.readable ? old : fed.file;
  if (old !== undefined && old !== fed.file) {
    if (!old.readable) old.close();
    log.info({ from: old.version, to: currentVersion }, 'rebuilding the read model');
  }
  if (old === undefined && existsSync(fed.file.path)) swapIn(folder, fed.file.path);
  /** The place of the file that serves, as last looked at; it may be further already. */
  let place = serving.place();

  const meet = async () => {
    await prepare();
    const end = await store.end();
    if (!(await isOfStore(serving, store))) {
      log.error({ path: serving.path }, 'the read model is of another ledger than the store holds; a new one is built');
      others += 1;
      const [other, otherFed] = [serving, fed];
      if (fed.file === other) fed = await withFolder(openReadModelFile(newPath(folder, currentVersion)), inThread);
      serving = fed.file;
      place = serving.place();
      swapIn(folder, serving.path);
      await (otherFed === fed ? other.close() : close(otherFed));
    }
    target = end;
  };

  const settle = () => {
    const { file } = fed;
    if (caughtUp || target === undefined || !isFolded(file, file.place(), target)) return;
    caughtUp = true;
    if (serving !== file) {
      serving.close();
      serving = file;
      place = file.place();
    }
    if (existsSync(file.path)) swapIn(folder, file.path); // else another process was quicker; its file is adopted
    ready.resolve();
  };

  const take = async (batch: readonly PlacedEvent[]) => {
    const folded = await fed.folder.fold(batch);
    stopped = folded.stopped;
    if (stopped !== undefined) {
      log.error({ stopped }, 'the read model has stopped');
      ready.resolve();
    }
    settle();
    tell(folded.place);
  };

  const tell = (reached: Place) => {
    const before = place.size;
    const after = reached.size;
    storeSize = Math.max(storeSize, after);
    if (serving !== fed.file) return;
    place = reached;
    for (const listener of listeners) listener(before, after);
  };

  const pause = () => new Promise((resolve) => setTimeout(resolve, storeRetryMs));

  const lookAtSize = async () => {
    storeSize = Math.max(storeSize, await store.size());
  };

  const wentAway = (error: unknown) => {
    const why = error instanceof Error ? error.message : String(error);
    if (why !== away) log.error({ err: error }, 'the read model can not follow the store');
    away = why;
  };

  const cameBack = () => {
    if (away === undefined) return;
    away = undefined;
    log.info({}, 'the read model follows the store again');
    void lookAtSize().catch(() => {});
  };

  const follow = async () => {
    if (away !== undefined) await pause();
    while (!stop.signal.aborted && stopped === undefined) {
      const turn = new AbortController();
      const signal = AbortSignal.any([stop.signal, turn.signal]);
      const look = setInterval(() => {
        const path = currentPath(folder);
        if (caughtUp && path !== undefined && path !== fed.file.path && path !== refused) turn.abort();
      }, swapLookMs).unref();
      try {
        if (target === undefined) await meet();
        settle();
        for await (const batch of store.follow(fed.file.place(), signal, cameBack)) {
          cameBack();
          await take(batch);
          if (stopped !== undefined) break;
        }
        if (turn.signal.aborted && !stop.signal.aborted) await adopt();
      } catch (error) {
        wentAway(error);
        await pause();
      } finally {
        clearInterval(look);
      }
    }
  };

  /** Goes over to the file that a rebuild has swapped in, once that knows as much as the one that serves. */
  const adopt = async () => {
    const path = currentPath(folder);
    if (path === undefined || path === fed.file.path) return;
    const file = openReadModelFile(path);
    if (file.version !== currentVersion) {
      refused = path;
      file.close();
      return log.info({ path }, 'a read model of another release was swapped in; this one goes on with its own');
    }
    const next = await withFolder(file, inThread);
    try {
      while (file.place().size < fed.file.place().size)
        await next.folder.fold(await store.readAll(file.place(), pageSize));
    } catch (error) {
      await close(next);
      throw error;
    }
    log.info({ path }, 'going over to a rebuilt read model');
    const before = fed;
    fed = next;
    serving = file;
    tell(file.place());
    await close(before);
  };

  const closeAll = async () => {
    if (serving !== fed.file) serving.close();
    await close(fed);
  };

  try {
    await meet();
    settle();
  } catch (error) {
    if (!evenAway || !(error instanceof StoreUnavailable)) {
      await closeAll();
      throw error;
    }
    wentAway(error);
  }
  const following = follow();
  void lookAtSize().catch(() => {}); // what follows the store says why it is away

  return {
    all: (query) => serving.all(query),
    get: (query) => serving.get(query),
    version: () => `${serving.version} ${others}`,
    place: () => place,
    health: () => ({
      state: stopped ? 'stopped' : away !== undefined ? 'store-away' : caughtUp ? 'ready' : 'catching-up',
      size: place.size,
      storeSize: Math.max(storeSize, place.size),
      ...(stopped ? { stopped } : {}),
      ...(away === undefined ? {} : { detail: away }),
    }),
    reached: (position, timeoutMs, signal) => {
      const there = () => isFolded(serving, place, position);
      if (there()) return Promise.resolve(true);
      const waiting = Promise.withResolvers<boolean>();
      const listener = () => {
        if (there()) waiting.resolve(true);
      };
      listeners.add(listener);
      const giveUp = () => waiting.resolve(false);
      const timer = setTimeout(giveUp, timeoutMs);
      signal?.addEventListener('abort', giveUp);
      if (signal?.aborted) giveUp();
      return waiting.promise.finally(() => {
        clearTimeout(timer);
        listeners.delete(listener);
        signal?.removeEventListener('abort', giveUp);
      });
    },
    onFolded: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    caughtUp: ready.promise,
    close: async () => {
      stop.abort();
      await following;
      await closeAll();
    },
  };
};

/** A file that is folded into, open in this thread too for whoever asks. */
type Fed = { readonly file: ReadModelFile; readonly folder: Folder };

/** The file that serves, where there is one, and the one to fold into: the same where it is of this release's version. */
const openFiles = async (
  folder: string,
  log: Log,
  inThread: boolean,
): Promise<{ readonly old?: ReadModelFile; readonly fed: Fed }> => {
  const current = currentPath(folder);
  let old: ReadModelFile | undefined;
  try {
    old = current === undefined ? undefined : openUnlessDamaged(current, log);
    const file = old?.version === currentVersion ? old : openReadModelFile(newPath(folder, currentVersion));
    return { ...(old ? { old } : {}), fed: await withFolder(file, inThread) };
  } catch (error) {
    if (old?.version !== currentVersion) old?.close();
    if (currentPath(folder) === current) throw error;
    return openFiles(folder, log, inThread); // another process has swapped in its own meanwhile
  }
};

const withFolder = async (file: ReadModelFile, inThread: boolean): Promise<Fed> => {
  try {
    return { file, folder: inThread ? await projectorInThread(file.path, 'growing') : projectorHere(file) };
  } catch (error) {
    file.close();
    throw error;
  }
};

const close = async ({ file, folder }: Fed): Promise<void> => {
  await folder.close();
  file.close();
};

/**
 * Whether the event that a file has folded last is where the store has it: a store may have been put back or swapped, or
 * its log be a copy whose positions are others.
 */
export const isOfStore = async (file: ReadModelFile, store: Pick<EventStore, 'readStream'>): Promise<boolean> => {
  const { size } = file.place();
  const last = size === 0 ? undefined : file.get(eventNumbered(size - 1));
  if (last === undefined) return size === 0;
  try {
    const found = (await store.readStream(last.stream))[last.revision];
    // A store that does not say where it has the event leaves that unchecked.
    return found?.id === last.id && (found.position === last.position || namedBy(found.position) !== undefined);
  } catch (error) {
    if (error instanceof StoreDamaged) return true; // the stream was there
    throw error;
  }
};

/** Whether a file has folded a position, or the event that it names. */
const isFolded = (file: ReadModelFile, place: Place, position: string): boolean => {
  if (position === place.position) return true;
  const named = namedBy(position);
  if (named === undefined) return BigInt(place.position) >= BigInt(position);
  return file.get(eventAtRevision(named.stream, named.revision)) !== undefined;
};

/** A file that is damaged is as good as none: all that is in it comes from the log. */
const openUnlessDamaged = (path: string, log: Log): ReadModelFile | undefined => {
  try {
    return openReadModelFile(path);
  } catch (error) {
    if (!isDamage(error)) throw error;
    log.error({ err: error, path }, 'the read model is damaged; a new one is built');
    return undefined;
  }
};

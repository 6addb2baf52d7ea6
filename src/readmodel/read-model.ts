import { existsSync } from 'node:fs';
import type { Query } from '../../projections/projection.ts';
import { eventNumbered, eventOf } from '../../projections/trail.ts';
import { type EventStore, namedBy, type Place, type PlacedEvent, StoreUnavailable } from '../store/event-store.ts';
import { currentVersion, openReadModelFile, type ReadModelFile } from './file.ts';
import { currentPath, newPath, swapIn } from './files.ts';
import { folding, Indigestible } from './fold.ts';

/** Why a read model no longer folds. */
export type Stopped = {
  readonly entryNumber: number;
  readonly event: string;
  readonly type: string;
  readonly projection: string;
  readonly message: string;
};

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
  { prepare = async () => {}, evenAway = false, swapLookMs = 1_000 }: ReadModelOptions = {},
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

  const current = currentPath(folder);
  const old = current === undefined ? undefined : openReadModelFile(current);
  let fed: ReadModelFile = old?.version === currentVersion ? old : openReadModelFile(newPath(folder, currentVersion));
  let serving: ReadModelFile = old?.readable ? old : fed;
  if (old !== undefined && old !== fed && old !== serving) old.close();
  if (old === undefined) swapIn(folder, fed.path);
  if (fed !== old && old !== undefined)
    log.info({ from: old.version, to: currentVersion }, 'rebuilding the read model');

  const meet = async () => {
    await prepare();
    const end = await store.end();
    if (!(await isOfStore(serving, store))) {
      log.error({ path: serving.path }, 'the read model is of another ledger than the store holds; a new one is built');
      others += 1;
      serving.close();
      if (fed === serving) fed = openReadModelFile(newPath(folder, currentVersion));
      serving = fed;
      swapIn(folder, fed.path);
    }
    target = end;
  };

  const settle = () => {
    if (caughtUp || target === undefined || !isFolded(fed, target)) return;
    caughtUp = true;
    if (serving !== fed) {
      serving.close();
      serving = fed;
    }
    if (existsSync(fed.path)) swapIn(folder, fed.path); // else another process was quicker; its file is adopted
    ready.resolve();
  };

  const stopAt = (error: Indigestible) => {
    const { event, projection, message } = error;
    stopped = { entryNumber: event.entryNumber, event: event.id, type: event.type, projection, message };
    fed.setStopped(message);
    log.error({ stopped }, 'the read model has stopped');
    ready.resolve();
  };

  const take = (fold: (batch: readonly PlacedEvent[]) => void, batch: readonly PlacedEvent[]) => {
    const before = fed.place().size;
    try {
      fold(batch);
    } catch (error) {
      if (!(error instanceof Indigestible)) throw error;
      const digestible = batch.filter(({ entryNumber }) => entryNumber < error.event.entryNumber);
      if (digestible.length > 0) fold(digestible);
      stopAt(error);
    }
    settle();
    tell(before);
  };

  const tell = (before: number) => {
    const after = fed.place().size;
    storeSize = Math.max(storeSize, after);
    if (serving === fed) for (const listener of listeners) listener(before, after);
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
        if (caughtUp && path !== undefined && path !== fed.path && path !== refused) turn.abort();
      }, swapLookMs).unref();
      try {
        if (target === undefined) await meet();
        settle();
        const fold = folding(fed);
        for await (const batch of store.follow(fed.place(), signal, cameBack)) {
          cameBack();
          take(fold, batch);
          if (stopped !== undefined) break;
          await new Promise(setImmediate);
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
    if (path === undefined || path === fed.path) return;
    const next = openReadModelFile(path);
    if (next.version !== currentVersion) {
      refused = path;
      next.close();
      return log.info({ path }, 'a read model of another release was swapped in; this one goes on with its own');
    }
    try {
      const fold = folding(next);
      while (next.place().size < fed.place().size) fold(await store.readAll(next.place(), pageSize));
    } catch (error) {
      next.close();
      throw error;
    }
    const before = fed.place().size;
    log.info({ path }, 'going over to a rebuilt read model');
    fed.close();
    fed = next;
    serving = next;
    tell(before);
  };

  try {
    await meet();
    settle();
  } catch (error) {
    if (!evenAway || !(error instanceof StoreUnavailable)) {
      fed.close();
      if (serving !== fed) serving.close();
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
    place: () => serving.place(),
    health: () => ({
      state: stopped ? 'stopped' : away !== undefined ? 'store-away' : caughtUp ? 'ready' : 'catching-up',
      size: serving.place().size,
      storeSize: Math.max(storeSize, fed.place().size),
      ...(stopped ? { stopped } : {}),
      ...(away === undefined ? {} : { detail: away }),
    }),
    reached: (position, timeoutMs, signal) => {
      const there = () => isFolded(serving, position);
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
      fed.close();
      if (serving !== fed) serving.close();
    },
  };
};

/**
 * Whether the event that a file has folded last is where the store has it: a store may have been put back or swapped, or
 * its log be a copy whose positions are others.
 */
export const isOfStore = async (file: ReadModelFile, store: Pick<EventStore, 'readStream'>): Promise<boolean> => {
  const { size } = file.place();
  const last = size === 0 ? undefined : file.get(eventNumbered(size - 1));
  if (last === undefined) return size === 0;
  const found = (await store.readStream(last.stream))[last.revision];
  // A store that does not say where it has the event leaves that unchecked.
  return found?.id === last.id && (found.position === last.position || namedBy(found.position) !== undefined);
};

/** Whether a file has folded a position, or the event that it names. */
const isFolded = (file: ReadModelFile, position: string): boolean => {
  const named = namedBy(position);
  if (named === undefined) return BigInt(file.place().position) >= BigInt(position);
  return file.get(eventOf(named.stream, named.revision)) !== undefined;
};

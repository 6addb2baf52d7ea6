import { existsSync } from 'node:fs';
import type { Query } from '../../projections/projection.ts';
import { eventNumbered, eventOf } from '../../projections/trail.ts';
import { type EventStore, namedBy, type Place, type PlacedEvent } from '../store/event-store.ts';
import { isDamage } from '../store/sqlite-file.ts';
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
export type FollowedStore = Omit<EventStore, 'append' | 'close'>;

/** How long to wait before asking a store again that was away. */
const storeRetryMs = 500;
const pageSize = 1_000;

export type ReadModelOptions = {
  /** How often a node looks whether another process has swapped in a rebuilt file. */
  readonly swapLookMs?: number;
};

type Log = {
  readonly info: (fields: object, message: string) => void;
  readonly error: (fields: object, message: string) => void;
};

/**
 * Opens the node's read model and keeps it folded. Where the current file is of another version, a new one is built
 * beside it; the old one goes on serving meanwhile where this release can read it.
 */
export const openReadModel = async (
  folder: string,
  store: FollowedStore,
  log: Log,
  { swapLookMs = 1_000 }: ReadModelOptions = {},
): Promise<ReadModel> => {
  const stop = new AbortController();
  const listeners = new Set<(before: number, after: number) => void>();
  const target = await store.end();
  let storeSize = 0;
  let stopped: Stopped | undefined;
  let away: string | undefined;
  let caughtUp = false;
  /** A file that was swapped in and that this node can not go over to. */
  let refused: string | undefined;
  const ready = Promise.withResolvers<void>();

  const current = currentPath(folder);
  let old = current === undefined ? undefined : openUnlessDamaged(current, log);
  if (old?.readable && !(await isOfStore(old, store))) {
    log.error({ path: old.path }, 'the read model is of another ledger than the store holds; a new one is built');
    old.close();
    old = undefined;
  }
  let fed: ReadModelFile = old?.version === currentVersion ? old : openReadModelFile(newPath(folder, currentVersion));
  let serving: ReadModelFile = old?.readable ? old : fed;
  if (old !== undefined && old !== fed && old !== serving) old.close();
  if (old === undefined) swapIn(folder, fed.path);
  if (fed !== old && old !== undefined)
    log.info({ from: old.version, to: currentVersion }, 'rebuilding the read model');

  const settle = () => {
    if (caughtUp || !isFolded(fed, target)) return;
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

  const lookAtSize = async () => {
    storeSize = Math.max(storeSize, await store.size());
  };

  const follow = async () => {
    while (!stop.signal.aborted && stopped === undefined) {
      const turn = new AbortController();
      const signal = AbortSignal.any([stop.signal, turn.signal]);
      const look = setInterval(() => {
        const path = currentPath(folder);
        if (caughtUp && path !== undefined && path !== fed.path && path !== refused) turn.abort();
      }, swapLookMs).unref();
      try {
        if (away !== undefined) await lookAtSize();
        away = undefined;
        const fold = folding(fed);
        for await (const batch of store.follow(fed.place(), signal)) {
          take(fold, batch);
          if (stopped !== undefined) break;
          await new Promise(setImmediate);
        }
        if (turn.signal.aborted && !stop.signal.aborted) await adopt();
      } catch (error) {
        away = error instanceof Error ? error.message : String(error);
        log.error({ err: error }, 'the read model can not follow the store');
        await new Promise((resolve) => setTimeout(resolve, storeRetryMs));
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

  settle();
  const following = follow();
  void lookAtSize().catch(() => {}); // what follows the store says why it is away

  return {
    all: (query) => serving.all(query),
    get: (query) => serving.get(query),
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

/** Whether the event that a file has folded last is where the store has it: a store may have been put back or swapped. */
const isOfStore = async (file: ReadModelFile, store: Pick<EventStore, 'readStream'>): Promise<boolean> => {
  const { size } = file.place();
  const last = size === 0 ? undefined : file.get(eventNumbered(size - 1));
  if (last === undefined) return size === 0;
  return (await store.readStream(last.stream))[last.revision]?.id === last.id;
};

/** Whether a file has folded a position, or the event that it names. */
const isFolded = (file: ReadModelFile, position: string): boolean => {
  const named = namedBy(position);
  if (named === undefined) return BigInt(file.place().position) >= BigInt(position);
  return file.get(eventOf(named.stream, named.revision)) !== undefined;
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

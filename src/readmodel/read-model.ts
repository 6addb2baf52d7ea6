import { textErased } from '../../domain/erasure.ts';
import type { Query } from '../../projections/projection.ts';
import type { Growth } from '../ledger/growing.ts';
import { type EventStore, type Place, type PlacedEvent, StoreUnavailable } from '../store/event-store.ts';
import { followStore } from '../store/follower.ts';
import { type Gathering, newGathering } from './gathering.ts';
import { growLedger } from './ledger-growth.ts';
import {
  closeModelFiles,
  goOver,
  isFolded,
  isOfStore,
  isSwapped,
  type Log,
  type ModelFiles,
  openModelFiles,
  replaceServing,
  serveTarget,
} from './model-files.ts';
import type { Stopped } from './projector.ts';

export type Health = {
  /** `catching-up` until all that the store held at start is folded; `stopped` at an event at which a projection fails. */
  readonly state: 'catching-up' | 'ready' | 'stopped' | 'store-away';
  readonly size: number;
  /** The ledger's size when it was last asked for; absent until it is known. */
  readonly storeSize?: number;
  readonly stopped?: Stopped;
  readonly detail?: string;
};

/** This node's read model: a file that follows the log, and questions to it. */
export type ReadModel = {
  readonly all: <Row>(query: Query<Row>) => readonly Row[];
  readonly get: <Row>(query: Query<Row>) => Row | undefined;
  /** Changes only with the file that serves, with its ledger, or if texts are erased: until then what is known of an event stays. */
  readonly version: () => string;
  readonly place: () => Place;
  /** The file that answers, for threads that read it; undefined if all work is done in this thread. */
  readonly pathForThreads: () => string | undefined;
  /** Empties the write-ahead log of the file that answers; false if another process reads the file and keeps it. */
  readonly emptyLog: () => boolean;
  readonly health: () => Health;
  /** How far this node has hashed the ledger; undefined until it is known, and if this process keeps no hashes. */
  readonly ledger: () => Growth | undefined;
  /** Calls back each time that the hashes were looked after, about once a second; never if this process keeps none. */
  readonly onLedgerLook: (listener: () => void) => void;
  /**
   * Whether the file that answers lacks events that the store held at start, so that its answers would be wrong. If the
   * store is away, and while a new file is built beside a whole one, what was folded before answers instead.
   */
  readonly lacksEvents: () => boolean;
  /** Waits until a position is folded; false if that takes longer than `timeoutMs` or the signal aborts. */
  readonly reached: (position: string, timeoutMs: number, signal?: AbortSignal) => Promise<boolean>;
  /** Calls back after every folded batch, with the size before and after it, until the returned function is called. */
  readonly onFolded: (listener: FoldListener) => () => void;
  /** Calls back after a batch was folded that erases texts: what is kept of events may have them. */
  readonly onErased: (listener: () => void) => void;
  /** Resolves once all that the store held at start is folded, or the fold has stopped. */
  readonly caughtUp: Promise<void>;
  readonly close: () => Promise<void>;
};

type FoldListener = (before: number, after: number) => void;

/** What a read model needs of a store. */
export type FollowedStore = Pick<EventStore, 'readStream' | 'readAll' | 'follow' | 'size' | 'end'>;

export type ReadModelOptions = {
  /** Runs before the store is first read, and again until it succeeds. */
  readonly prepare?: () => Promise<void>;
  /** Opens even if the store is away, and serves what was folded before. */
  readonly evenAway?: boolean;
  /** How often a node checks whether another process has swapped in a rebuilt file, and whether hashes of leaves are missing. */
  readonly swapLookMs?: number;
  /** Folds in a thread of its own, so that questions do not wait meanwhile; the thread takes a moment to start. */
  readonly inThread?: boolean;
  /** The folder in which the thread keeps the hashes of leaves. */
  readonly ledgerFolder?: string;
};

/** What an open read model knows. */
type State = {
  readonly files: ModelFiles;
  readonly store: FollowedStore;
  readonly log: Log;
  readonly listeners: Set<FoldListener>;
  readonly erasedListeners: (() => void)[];
  readonly caughtUp: PromiseWithResolvers<void>;
  /** Aborts when the read model is closed, or stopped by an event. */
  readonly ending: AbortController;
  readonly gathering: Gathering;
  /** Up to where the file that serves is folded as far as this process knows; another one may have folded further. */
  place: Place;
  /** The position at which the store ended when it was first reached. */
  storeEnd?: string;
  /** The ledger's size when it was last asked for. */
  storeSize?: number;
  /** How many times what was known of events has changed: by another ledger or file, or because texts were erased. */
  otherContents: number;
  isCaughtUp: boolean;
  stopped?: Stopped;
};

/**
 * Opens the node's read model and keeps it folded. If the current file is of another version, a new one is built beside
 * it; the old one serves meanwhile if this release can read it. Rejects with `StoreUnavailable` if the store is away,
 * unless `evenAway`.
 */
export const openReadModel = async (
  folder: string,
  store: FollowedStore,
  log: Log,
  {
    prepare = async () => {},
    evenAway = false,
    swapLookMs = 1_000,
    inThread = false,
    ledgerFolder,
  }: ReadModelOptions = {},
): Promise<ReadModel> => {
  // 1. The files
  const files = await openModelFiles(folder, { inThread, ledger: ledgerFolder }, log);
  const state = stateOf(files, store, log);

  // 2. The store: is it there, and of the same ledger?
  let awayAlready: unknown;
  try {
    await prepare();
    await meetStore(state);
  } catch (error) {
    if (!evenAway || !(error instanceof StoreUnavailable)) {
      await closeModelFiles(files);
      throw error;
    }
    awayAlready = error;
  }

  // 3. Its events, until the read model is closed or an event stops it
  let mayGoOver = false;
  const from = async (): Promise<Place> => {
    if (state.storeEnd === undefined) {
      await prepare();
      await meetStore(state);
    }
    if (mayGoOver) {
      mayGoOver = false; // a file that cannot be opened must not keep the events from being folded
      if (await goOver(files, store)) {
        announce(state, files.target.file.place());
        hasErased(state);
      }
    }
    serveIfCaughtUp(state);
    return files.target.file.place();
  };
  const onAway = (error: unknown) => log.error({ err: error }, 'the read model cannot follow the store');
  const onBack = () => {
    log.info({}, 'the read model follows the store again');
    void askForSize(state);
  };
  const apply = (batch: readonly PlacedEvent[]) => applyBatch(state, batch);
  const follower = followStore(store, { from, apply, onAway, onBack }, state.ending.signal, awayAlready);
  void askForSize(state);

  // 4. A file that another process swaps in meanwhile
  const look = setInterval(() => {
    if (!state.isCaughtUp || !isSwapped(files)) return;
    mayGoOver = true;
    follower.restart();
  }, swapLookMs).unref();

  // 5. The hashes of its leaves, once nobody waits for what the store held at start
  const ledger = growLedger(() => files.target, store, log, swapLookMs);
  if (inThread && ledgerFolder !== undefined) void state.caughtUp.promise.then(ledger.begin);

  return {
    ...questionsAndWaits(state),
    ledger: ledger.growth,
    onLedgerLook: ledger.onLooked,
    health: () => healthOf(state, follower.away()),
    close: async () => {
      clearInterval(look);
      state.ending.abort();
      await follower.ended;
      await ledger.close();
      await closeModelFiles(files);
    },
  };
};

const stateOf = (files: ModelFiles, store: FollowedStore, log: Log): State => ({
  files,
  store,
  log,
  listeners: new Set(),
  erasedListeners: [],
  caughtUp: Promise.withResolvers(),
  ending: new AbortController(),
  gathering: newGathering(),
  place: files.serving.place(),
  otherContents: 0,
  isCaughtUp: false,
});

/** Notes where the store ends. If it holds another ledger than the file that serves, a new file is built. */
const meetStore = async (state: State): Promise<void> => {
  const { files, store, log } = state;
  const end = await store.end();
  if (!(await isOfStore(files.serving, store))) {
    const { path } = files.serving;
    log.error({ path }, 'the read model is of another ledger than the store holds; a new one is built');
    await replaceServing(files);
    state.otherContents += 1;
    state.place = files.serving.place();
  }
  state.storeEnd = end;
  serveIfCaughtUp(state);
};

/** Once the target has folded all that the store held at start, it serves. */
const serveIfCaughtUp = (state: State): void => {
  const { files, storeEnd, isCaughtUp } = state;
  const { file } = files.target;
  if (isCaughtUp || storeEnd === undefined || !isFolded(file, file.place(), storeEnd)) return;
  state.isCaughtUp = true;
  if (files.serving !== file) state.place = file.place();
  serveTarget(files);
  state.caughtUp.resolve();
};

const applyBatch = async (state: State, batch: readonly PlacedEvent[]): Promise<void> => {
  const began = performance.now();
  const { place, stopped } = await state.files.target.projector.fold(batch);
  if (stopped !== undefined) {
    state.stopped = stopped;
    state.log.error({ stopped }, 'the read model has stopped');
    state.caughtUp.resolve();
    state.ending.abort();
  }
  serveIfCaughtUp(state);
  announce(state, place);
  if (batch.some(({ type }) => type === textErased)) hasErased(state);
  if (state.isCaughtUp) await state.gathering.gather(began, state.ending.signal);
};

const hasErased = (state: State): void => {
  state.otherContents += 1;
  for (const listener of state.erasedListeners) listener();
};

/** Notes how far the target is folded, and calls the listeners if it is the file that serves. */
const announce = (state: State, reached: Place): void => {
  const { files, listeners, place } = state;
  if (state.storeSize !== undefined || state.isCaughtUp) state.storeSize = Math.max(state.storeSize ?? 0, reached.size);
  if (files.serving !== files.target.file) return;
  state.place = reached;
  for (const listener of listeners) listener(place.size, reached.size);
};

/** Says nothing if the store is away: the follower does. */
const askForSize = async (state: State): Promise<void> => {
  try {
    const size = await state.store.size();
    state.storeSize = Math.max(state.storeSize ?? 0, size);
  } catch {}
};

const questionsAndWaits = (state: State): Omit<ReadModel, 'health' | 'ledger' | 'onLedgerLook' | 'close'> => {
  const { files, listeners, erasedListeners, gathering } = state;
  const onFolded = (listener: FoldListener) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  };
  return {
    all: (query) => files.serving.all(query),
    get: (query) => files.serving.get(query),
    version: () => `${files.serving.version} ${state.otherContents}`,
    place: () => state.place,
    pathForThreads: () => (files.folding.inThread ? files.serving.path : undefined),
    emptyLog: () => files.serving.emptyLog(),
    lacksEvents: () => {
      const isGrowing = !state.isCaughtUp && state.stopped === undefined && files.serving === files.target.file;
      return isGrowing && (state.storeEnd !== undefined || state.place.size === 0);
    },
    onFolded,
    onErased: (listener) => void erasedListeners.push(listener),
    reached: (position, timeoutMs, signal) =>
      gathering.until(() => isFolded(files.serving, state.place, position), onFolded, timeoutMs, signal),
    caughtUp: state.caughtUp.promise,
  };
};

const healthOf = ({ place, storeSize, stopped, isCaughtUp }: State, away: string | undefined): Health => ({
  state: stopped ? 'stopped' : away !== undefined ? 'store-away' : isCaughtUp ? 'ready' : 'catching-up',
  size: place.size,
  ...(storeSize === undefined && !isCaughtUp ? {} : { storeSize: Math.max(storeSize ?? 0, place.size) }),
  ...(stopped ? { stopped } : {}),
  ...(away === undefined ? {} : { detail: away }),
});

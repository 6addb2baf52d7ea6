import type { Config } from '../config.ts';
import type { Log } from '../readmodel/model-files.ts';
import { waitUntil } from '../readmodel/waiting.ts';
import type { AuditFault } from './audit-fault.ts';
import { formatCheckpoint, openCheckpoint } from './checkpoint.ts';
import { type Cosigning, cosigningBy, type WitnessSeen } from './cosigning.ts';
import { toldOfFault } from './fault-texts.ts';
import { type Growth, growthIn } from './growing.ts';
import { openLevelReader } from './level-files.ts';
import { formatSignatures, type Signature, signNote } from './note.ts';
import type { Remembered } from './remembered.ts';
import type { SigningFault } from './signing-fault.ts';
import { keysThatSign, type LedgerKey } from './signing-key.ts';
import { type HashReader, nodesOf } from './tile.ts';
import { type Hash, proveConsistency, rootOf, type Tree } from './tree.ts';

/** A checkpoint as this node serves it: the signed note, and the tree that it says. */
export type Published = Tree & { readonly note: Buffer };

/** The ledger as this node shows it to those who verify it: `published` and `withHashes` are also for exports and statements. */
export type PublishedLedger = {
  /** The newest checkpoint whose tree this node’s own hashes give; its tiles and proofs may be served. */
  readonly published: () => Published | undefined;
  /** Reads hashes of the published tree; throws if a file of them is lost. */
  readonly withHashes: <T>(work: (read: HashReader) => T) => T;
  /** Why no checkpoint is signed; undefined if nothing is in the way. */
  readonly fault: () => SigningFault | undefined;
  /** What each witness of the settings has answered last. */
  readonly witnesses: () => readonly WitnessSeen[];
  /** Waits until the published tree has a size; false if that takes longer than `timeoutMs`. */
  readonly reached: (size: number, timeoutMs: number, signal?: AbortSignal) => Promise<boolean>;
  /** Publishes what was signed last and, if there is more by now, signs that. A call while one is under way does nothing. */
  readonly look: () => Promise<void>;
  readonly close: () => Promise<void>;
};

export type Publishing = Pick<Config, 'signs' | 'witnesses'> & {
  readonly key: () => LedgerKey;
  readonly remembered: Remembered;
  /** The folder of the hashes. */
  readonly folder: string;
  /** How far this process has made the hashes durable; undefined if it keeps none, and then it signs nothing. */
  readonly hashed: () => Growth | undefined;
  /** What the self-audit has found, the first of it; then nothing is signed. */
  readonly audited?: () => AuditFault | undefined;
  /** How many events the store holds now, all of which this node has seen; undefined if it has not seen them all. */
  readonly sizeNow: () => Promise<number | undefined>;
  readonly log: Log;
};

type State = {
  published?: Published;
  fault?: SigningFault | undefined;
  /** The note that this node has read or signed last. */
  seen?: Buffer;
  /** How often this node has looked at what is remembered since it published. */
  looks: number;
  isClosed?: boolean;
};

type Publish = (checkpoint: Published) => void;

/** For so many looks, another node may still add the cosignatures of witnesses to what it has signed. */
const looksForCosignatures = 15;

/**
 * Signs and publishes. The order is: events and hashes are durable, the new tree holds the one signed last, the new
 * checkpoint is remembered durably, and only then it is published.
 */
export const publishLedger = (publishing: Publishing): PublishedLedger => {
  const { folder, remembered, log } = publishing;
  const state: State = { looks: 0 };
  const listeners = new Set<() => void>();
  const cosigning = cosigningBy(publishing.witnesses, folder, log);
  let looking: Promise<void> | undefined;

  const publish: Publish = (checkpoint) => {
    state.published = checkpoint;
    state.looks = 0;
    for (const listener of listeners) listener();
  };
  const look = async () => {
    const before = state.fault;
    try {
      state.fault = await lookOnce(publishing, state, publish, cosigning);
    } catch (error) {
      if (state.isClosed) return;
      state.fault = { fault: 'cannot-sign', reason: error instanceof Error ? error.message : String(error) };
    }
    const [was, is] = [before, state.fault].map((fault) => fault && toldOfFault(fault).en);
    if (is !== undefined && is !== was) log.error({ ...state.fault }, `no checkpoint of the ledger is signed: ${is}`);
    if (is === undefined && was !== undefined) log.info({}, 'checkpoints of the ledger are signed again');
  };

  return {
    published: () => state.published,
    withHashes: (work) => withHashes(folder, work),
    fault: () => state.fault,
    witnesses: cosigning.witnesses,
    reached: (size, timeoutMs, signal) => {
      const isReached = () => (state.published?.size ?? 0) >= size;
      const onPublished = (listener: () => void) => {
        listeners.add(listener);
        return () => listeners.delete(listener);
      };
      return waitUntil(isReached, onPublished, timeoutMs, signal);
    },
    look: async () => {
      if (state.isClosed) return;
      looking ??= look().finally(() => {
        looking = undefined;
      });
      await looking;
    },
    close: async () => {
      state.isClosed = true;
      await remembered.close();
      await looking;
    },
  };
};

/** The files are opened each time, since those of a lost folder are made anew. */
const withHashes = <T>(folder: string, work: (read: HashReader) => T): T => {
  const { read, close } = openLevelReader(folder);
  try {
    return work(read);
  } finally {
    close();
  }
};

const rootIn = (folder: string, size: number): Hash => withHashes(folder, (read) => rootOf(nodesOf(read), size));

const lookOnce = async (
  publishing: Publishing,
  state: State,
  publish: Publish,
  cosigning: Cosigning,
): Promise<SigningFault | undefined> => {
  const { folder, remembered, signs } = publishing;
  const growth = publishing.hashed();
  const stopped = publishing.audited?.() ?? growth?.stopped;
  const size = growth?.size ?? growthIn(folder)?.size ?? 0;
  const isDone = state.published?.size === size && state.looks >= looksForCosignatures;
  if (isDone && state.fault === undefined && stopped === undefined) return undefined;
  state.looks += 1;

  // 1. What was signed last
  const key = publishing.key();
  const { origin } = key;
  const keys = keysThatSign(key);
  const last = await remembered.last();
  if (last === 'forgotten') return { fault: 'forgotten' };
  const signed =
    last === 'none' ? undefined : openCheckpoint(last, { origin, keys: keys.map(({ verifier }) => verifier) });
  if (signed !== undefined && 'fault' in signed) return signed;

  // 2. Do this node’s own hashes give that tree?
  if (signed !== undefined && last !== 'none') {
    if (signed.size > size) {
      const ledger = await publishing.sizeNow();
      return ledger !== undefined && ledger < signed.size
        ? { fault: 'signed-more', size: ledger, signed: signed.size }
        : undefined;
    }
    if (!rootIn(folder, signed.size).equals(signed.root)) return stopped ?? { fault: 'other-root', size: signed.size };
    const { published } = state;
    // Cosignatures are added at the end; what is shorter was read before this node added its own.
    const isCosigned = published?.size === signed.size && published.note.length < last.length;
    if (published === undefined || published.size < signed.size || isCosigned)
      publish({ size: signed.size, root: signed.root, note: last });
  }

  // 3. A larger one, unless another node signs at the moment
  if (stopped !== undefined) return stopped;
  const note = last === 'none' ? Buffer.of() : last;
  const isOthers = state.seen !== undefined && !state.seen.equals(note);
  state.seen = note;
  if (!signs || growth === undefined || growth.size <= (signed?.size ?? 0) || isOthers) return undefined;
  const root = rootIn(folder, growth.size);
  const next = signNote(
    formatCheckpoint({ origin, size: growth.size, root }),
    keys.map(({ signer }) => signer),
  );
  if (!(await remembered.remember(next, last))) return undefined;
  state.seen = next;
  const checkpoint = { size: growth.size, root, note: next };
  publish(checkpoint);
  askForCosignatures(publishing, checkpoint, state, publish, cosigning);
  return undefined;
};

/** Cosignatures are remembered and published with their checkpoint, unless a larger one is published by then. */
const askForCosignatures = (
  { folder, key, remembered }: Publishing,
  { size, note }: Published,
  state: State,
  publish: Publish,
  cosigning: Cosigning,
): void => {
  const { origin, verifier } = key();
  const opened = openCheckpoint(note, { origin, keys: [verifier] });
  if ('fault' in opened) return;
  const prove = (older: number) => withHashes(folder, (read) => proveConsistency(nodesOf(read), older, size));
  const add = async (signatures: readonly Signature[]) => {
    const now = state.published;
    if (now === undefined || now.size !== size || state.isClosed) return;
    const cosigned = Buffer.concat([now.note, Buffer.from(formatSignatures(signatures))]);
    if (!(await remembered.remember(cosigned, now.note))) return;
    state.seen = cosigned;
    publish({ ...now, note: cosigned });
  };
  let added: Promise<void> = Promise.resolve();
  cosigning.ask(opened, note, prove, (signatures) => {
    // One after another: each is added to a note that has those before it
    added = added.catch(() => {}).then(() => add(signatures));
    return added;
  });
};

import { type OpenedCheckpoint, openCheckpoint, parseCheckpoint } from '../ledger/checkpoint.ts';
import { noteVerifier, type Verifier } from '../ledger/note.ts';
import { contents } from './contents.ts';
import { foldEntries } from './entries.ts';
import { type ReadEvents, readEvents } from './events.ts';
import type { BundleFault } from './faults.ts';
import { bytesIn, type Folder } from './folder.ts';
import { recounting } from './recount.ts';
import { compareStatements, statementsIn } from './statements.ts';
import { areTilesOf, tileComparison } from './tiles.ts';

/**
 * Checks a folder for auditors: events, tree, signatures, texts and figures. It opens no store and asks nobody, and
 * trusts nothing that is in the folder but what follows from a key or a checkpoint from elsewhere.
 */
export type Pinned = {
  /** The registry's keys, from elsewhere than from the folder: several if one was rotated. */
  readonly keys: readonly Verifier[];
  /** A checkpoint that was kept from before, as it was published. */
  readonly older?: Uint8Array;
  readonly witnesses: readonly Verifier[];
};

export type Verdict = {
  /** Whether a key or an older checkpoint from elsewhere vouches for the folder. */
  readonly isAnchored: boolean;
  readonly faults: readonly BundleFault[];
  readonly origin?: string;
  readonly size?: number;
  readonly root?: string;
  /** How many free texts match their digests; absent if the folder has none. */
  readonly texts?: number;
  /** How many free texts are missing because two people erased them, as an event says. */
  readonly erased?: number;
  readonly statements?: number;
  /** Events that this release does not know, and does not count. */
  readonly unknown?: number;
};

/** More faults than these say nothing new. */
const faultsLimit = 50;
/** Entries are folded in no order that means anything to a reader, so their faults are put in that of the ledger. */
const foldedLimit = 10_000;
const byEntryNumber = (a: BundleFault, b: BundleFault): number => numberOf(a) - numberOf(b);
const numberOf = (fault: BundleFault): number => ('entryNumber' in fault ? fault.entryNumber : 0);

export const verifyBundle = (
  folder: Folder,
  pinned: Pinned,
  onProgress: (done: number, total: number) => void = () => {},
): Verdict => {
  const faults: BundleFault[] = [];
  const report = (fault: BundleFault) => void (faults.length < faultsLimit && faults.push(fault));
  const isAnchored = pinned.keys.length > 0 || pinned.older !== undefined;
  // 1. There must be something to verify, and a signature over it.
  const missing = missingIn(folder);
  if (missing !== undefined) return { isAnchored, faults: [{ fault: 'nothing-to-verify', path: missing }] };
  const opened = openedIn(folder, pinned, report);
  if (opened === undefined) return { isAnchored, faults };
  const { checkpoint, older } = opened;
  // 2. The events: their order, their texts, their tree.
  const stated = statementsIn(folder.open(contents.statements), report);
  const recount = recounting(stated.map(({ asked }) => asked));
  const tiles = tileComparison(folder);
  const events = readEvents(folder, {
    size: checkpoint.size,
    sizes: new Set([...recount.sizes, ...(older ? [older.size] : [])]),
    onTile: tiles.compare,
    report,
    onProgress: (done) => onProgress(done, 2 * checkpoint.size),
  });
  const said = { isAnchored, faults, origin: checkpoint.origin, size: checkpoint.size };
  reportTree(folder, checkpoint, events, tiles, report);
  if (older !== undefined) reportOlder(older, checkpoint, events, report);
  // 3. The figures, counted again.
  const file = events.isWhole ? folder.open(contents.events) : undefined;
  if (file === undefined) return said;
  const folded: BundleFault[] = [];
  const unknown = foldEntries(file, events.places, {
    sizes: recount.sizes,
    onEntry: recount.add,
    report: (fault) => void (folded.length < foldedLimit && folded.push(fault)),
    onProgress: (done) => onProgress(checkpoint.size + done, 2 * checkpoint.size),
  });
  for (const fault of folded.sort(byEntryNumber)) report(fault);
  const isAsSigned = events.root.equals(checkpoint.root);
  compareStatements(stated, recount, { at: events.at, isAsSigned }, report);
  const root = checkpoint.root.toString('base64');
  return {
    ...said,
    root,
    statements: stated.length,
    unknown,
    ...(events.texts.matching === undefined ? {} : { texts: events.texts.matching, erased: events.texts.erased }),
  };
};

/** The first part that is missing or empty. */
const missingIn = (folder: Folder): string | undefined => {
  const name = [contents.checkpoint, contents.events, contents.statements].find((each) => {
    const file = folder.open(each);
    file?.close();
    return (file?.sizeBytes ?? 0) === 0;
  });
  return name && folder.pathOf(name);
};

type Opened = { readonly checkpoint: OpenedCheckpoint; readonly older: OpenedCheckpoint | undefined };

/** The checkpoints, opened with the pinned keys or else with the folder's own. */
const openedIn = (folder: Folder, pinned: Pinned, report: (fault: BundleFault) => void): Opened | undefined => {
  const key = pinned.keys[0] ?? noteVerifier(textOf(folder, contents.key).trim());
  if ('fault' in key) return void report({ fault: 'key', why: key });
  const trust = { origin: key.name, keys: [key, ...pinned.keys.slice(1)] };
  const bytes = bytesIn(folder, contents.checkpoint) ?? Buffer.alloc(0);
  const checkpoint = openCheckpoint(bytes, { ...trust, witnesses: pinned.witnesses });
  if ('fault' in checkpoint) {
    const origin = checkpoint.fault === 'no-known-signature' ? originIn(bytes) : undefined;
    const isOther = origin !== undefined && origin !== key.name;
    return void report(
      isOther ? { fault: 'other-registry', origin } : { fault: 'signature', of: 'checkpoint', why: checkpoint },
    );
  }
  if (checkpoint.size === 0) return void report({ fault: 'nothing-to-verify', path: folder.pathOf(contents.events) });
  const older = pinned.older && openCheckpoint(pinned.older, trust);
  if (older === undefined || !('fault' in older)) return { checkpoint, older };
  report({ fault: 'signature', of: 'older-checkpoint', why: older });
  return undefined;
};

const textOf = (folder: Folder, name: string): string => bytesIn(folder, name)?.toString('utf8') ?? '';

/** The origin that a note claims, whether or not anyone trusted has signed it. */
const originIn = (note: Buffer): string | undefined => {
  const text = note.toString('utf8');
  return parseCheckpoint(text.slice(0, text.lastIndexOf('\n\n') + 1))?.origin;
};

/** Says what is not as signed; events that lack some or have others than those signed were told already. */
const reportTree = (
  folder: Folder,
  checkpoint: OpenedCheckpoint,
  { isWhole, root }: ReadEvents,
  tiles: ReturnType<typeof tileComparison>,
  report: (fault: BundleFault) => void,
): void => {
  if (!isWhole) return;
  if (root.equals(checkpoint.root)) {
    for (const fault of tiles.faults) report(fault);
    return;
  }
  const entryNumber = tiles.changed();
  // The tiles are right, so they say which event is not.
  if (entryNumber !== undefined && areTilesOf(folder, checkpoint)) report({ fault: 'changed-event', entryNumber });
  else report({ fault: 'other-root' });
};

const reportOlder = (
  older: OpenedCheckpoint,
  { size, root }: OpenedCheckpoint,
  events: ReadEvents,
  report: (fault: BundleFault) => void,
): void => {
  if (older.size > size) report({ fault: 'older-ledger', size, known: older.size });
  else if (older.size === size && !older.root.equals(root)) report({ fault: 'split-view', size });
  else if (events.isWhole && older.size > 0 && events.at.get(older.size)?.root.equals(older.root) !== true)
    report({ fault: 'history-changed', size: older.size });
};

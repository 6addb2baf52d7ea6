import { existsSync } from 'node:fs';
import { eventAtRevision, eventNumbered } from '../../projections/trail.ts';
import { type EventStore, namedBy, type Place, StoreDamaged } from '../store/event-store.ts';
import { isDamage } from '../store/sqlite/file.ts';
import { currentVersion, openReadModelFile, type ReadModelFile } from './file.ts';
import { currentPath, newPath, removeFile, swapIn } from './folder.ts';
import { type Projector, projectorHere, projectorInThread } from './projector.ts';

export type Log = {
  readonly info: (fields: object, message: string) => void;
  readonly error: (fields: object, message: string) => void;
};

/** A file that is folded into, open in this thread too for questions. */
type Target = { readonly file: ReadModelFile; readonly projector: Projector };

/** How a read model folds. */
export type Folding = {
  /** In a thread of its own. */
  readonly inThread: boolean;
  /** The folder of the hashes of leaves, which the thread keeps. */
  readonly ledger?: string | undefined;
};

/** The files of an open read model. */
export type ModelFiles = {
  readonly folder: string;
  readonly folding: Folding;
  readonly log: Log;
  /** The file that answers questions: the target's, or one of another version until the target has caught up. */
  serving: ReadModelFile;
  target: Target;
  /** A file that was swapped in, and that this release cannot go over to. */
  refused?: string;
};

const pageSize = 1_000;

/**
 * Opens the current file to serve and to fold into. If it is of another version, a new one is begun beside it, and it
 * serves only if this release can read it. If there is none, or it is damaged, a new one serves at once.
 */
export const openModelFiles = async (folder: string, folding: Folding, log: Log): Promise<ModelFiles> => {
  const current = currentPath(folder);
  let old: ReadModelFile | undefined;
  let target: Target;
  try {
    old = current === undefined ? undefined : openUnlessDamaged(current, log);
    const isOurs = old?.version === currentVersion;
    target = await targetOn(old && isOurs ? old : newFile(folder), folding);
  } catch (error) {
    if (old?.version !== currentVersion) old?.close();
    if (currentPath(folder) === current) throw error;
    return openModelFiles(folder, folding, log); // another process has swapped in its own meanwhile
  }
  if (old === undefined && existsSync(target.file.path)) swapIn(folder, target.file.path);
  if (old !== undefined && old !== target.file) {
    if (!old.readable) old.close();
    log.info({ from: old.version, to: currentVersion }, 'rebuilding the read model');
  }
  return { folder, folding, log, serving: old?.readable ? old : target.file, target };
};

/** All that a file holds comes from the log, so a damaged one is as good as none. */
const openUnlessDamaged = (path: string, log: Log): ReadModelFile | undefined => {
  try {
    return openReadModelFile(path);
  } catch (error) {
    if (!isDamage(error)) throw error;
    log.error({ err: error, path }, 'the read model is damaged; a new one is built');
    return undefined;
  }
};

/** Makes a file of this release's version; leaves none if there is no space for it, for a server may try again and again. */
const newFile = (folder: string): ReadModelFile => {
  const path = newPath(folder, currentVersion);
  try {
    return openReadModelFile(path);
  } catch (error) {
    removeFile(path);
    throw error;
  }
};

const targetOn = async (file: ReadModelFile, { inThread, ledger }: Folding): Promise<Target> => {
  try {
    return {
      file,
      projector: inThread ? await projectorInThread({ path: file.path, kind: 'growing', ledger }) : projectorHere(file),
    };
  } catch (error) {
    file.close();
    throw error;
  }
};

const closeTarget = async ({ file, projector }: Target): Promise<void> => {
  await projector.close();
  file.close();
};

/** Gives up the file that serves: the target serves instead or, if that is the same file, a new one. */
export const replaceServing = async (files: ModelFiles): Promise<void> => {
  const { folder, folding, serving, target } = files;
  const isTarget = target.file === serving;
  if (isTarget) files.target = await targetOn(newFile(folder), folding);
  files.serving = files.target.file;
  swapIn(folder, files.serving.path);
  await (isTarget ? closeTarget(target) : serving.close());
};

/** The target has caught up: it serves from now on. */
export const serveTarget = (files: ModelFiles): void => {
  const { folder, serving, target } = files;
  if (serving !== target.file) serving.close();
  files.serving = target.file;
  // If it is gone, another process was quicker, and this one goes over to that one's file.
  if (existsSync(target.file.path)) swapIn(folder, target.file.path);
};

/** Whether a rebuild, or another process, has swapped in another file. */
export const isSwapped = ({ folder, target, refused }: ModelFiles): boolean => {
  const path = currentPath(folder);
  return path !== undefined && path !== target.file.path && path !== refused;
};

/**
 * Goes over to the file that was swapped in, once it knows as much as the target. A file of another version is refused:
 * the answer is then false.
 */
export const goOver = async (files: ModelFiles, store: Pick<EventStore, 'readAll'>): Promise<boolean> => {
  const { folder, folding, log, target: before } = files;
  const path = currentPath(folder);
  if (path === undefined || path === before.file.path) return false;
  const file = openReadModelFile(path);
  if (file.version !== currentVersion) {
    files.refused = path;
    file.close();
    log.info({ path }, 'a read model of another release was swapped in; this one goes on with its own');
    return false;
  }
  const target = await targetOn(file, folding);
  try {
    while (file.place().size < before.file.place().size)
      await target.projector.fold(await store.readAll(file.place(), pageSize));
  } catch (error) {
    await closeTarget(target);
    throw error;
  }
  log.info({ path }, 'going over to a rebuilt read model');
  files.target = target;
  files.serving = file;
  await closeTarget(before);
  return true;
};

export const closeModelFiles = async ({ serving, target }: ModelFiles): Promise<void> => {
  if (serving !== target.file) serving.close();
  await closeTarget(target);
};

/**
 * Whether the event that a file has folded last is where the store has it. It is not if the store was restored or
 * swapped, or if its log is a copy with positions of its own.
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

/** Whether a file that is folded up to a place has folded a position, or the event that the position names. */
export const isFolded = (file: ReadModelFile, place: Place, position: string): boolean => {
  if (position === place.position) return true;
  const named = namedBy(position);
  if (named === undefined) return BigInt(place.position) >= BigInt(position);
  return file.get(eventAtRevision(named.stream, named.revision)) !== undefined;
};

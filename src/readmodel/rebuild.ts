import { mkdirSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { shanghaiDay } from '../../domain/calendar.ts';
import { projections } from '../../projections/index.ts';
import { type EventStore, type Place, placeAfter, start } from '../store/event-store.ts';
import { currentVersion, onReadModel, openReadModelFile, type ReadModelFile } from './file.ts';
import { currentPath, newPath, removeFile, swapIn } from './folder.ts';
import { type Folded, type Projector, projectorInThread } from './projector.ts';
import { questionsTo } from './questions.ts';

/** A row that only one of both files has; as JSON, null in the file without it. */
export type RowDifference = {
  readonly table: string;
  readonly serving: string | null;
  readonly rebuilt: string | null;
};
export type TargetDifference = {
  readonly target: string;
  readonly plan: string;
  readonly before: number | null;
  readonly after: number | null;
};

export type Rebuilt = {
  readonly events: number;
  readonly version: string;
  /** Under the same version: rows that differ. If there are any, the rebuilt file is not swapped in. */
  readonly differences: readonly RowDifference[];
  /** Under a new version: targets whose counts differ. */
  readonly targets: readonly TargetDifference[];
  readonly swapped: boolean;
};

const pageSize = 500;
const shownDifferences = 20;

/**
 * Folds the whole log into a new file beside the one that serves, compares them row for row at the same size, catches
 * up and swaps. A running server goes on folding into the old file, and goes over to the new one by itself.
 */
export const rebuild = async (
  folder: string,
  store: EventStore,
  now: () => number,
  onProgress: (done: number, total: number) => void,
): Promise<Rebuilt> => {
  mkdirSync(folder, { recursive: true });
  const current = currentPath(folder);
  const snapshot = current === undefined ? undefined : openSnapshot(current);
  const target = snapshot?.size ?? (await store.size());
  const version = currentVersion;
  const path = newPath(folder, version);
  const fresh = await projectorInThread({ path, kind: 'whole' }).catch((error: unknown) => {
    removeFile(path);
    throw error;
  });
  try {
    const compared = await foldUpTo(fresh, store, start, target, onProgress);
    const differences = snapshot?.version === version ? rowDifferences(snapshot.db, path) : [];
    snapshot?.db.close();
    if (differences.length > 0) return { events: target, version, differences, targets: [], swapped: false };
    const size = await store.size();
    await foldUpTo(fresh, store, compared, size, onProgress);
    await fresh.finish();
    const targets = current !== undefined && snapshot?.version !== version ? targetDifferences(current, path, now) : [];
    swapIn(folder, path);
    return { events: size, version, differences, targets, swapped: true };
  } finally {
    await fresh.close();
    if (currentPath(folder) !== path) removeFile(path);
  }
};

/** The serving file as it is at this moment, held still by a read transaction. Even reading it needs a little space. */
const openSnapshot = (path: string) =>
  onReadModel(path, () => {
    const db = new DatabaseSync(path, { readOnly: true });
    db.exec('BEGIN');
    const meta = (name: string) => String(db.prepare('SELECT value FROM meta WHERE name = ?').get(name)?.value);
    return { db, size: Number(meta('size')), version: meta('version') };
  });

/** Reads each page while the one before it is folded. */
const foldUpTo = async (
  projector: Projector,
  store: EventStore,
  from: Place,
  size: number,
  onProgress: (done: number, total: number) => void,
): Promise<Place> => {
  let place = from;
  let folded: Promise<Partial<Folded>> = Promise.resolve({});
  while (place.size < size) {
    const page = await store.readAll(place, Math.min(pageSize, size - place.size));
    const { stopped } = await folded;
    if (stopped !== undefined) throw new Error(stopped.message);
    const last = page.at(-1);
    if (last === undefined) break;
    onProgress(place.size, size);
    folded = projector.fold(page);
    folded.catch(() => {}); // it is awaited below, unless reading on fails first
    place = placeAfter(last);
  }
  const { stopped } = await folded;
  if (stopped !== undefined) throw new Error(stopped.message);
  onProgress(place.size, size);
  return place;
};

const rowDifferences = (serving: DatabaseSync, path: string): readonly RowDifference[] => {
  const rebuilt = new DatabaseSync(path, { readOnly: true });
  try {
    const found: RowDifference[] = [];
    for (const { compared } of projections) {
      for (const [table, order] of Object.entries(compared))
        found.push(...tableDifferences(serving, rebuilt, table, order));
    }
    return found.slice(0, shownDifferences);
  } finally {
    rebuilt.close();
  }
};

const tableDifferences = (
  serving: DatabaseSync,
  rebuilt: DatabaseSync,
  table: string,
  order: string,
): readonly RowDifference[] => {
  const rows = (db: DatabaseSync) => db.prepare(`SELECT * FROM ${table} ORDER BY ${order}`).iterate();
  const [theirs, ours] = [rows(serving), rows(rebuilt)];
  const found: RowDifference[] = [];
  while (found.length < shownDifferences) {
    const [a, b] = [theirs.next(), ours.next()];
    if (a.done && b.done) break;
    const [text, other] = [a, b].map(({ done, value }) => (done ? null : JSON.stringify(value)));
    if (text !== other) found.push({ table, serving: text ?? null, rebuilt: other ?? null });
  }
  return found;
};

/** How the targets' counts differ between the file that serves and another one, as known at the former's size. */
const targetDifferences = (current: string, path: string, now: () => number): readonly TargetDifference[] => {
  const [old, fresh] = [openReadModelFile(current), openReadModelFile(path)];
  try {
    if (!old.readable) return [];
    const view = { on: shanghaiDay(now()), size: old.place().size };
    const countsOf = (file: ReadModelFile) => {
      const questions = questionsTo({ ...file, version: () => file.version });
      return new Map(questions.figures(view).map(({ id, plan, count }) => [JSON.stringify([id, plan]), count]));
    };
    const [before, after] = [countsOf(old), countsOf(fresh)];
    return [...new Set([...before.keys(), ...after.keys()])].flatMap((key) => {
      const [target, plan] = JSON.parse(key);
      const difference = { target, plan, before: before.get(key) ?? null, after: after.get(key) ?? null };
      return difference.before === difference.after ? [] : [difference];
    });
  } finally {
    old.close();
    fresh.close();
  }
};

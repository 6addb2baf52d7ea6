import { closeSync, existsSync, mkdirSync, openSync, readdirSync, statSync, writeFileSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Day } from '../../domain/calendar.ts';
import type { Entry } from '../../domain/history.ts';
import { canonicalJson, type Json } from '../../domain/json.ts';
import { leafOf } from '../../domain/leaf.ts';
import { plans as planRegister } from '../../domain/registers/index.ts';
import { planOn } from '../../domain/targets.ts';
import { contents } from '../bundle/contents.ts';
import { foldEntries } from '../bundle/entries.ts';
import { folderAt } from '../bundle/folder-on-disk.ts';
import { noPlaces, type Places } from '../bundle/places.ts';
import { type Asked, recounting } from '../bundle/recount.ts';
import type { Checkpoint } from '../ledger/checkpoint.ts';
import { formatTilePath } from '../ledger/tile.ts';
import { type FilledTile, tiling } from '../ledger/tiling.ts';
import { leafHash } from '../ledger/tree.ts';
import { type EventStore, type Place, placeAfter, start } from '../store/event-store.ts';
import { bundleReadme } from './bundle-readme.ts';
import { recordedErasures } from './recorded-erasures.ts';
import { textLine } from './text-line.ts';

/** What is exported: the events that a checkpoint signs. */
export type Exported = {
  /** The signed checkpoint, and what it says. */
  readonly note: Buffer;
  readonly checkpoint: Checkpoint;
  readonly verifierKey: string;
  /** Whether free texts and their salts are written as well. */
  readonly withTexts: boolean;
  /** The file that checks the folder in a browser, if this checkout can build it. */
  readonly verifier?: Uint8Array | undefined;
  /** The days of the statements, besides the last of each plan. */
  readonly days: readonly Day[];
};

export type ExportRefusal = {
  readonly refused: 'not-empty' | 'no-leaf' | 'other-root' | 'short-store' | 'erased-since';
  readonly entryNumber?: number;
};

const pageSize = 2_000;

/**
 * Writes a folder that `verify` checks, the checkpoint last, so that a folder which is not complete has none. The folder
 * must be empty, or not be there.
 */
export const exportBundle = async (
  folder: string,
  store: Pick<EventStore, 'readAll'>,
  exported: Exported,
  onProgress: (done: number, total: number) => void = () => {},
): Promise<{ readonly statements: number } | ExportRefusal> => {
  if (existsSync(folder) && (!statSync(folder).isDirectory() || readdirSync(folder).length > 0))
    return { refused: 'not-empty' };
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const { note, checkpoint, verifierKey, withTexts, verifier } = exported;
  const { size } = checkpoint;
  // 1. Events, texts and tiles, in the order of the ledger.
  const written = await writeEvents(folder, store, exported, (done) => onProgress(done, 2 * size));
  if ('refused' in written) return written;
  // 2. Statements, counted from what was written.
  const statements = statementsOf(folder, written, exported, (done) => onProgress(size + done, 2 * size));
  writeFileSync(join(folder, contents.statements), statements.map((line) => `${line}\n`).join(''));
  // 3. What says how to verify it, and what is to be verified.
  writeFileSync(join(folder, contents.key), `${verifierKey}\n`);
  writeFileSync(join(folder, contents.readme), bundleReadme(checkpoint, { withTexts, verifier }));
  if (verifier !== undefined) writeFileSync(join(folder, contents.verifier), verifier);
  writeFileSync(join(folder, contents.checkpoint), note);
  return { statements: statements.length };
};

/** Where the events are in the file, and when the last of them was recorded. */
type Written = { readonly places: Places; readonly time: string };

const writeEvents = async (
  folder: string,
  store: Pick<EventStore, 'readAll'>,
  { checkpoint: { size, root }, withTexts }: Exported,
  onProgress: (done: number) => void,
): Promise<Written | ExportRefusal> => {
  const tree = tiling();
  const [events, texts] = [contents.events, contents.texts].map((name) => join(folder, name));
  const eventsFile = openSync(events ?? '', 'wx');
  const textsFile = withTexts ? openSync(texts ?? '', 'wx') : undefined;
  const places = noPlaces();
  const erasures = await recordedErasures(store);
  let [place, time]: [Place, string] = [start, ''];
  try {
    while (place.size < size) {
      const page = (await store.readAll(place, pageSize))
        .filter(({ entryNumber }) => entryNumber < size)
        .map(erasures.applied);
      const last = page.at(-1);
      if (last === undefined) return { refused: 'short-store', entryNumber: place.size };
      const lines: Buffer[] = [];
      for (const event of page) {
        const made = leafOf(event);
        if ('noLeaf' in made) return { refused: 'no-leaf', entryNumber: event.entryNumber };
        const line = Buffer.from(`${made.leaf}\n`);
        for (const tile of tree.add(leafHash(line.subarray(0, -1)))) writeTile(folder, tile);
        places.add(event.stream, event.data.register === planRegister.name, line.length - 1);
        lines.push(line);
      }
      writeAll(eventsFile, Buffer.concat(lines));
      const early = page.find((event) => textsFile !== undefined && erasures.areLater(event, size));
      if (early !== undefined) return { refused: 'erased-since', entryNumber: early.entryNumber };
      if (textsFile !== undefined) writeAll(textsFile, Buffer.from(page.map(textLine).join('')));
      [place, time] = [placeAfter(last), last.recordedAt];
      onProgress(place.size);
    }
  } finally {
    closeSync(eventsFile);
    if (textsFile !== undefined) closeSync(textsFile);
  }
  for (const tile of tree.edge()) writeTile(folder, tile);
  return tree.root().equals(root) ? { places, time } : { refused: 'other-root' };
};

const writeAll = (file: number, bytes: Buffer): void => {
  for (let done = 0; done < bytes.length; ) done += writeSync(file, bytes, done);
};

const writeTile = (folder: string, { tile, hashes }: FilledTile): void => {
  const path = join(folder, formatTilePath(tile));
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, hashes);
};

const nothing = () => {};

/** A statement about each target of each plan, on each of the days and on its plan’s last. */
const statementsOf = (
  folder: string,
  { places, time }: Written,
  { checkpoint: { size, root }, days }: Exported,
  onProgress: (done: number) => void,
): readonly string[] => {
  const fold = (asked: Omit<Parameters<typeof foldEntries>[2], 'sizes' | 'report'>) => {
    const file = folderAt(folder).open(contents.events);
    if (file !== undefined) foldEntries(file, places, { ...asked, sizes: [size], report: nothing });
  };
  const plans: Entry[] = [];
  fold({ onEntry: (_, entry) => void plans.push(entry), onProgress: nothing, onlyPlans: true });
  const asked = plans.flatMap((entry) => {
    const last = planOn(entry, days.at(-1) ?? '')?.to;
    return [...new Set([...days, ...(last === undefined ? [] : [last])])].sort().flatMap((on): readonly Asked[] => {
      const plan = planOn(entry, on);
      return plan?.targets.map(({ id }) => ({ plan: plan.id, target: id, on, size })) ?? [];
    });
  });
  const recount = recounting(asked);
  fold({ onEntry: recount.add, onProgress });
  return asked.flatMap((each) => {
    const statement = recount.statement(each, { root, time });
    return statement === undefined ? [] : [canonicalJson(statement as unknown as Json)];
  });
};

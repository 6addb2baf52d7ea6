import { statSync } from 'node:fs';
import { join } from 'node:path';
import type { LedgerEvent } from '../../domain/event.ts';
import { type EventStore, type Place, placeAfter, start } from '../store/event-store.ts';
import { aligning, hashesBy, leafHashOf } from './alignment.ts';
import type { AuditFault } from './audit-fault.ts';
import { auditingTexts } from './audited-texts.ts';
import { levelName, openLevelReader } from './level-files.ts';
import { checkTiles, folded, type HashReader, hashesAt, tileWidth } from './tile.ts';
import { tiling } from './tiling.ts';
import { type Hash, hashBytes, type Tree } from './tree.ts';

/** What is audited, and against what. */
export type Audit = {
  readonly store: Pick<EventStore, 'readAll'>;
  /** The folder of the hashes. */
  readonly folder: string;
  /** The tree that was signed last, if any. */
  readonly signed: Tree | undefined;
  /** What the read model has at an entry number; it is trusted only if its leaf has the hash. */
  readonly foldedAt: (entryNumber: number) => LedgerEvent | undefined;
  /** Called after each page; the pass goes on once it resolves. */
  readonly onPage: (so: Audited) => Promise<void>;
};

/** How far a pass has come, of how many events, and what it has found. */
export type Audited = {
  readonly checked: number;
  readonly size: number;
  readonly faults: readonly AuditFault[];
};

/** There are no hashes to compare with. */
export class NothingToAudit extends Error {
  override readonly name = 'NothingToAudit';
}

const pageSize = 250;

/**
 * One whole pass: compares each event of the store with the hashes that this node keeps, each text with its digest, the
 * hashes with each other, and all of it with what was signed last. Changes nothing. Rejects as the store does, and with
 * `NothingToAudit`.
 */
export const auditStore = async ({ store, folder, signed, foldedAt, onPage }: Audit): Promise<Audited> => {
  const { read, close } = openLevelReader(folder);
  try {
    const size = hashedIn(folder, read, signed?.size ?? 0);
    const hashAt = hashesBy(read, size);
    const heldAt = (entryNumber: number) => {
      const event = foldedAt(entryNumber);
      return event && leafHashOf(event)?.equals(hashAt(entryNumber)) ? event : undefined;
    };
    const alignment = aligning(hashAt, size, heldAt);
    const root = rooting(signed);
    const texts = auditingTexts();
    /** The tiles of level 0 that do not have the hashes of the store’s events. */
    const differing = new Set<number>();
    const faults = () => [...alignment.faults(), ...texts.changed()];
    const areSigned = hashesSigned(read, signed);
    /** If the hashes were changed, it is too early to say what of the events was. */
    const soFar = () => (alignment.faults().length === 0 || areSigned() ? faults() : texts.changed());

    // 1. The store, event by event
    let place: Place = start;
    while (!alignment.isOver() || place.size < (signed?.size ?? 0) || texts.isWaiting()) {
      const page = await store.readAll(place, pageSize);
      const last = page.at(-1);
      if (last === undefined) {
        if (!alignment.isOver()) alignment.end();
        break;
      }
      for (const event of page) {
        const own = leafHashOf(event);
        root.add(own);
        texts.see(event);
        const { entryNumber } = event;
        if (entryNumber < size && !own?.equals(hashAt(entryNumber))) differing.add(Math.floor(entryNumber / tileWidth));
        if (!alignment.isOver()) alignment.see(event, own);
      }
      place = placeAfter(last);
      await onPage({ checked: Math.min(place.size, size), size, faults: soFar() });
    }

    // 2. If the store has what was signed, whatever else its hashes say, the hashes were changed
    const isSigned = root.isSigned() && alignment.differsAt() < (signed?.size ?? 0);
    const found = [
      ...(isSigned ? texts.changed() : faults()),
      ...texts.missing(),
      ...changedTiles(read, folder, size, isSigned ? differing : new Set()),
    ];

    // 3. What was signed
    if (found.length === 0 && signed !== undefined) {
      if (place.size < signed.size) found.push({ fault: 'signed-more', size: place.size, signed: signed.size });
      else if (!root.isSigned()) found.push({ fault: 'not-signed-root', size: signed.size });
    }
    return { checked: Math.min(place.size, size), size, faults: found };
  } finally {
    close();
  }
};

const unwritten = Buffer.alloc(hashBytes);

/** The leaves that are hashed, without what a power failure may leave at the end of a file. */
const hashedIn = (folder: string, read: HashReader, signed: number): number => {
  let size = hashesOf(folder, 0);
  while (size > signed && read(0, size - 1, 1).equals(unwritten)) size--;
  if (size === 0) throw new NothingToAudit(`${folder} has no hashes to compare the store with; serve makes them`);
  return size;
};

const hashesOf = (folder: string, level: number): number =>
  Math.floor((statSync(join(folder, levelName(level)), { throwIfNoEntry: false })?.size ?? 0) / hashBytes);

/** Whether the hashes are those that were signed; they are gone through when this is first asked. */
const hashesSigned = (read: HashReader, signed: Tree | undefined): (() => boolean) => {
  let known: boolean | undefined;
  return () => {
    known ??= signed === undefined || isTreeIn(read, signed);
    return known;
  };
};

const isTreeIn = (read: HashReader, tree: Tree): boolean => {
  try {
    return checkTiles(read, tree) === undefined;
  } catch {
    return false; // a level ends too early
  }
};

/** Watches whether the leaves give the root that was signed. */
const rooting = (signed: Tree | undefined) => {
  const tree = tiling();
  let isSound = true;
  return {
    add: (leaf: Hash | undefined): void => {
      if (tree.size() === signed?.size) return;
      isSound &&= leaf !== undefined;
      tree.add(leaf ?? unwritten);
    },
    isSigned: (): boolean =>
      signed !== undefined && isSound && tree.size() === signed.size && tree.root().equals(signed.root),
  };
};

/** Tiles that differ: those of level 0 that are known to, and of each level above those that the level below does not give. */
const changedTiles = (
  read: HashReader,
  folder: string,
  size: number,
  ofLevel0: ReadonlySet<number>,
): readonly AuditFault[] => {
  const faults: AuditFault[] = [];
  let wrong = ofLevel0;
  for (let level = 0; ; level++) {
    const hashes = level === 0 ? size : Math.min(hashesAt(level, size), hashesOf(folder, level));
    for (const index of wrong) {
      const width = Math.min(tileWidth, hashes - index * tileWidth);
      faults.push({ fault: 'changed-tile', tile: { level, index, width } });
    }
    // An upper level may be behind: a server completes it.
    const above = Math.min(hashesAt(level + 1, size), hashesOf(folder, level + 1));
    if (above === 0) return faults;
    const wrongAbove = new Set<number>();
    for (let tile = 0; tile < above; tile++) {
      if (wrong.has(tile)) continue;
      const given = folded(read(level, tile * tileWidth, tileWidth));
      if (!given.equals(read(level + 1, tile, 1))) wrongAbove.add(Math.floor(tile / tileWidth));
    }
    wrong = wrongAbove;
  }
};

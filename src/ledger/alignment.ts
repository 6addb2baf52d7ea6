import type { LedgerEvent } from '../../domain/event.ts';
import { leafOf } from '../../domain/leaf.ts';
import type { AuditFault } from './audit-fault.ts';
import { type HashReader, tileWidth } from './tile.ts';
import { type Hash, hashBytes, leafHash } from './tree.ts';

/**
 * Finds out what became of a ledger whose hashes were kept: which event was changed, has vanished or appeared, or stands
 * in another place. A leaf has its entry number, so an event is tried under each number that it may have had.
 */
export type Alignment = {
  /** Takes the next event of the store; `own` is the hash of its leaf. */
  readonly see: (event: LedgerEvent, own: Hash | undefined) => void;
  /** Takes the end of the store. */
  readonly end: () => void;
  /** Whether each hash has its event or was found to have none, or nothing fits any more. */
  readonly isOver: () => boolean;
  /** The highest number at which something differs; -1 if nothing does. */
  readonly differsAt: () => number;
  readonly faults: () => readonly AuditFault[];
};

/** So far ahead an event is looked for, if others before it have vanished. */
const aheadEvents = 1_000;
/** So many events in a row may fit nowhere; then the store has another history. */
const limitUnmatched = 100;
/** So many differences are told. */
const limitTold = 100;

export const leafHashOf = (event: LedgerEvent): Hash | undefined => {
  const made = leafOf(event);
  return 'leaf' in made ? leafHash(made.leaf) : undefined;
};

type Placed = { readonly index: number; readonly event: LedgerEvent };
type Jump = { readonly index: number; readonly after: number };
type Range = { readonly from: number; readonly to: number };

/** What is known of the events seen so far. */
type Seen = Differences & {
  readonly changed: Placed[];
  readonly appeared: LedgerEvent[];
  readonly vanished: Range[];
  /** The first hash that has no event yet, and the events since then that fit nowhere. */
  next: number;
  unmatched: LedgerEvent[];
  /** One of them fits further on: it was moved there or, if the one after it follows, those between have vanished. */
  jump: Jump | undefined;
};

/** Where the next event fits if those that fit nowhere stand in the places of others, and if it follows one that jumped. */
const replacing = ({ next, unmatched }: Seen): number => next + unmatched.length;
const following = ({ jump, unmatched }: Seen) => jump && jump.index + unmatched.length - jump.after;

/** The hashes up to an index have no events but the unmatched ones. */
const settle = (seen: Seen, index: number): void => {
  const { next, unmatched } = seen;
  const pairs = Math.min(unmatched.length, index - next);
  seen.changed.push(...unmatched.slice(0, pairs).map((event, n) => ({ index: next + n, event })));
  seen.appeared.push(...unmatched.slice(pairs));
  if (next + pairs < index) seen.vanished.push({ from: next + pairs, to: index - 1 });
  Object.assign(seen, { next: index, unmatched: [], jump: undefined });
};

/** What lies before a jump has vanished, or was replaced. */
const takeJump = (seen: Seen, { index, after }: Jump): void => {
  const rest = seen.unmatched.slice(after + 1);
  seen.unmatched = seen.unmatched.slice(0, after);
  settle(seen, index);
  Object.assign(seen, { next: index + 1, unmatched: rest });
};

const take = (seen: Seen, event: LedgerEvent, index: number | undefined): void => {
  const isAhead = index !== undefined && index > replacing(seen);
  if (index === undefined || (isAhead && index !== following(seen))) {
    if (index !== undefined) seen.jump = { index, after: seen.unmatched.length };
    seen.unmatched.push(event);
    return;
  }
  if (isAhead && seen.jump !== undefined) takeJump(seen, seen.jump);
  if (index > seen.next || seen.unmatched.length > 0) settle(seen, index);
  Object.assign(seen, { next: index + 1, jump: undefined });
};

/** Compares with the first `size` hashes; `heldAt` is the event that was at a number, as far as that is known. */
export const aligning = (
  hashAt: (index: number) => Hash,
  size: number,
  heldAt: (entryNumber: number) => LedgerEvent | undefined,
): Alignment => {
  const seen: Seen = { changed: [], appeared: [], vanished: [], next: 0, unmatched: [], jump: undefined };
  let cut: number | undefined;
  let lost: number | undefined;
  let told: { readonly count: number; readonly faults: readonly AuditFault[] } = { count: 0, faults: [] };

  const fits = (event: LedgerEvent, index: number, own?: Hash): boolean => {
    const hash = own !== undefined && index === event.entryNumber ? own : leafHashOf({ ...event, entryNumber: index });
    return hash?.equals(hashAt(index)) === true;
  };
  const placeOf = (event: LedgerEvent, own: Hash | undefined): number | undefined => {
    for (const index of [replacing(seen), following(seen)])
      if (index !== undefined && index < size && fits(event, index, own)) return index;
    for (let index = seen.next; index < Math.min(size, replacing(seen) + aheadEvents); index++)
      if (fits(event, index, own)) return index;
    return undefined;
  };
  const count = () =>
    seen.changed.length +
    seen.appeared.length +
    seen.vanished.length +
    [cut, lost].filter((at) => at !== undefined).length;
  const named = (index: number) => naming(index, heldAt(index));
  const faultsNow = (): readonly AuditFault[] =>
    [
      ...toldApart(seen, fits).map((fault) =>
        fault.fault === 'vanished-events' ? { ...fault, ...named(fault.entryNumber) } : fault,
      ),
      ...(cut === undefined ? [] : [{ fault: 'tail-cut' as const, size: cut, hashed: size, ...named(cut) }]),
      ...(lost === undefined ? [] : [{ fault: 'other-history' as const, ...named(lost) }]),
    ].slice(0, limitTold);

  return {
    see: (event, own) => {
      take(seen, event, placeOf(event, own));
      if (seen.unmatched.length > limitUnmatched && seen.jump !== undefined) takeJump(seen, seen.jump);
      if (seen.unmatched.length > limitUnmatched || count() > limitTold) lost = seen.next;
    },
    end: () => {
      if (seen.jump !== undefined) takeJump(seen, seen.jump);
      if (seen.next === size) return;
      if (seen.unmatched.length === 0) cut = seen.next;
      else if (seen.next === size - 1) {
        seen.unmatched = seen.unmatched.slice(0, 1); // those after it are not hashed yet
        settle(seen, size);
      } else lost = seen.next;
    },
    isOver: () => seen.next === size || lost !== undefined,
    differsAt: () =>
      Math.max(
        ...seen.changed.map(({ index }) => index),
        ...seen.appeared.map(({ entryNumber }) => entryNumber),
        ...seen.vanished.map(({ to }) => to),
        cut ?? -1,
        lost ?? -1,
      ),
    faults: () => {
      if (count() !== told.count) told = { count: count(), faults: faultsNow() };
      return told.faults;
    },
  };
};

/** An event’s number, and what it is and of which entry, if that is known. */
export const naming = (entryNumber: number, event: LedgerEvent | undefined) => ({
  entryNumber,
  ...(event && { event: event.id, type: event.type, of: `${event.data.register}/${event.data.key}` }),
});

type Differences = {
  readonly changed: readonly Placed[];
  readonly appeared: readonly LedgerEvent[];
  readonly vanished: readonly Range[];
};

/** An event that fits where another one was changed or has vanished has only been moved. */
const toldApart = (
  { changed, appeared, vanished }: Differences,
  fits: (event: LedgerEvent, index: number) => boolean,
): readonly AuditFault[] => {
  const free = [
    ...changed.map(({ index }) => index),
    ...vanished.flatMap(({ from, to }) =>
      Array.from({ length: Math.min(to - from + 1, limitTold) }, (_, n) => from + n),
    ),
  ];
  const homeOf = (event: LedgerEvent, index?: number) => free.find((each) => each !== index && fits(event, each));
  const faults: AuditFault[] = [];
  const homes = new Set<number>();
  const moved = (event: LedgerEvent, home: number) => {
    homes.add(home);
    faults.push({ fault: 'moved-event', ...naming(home, event), to: event.entryNumber });
  };
  const strangers = changed.map((placed) => ({ ...placed, home: homeOf(placed.event, placed.index) }));
  for (const { event, home } of strangers) if (home !== undefined) moved(event, home);
  for (const event of appeared) {
    const home = homeOf(event);
    if (home === undefined) faults.push({ fault: 'appeared-event', ...naming(event.entryNumber, event) });
    else moved(event, home);
  }
  for (const { index, event, home } of strangers) {
    if (home !== undefined && !homes.has(index))
      faults.push({ fault: 'vanished-events', entryNumber: index, to: index });
    if (home !== undefined) continue;
    faults.push(homes.has(index) ? { fault: 'appeared-event', ...naming(index, event) } : changeOf(index, event));
  }
  for (const { from, to } of vanished)
    if (from < to || !homes.has(from)) faults.push({ fault: 'vanished-events', entryNumber: from, to });
  return faults.sort((a, b) => numberOf(a) - numberOf(b));
};

const changeOf = (entryNumber: number, event: LedgerEvent): AuditFault => {
  const made = leafOf({ ...event, entryNumber });
  return 'noLeaf' in made
    ? { fault: 'no-leaf', entryNumber, event: event.id, type: event.type, noLeaf: made.noLeaf }
    : { fault: 'changed-event', ...naming(entryNumber, event) };
};

const numberOf = (fault: AuditFault): number => ('entryNumber' in fault ? fault.entryNumber : 0);

/** The hashes of leaves, read tile by tile. */
export const hashesBy = (read: HashReader, size: number): ((index: number) => Hash) => {
  let [tile, hashes]: [number, Buffer] = [-1, Buffer.of()];
  return (index) => {
    const at = Math.floor(index / tileWidth);
    if (at !== tile) {
      hashes = read(0, at * tileWidth, Math.min(tileWidth, size - at * tileWidth));
      tile = at;
    }
    return hashes.subarray((index % tileWidth) * hashBytes, ((index % tileWidth) + 1) * hashBytes);
  };
};

import type { GrowthFault } from './growing.ts';
import type { Tile } from './tile.ts';

/** An event by its entry number, and what it is and of which entry, if that is known. */
type Named = {
  readonly entryNumber: number;
  readonly event?: string;
  readonly type?: string;
  readonly of?: string;
};

/** What the self-audit finds: something of the past is not as it was when this node hashed it. */
export type AuditFault =
  | ({ readonly fault: 'changed-event' | 'appeared-event' } & Named)
  /** The events from this number up to `to`; the first of them is named. */
  | ({ readonly fault: 'vanished-events'; readonly to: number } & Named)
  /** The event with this number stands at `to` now. */
  | ({ readonly fault: 'moved-event'; readonly to: number } & Named)
  /** The store ends after `size` events; the first one that is missing is named. */
  | ({ readonly fault: 'tail-cut'; readonly size: number; readonly hashed: number } & Named)
  /** From this number on, nothing is as it was. */
  | ({ readonly fault: 'other-history' } & Named)
  /** A free text, or its salt, does not match its digest; or it is gone, and no event says that two people erased it. */
  | ({ readonly fault: 'changed-text' | 'missing-text'; readonly place: string } & Named)
  | Extract<GrowthFault, { readonly fault: 'no-leaf' }>
  | { readonly fault: 'changed-tile'; readonly tile: Tile & { readonly level: number } }
  /** Store and hashes agree with each other, but not with what was signed. */
  | { readonly fault: 'not-signed-root'; readonly size: number }
  /** More events were signed than the ledger has: an earlier state of it was put back. */
  | { readonly fault: 'signed-more'; readonly size: number; readonly signed: number };

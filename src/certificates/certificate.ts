import type { Text } from '../../domain/field.ts';

/** A certificate as it is drawn: all that its page says, and the files in it. Plain data, the same for the same read. */
export type Certificate = {
  readonly title: Text;
  /** Whether its entry is invented, which the page then says. */
  readonly isMadeUp: boolean;
  readonly statement: Text;
  /** What the entry is called. */
  readonly name: string;
  readonly rows: readonly Row[];
  /** What was known when, and where that can be checked. */
  readonly notes: readonly Text[];
  /** Where the page says whether it still holds. */
  readonly address: string;
  readonly files: readonly AttachedFile[];
  /** When the last event that it takes into account was recorded (RFC 3339). */
  readonly knownAt: string;
};

export type Row = { readonly label: Text; readonly value: string };

export type AttachedFile = {
  readonly name: string;
  readonly type: string;
  readonly description: string;
  readonly text: string;
};

/** An event of the ledger as a certificate attaches it. */
export type AttachedEvent = {
  readonly entryNumber: number;
  readonly recordedAt: string;
  /** A tlog-proof. */
  readonly proof: string;
  /** The hash of its leaf in the tree, in hex. */
  readonly leafHash: string;
  /** The leaf itself, which names people by their subjects; undefined for readers who may not see that. */
  readonly leaf: string | undefined;
};

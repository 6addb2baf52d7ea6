import type { Body, RecordedEvent } from './event.ts';

/** The events of the keys that sign the ledger’s checkpoints, in the stream `upgrade.ledger-keys`. They count nothing. */
export const ledgerRegister = 'ledger';
export const ledgerKeys = 'keys';

/** Keys are verifier keys (C2SP signed-note). */
export type LedgerKeyEvent =
  /** `key` signs from now on, and `before` beside it until it is retired. */
  | { readonly type: 'LedgerKeyRotated'; readonly data: { readonly key: string; readonly before: string } }
  /** `key` signs no more. */
  | { readonly type: 'LedgerKeyRetired'; readonly data: { readonly key: string } };

const types: ReadonlySet<string> = new Set<LedgerKeyEvent['type']>(['LedgerKeyRotated', 'LedgerKeyRetired']);

export const isLedgerKeyEvent = (event: Pick<RecordedEvent, 'type' | 'data'>): boolean =>
  event.data.register === ledgerRegister && types.has(event.type);

export const ledgerKeyBody = ({ data }: LedgerKeyEvent): Body => ({ register: ledgerRegister, key: ledgerKeys, data });

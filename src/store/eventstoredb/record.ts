import type { RecordedEvent } from '@eventstore/db-client';

/** A record as the client returns it; data that is not JSON comes as bytes or text. */
export type StoredRecord = RecordedEvent;

export const commitOf = ({ position }: StoredRecord): bigint => position?.commit ?? 0n;

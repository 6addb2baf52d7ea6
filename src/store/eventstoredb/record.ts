import type { RecordedEvent } from '@eventstore/db-client';

/** What the client makes of a record; data that is no JSON comes as bytes or text. */
export type StoredRecord = RecordedEvent;

export const commitOf = ({ position }: StoredRecord): bigint => position?.commit ?? 0n;

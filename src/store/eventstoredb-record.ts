import { z } from 'zod';

/** What the client makes of a record; data that is no JSON comes as bytes or text. */
const storedRecord = z.object({
  id: z.string(),
  streamId: z.string(),
  revision: z.bigint(),
  type: z.string(),
  created: z.date(),
  data: z.unknown(),
  metadata: z.unknown(),
  position: z.object({ commit: z.bigint() }).optional(),
});
export type StoredRecord = z.infer<typeof storedRecord>;

const resolved = z.object({ event: storedRecord.optional() });
export const resolvedRecord = (value: unknown): StoredRecord | undefined => resolved.parse(value).event;

export const commitOf = ({ position }: StoredRecord): bigint => position?.commit ?? 0n;

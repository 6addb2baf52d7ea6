import { z } from 'zod';
import type { Json } from '../../domain/json.ts';
import type { Evidence } from '../../domain/register.ts';

/** What a folder for auditors has, beside the tiles under the paths of tlog-tiles. */
export const contents = {
  /** The signed checkpoint, as the registry published it. */
  checkpoint: 'checkpoint',
  /** The verifier key, which says nothing unless the auditor has it from elsewhere, too. */
  key: 'key',
  /** The leaves, a line each. */
  events: 'events.ndjson',
  /** The free texts of the events that have any, a line each; the folder may lack it. */
  texts: 'texts.ndjson',
  /** Statements, a line each. */
  statements: 'statements.ndjson',
  readme: 'README.md',
  /** Checks the folder in a browser; the folder may lack it. */
  verifier: 'verify.html',
} as const;

/** A line of the texts: by their places in the event's data, each free text after its salt. */
export const textsSchema = z.object({
  entrynumber: z.int(),
  texts: z.record(z.string(), z.tuple([z.string(), z.json()])),
});
export type Texts = z.infer<typeof textsSchema>;

/** A leaf, as far as it is read; `data` may have further members. */
export const leafSchema = z.object({
  id: z.string(),
  type: z.string(),
  time: z.string(),
  entrynumber: z.int(),
  data: z.looseObject({
    register: z.string(),
    key: z.string(),
    revision: z.int(),
    effectiveOn: z.string().optional(),
    data: z.record(z.string(), z.custom<Json>()),
    evidence: z.array(z.custom<Evidence>()).optional(),
    metadata: z.looseObject({
      schema: z.int(),
      by: z.string(),
      command: z.string(),
      bodySha256: z.string(),
      approvedBy: z.string().optional(),
      submission: z.string().optional(),
    }),
  }),
});
export type Leaf = z.infer<typeof leafSchema>;

export const statementSchema = z.looseObject({
  target: z.looseObject({ id: z.string(), plan: z.string() }),
  on: z.iso.date(),
  knownAt: z.string().nullable(),
  size: z.int().min(1),
  count: z.int(),
  keys: z.array(z.string()),
  keysSha256: z.string(),
  root: z.string(),
  rules: z.int(),
});
export type Stated = z.infer<typeof statementSchema>;

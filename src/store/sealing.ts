import { hash, randomBytes } from 'node:crypto';
import type { Metadata, NewEvent, Seal, Sealing } from '../../domain/event.ts';
import type { Json } from '../../domain/json.ts';
import { digested, sealsOf } from '../../domain/leaf.ts';
import type { StoresOwn } from './event-store.ts';

/** Salts are 16 bytes: more than anybody can try for each guess of a text. */
const saltBytes = 16;

/** Random bytes for the next salts: drawing 4 KiB at once takes a tenth of the time. */
let drawn = Buffer.alloc(0);

/** A text under a new salt. */
const sealed = (text: Json): Seal => {
  if (drawn.length < saltBytes) drawn = randomBytes(256 * saltBytes);
  const salt = drawn.toString('base64url', 0, saltBytes);
  drawn = drawn.subarray(saltBytes);
  return { salt, sha256: hash('sha256', digested(salt, text)) };
};

/** Gives new events what a store adds: their source, and a seal of each of their free texts. */
export const sealedBy =
  (source: string) =>
  (event: NewEvent): NewEvent & Sealing => {
    const { append: _, recordedAt: __, ...metadata }: Metadata & StoresOwn = event.metadata;
    return { ...event, metadata, source, seals: sealsOf(event, sealed) };
  };

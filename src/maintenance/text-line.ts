import type { LedgerEvent } from '../../domain/event.ts';
import { canonicalJson, type JsonObject } from '../../domain/json.ts';
import { stored } from '../../domain/leaf.ts';

/** An event’s free texts with their salts, as a line of a folder for auditors; nothing if it has none. */
export const textLine = ({ erased: _, ...event }: LedgerEvent): string => {
  const { texts } = stored(event).metadata as { readonly texts?: JsonObject };
  return texts === undefined ? '' : `${canonicalJson({ entrynumber: event.entryNumber, texts })}\n`;
};

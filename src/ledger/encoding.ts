import { type Hash, hashBytes } from './tree.ts';

/** What the formats of C2SP write in lines, read in the one spelling that writing gives. */

/** Bytes in standard Base64 (RFC 4648, §4), padded; undefined for any other spelling of them. */
export const parseBase64 = (text: string): Buffer | undefined => {
  const bytes = Buffer.from(text, 'base64');
  return bytes.toString('base64') === text ? bytes : undefined;
};

/** A hash in Base64. */
export const parseHash = (text: string): Hash | undefined => {
  const bytes = parseBase64(text);
  return bytes?.length === hashBytes ? bytes : undefined;
};

/** A whole number from 0 to 2^53 − 1 in decimal digits without leading zeros. */
export const parseDecimal = (text: string): number | undefined => {
  const number = Number(text);
  return Number.isSafeInteger(number) && number >= 0 && String(number) === text ? number : undefined;
};

/** The most hashes that a proof can need in a tree of 2^63 leaves; C2SP tlog-witness allows no more. */
const limitHashes = 63;

/** A hash in Base64 on each line; undefined for anything else, and for more than a proof can need. */
export const parseHashes = (lines: readonly string[]): readonly Hash[] | undefined => {
  const hashes = lines.map(parseHash).filter((hash) => hash !== undefined);
  return hashes.length === lines.length && lines.length <= limitHashes ? hashes : undefined;
};

/** The lines before a blank one, and the checkpoint after it, as tlog-proof and tlog-witness have them; undefined without one. */
export const splitAtCheckpoint = (
  bytes: Buffer,
): { readonly lines: readonly string[]; readonly checkpoint: Buffer } | undefined => {
  const blank = bytes.indexOf('\n\n');
  if (blank < 0) return undefined;
  return { lines: bytes.toString('latin1', 0, blank).split('\n'), checkpoint: bytes.subarray(blank + 2) };
};

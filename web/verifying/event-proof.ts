import { canonicalJson, isObject, type Json } from '../../domain/json.ts';
import { type Told, toldOfBundle } from '../../src/bundle/faults.ts';
import { jsonIn } from '../../src/bundle/lines.ts';
import { type OpenedCheckpoint, openCheckpoint } from '../../src/ledger/checkpoint.ts';
import { toldOfFault } from '../../src/ledger/fault-texts.ts';
import { noteVerifier } from '../../src/ledger/note.ts';
import { checkProof } from '../../src/ledger/proof.ts';
import { formatTilePath, type HashReader, hashesAt, nodesOf, tileWidth } from '../../src/ledger/tile.ts';
import { checkConsistency, type Hash, hashBytes, proveConsistency, type Tree } from '../../src/ledger/tree.ts';

/** Checks what a server shows of one event, with a key and a checkpoint that somebody keeps in their browser. */

/** What was found to be wrong, by a name of its own and in a sentence. */
export type Wrong = Told & { readonly fault: string };

/** A key that can be pinned. */
export type PinnableKey = { readonly name: string; readonly keyId: string };

export const pinnableKey = (text: string): PinnableKey | Wrong => {
  const key = noteVerifier(text);
  return 'fault' in key ? { ...toldOfFault(key), fault: key.fault } : { name: key.name, keyId: key.keyId };
};

/** What an auditor trusts: a key and, as soon as one was verified, the largest checkpoint that this browser has seen. */
export type Pinned = { readonly key: string; readonly seen?: string };

/** Reads a tile from the server, by its path below `/ledger/`; undefined if the server has none. */
export type TileSource = (path: string) => Promise<Uint8Array | undefined>;

export type EventShown = {
  /** What the page shows; free texts in it stand where the leaf has digests. */
  readonly shown: unknown;
  /** The part of the leaf that the page shows. */
  readonly partOf: (leaf: { readonly [name: string]: unknown }) => unknown;
  readonly entryNumber: number;
  /** The event's line of the NDJSON feed, without its line feed. */
  readonly line: string;
  /** Its tlog-proof. */
  readonly proof: Uint8Array;
};

export type Checked = { readonly size: number; readonly seen: string };

/** Whether the signed ledger has the event that the page shows, and goes on from what this browser has seen before. */
export const checkEvent = async (
  { shown, partOf, entryNumber, line, proof }: EventShown,
  pinned: Pinned,
  tileOf: TileSource,
): Promise<Checked | Wrong> => {
  // 1. The leaf is made of what the page shows; nothing of it is taken from the proof.
  const leaf = jsonIn(line);
  if (!isObject(leaf) || canonicalJson(leaf as Json) !== line || !agrees(shown, partOf(leaf))) return altered;
  // 2. The proof, by the pinned key
  const key = noteVerifier(pinned.key);
  if ('fault' in key) return { ...toldOfFault(key), fault: key.fault };
  const trust = { origin: key.name, keys: [key] };
  const opened = checkProof(Buffer.from(proof), { leaf: Buffer.from(line), index: entryNumber }, trust);
  if ('fault' in opened) return { ...toldOfFault(opened), fault: opened.fault };
  // 3. The checkpoint, by the one that was seen before
  return since(opened, noteOf(proof), pinned, tileOf);
};

/** Whether a checkpoint as the server publishes it is by the pinned key, and goes on from what was seen before. */
export const checkCheckpoint = async (
  note: Uint8Array,
  pinned: Pinned,
  tileOf: TileSource,
): Promise<Checked | Wrong> => {
  const opened = openedBy(pinned.key, note);
  return 'fault' in opened ? opened : since(opened, Buffer.from(note).toString('utf8'), pinned, tileOf);
};

const altered: Wrong = {
  fault: 'altered',
  zh: '所示内容与台账中的这一条不一致：它在服务器上或传送途中被改动',
  en: 'What is shown is not what the ledger has as this entry: it was changed on the server or on its way',
};

const unproven: Wrong = {
  fault: 'unproven',
  zh: '服务器未能出示哈希，以证明其台账延续您此前见过的台账',
  en: 'The server does not have the hashes that would prove that its ledger goes on from the one that you have seen',
};

const openedBy = (keyText: string, note: Uint8Array): OpenedCheckpoint | Wrong => {
  const key = noteVerifier(keyText);
  const opened = 'fault' in key ? key : openCheckpoint(note, { origin: key.name, keys: [key] });
  return 'fault' in opened ? { ...toldOfFault(opened), fault: opened.fault } : opened;
};

/** The checkpoint of a proof: what follows its first blank line. */
const noteOf = (proof: Uint8Array): string => {
  const text = Buffer.from(proof).toString('utf8');
  return text.slice(text.indexOf('\n\n') + 2);
};

const since = async (
  now: OpenedCheckpoint,
  note: string,
  { key, seen }: Pinned,
  tileOf: TileSource,
): Promise<Checked | Wrong> => {
  const before = seen === undefined ? undefined : openedBy(key, Buffer.from(seen));
  // What was kept for another key vouches for nothing under this one.
  if (before === undefined || 'fault' in before || seen === undefined) return { size: now.size, seen: note };
  const [older, newer] = before.size <= now.size ? [before, now] : [now, before];
  const found = await difference(older, newer, tileOf);
  const isBehind = found === 'unproven' && before.size > now.size;
  const wrong = isBehind ? ({ fault: 'older-ledger', size: now.size, known: before.size } as const) : found;
  if (wrong === 'unproven') return unproven;
  if (wrong !== undefined) return { ...toldOfBundle(wrong), fault: wrong.fault };
  return { size: now.size, seen: newer === now ? note : seen };
};

const difference = async (older: Tree, newer: Tree, tileOf: TileSource) => {
  const { size } = older;
  if (size === newer.size) return older.root.equals(newer.root) ? undefined : ({ fault: 'split-view', size } as const);
  const proof = await consistencyOf(size, newer.size, tileOf);
  if (proof === undefined) return 'unproven' as const;
  return checkConsistency(proof, older, newer) ? undefined : ({ fault: 'history-changed', size } as const);
};

/** The proof that a tree holds an older one, made of tiles, of which the first attempt finds out which are needed. */
const consistencyOf = async (older: number, size: number, tileOf: TileSource): Promise<readonly Hash[] | undefined> => {
  const tiles = new Map<string, Uint8Array>();
  for (;;) {
    const missing = new Set<string>();
    const read: HashReader = (level, from, count) => {
      const index = Math.floor(from / tileWidth);
      const width = Math.min(tileWidth, hashesAt(level, size) - index * tileWidth);
      const path = formatTilePath({ level, index, width });
      const tile = tiles.get(path);
      if (tile === undefined) missing.add(path);
      const at = (from - index * tileWidth) * hashBytes;
      return Buffer.concat([tile?.subarray(at, at + count * hashBytes) ?? Buffer.alloc(0)], count * hashBytes);
    };
    const proof = proveConsistency(nodesOf(read), older, size);
    if (missing.size === 0) return proof;
    for (const path of missing) {
      const tile = await tileOf(path);
      if (tile === undefined) return undefined;
      tiles.set(path, tile);
    }
  }
};

/** Whether what is shown is what a leaf says, but for free texts, whose digests nobody can check without their salts. */
const agrees = (shown: unknown, said: unknown): boolean => {
  if (isDigest(said)) return true;
  if (Array.isArray(said))
    return Array.isArray(shown) && shown.length === said.length && said.every((each, n) => agrees(shown[n], each));
  if (!isObject(said) || !isObject(shown)) return shown === said;
  return [...new Set([...Object.keys(shown), ...Object.keys(said)])].every((name) => agrees(shown[name], said[name]));
};

const isDigest = (value: unknown): boolean =>
  isObject(value) && Object.keys(value).length === 1 && /^[\da-f]{64}$/.test(String(value.sha256));

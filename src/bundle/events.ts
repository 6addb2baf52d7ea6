import { streamOf } from '../../domain/event.ts';
import { canonicalJson, type Json } from '../../domain/json.ts';
import { eventLimitBytes } from '../../domain/leaf.ts';
import { plans as planRegister } from '../../domain/registers/index.ts';
import { type FilledTile, tiling } from '../ledger/tiling.ts';
import { type Hash, leafHash } from '../ledger/tree.ts';
import { contents, type Leaf, leafSchema } from './contents.ts';
import type { BundleFault } from './faults.ts';
import type { Folder } from './folder.ts';
import { jsonIn, linesOf, textIn } from './lines.ts';
import { watchOrder } from './order.ts';
import { noPlaces, type Places } from './places.ts';
import { type CheckedTexts, textChecker } from './texts.ts';

/** The events of a folder, read once: what they give, and where each of them is in the file. */
export type ReadEvents = {
  /** Whether all of the events that the checkpoint signs are there, each in its place. */
  readonly isWhole: boolean;
  readonly root: Hash;
  /** The root of the first events, and the time of the last of them, for each size that was asked for. */
  readonly at: ReadonlyMap<number, { readonly root: Hash; readonly time: string }>;
  readonly places: Places;
  readonly texts: Pick<CheckedTexts, 'matching' | 'erased'>;
};

type Asked = {
  /** The size that the checkpoint signs, and those of which the roots are asked for. */
  readonly size: number;
  readonly sizes: ReadonlySet<number>;
  readonly onTile: (tile: FilledTile) => void;
  readonly report: (fault: BundleFault) => void;
  readonly onProgress: (done: number) => void;
};

/** Reads the events of a folder from first to last, and nothing of them stays in memory but where they are. */
export const readEvents = (folder: Folder, { size, sizes, onTile, report, onProgress }: Asked): ReadEvents => {
  const tree = tiling();
  const order = watchOrder(report);
  // Texts stand in the order of the ledger: if events do not, each would seem to have another’s.
  const texts = textChecker(folder.open(contents.texts));
  const at = new Map<number, { readonly root: Hash; readonly time: string }>();
  const places = noPlaces();
  let isSound = true;
  let before = '';

  for (const line of linesOf(folder.open(contents.events), eventLimitBytes)) {
    const number = places.size() + 1;
    const leaf = leafIn(line.bytes);
    const fault = line.isTooLong
      ? 'oversized-event'
      : !line.isEnded
        ? 'cut-line'
        : leaf
          ? undefined
          : 'malformed-event';
    if (fault !== undefined || leaf === undefined) {
      report({ fault: fault ?? 'malformed-event', line: number });
      isSound = false;
      break;
    }
    order.see(leaf.entrynumber);
    if (leaf.time < before) report({ fault: 'time-went-back', line: number });
    before = leaf.time;
    texts.check(leaf);
    for (const tile of tree.add(leafHash(line.bytes))) onTile(tile);
    const { register, key } = leaf.data;
    places.add(streamOf(register, key), register === planRegister.name, line.bytes.length);
    const done = places.size();
    if (sizes.has(done)) at.set(done, { root: tree.root(), time: leaf.time });
    if (done % 1_000 === 0) onProgress(done);
  }
  for (const tile of tree.edge()) onTile(tile);
  const isWhole = isSound && order.end(size);
  const checked = texts.end();
  if (isWhole) for (const fault of checked.faults) report(fault);
  return { isWhole, root: tree.root(), at, places, texts: checked };
};

/** The event that a line is, if it is one in the one form that it may have. */
export const leafIn = (bytes: Uint8Array): Leaf | undefined => {
  const text = textIn(bytes);
  const value = jsonIn(text);
  const parsed = leafSchema.safeParse(value);
  return parsed.success && canonicalJson(value as Json) === text ? (value as Leaf) : undefined;
};

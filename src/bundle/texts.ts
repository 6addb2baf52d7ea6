import { sha256 } from '#hashing';
import { erasureOf, textNameAt } from '../../domain/erasure.ts';
import { streamOf } from '../../domain/event.ts';
import { isObject, type Json } from '../../domain/json.ts';
import { digested } from '../../domain/leaf.ts';
import { type Leaf, type Texts, textsSchema } from './contents.ts';
import type { BundleFault } from './faults.ts';
import type { OpenFile } from './folder.ts';
import { jsonIn, linesOf, textIn } from './lines.ts';

const lineLimitBytes = 10_000_000;

/** What the texts of a folder are, once all of its events were seen. */
export type CheckedTexts = {
  /** How many match their digests; undefined if the folder has none. */
  readonly matching: number | undefined;
  /** How many are missing because an event says that two people erased them. */
  readonly erased: number;
  readonly faults: Iterable<BundleFault>;
};

/** Compares each event's digests with its texts, event by event in the order of the ledger; nothing without texts. */
export const textChecker = (file: OpenFile | undefined) => {
  const isThere = file !== undefined;
  const faults = new Set<BundleFault>();
  const report = (fault: BundleFault) => void faults.add(fault);
  const texts = isThere ? textsIn(file, report) : undefined;
  /** The texts that are missing, by their events: a later one may say that they were erased. */
  const missing = new Map<string, MissingText[]>();
  let next = texts?.next().value;
  let [matching, erased] = [0, 0];

  const removeErased = ({ type, data }: Leaf): void => {
    const { event, names } = erasureOf({ type, data, metadata: data.metadata }) ?? { event: '', names: [] };
    for (const each of missing.get(event) ?? [])
      if (each.stream === streamOf(data.register, data.key) && names.includes(textNameAt(each.fault.place)))
        if (faults.delete(each.fault)) erased += 1;
  };

  return {
    check: (leaf: Leaf): void => {
      if (!isThere) return;
      const { id, entrynumber: entryNumber, data } = leaf;
      const own = next?.entrynumber === entryNumber ? next.texts : {};
      if (next?.entrynumber === entryNumber) next = texts?.next().value;
      const digests = new Map(digestsIn(data as Json, ''));
      for (const [place, digest] of digests) {
        const text = own[place];
        if (text === undefined) {
          const fault = { fault: 'missing-text', entryNumber, place } as const;
          missing.set(id, [...(missing.get(id) ?? []), { fault, stream: streamOf(data.register, data.key) }]);
          report(fault);
        } else if (sha256(digested(text[0], text[1] as Json)).toString('hex') !== digest)
          report({ fault: 'wrong-text', entryNumber, place });
        else matching += 1;
      }
      for (const place of Object.keys(own))
        if (!digests.has(place)) report({ fault: 'text-without-digest', entryNumber, place });
      removeErased(leaf);
    },
    /** Reports texts of events that are not there, too. */
    end: (): CheckedTexts => {
      if (next !== undefined && next !== null)
        for (const place of Object.keys(next.texts))
          report({ fault: 'text-without-digest', entryNumber: next.entrynumber, place });
      return { matching: isThere ? matching : undefined, erased, faults };
    },
  };
};

type MissingText = { readonly fault: BundleFault & { readonly place: string }; readonly stream: string };

/** The lines of the texts, in the order of the ledger; ends at the first one that is none. */
function* textsIn(file: OpenFile, report: (fault: BundleFault) => void): Generator<Texts, undefined> {
  let [line, last] = [0, -1];
  for (const { bytes, isEnded } of linesOf(file, lineLimitBytes)) {
    line += 1;
    const parsed = textsSchema.safeParse(jsonIn(textIn(bytes)));
    if (!parsed.success || !isEnded || parsed.data.entrynumber <= last) {
      report({ fault: 'malformed-texts', line });
      return;
    }
    last = parsed.data.entrynumber;
    yield parsed.data;
  }
}

/** The digests in a value, each with its place (a JSON Pointer). */
export const digestsIn = (value: unknown, at: string): readonly (readonly [place: string, sha256: string])[] => {
  if (Array.isArray(value)) return value.flatMap((each, index) => digestsIn(each, `${at}/${index}`));
  if (!isObject(value)) return [];
  const members = Object.entries(value);
  if (members.length === 1 && typeof value.sha256 === 'string') return [[at, value.sha256]];
  return members.flatMap(([name, each]) =>
    digestsIn(each, `${at}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`),
  );
};

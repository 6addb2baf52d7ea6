import './jitless.ts';
import { type Told, toldOfBundle } from '../../src/bundle/faults.ts';
import { checkedBy, isVerified, toldOfVerdict } from '../../src/bundle/verdict-texts.ts';
import { verifyBundle } from '../../src/bundle/verify.ts';
import { cosignatureVerifier } from '../../src/ledger/cosignature.ts';
import { toldOfFault } from '../../src/ledger/fault-texts.ts';
import { noteVerifier, type Verifier } from '../../src/ledger/note.ts';
import type { KeyFault } from '../../src/ledger/note-keys.ts';
import { type ChosenFile, folderOf } from './chosen-folder.ts';

/** What the file asks its worker, which verifies while the file stays as quick as before. */
export type Asked = {
  readonly name: string;
  readonly files: readonly ChosenFile[];
  /** Verifier keys and an older checkpoint from elsewhere, as they were typed; empty if there is none. */
  readonly keys: readonly string[];
  readonly older: string;
  readonly witnesses: readonly string[];
};

export type Answer =
  | { readonly answer: 'progress'; readonly done: number; readonly total: number }
  /** What was typed is no key. */
  | { readonly answer: 'refused'; readonly field: 'key' | 'witnesses'; readonly told: Told }
  | { readonly answer: 'verdict'; readonly verdict: ToldVerdict }
  | { readonly answer: 'failed'; readonly reason: string };

export type ToldVerdict = {
  readonly isVerified: boolean;
  readonly told: Told;
  readonly checked: readonly Told[];
  /** Each with its name, as `./registry verify --json` has it. */
  readonly faults: readonly (Told & { readonly fault: string })[];
};

const betweenMs = 100;

const verdictOf = ({ name, files, keys, older, witnesses }: Asked, tell: (answer: Answer) => void): Answer => {
  const pinned: Verifier[] = [];
  for (const each of keys) {
    const key = noteVerifier(each);
    if ('fault' in key) return refused('key', key);
    pinned.push(key);
  }
  const cosigners: Verifier[] = [];
  for (const each of witnesses) {
    const cosigner = cosignatureVerifier(each);
    if ('fault' in cosigner) return refused('witnesses', cosigner);
    cosigners.push(cosigner);
  }
  let toldAtMs = 0;
  const verdict = verifyBundle(
    folderOf(name, files),
    {
      keys: pinned,
      ...(older !== '' && { older: Buffer.from(older) }),
      witnesses: cosigners,
    },
    (done, total) => {
      if (performance.now() - toldAtMs < betweenMs) return;
      toldAtMs = performance.now();
      tell({ answer: 'progress', done, total });
    },
  );
  const faults = verdict.faults.map((fault) => ({ fault: fault.fault, ...toldOfBundle(fault) }));
  const checked = faults.length > 0 ? [] : checkedBy(verdict);
  return {
    answer: 'verdict',
    verdict: { isVerified: isVerified(verdict), told: toldOfVerdict(verdict), checked, faults },
  };
};

const refused = (field: 'key' | 'witnesses', fault: KeyFault): Answer => ({
  answer: 'refused',
  field,
  told: toldOfFault(fault),
});

const tell = (answer: Answer): void => postMessage(answer);

addEventListener('message', ({ data }: MessageEvent<Asked>) => {
  try {
    tell(verdictOf(data, tell));
  } catch (error) {
    tell({ answer: 'failed', reason: error instanceof Error ? error.message : String(error) });
  }
});

import type { OpenedCheckpoint } from './checkpoint.ts';
import { parseDecimal } from './encoding.ts';
import { openNote, type Signature, type Verifier } from './note.ts';
import type { Hash } from './tree.ts';
import { formatRequest, sizeType } from './witness.ts';

/** Asks a witness for its cosignature (C2SP tlog-witness, commit 5ba5ee8, 22 July 2026). */

export type WitnessFault =
  | { readonly fault: 'witness-unreachable'; readonly reason: string }
  /** 403 or 404: it does not know the log, or not the key that signed. */
  | { readonly fault: 'witness-knows-not-log' }
  /** 422, 409 without a size, or 409 with the size that both trees have: it has cosigned one that this does not extend. */
  | { readonly fault: 'witness-saw-other-tree' }
  /** It has cosigned a larger tree than this one. */
  | { readonly fault: 'witness-ahead'; readonly size: number }
  /** What it answered is no answer of a witness, or not cosigned by its key. */
  | { readonly fault: 'witness-wrong-answer'; readonly status: number };

export type AskedWitness = {
  /** Its submission prefix. */
  readonly url: string;
  readonly key: Verifier;
  readonly timeoutMs: number;
};

const limitBytes = 65_536;
const attempts = 3;

type Answer = { readonly status: number; readonly type: string | null; readonly body: string };

const post = async ({ url, timeoutMs }: AskedWitness, body: Buffer): Promise<Answer | WitnessFault> => {
  try {
    const response = await fetch(`${url.replace(/\/$/, '')}/add-checkpoint`, {
      method: 'POST',
      body: new Uint8Array(body),
      redirect: 'error',
      signal: AbortSignal.timeout(timeoutMs),
    });
    const parts: Uint8Array[] = [];
    let length = 0;
    for await (const part of response.body ?? []) {
      length += part.length;
      if (length > limitBytes) return { fault: 'witness-wrong-answer', status: response.status };
      parts.push(part);
    }
    const type = response.headers.get('content-type');
    return { status: response.status, type, body: Buffer.concat(parts).toString() };
  } catch (error) {
    return { fault: 'witness-unreachable', reason: error instanceof Error ? error.message : String(error) };
  }
};

/** The size in a conflict, if it has one. */
const sizeIn = ({ status, type, body }: Answer): number | undefined =>
  status === 409 && type === sizeType && body.endsWith('\n') ? parseDecimal(body.slice(0, -1)) : undefined;

/**
 * The verified cosignatures of a witness on a checkpoint. `older` is the size that it is thought to have cosigned last; if
 * it names another one, it is asked again with the proof from there.
 */
export const askWitness = async (
  witness: AskedWitness,
  { text, size }: OpenedCheckpoint,
  checkpoint: Buffer,
  older: number,
  prove: (older: number) => readonly Hash[],
): Promise<readonly Signature[] | WitnessFault> => {
  let from = Math.min(older, size);
  for (let attempt = 1; attempt <= attempts; attempt++) {
    const answer = await post(witness, formatRequest({ older: from, proof: prove(from), checkpoint }));
    if ('fault' in answer) return answer;
    const { status, type, body } = answer;
    const isRefused = { unknown: status === 403 || status === 404, other: status === 422 };
    if (isRefused.unknown) return { fault: 'witness-knows-not-log' };
    if (isRefused.other || (status === 409 && type !== sizeType)) return { fault: 'witness-saw-other-tree' };
    if (status === 200) {
      const note = openNote(Buffer.from(`${text}\n${body}`), [witness.key]);
      return 'fault' in note ? { fault: 'witness-wrong-answer', status } : note.signatures;
    }
    const known = sizeIn(answer);
    if (known === from && known === size) return { fault: 'witness-saw-other-tree' };
    if (known === undefined || known === from) return { fault: 'witness-wrong-answer', status };
    if (known > size) return { fault: 'witness-ahead', size: known };
    from = known;
  }
  return { fault: 'witness-wrong-answer', status: 409 };
};

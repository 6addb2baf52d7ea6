import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Log } from '../readmodel/model-files.ts';
import type { OpenedCheckpoint } from './checkpoint.ts';
import { toldOfFault } from './fault-texts.ts';
import type { Signature } from './note.ts';
import type { Hash } from './tree.ts';
import { type AskedWitness, askWitness, type WitnessFault } from './witness-client.ts';

/** Asks witnesses to cosign checkpoints, each on its own, so that one that is away delays neither commands nor others. */
export type Cosigning = {
  /**
   * Asks each witness that is not being asked already, and gives its cosignatures to `add`. Nobody waits for it.
   * `prove` makes the proof that the checkpoint’s tree extends the one of a size.
   */
  readonly ask: (
    checkpoint: OpenedCheckpoint,
    note: Buffer,
    prove: (older: number) => readonly Hash[],
    add: (signatures: readonly Signature[]) => Promise<void>,
  ) => void;
  /** What each witness has answered last, also before a restart. */
  readonly witnesses: () => readonly WitnessSeen[];
};

export type WitnessSeen = {
  readonly name: string;
  /** Events of the largest checkpoint that it has cosigned; 0 if it has cosigned none. */
  readonly cosigned: number;
  /** Why it has not cosigned the last one that it was asked for. */
  readonly fault?: WitnessFault | { readonly fault: 'cannot-sign'; readonly reason: string };
};

/** Whether a witness has proved that two different ledgers were signed. */
export const isFork = ({ fault }: WitnessSeen): boolean => fault?.fault === 'witness-saw-other-tree';

/** Directly in the folder of the hashes. */
const seenFile = 'witnesses.json';

const seenIn = (folder: string): readonly WitnessSeen[] => {
  try {
    return JSON.parse(readFileSync(join(folder, seenFile), 'utf8'));
  } catch {
    return [];
  }
};

/** `folder` is that of the hashes, in which other processes find what the witnesses have answered. */
export const cosigningBy = (witnesses: readonly AskedWitness[], folder: string, log: Log): Cosigning => {
  const before = seenIn(folder);
  const states = witnesses.map((witness) => {
    const { name } = witness.key;
    const seen: WitnessSeen = before.find((each) => each.name === name) ?? { name, cosigned: 0 };
    return { witness, isAsked: false, seen };
  });
  const seen = () => states.map((state) => state.seen);
  const keep = () => {
    const path = join(folder, seenFile);
    try {
      writeFileSync(`${path}.new`, `${JSON.stringify(seen())}\n`, { mode: 0o600 });
      renameSync(`${path}.new`, path);
    } catch {} // it is for other processes, and written again after the next answer
  };

  return {
    witnesses: seen,
    ask: (checkpoint, note, prove, add) => {
      for (const state of states.filter(({ isAsked }) => !isAsked)) {
        state.isAsked = true;
        const { name, cosigned, fault: was } = state.seen;
        const answered = async (): Promise<WitnessSeen> => {
          const answer = await askWitness(state.witness, checkpoint, note, cosigned, prove);
          if ('fault' in answer) return { name, cosigned, fault: answer };
          await add(answer);
          return { name, cosigned: checkpoint.size };
        };
        const failed = (error: unknown): WitnessSeen => {
          const reason = error instanceof Error ? error.message : String(error);
          return { name, cosigned, fault: { fault: 'cannot-sign', reason } };
        };
        void answered()
          .catch(failed)
          .then((now) => {
            Object.assign(state, { isAsked: false, seen: now });
            keep();
            const [before, after] = [was, now.fault].map((fault) => fault && toldOfFault(fault).en);
            if (after === before) return;
            if (after === undefined) log.info({ witness: name }, `the witness ${name} cosigns again`);
            else log.error({ witness: name }, `the witness ${name} has not cosigned: ${after}`);
          });
      }
    },
  };
};

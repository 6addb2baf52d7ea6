import { useRef, useState } from 'react';
import type { Answer, Asked, ToldVerdict } from './worker.ts';
import VerifyingWorker from './worker.ts?worker&inline';

export type State =
  | { readonly state: 'idle' | 'cancelled' }
  /** How much is done, from 0 to 1. */
  | { readonly state: 'busy'; readonly share: number }
  | ({ readonly state: 'refused' } & Omit<Extract<Answer, { answer: 'refused' }>, 'answer'>)
  | { readonly state: 'failed'; readonly reason: string }
  | { readonly state: 'done'; readonly verdict: ToldVerdict };

const stateOf = (answer: Answer): State => {
  switch (answer.answer) {
    case 'progress':
      return { state: 'busy', share: answer.total === 0 ? 0 : answer.done / answer.total };
    case 'refused':
      return { state: 'refused', field: answer.field, told: answer.told };
    case 'failed':
      return { state: 'failed', reason: answer.reason };
    case 'verdict':
      return { state: 'done', verdict: answer.verdict };
  }
};

/** Verifies in a worker of its own, which is kept for the next time, and ended to cancel. */
export const useVerifying = () => {
  const [state, setState] = useState<State>({ state: 'idle' });
  const worker = useRef<Worker>(undefined);
  const end = (last: State) => {
    worker.current?.terminate();
    worker.current = undefined;
    setState(last);
  };
  const begun = (): Worker => {
    const made = new VerifyingWorker();
    made.addEventListener('message', ({ data }: MessageEvent<Answer>) => setState(stateOf(data)));
    made.addEventListener('error', ({ message }) => end({ state: 'failed', reason: message }));
    return made;
  };
  const verify = (asked: Asked) => {
    setState({ state: 'busy', share: 0 });
    worker.current ??= begun();
    worker.current.postMessage(asked);
  };
  return { state, verify, cancel: () => end({ state: 'cancelled' }) };
};

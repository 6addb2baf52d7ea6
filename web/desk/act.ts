import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { ApiProblem, Offline } from '../api.ts';

export type Act = {
  readonly error: Error | undefined;
  readonly isBusy: boolean;
  /** Does the work unless some is under way; a refusal is kept until the next try. */
  readonly run: (work: () => Promise<void>) => Promise<void>;
  /** What is wrong with the value that a pointer leads to. */
  readonly faultAt: (pointer: string) => string | undefined;
};

/** What a form does: one request at a time, and why it was refused. Nothing that was sent is kept. */
export const useAct = (): Act => {
  const client = useQueryClient();
  const [error, setError] = useState<Error>();
  const [isBusy, setBusy] = useState(false);
  const run: Act['run'] = async (work) => {
    if (isBusy) return;
    setBusy(true);
    setError(undefined);
    try {
      await work();
    } catch (thrown) {
      if (!(thrown instanceof ApiProblem) && !(thrown instanceof Offline)) throw thrown;
      setError(thrown);
      // A session that has ended is no longer shown as one.
      if (thrown instanceof ApiProblem && thrown.code === 'unauthorized')
        void client.invalidateQueries({ queryKey: ['/session'] });
    } finally {
      setBusy(false);
    }
  };
  const faults = error instanceof ApiProblem ? error.faults : [];
  return { error, isBusy, run, faultAt: (pointer) => faults.find((fault) => fault.pointer === pointer)?.message };
};

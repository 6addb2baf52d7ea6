import type { ReactElement, ReactNode } from 'react';
import { ApiProblem, isMissing, Offline } from '../api.ts';
import { useSpoken } from '../words/words.ts';
import css from './State.module.css';

/** What stands in place of content: nothing to show, and what to do about it. */
export const Empty = ({ title, children }: { readonly title: string; readonly children?: ReactNode }) => (
  <div className={css.box}>
    <p className={css.title}>{title}</p>
    {children}
  </div>
);

export const Busy = () => {
  const { words } = useSpoken();
  return (
    <p className={css.box} role="status">
      {words.busy}
    </p>
  );
};

/** A read that failed: what is wrong, in the words of the API, and a way to try again. */
export const Failed = ({ error, onAgain }: { readonly error: Error; readonly onAgain: () => void }) => {
  const { words } = useSpoken();
  const title = error instanceof ApiProblem ? error.message : words.fault.title;
  const detail = error instanceof ApiProblem ? error.detail : error instanceof Offline ? words.fault.offline : '';
  return (
    <div className={css.box} role="alert">
      <p className={css.title}>{title}</p>
      {detail !== '' && <p>{detail}</p>}
      <button type="button" onClick={onAgain}>
        {words.fault.again}
      </button>
    </div>
  );
};

/** What a query of TanStack's gives of a read. */
type Reading<Answer> = {
  readonly data: Answer | undefined;
  readonly error: Error | null;
  readonly refetch: () => unknown;
};

type Together<Answers> =
  | { readonly data: Answers; readonly instead: undefined }
  | { readonly data: undefined; readonly instead: ReactElement };

/**
 * The answers of several reads, or what stands in their place until all are there: that they are being read, or why one
 * of them cannot be. What is there stays while it is read again, and if that fails: nobody loses what they read or fill
 * in to a network that was away for a moment. Only what the registry no longer has goes.
 */
export const together = <Answers extends Readonly<Record<string, unknown>>>(
  reads: {
    readonly [Name in keyof Answers]: Reading<Answers[Name]>;
  },
): Together<Answers> => {
  const all = Object.values<Reading<unknown>>(reads);
  const failed = all.find(({ data, error }) => error !== null && (data === undefined || isMissing(error)));
  if (failed?.error)
    return { data: undefined, instead: <Failed error={failed.error} onAgain={() => void failed.refetch()} /> };
  if (all.some(({ data }) => data === undefined)) return { data: undefined, instead: <Busy /> };
  const answers = Object.entries<Reading<unknown>>(reads).map(([name, { data }]) => [name, data]);
  return { data: Object.fromEntries(answers) as Answers, instead: undefined };
};

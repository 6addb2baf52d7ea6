import type { ReactNode } from 'react';
import { ApiProblem, Offline } from '../api.ts';
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

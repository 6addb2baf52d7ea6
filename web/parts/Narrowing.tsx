import { type ReactNode, useId, useState } from 'react';
import { useSpoken } from '../words/words.ts';
import css from './Narrowing.module.css';

type Props = {
  /** How many of the filters are set. */
  readonly chosen: number;
  readonly children: ReactNode;
};

/** Filters of a list; on a narrow screen they stand behind a button, so that the list begins on the first screen. */
export const Narrowing = ({ chosen, children }: Props) => {
  const { words } = useSpoken();
  const id = useId();
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <button
        type="button"
        className={css.toggle}
        aria-expanded={isOpen}
        aria-controls={id}
        onClick={() => setOpen(!isOpen)}
      >
        {words.filters(chosen)}
      </button>
      <div id={id} className={css.filters} data-open={isOpen || undefined}>
        {children}
      </div>
    </>
  );
};

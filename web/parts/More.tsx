import { useEffect, useRef } from 'react';
import { useSpoken } from '../words/words.ts';
import css from './More.module.css';

type Props = {
  /** Whether the next page is being read. */
  readonly isBusy: boolean;
  readonly onMore: () => void;
};

/** How far below the window the end of a list may be when its next page is read. */
const ahead = '600px';

/** The next page of a list: read when its end comes near, and by a button for those who do not scroll. */
export const More = ({ isBusy, onMore }: Props) => {
  const { words } = useSpoken();
  const button = useRef<HTMLButtonElement>(null);
  const read = useRef(onMore);
  read.current = onMore;
  useEffect(() => {
    if (isBusy || button.current === null) return;
    const observer = new IntersectionObserver(
      ([end]) => {
        if (end?.isIntersecting) read.current();
      },
      { rootMargin: `0px 0px ${ahead} 0px` },
    );
    observer.observe(button.current);
    return () => observer.disconnect();
  }, [isBusy]);
  return (
    <button ref={button} type="button" className={css.more} aria-busy={isBusy} onClick={() => !isBusy && onMore()}>
      {isBusy ? words.busy : words.target.more}
    </button>
  );
};

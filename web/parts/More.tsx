import { useEffect, useRef } from 'react';
import { useSpoken } from '../words/words.ts';
import css from './More.module.css';

type Props = {
  /** A list of several pages, as a query of TanStack's gives it. */
  readonly of: {
    readonly hasNextPage: boolean;
    readonly isFetchingNextPage: boolean;
    readonly isFetchNextPageError: boolean;
    readonly fetchNextPage: () => unknown;
  };
};

/** How far below the window the end of a list may be when its next page is read. */
const ahead = '600px';

/** The next page of a list, if there is one: read when its end comes near, and by a button for those who do not scroll. */
export const More = ({ of }: Props) => {
  const { words } = useSpoken();
  const { hasNextPage, isFetchingNextPage: isBusy, isFetchNextPageError: hasFailed } = of;
  const button = useRef<HTMLButtonElement>(null);
  const read = useRef(of.fetchNextPage);
  read.current = of.fetchNextPage;
  useEffect(() => {
    // What could not be read is read again when somebody asks for it.
    if (!hasNextPage || isBusy || hasFailed || button.current === null) return;
    const observer = new IntersectionObserver(
      ([end]) => {
        if (end?.isIntersecting) void read.current();
      },
      { rootMargin: `0px 0px ${ahead} 0px` },
    );
    observer.observe(button.current);
    return () => observer.disconnect();
  }, [hasNextPage, isBusy, hasFailed]);
  if (!hasNextPage) return null;
  return (
    <button
      ref={button}
      type="button"
      className={css.more}
      aria-busy={isBusy}
      onClick={() => !isBusy && void of.fetchNextPage()}
    >
      {isBusy ? words.busy : words.target.more}
    </button>
  );
};

import { type RefObject, useEffect, useState } from 'react';
import { flushSync } from 'react-dom';

/** How far from the window something is drawn, so that nobody who scrolls sees it come. */
const near = '2000px';

/**
 * The height of a part of a long page that lies far from the window, so that it need not be drawn. Undefined while it is
 * near, holds the focus, or is printed. What is far from the start and never was drawn has the height `guessedPx`.
 */
export const useFar = (part: RefObject<HTMLElement | null>, guessedPx?: number): number | undefined => {
  const [heightPx, setHeightPx] = useState(guessedPx);
  useEffect(() => {
    if (part.current === null) return;
    const observer = new IntersectionObserver(
      (seen) => {
        const last = seen.at(-1);
        if (last === undefined) return;
        const isDrawn = last.isIntersecting || last.target.contains(document.activeElement);
        setHeightPx(isDrawn ? undefined : last.boundingClientRect.height);
      },
      { rootMargin: `${near} 0px` },
    );
    observer.observe(part.current);
    const draw = () => flushSync(() => setHeightPx(undefined));
    window.addEventListener('beforeprint', draw);
    return () => {
      observer.disconnect();
      window.removeEventListener('beforeprint', draw);
    };
  }, [part]);
  return heightPx;
};

import { useEffect } from 'react';

const controls = 'a[href], button:not(:disabled), input:not([hidden]), select, textarea, summary';

/**
 * The keyboard goes on from where it was: if what holds the focus is taken away, the focus goes to what is nearest in the
 * page, and on another page to its beginning. Else it would be nowhere, and a screen reader at the top.
 */
export const useKeptFocus = (): void => {
  useEffect(() => {
    let around: readonly Element[] = [];
    const note = ({ target }: FocusEvent) => {
      around = target instanceof Element ? withParents(target) : [];
    };
    const observer = new MutationObserver(() => {
      if (document.activeElement !== document.body || around[0] === undefined || around[0].isConnected) return;
      const nearest = around.find(({ isConnected }) => isConnected);
      around = [];
      const page = nearest?.closest<HTMLElement>('main');
      if (page === nearest) page?.focus({ preventScroll: true });
      else if (page) (nearest?.querySelector<HTMLElement>(controls) ?? page).focus({ preventScroll: true });
    });
    observer.observe(document.body, { childList: true, subtree: true });
    document.addEventListener('focusin', note);
    return () => {
      observer.disconnect();
      document.removeEventListener('focusin', note);
    };
  }, []);
};

const withParents = (element: Element): readonly Element[] =>
  element.parentElement === null ? [element] : [element, ...withParents(element.parentElement)];

import type { Language } from '../../words/words.ts';

/** Stands for the page's own origin. */
const own = 'http://registry.invalid';

/** Pages from which nobody is led back to where they were. */
const entrances = ['/sign-in', '/sign-up'];

/**
 * Where somebody goes after signing in: a path of the page with its query, without the base path, in the language in
 * which they signed in unless it says another. What is no such path, or could be taken for an address of another origin,
 * leads to the plan.
 */
export const wayBack = (to: string | undefined, language: Language): string => {
  const { pathname, searchParams } = new URL(pathIn(to), own);
  if (!searchParams.has('lang')) searchParams.set('lang', language);
  return `${pathname}?${searchParams}`;
};

const pathIn = (to: string | undefined): string => {
  if (to === undefined || !/^\/(?!\/)[^\\\p{Cc}]*$/u.test(to) || !URL.canParse(to, own)) return '/';
  const { origin, pathname, search } = new URL(to, own);
  if (origin !== own || pathname.startsWith('//') || entrances.includes(pathname)) return '/';
  return `${pathname}${search}`;
};

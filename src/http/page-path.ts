/** Stands for the registry's own origin, whatever that is. */
const own = 'http://registry.invalid';

/** What a browser may take for another origin or skip: two slashes, a backslash, control characters. */
const isAmbiguous = (path: string): boolean => !/^\/(?!\/)[^\\\p{Cc}]*$/u.test(path);

/**
 * The path of a page of the registry, with its query and fragment, as browsers write it; undefined if the text is anything
 * else, or could be taken for an address of another origin, also once more decoded.
 */
export const pageIn = (text: string): string | undefined => {
  if (isAmbiguous(text) || !URL.canParse(text, own)) return undefined;
  const { origin, pathname, search, hash } = new URL(text, own);
  if (origin !== own || isAmbiguous(decoded(pathname))) return undefined;
  return `${pathname}${search}${hash}`;
};

/** A path decoded; one that cannot be decoded is none. */
const decoded = (path: string): string => {
  try {
    return decodeURIComponent(path);
  } catch {
    return '';
  }
};

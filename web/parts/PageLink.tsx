import { Link, type LinkProps } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import type { Times } from '../times.ts';
import type { Language } from '../words/words.ts';

type Props = Pick<LinkProps, 'to' | 'params' | 'search' | 'activeOptions'> & {
  readonly children: ReactNode;
  readonly className?: string | undefined;
  /** What a screen reader says instead of the text. */
  readonly label?: string | undefined;
};

/** A link inside the page, which keeps both times and the language. */
export const PageLink = ({ children, search, label, ...link }: Props) => (
  <Link {...(link as LinkProps)} aria-label={label} search={search ?? ((known: object) => timesAndLanguage(known))}>
    {children}
  </Link>
);

/** The part of an address that every page has. */
export const timesAndLanguage = ({ on, knownAt, lang }: Times & { readonly lang?: Language | undefined }) => ({
  on,
  knownAt,
  lang,
});

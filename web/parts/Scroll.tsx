import type { ReactNode } from 'react';

type Props = { readonly label: string; readonly className?: string | undefined; readonly children: ReactNode };

/** What may be wider or longer than its place: reachable by keyboard, so that it can be scrolled without a mouse. */
export const Scroll = ({ label, className, children }: Props) => (
  <section className={className} aria-label={label} tabIndex={0}>
    {children}
  </section>
);

import type { ReactNode } from 'react';
import css from './Button.module.css';

type Props = {
  readonly children: ReactNode;
  /** `main` for the one act that a page is for, `danger` for what takes something away. */
  readonly kind?: 'main' | 'plain' | 'danger';
  readonly type?: 'button' | 'submit';
  readonly disabled?: boolean;
  /** While the act is under way the button keeps its place and its focus, and does nothing. */
  readonly busy?: boolean;
  readonly onPress?: () => void;
  readonly describedBy?: string | undefined;
};

/** A button named by its act. */
export const Button = (props: Props) => {
  const { children, kind = 'plain', type = 'button', disabled = false, busy = false, onPress, describedBy } = props;
  return (
    <button
      type={type}
      className={css[kind]}
      disabled={disabled}
      aria-disabled={busy || undefined}
      aria-busy={busy || undefined}
      aria-describedby={describedBy}
      onClick={(event) => {
        if (busy) event.preventDefault();
        else onPress?.();
      }}
    >
      {children}
    </button>
  );
};

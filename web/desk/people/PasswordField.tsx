import { useState } from 'react';
import { Field } from '../../parts/Field.tsx';
import { useSpoken } from '../../words/words.ts';
import css from './people.module.css';
import { peopleWords } from './words.ts';

type Props = {
  readonly name: string;
  readonly label: string;
  /** A password that is chosen here; the rules are said beforehand. */
  readonly isNew?: boolean;
  readonly fault: string | undefined;
};

/** A password, hidden unless its person wants to see it; password managers and pasting work. */
export const PasswordField = ({ name, label, isNew = false, fault }: Props) => {
  const { said } = useSpoken();
  const { password } = said(peopleWords);
  const [isShown, setShown] = useState(false);
  return (
    <Field label={label} hint={isNew ? password.rules : undefined} fault={fault}>
      {(control) => (
        <div className={css.password}>
          <input
            {...control}
            name={name}
            type={isShown ? 'text' : 'password'}
            autoComplete={isNew ? 'new-password' : 'current-password'}
            autoCapitalize="none"
            spellCheck={false}
          />
          <button
            type="button"
            aria-pressed={isShown}
            aria-label={`${password.showLabel} (${label})`}
            onClick={() => setShown(!isShown)}
          >
            {password.show}
          </button>
        </div>
      )}
    </Field>
  );
};

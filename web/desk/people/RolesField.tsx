import { useId } from 'react';
import type { Role } from '../../answers.ts';
import { useSpoken } from '../../words/words.ts';
import css from './people.module.css';
import { peopleWords } from './words.ts';

type Props = {
  readonly roles: readonly Role[];
  readonly fault: string | undefined;
  readonly onChange: (roles: readonly Role[]) => void;
};

/** The roles of an account, each by its title. */
export const RolesField = ({ roles, fault, onChange }: Props) => {
  const { said } = useSpoken();
  const { roles: titles, accounts } = said(peopleWords);
  const faultId = useId();
  return (
    <fieldset className={css.choices} aria-describedby={fault === undefined ? undefined : faultId}>
      <legend>{accounts.roles}</legend>
      {(Object.keys(titles) as Role[]).map((role) => (
        <label key={role}>
          <input
            type="checkbox"
            checked={roles.includes(role)}
            aria-invalid={fault === undefined ? undefined : true}
            onChange={({ target }) =>
              onChange(target.checked ? [...roles, role] : roles.filter((each) => each !== role))
            }
          />
          {titles[role]}
        </label>
      ))}
      {fault !== undefined && (
        <p id={faultId} className={css.fault}>
          {fault}
        </p>
      )}
    </fieldset>
  );
};

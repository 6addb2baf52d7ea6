import { Field } from '../../parts/Field.tsx';
import { PageLink } from '../../parts/PageLink.tsx';
import { useSpoken } from '../../words/words.ts';
import { useEntryName } from './names.ts';
import css from './record.module.css';
import type { CommandForm } from './useCommandForm.ts';
import { recordWords } from './words.ts';

type Props = { readonly form: CommandForm; readonly fault: string | undefined };

/** The key of a new entry, with an example; says whose it is if it is on record. */
export const KeyField = ({ form, fault }: Props) => {
  const { said, titled, words } = useSpoken();
  const { key: own, known, knownLink, begins, aside } = said(recordWords);
  const { register, key, entry } = form;
  const nameOf = useEntryName(register.name);
  const status = register.statuses.find(({ id }) => id === entry?.status);
  const isWrong = form.known === 'no-key' && key.trim() !== '';
  const shown = fault ?? (isWrong ? own.wrong(titled(register.key.title), register.key.example) : undefined);
  return (
    <div className={css.key}>
      <Field label={titled(register.key.title)} hint={own.hint(register.key.example)} fault={shown} isOptional={false}>
        {(control) => (
          <input
            {...control}
            type="text"
            autoComplete="off"
            spellCheck={false}
            className={css.keyText}
            value={key}
            onChange={(event) => form.typeKey(event.target.value)}
          />
        )}
      </Field>
      {entry !== undefined && (
        <p>
          {known(status === undefined ? nameOf(entry) : aside(nameOf(entry), titled(status.title)))}{' '}
          <PageLink to="/registers/$register/$key" params={{ register: register.name, key: entry.key }}>
            {knownLink}
          </PageLink>
        </p>
      )}
      {form.known === 'new' && form.base !== undefined && <p className={css.quiet}>{begins}</p>}
      {form.failed !== null && <p className={css.refused}>{words.fault.offline}</p>}
    </div>
  );
};

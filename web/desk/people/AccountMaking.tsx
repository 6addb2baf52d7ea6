import { type FormEvent, useRef, useState } from 'react';
import type { MadeAccount, Role } from '../../answers.ts';
import { ask } from '../../api.ts';
import { Button } from '../../parts/Button.tsx';
import { Dialog } from '../../parts/Dialog.tsx';
import { Field } from '../../parts/Field.tsx';
import { Refusal } from '../../parts/Refusal.tsx';
import { shanghaiMinute } from '../../times.ts';
import { useSpoken } from '../../words/words.ts';
import { useAct } from '../act.ts';
import { textsOf, useFaultFocus } from '../form.ts';
import { PasswordField } from './PasswordField.tsx';
import css from './people.module.css';
import { RolesField } from './RolesField.tsx';
import { peopleWords } from './words.ts';

type Props = { readonly onClose: () => void; readonly onDone: (what: string) => void };

/** Making an account: its person chooses the password by a link, which is shown once, or is told one. */
export const AccountMaking = ({ onClose, onDone }: Props) => {
  const { said } = useSpoken();
  const { accounts } = said(peopleWords);
  const [made, setMade] = useState<MadeAccount>();
  return (
    <Dialog title={made === undefined ? accounts.add : accounts.made(made.name)} onClose={onClose}>
      {(close) =>
        made === undefined ? (
          <Form
            onCancel={close}
            onMade={(account) => {
              onDone(accounts.made(account.name));
              if (account.link === undefined) close();
              else setMade(account);
            }}
          />
        ) : (
          <LinkOnce link={made.link ?? ''} until={made.linkExpiresAt ?? ''} onClose={close} />
        )
      }
    </Dialog>
  );
};

const Form = ({ onCancel, onMade }: { onCancel: () => void; onMade: (account: MadeAccount) => void }) => {
  const { language, said } = useSpoken();
  const { accounts } = said(peopleWords);
  const act = useAct();
  const form = useRef<HTMLFormElement>(null);
  const [roles, setRoles] = useState<readonly Role[]>(['clerk']);
  const [isByLink, setByLink] = useState(true);
  useFaultFocus(form, act.error);
  const send = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const { name = '', password = '' } = textsOf(event.currentTarget);
    const body = { name, roles, ...(isByLink ? {} : { password }) };
    void act.run(async () => onMade((await ask<MadeAccount>('/accounts', { language, method: 'POST', body })).answer));
  };
  return (
    <form ref={form} className={css.form} noValidate onSubmit={send}>
      <Field label={accounts.name} fault={act.faultAt('/name')}>
        {(control) => <input {...control} name="name" autoComplete="off" spellCheck={false} />}
      </Field>
      <RolesField roles={roles} fault={act.faultAt('/roles')} onChange={setRoles} />
      <fieldset className={css.choices}>
        <legend>{accounts.how}</legend>
        {[true, false].map((byLink) => (
          <label key={String(byLink)}>
            <input type="radio" name="how" checked={isByLink === byLink} onChange={() => setByLink(byLink)} />
            {byLink ? accounts.byLink : accounts.byPassword}
          </label>
        ))}
      </fieldset>
      {!isByLink && <PasswordField name="password" label={accounts.password} isNew fault={act.faultAt('/password')} />}
      <div className={css.act}>
        <Button kind="main" type="submit" busy={act.isBusy}>
          {accounts.make}
        </Button>
        <Button onPress={onCancel}>{accounts.cancel}</Button>
      </div>
      {act.error !== undefined && <Refusal error={act.error} isShownAtField={isHere} />}
    </form>
  );
};

const isHere = (pointer: string): boolean => ['/name', '/roles', '/password'].includes(pointer);

type LinkProps = { readonly link: string; readonly until: string; readonly onClose: () => void };

const LinkOnce = ({ link, until, onClose }: LinkProps) => {
  const { said } = useSpoken();
  const { accounts } = said(peopleWords);
  const [isCopied, setCopied] = useState(false);
  const field = useRef<HTMLInputElement>(null);
  const copy = async () => {
    field.current?.select(); // so that it can be copied by hand if the browser refuses
    await navigator.clipboard?.writeText(link).then(
      () => setCopied(true),
      () => {},
    );
  };
  return (
    <>
      <Field label={accounts.link} hint={accounts.linkHint(shanghaiMinute(until))}>
        {(control) => (
          <input
            {...control}
            ref={field}
            className={css.link}
            readOnly
            value={link}
            // biome-ignore lint/a11y/noAutofocus: the link is what the dialog is now for
            autoFocus
            onFocus={({ target }) => target.select()}
          />
        )}
      </Field>
      <div className={css.act}>
        <Button kind="main" onPress={() => void copy()}>
          {accounts.copy}
        </Button>
        <Button onPress={onClose}>{accounts.close}</Button>
        <span className={css.done} role="status">
          {isCopied ? accounts.copied : ''}
        </span>
      </div>
    </>
  );
};

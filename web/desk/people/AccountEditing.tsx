import { type FormEvent, useRef, useState } from 'react';
import { ask } from '../../api.ts';
import { Button } from '../../parts/Button.tsx';
import { Dialog } from '../../parts/Dialog.tsx';
import { Field } from '../../parts/Field.tsx';
import { Refusal } from '../../parts/Refusal.tsx';
import { useSession } from '../../session.ts';
import { useSpoken } from '../../words/words.ts';
import { useAct } from '../act.ts';
import { textsOf, useFaultFocus } from '../form.ts';
import { PasswordField } from './PasswordField.tsx';
import css from './people.module.css';
import type { Account } from './queries.ts';
import { RolesField } from './RolesField.tsx';
import { peopleWords } from './words.ts';

type Props = {
  readonly account: Account;
  readonly onClose: () => void;
  readonly onDone: (what: string) => void;
};
type PartProps = { readonly account: Account; readonly onDone: () => void };

/** Changing an account: its name and roles, its password, whether it may sign in. */
export const AccountEditing = ({ account, onClose, onDone }: Props) => {
  const { said } = useSpoken();
  const { accounts } = said(peopleWords);
  const { session } = useSession();
  return (
    <Dialog title={account.name} onClose={onClose}>
      {(close) => {
        const done = (what = accounts.saved(account.name)) => {
          onDone(what);
          close();
        };
        return (
          <>
            <p className={css.hint}>
              {accounts.subject} <code>{account.subject}</code> {account.subject === session?.subject && accounts.own}
            </p>
            <NameAndRoles account={account} onDone={done} />
            <NewPassword account={account} onDone={done} />
            <Disabling account={account} onDone={done} />
            <Deleting account={account} onDone={() => done(accounts.deleted(account.name))} />
            <div className={css.part}>
              <Button onPress={close}>{accounts.close}</Button>
            </div>
          </>
        );
      }}
    </Dialog>
  );
};

const useChange = ({ account, onDone }: PartProps) => {
  const { language } = useSpoken();
  const act = useAct();
  const change = (body: object) =>
    void act.run(async () => {
      await ask(`/accounts/${encodeURIComponent(account.subject)}`, { language, method: 'PATCH', body });
      onDone();
    });
  return { act, change };
};

const NameAndRoles = (props: PartProps) => {
  const { account } = props;
  const { said } = useSpoken();
  const { accounts } = said(peopleWords);
  const { act, change } = useChange(props);
  const [roles, setRoles] = useState(account.roles);
  const form = useRef<HTMLFormElement>(null);
  useFaultFocus(form, act.error);
  const send = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const { name = '' } = textsOf(event.currentTarget);
    const isSame = roles.length === account.roles.length && roles.every((role) => account.roles.includes(role));
    change({ ...(name === account.name ? {} : { name }), ...(isSame ? {} : { roles }) });
  };
  return (
    <form ref={form} className={css.form} noValidate onSubmit={send}>
      <Field label={accounts.name} fault={act.faultAt('/name')}>
        {(control) => (
          <input {...control} name="name" defaultValue={account.name} autoComplete="off" spellCheck={false} />
        )}
      </Field>
      <RolesField roles={roles} fault={act.faultAt('/roles')} onChange={(chosen) => setRoles([...chosen])} />
      <div className={css.act}>
        <Button kind="main" type="submit" busy={act.isBusy}>
          {accounts.save}
        </Button>
      </div>
      {act.error !== undefined && (
        <Refusal error={act.error} isShownAtField={(at) => ['/name', '/roles'].includes(at)} />
      )}
    </form>
  );
};

const NewPassword = (props: PartProps) => {
  const { said } = useSpoken();
  const { accounts } = said(peopleWords);
  const { act, change } = useChange(props);
  const form = useRef<HTMLFormElement>(null);
  useFaultFocus(form, act.error);
  const send = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    change({ password: '', ...textsOf(event.currentTarget) });
  };
  return (
    <form ref={form} className={css.part} noValidate onSubmit={send}>
      <PasswordField name="password" label={accounts.newPassword} isNew fault={act.faultAt('/password')} />
      <p className={css.hint}>{accounts.newPasswordHint}</p>
      <div className={css.act}>
        <Button type="submit" busy={act.isBusy}>
          {accounts.setPassword}
        </Button>
      </div>
      {act.error !== undefined && <Refusal error={act.error} isShownAtField={(at) => at === '/password'} />}
    </form>
  );
};

const Disabling = (props: PartProps) => {
  const { account } = props;
  const { said } = useSpoken();
  const { accounts } = said(peopleWords);
  const { act, change } = useChange(props);
  return (
    <div className={css.part}>
      <p className={css.hint}>{account.disabled ? accounts.enableHint : accounts.disableHint}</p>
      {account.disabled ? (
        <Button busy={act.isBusy} onPress={() => change({ disabled: false })}>
          {accounts.enable}
        </Button>
      ) : (
        <Twice
          act={accounts.disable}
          confirm={accounts.disableConfirm(account.name)}
          busy={act.isBusy}
          onPress={() => change({ disabled: true })}
        />
      )}
      {act.error !== undefined && <Refusal error={act.error} />}
    </div>
  );
};

const Deleting = ({ account, onDone }: PartProps) => {
  const { said, language } = useSpoken();
  const { accounts } = said(peopleWords);
  const act = useAct();
  const remove = () =>
    void act.run(async () => {
      await ask(`/accounts/${encodeURIComponent(account.subject)}`, { language, method: 'DELETE' });
      onDone();
    });
  return (
    <div className={css.part}>
      <p className={css.hint}>{accounts.deleteHint}</p>
      <Twice act={accounts.delete} confirm={accounts.deleteConfirm(account.name)} busy={act.isBusy} onPress={remove} />
      {act.error !== undefined && <Refusal error={act.error} />}
    </div>
  );
};

type TwiceProps = {
  readonly act: string;
  readonly confirm: string;
  readonly busy: boolean;
  readonly onPress: () => void;
};

/** What cuts somebody off at once is asked once more. */
const Twice = ({ act, confirm, busy, onPress }: TwiceProps) => {
  const { said } = useSpoken();
  const { accounts } = said(peopleWords);
  const [isAsked, setAsked] = useState(false);
  return (
    <div className={css.act}>
      <Button kind="danger" busy={busy} onPress={() => (isAsked ? onPress() : setAsked(true))}>
        {isAsked ? confirm : act}
      </Button>
      {isAsked && <Button onPress={() => setAsked(false)}>{accounts.cancel}</Button>}
    </div>
  );
};

import { type FormEvent, useRef, useState } from 'react';
import type { Session } from '../../answers.ts';
import { ApiProblem, ask } from '../../api.ts';
import { Button } from '../../parts/Button.tsx';
import { Refusal } from '../../parts/Refusal.tsx';
import { useSession } from '../../session.ts';
import { shanghaiMinute } from '../../times.ts';
import { useSpoken } from '../../words/words.ts';
import { useAct } from '../act.ts';
import { textsOf, useFaultFocus } from '../form.ts';
import { Needs } from './Needs.tsx';
import { PasswordField } from './PasswordField.tsx';
import css from './people.module.css';
import { useRolesText } from './roles.ts';
import { useLeave } from './session.ts';
import { peopleWords } from './words.ts';

/** Who is signed in, with which roles, until when; their password; signing out. */
export const AccountPage = () => {
  const { said } = useSpoken();
  const { account } = said(peopleWords);
  const { session } = useSession();
  return (
    <Needs title={account.title} roles={['viewer', 'clerk', 'reviewer', 'auditor', 'admin']}>
      {session && (
        <div className={css.medium}>
          <h1>{account.title}</h1>
          <Facts session={session} />
          {/^p-[\w-]{22}$/.test(session.subject) ? (
            <ChangePassword name={session.name} />
          ) : (
            <p className={css.hint}>{account.federated}</p>
          )}
          <SignOut />
        </div>
      )}
    </Needs>
  );
};

const Facts = ({ session: { name, roles, subject, expiresAt } }: { readonly session: Session }) => {
  const { said } = useSpoken();
  const { account } = said(peopleWords);
  const rolesText = useRolesText();
  return (
    <section className={css.panel} aria-label={account.title}>
      <dl className={css.facts}>
        <dt>{account.name}</dt>
        <dd>{name}</dd>
        <dt>{account.roles}</dt>
        <dd>{rolesText(roles)}</dd>
        <dt>{account.until}</dt>
        <dd>{account.untilHint(shanghaiMinute(expiresAt))}</dd>
        <dt>{account.subject}</dt>
        <dd>
          <code>{subject}</code>
        </dd>
      </dl>
    </section>
  );
};

const ChangePassword = ({ name }: { readonly name: string }) => {
  const { said, language } = useSpoken();
  const { account } = said(peopleWords);
  const act = useAct();
  const [isDone, setDone] = useState(false);
  const form = useRef<HTMLFormElement>(null);
  useFaultFocus(form, act.error);
  const send = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const { old = '', new: chosen = '' } = textsOf(event.currentTarget);
    setDone(false);
    void act.run(async () => {
      await ask('/session/password', { language, method: 'POST', body: { old, new: chosen } });
      form.current?.reset();
      setDone(true);
    });
  };
  return (
    <form ref={form} className={css.panel} noValidate onSubmit={send} aria-labelledby="change-password">
      <h2 id="change-password">{account.changePassword}</h2>
      <input
        className="visually-hidden"
        name="username"
        autoComplete="username"
        value={name}
        readOnly
        tabIndex={-1}
        aria-hidden="true"
      />
      <PasswordField name="old" label={account.old} fault={act.faultAt('/old')} />
      <PasswordField name="new" label={account.new} isNew fault={act.faultAt('/new')} />
      <div className={css.act}>
        <Button kind="main" type="submit" busy={act.isBusy}>
          {account.change}
        </Button>
        <span className={css.done} role="status">
          {isDone ? account.changed : ''}
        </span>
      </div>
      {act.error !== undefined && <Refusal error={act.error} isShownAtField={(at) => ['/old', '/new'].includes(at)} />}
    </form>
  );
};

const SignOut = () => {
  const { said, language } = useSpoken();
  const { account } = said(peopleWords);
  const act = useAct();
  const leave = useLeave();
  const signOut = (path: string) =>
    void act.run(async () => {
      await ask(path, { language, method: 'DELETE' }).catch((error: unknown) => {
        if (!(error instanceof ApiProblem) || error.code !== 'unauthorized') throw error;
      });
      await leave();
    });
  return (
    <section className={css.panel} aria-labelledby="sign-out">
      <h2 id="sign-out">{account.signOut}</h2>
      <p className={css.hint}>{account.signOutHint}</p>
      <div className={css.act}>
        <Button kind="main" busy={act.isBusy} onPress={() => signOut('/session')}>
          {account.signOutHere}
        </Button>
        <Button busy={act.isBusy} onPress={() => signOut('/sessions')}>
          {account.signOutEverywhere}
        </Button>
      </div>
      {act.error !== undefined && <Refusal error={act.error} />}
    </section>
  );
};

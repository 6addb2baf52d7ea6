import { useQuery } from '@tanstack/react-query';
import { useLocation, useNavigate, useRouter } from '@tanstack/react-router';
import { type FormEvent, useEffect, useRef, useState } from 'react';
import type { Session } from '../../answers.ts';
import { ask, atBase } from '../../api.ts';
import { Button } from '../../parts/Button.tsx';
import { Field } from '../../parts/Field.tsx';
import { PageLink } from '../../parts/PageLink.tsx';
import { Refusal } from '../../parts/Refusal.tsx';
import { Busy, Empty } from '../../parts/State.tsx';
import { useSpoken } from '../../words/words.ts';
import { useAct } from '../act.ts';
import { textsOf, useFaultFocus } from '../form.ts';
import { PasswordField } from './PasswordField.tsx';
import css from './people.module.css';
import { waysQuery } from './queries.ts';
import { useEnter } from './session.ts';
import { wayBack } from './way.ts';
import { peopleWords } from './words.ts';

/** Choosing a password by a one-time link; the first administrator also chooses a name. */
export const SignUpPage = () => {
  const { language, said } = useSpoken();
  const { signUp } = said(peopleWords);
  const token = useTokenOfLink();
  const { data: ways } = useQuery(waysQuery(language));
  return (
    <div className={css.narrow}>
      <h1>{signUp.title}</h1>
      {token === undefined ? (
        <Empty title={signUp.noToken}>
          <p>{signUp.noTokenHint}</p>
          <PageLink to="/sign-in">{signUp.toSignIn}</PageLink>
        </Empty>
      ) : ways === undefined ? (
        <Busy />
      ) : (
        <SignUpForm key={token} token={token} isFirst={!ways.hasAccounts} />
      )}
    </div>
  );
};

/** What follows # in the link. It is taken from the address at once, so that no history and no copied address has it. */
const useTokenOfLink = (): string | undefined => {
  const { hash } = useLocation();
  const navigate = useNavigate();
  const [token, setToken] = useState(hash === '' ? undefined : hash);
  useEffect(() => {
    if (hash === '') return;
    setToken(hash);
    void navigate({ to: '.', search: true, hash: '', replace: true });
  }, [hash, navigate]);
  return token;
};

const SignUpForm = ({ token, isFirst }: { readonly token: string; readonly isFirst: boolean }) => {
  const { language, said } = useSpoken();
  const { signUp, signIn } = said(peopleWords);
  const enter = useEnter();
  const { history } = useRouter();
  const act = useAct();
  const form = useRef<HTMLFormElement>(null);
  useFaultFocus(form, act.error);
  const send = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const body = { token, password: '', ...textsOf(event.currentTarget) };
    void act.run(async () => {
      enter((await ask<Session>('/session/sign-up', { language, method: 'POST', body })).answer);
      history.replace(atBase(wayBack('/', language)));
    });
  };
  return (
    <form ref={form} className={css.form} noValidate onSubmit={send}>
      <p>{isFirst ? signUp.first : signUp.chosen}</p>
      {isFirst && (
        <Field label={signIn.name} fault={act.faultAt('/name')}>
          {(control) => (
            <input {...control} name="name" autoComplete="username" autoCapitalize="none" spellCheck={false} />
          )}
        </Field>
      )}
      <PasswordField name="password" label={signIn.password} isNew fault={act.faultAt('/password')} />
      <div className={css.act}>
        <Button kind="main" type="submit" busy={act.isBusy}>
          {signUp.act}
        </Button>
      </div>
      {act.error !== undefined && <Refusal error={act.error} isShownAtField={isHere} />}
    </form>
  );
};

const isHere = (pointer: string): boolean => ['/name', '/password'].includes(pointer);

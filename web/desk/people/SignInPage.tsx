import { useQuery } from '@tanstack/react-query';
import { useRouter, useSearch } from '@tanstack/react-router';
import { type FormEvent, useEffect, useId, useRef, useState } from 'react';
import type { Session } from '../../answers.ts';
import { ApiProblem, ask, atBase } from '../../api.ts';
import { Button } from '../../parts/Button.tsx';
import { Field } from '../../parts/Field.tsx';
import { Refusal } from '../../parts/Refusal.tsx';
import { useSession } from '../../session.ts';
import { useSpoken } from '../../words/words.ts';
import { useAct } from '../act.ts';
import { textsOf, useFaultFocus } from '../form.ts';
import { PasswordField } from './PasswordField.tsx';
import css from './people.module.css';
import { waysQuery } from './queries.ts';
import { useEnter } from './session.ts';
import { wayBack } from './way.ts';
import { peopleWords } from './words.ts';

/** Signing in with a name and a password, or with the office's account; who is signed in goes on to where they were. */
export const SignInPage = () => {
  const { language, said } = useSpoken();
  const { signIn } = said(peopleWords);
  const { to } = useSearch({ from: '/sign-in' });
  const way = wayBack(to, language);
  const { session } = useSession();
  const { history } = useRouter();
  const { data: ways } = useQuery(waysQuery(language));
  const isSignedIn = session !== undefined && session !== null;
  useEffect(() => {
    if (isSignedIn) history.replace(atBase(way));
  }, [isSignedIn, history, way]);
  if (isSignedIn) return null;
  return (
    <div className={css.narrow}>
      <h1>{signIn.title}</h1>
      {ways?.hasAccounts === false && ways.issuer === null && <p>{signIn.noAccounts}</p>}
      <SignInForm />
      {ways !== undefined && ways.issuer !== null && <IssuerWay issuer={ways.issuer} to={way} />}
      <p className={css.hint}>{signIn.none}</p>
    </div>
  );
};

const SignInForm = () => {
  const { language, said, number } = useSpoken();
  const { signIn } = said(peopleWords);
  const enter = useEnter();
  const act = useAct();
  const { left, hasWaited, waitFor } = useWait();
  const form = useRef<HTMLFormElement>(null);
  const waitId = useId();
  useFaultFocus(form, act.error);
  const send = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    if (left > 0) return;
    const body = textsOf(event.currentTarget);
    void act.run(async () => {
      try {
        enter((await ask<Session>('/session', { language, method: 'POST', body })).answer);
      } catch (error) {
        if (error instanceof ApiProblem) waitFor(error.retryAfterSeconds ?? 0);
        throw error;
      }
    });
  };
  return (
    <form ref={form} className={css.form} noValidate onSubmit={send}>
      <Field label={signIn.name} fault={act.faultAt('/name')}>
        {(control) => (
          <input {...control} name="name" autoComplete="username" autoCapitalize="none" spellCheck={false} />
        )}
      </Field>
      <PasswordField name="password" label={signIn.password} fault={act.faultAt('/password')} />
      <div className={css.act}>
        <Button kind="main" type="submit" busy={act.isBusy || left > 0} describedBy={left > 0 ? waitId : undefined}>
          {signIn.act}
        </Button>
        <span id={waitId} className={css.hint}>
          {left > 0 ? signIn.again(number(left)) : ''}
        </span>
        <span className="visually-hidden" role="status">
          {hasWaited ? signIn.mayTryAgain : ''}
        </span>
      </div>
      {act.error !== undefined && <Refusal error={act.error} isShownAtField={isHere} />}
    </form>
  );
};

const isHere = (pointer: string): boolean => ['/name', '/password'].includes(pointer);

/** Counts down the seconds until the next attempt. */
const useWait = () => {
  const [left, setLeft] = useState(0);
  const [hasWaited, setWaited] = useState(false);
  useEffect(() => {
    if (left === 0) return;
    const timer = setTimeout(() => {
      setLeft(left - 1);
      setWaited(left === 1);
    }, 1_000);
    return () => clearTimeout(timer);
  }, [left]);
  const waitFor = (seconds: number) => {
    setLeft(seconds);
    setWaited(false);
  };
  return { left, hasWaited, waitFor };
};

/** A navigation of its own: the identity provider is another site. */
const IssuerWay = ({ issuer, to }: { readonly issuer: string; readonly to: string }) => {
  const { said } = useSpoken();
  const { signIn } = said(peopleWords);
  return (
    <div className={css.other}>
      <a className={css.wayOut} href={atBase(`/auth/oidc/start?${new URLSearchParams({ to })}`)}>
        {signIn.issuer}
      </a>
      <p className={css.hint}>{signIn.at(new URL(issuer).host)}</p>
    </div>
  );
};

import { personOf } from '../../domain/person.ts';
import type { Account } from './accounts.ts';
import { attempted } from './logs.ts';
import type { People } from './people.ts';
import type { Session } from './sessions.ts';
import { throttleOf } from './throttle.ts';

/** Where a request comes from, for the throttle and the security log. */
export type From = { readonly address: string; readonly requestId: string };

type SignedIn = {
  readonly kind: 'signed-in';
  readonly account: Account;
  readonly token: string;
  readonly session: Session;
};
export type Waiting = { readonly kind: 'wait'; readonly seconds: number };
type Failed = { readonly kind: 'failed' };

export type SigningIn = {
  /** Begins a session for a name and its password. The answer and its time are the same for a wrong name and a wrong password. */
  readonly signIn: (name: string, password: string, from: From) => Promise<SignedIn | Failed | Waiting>;
  /** Begins a session for an account whose person has shown otherwise who they are. */
  readonly admit: (account: Account, from: From) => SignedIn;
  /** Whether a password is that of an account. */
  readonly confirm: (
    account: Account,
    password: string,
    from: From,
  ) => Promise<{ readonly kind: 'confirmed' } | Failed | Waiting>;
};

/** Failures in a row that delay nothing. */
const freeFailures = { account: 5, address: 20 } as const;

/** Rejects with `TooManyPasswords` if more sign in than the node takes. */
export const signingInOn = (people: People, now: () => number): SigningIn => {
  const { accounts, sessions, passwords, securityLog } = people;
  const byAccount = throttleOf(freeFailures.account, now);
  const byAddress = throttleOf(freeFailures.address, now);

  /** Checks a password, unless there were too many failures before. */
  const check = async (name: string, account: Account | undefined, password: string, from: From) => {
    const person = personOf(name);
    const seconds = byAddress.begin(from.address);
    if (seconds > 0) return { kind: 'wait', seconds } as const;
    const accountSeconds = byAccount.begin(person);
    if (accountSeconds > 0) {
      byAddress.succeeded(from.address, 'this');
      return { kind: 'wait', seconds: accountSeconds } as const;
    }
    const takeBack = (what: 'this' | 'all') => {
      byAddress.succeeded(from.address, 'this');
      byAccount.succeeded(person, what);
    };
    const hash = account === undefined || account.disabled ? undefined : accounts.passwordOf(account.subject);
    const isRight = await passwords.verify(password, hash).catch((error: unknown) => {
      takeBack('this');
      throw error;
    });
    // It may have been disabled, or its password changed, while this one was checked.
    const current = account === undefined ? undefined : accounts.of(account.subject);
    if (!isRight || current === undefined || current.disabled || accounts.passwordOf(current.subject) !== hash)
      return { kind: 'failed' } as const;
    takeBack('all');
    return { kind: 'right', account: current } as const;
  };

  const admit = (account: Account, from: From): SignedIn => {
    const begun = sessions.begin(account.subject);
    accounts.signedIn(account.subject);
    securityLog({ event: 'signed-in', subject: account.subject, ...from });
    return { kind: 'signed-in', account, ...begun };
  };

  const failed = (name: string, account: Account | undefined, from: From, outcome: Failed | Waiting) => {
    const event = outcome.kind === 'wait' ? 'sign-in-delayed' : 'sign-in-failed';
    securityLog({ event, ...attempted(name, account), ...from });
    return outcome;
  };

  return {
    admit,
    signIn: async (name, password, from) => {
      const account = accounts.named(name);
      const checked = await check(name, account, password, from);
      return checked.kind === 'right' ? admit(checked.account, from) : failed(name, account, from, checked);
    },
    confirm: async (account, password, from) => {
      const checked = await check(account.name, account, password, from);
      return checked.kind === 'right' ? { kind: 'confirmed' } : failed(account.name, account, from, checked);
    },
  };
};

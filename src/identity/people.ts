import type { Config } from '../config.ts';
import { kept, pathIn } from '../data-folder.ts';
import { type Accounts, accountsIn } from './accounts.ts';
import { openAccountsFile } from './accounts-file.ts';
import { type FederatedPeople, federatedIn, isFederated } from './federated.ts';
import type { Role } from './identity.ts';
import { type Log, openLog } from './logs.ts';
import { type Passwords, passwordHashing } from './passwords.ts';
import { type Links, linksIn, type Sessions, sessionsIn } from './sessions.ts';

/** The people of a node: accounts and people of an issuer, with their sessions and links, and the logs of what they did. */
export type People = {
  readonly accounts: Accounts;
  readonly federated: FederatedPeople;
  /** Who may have a session with this subject: no disabled account, and nobody of an issuer that is not set. */
  readonly admitted: (subject: string) => { readonly subject: string; readonly roles: readonly Role[] } | undefined;
  /** The name of a subject, in any spelling of the same person. */
  readonly nameOf: (subject: string) => string | undefined;
  /** Deletes an account; of an issuer's person, what is known until they sign in again. */
  readonly remove: (subject: string, by: string) => ReturnType<Accounts['remove']>;
  readonly sessions: Sessions;
  readonly links: Links;
  readonly passwords: Passwords;
  readonly securityLog: Log;
  readonly accessLog: Log;
  readonly close: () => void;
};

/** Opens the accounts of a data folder. Throws `ConfigError` if their file is none of ours. */
export const openPeople = (
  { dataFolder, accessLog, oidc }: Pick<Config, 'dataFolder' | 'accessLog' | 'oidc'>,
  now: () => number,
  logs: Parameters<typeof openLog>[2],
): People => {
  const file = openAccountsFile(pathIn(dataFolder, kept.accounts));
  const accounts = accountsIn(file, now, oidc?.client !== undefined && oidc.rolesClaim !== undefined);
  const federated = federatedIn(file, now);
  return {
    accounts,
    federated,
    admitted: (subject) => {
      if (isFederated(subject))
        return oidc?.client !== undefined && subject.startsWith(`${oidc.issuer}#`) ? federated.of(subject) : undefined;
      const account = accounts.of(subject);
      return account?.disabled ? undefined : account;
    },
    nameOf: (subject) => accounts.of(subject)?.name ?? federated.nameOf(subject),
    remove: (subject, by) =>
      isFederated(subject) ? (federated.forget(subject, by) ? 'removed' : 'no-such') : accounts.remove(subject, by),
    sessions: sessionsIn(file, now),
    links: linksIn(file, now),
    passwords: passwordHashing(),
    securityLog: openLog(pathIn(dataFolder, kept.securityLog), now, logs),
    accessLog: accessLog ? openLog(pathIn(dataFolder, kept.accessLog), now, logs) : () => {},
    close: file.close,
  };
};

import type { Config } from '../config.ts';
import { kept, pathIn } from '../data-folder.ts';
import { type Accounts, accountsIn } from './accounts.ts';
import { openAccountsFile } from './accounts-file.ts';
import { type Log, openLog } from './logs.ts';
import { type Passwords, passwordHashing } from './passwords.ts';
import { type Links, linksIn, type Sessions, sessionsIn } from './sessions.ts';

/** The people of a node: accounts with their sessions and links, and the logs of what they did. */
export type People = {
  readonly accounts: Accounts;
  readonly sessions: Sessions;
  readonly links: Links;
  readonly passwords: Passwords;
  readonly securityLog: Log;
  readonly accessLog: Log;
  readonly close: () => void;
};

/** Opens the accounts of a data folder. Throws `ConfigError` if their file is none of ours. */
export const openPeople = (
  { dataFolder, accessLog }: Pick<Config, 'dataFolder' | 'accessLog'>,
  now: () => number,
  logs: Parameters<typeof openLog>[2],
): People => {
  const file = openAccountsFile(pathIn(dataFolder, kept.accounts));
  return {
    accounts: accountsIn(file, now),
    sessions: sessionsIn(file, now),
    links: linksIn(file, now),
    passwords: passwordHashing(),
    securityLog: openLog(pathIn(dataFolder, kept.securityLog), now, logs),
    accessLog: accessLog ? openLog(pathIn(dataFolder, kept.accessLog), now, logs) : () => {},
    close: file.close,
  };
};

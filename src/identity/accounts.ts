import { randomBytes } from 'node:crypto';
import type { z } from 'zod';
import { personOf } from '../../domain/person.ts';
import { type AccountsFile, accountRow, changeRow, logChange, type Run } from './accounts-file.ts';
import type { Role } from './identity.ts';

/** Local accounts: who may sign in at this node. Names are here alone; the ledger knows subjects. */

export type Account = {
  /** `p-` and 22 random characters of base64url. */
  readonly subject: string;
  readonly name: string;
  readonly roles: readonly Role[];
  readonly disabled: boolean;
  /** Epoch milliseconds. */
  readonly lastSignInAt?: number;
};

/** An event of the accounts' own log. It names people by subjects, so that a name can be changed and deleted. */
export type AccountChange = {
  readonly number: number;
  /** Epoch milliseconds. */
  readonly at: number;
  /** The subject who did it; `command-line` for `./registry user`. */
  readonly by: string;
  readonly subject: string;
  readonly what: z.output<typeof changeRow>['what'];
  readonly roles?: readonly Role[];
};

/** What can be changed of an account; `passwordHash` is a PHC string. */
export type AccountPatch = {
  readonly name?: string | undefined;
  readonly roles?: readonly Role[] | undefined;
  readonly disabled?: boolean | undefined;
  readonly passwordHash?: string | undefined;
  /** The session, by its hash, that a new password does not end. */
  readonly keptSession?: string | undefined;
};

export type NewAccount = { readonly name: string; readonly roles: readonly Role[]; readonly passwordHash?: string };

export type Accounts = {
  readonly isEmpty: () => boolean;
  /** In the order of their names. */
  readonly all: () => readonly Account[];
  /** The account of a subject, in any spelling of the same person. */
  readonly of: (subject: string) => Account | undefined;
  /** The account of a name as somebody types it: case, width and what cannot be seen make no difference. */
  readonly named: (name: string) => Account | undefined;
  readonly passwordOf: (subject: string) => string | undefined;
  /** Undefined if another account has the name. */
  readonly add: (account: NewAccount, by: string, what?: 'made' | 'signed-up') => Account | undefined;
  /** Changes an account; ends its sessions if it is disabled or has a new password. */
  readonly change: (subject: string, patch: AccountPatch, by: string) => Account | NotChanged;
  /** Deletes an account, its sessions and links; of it, only the subject is kept, so that nobody has it again. */
  readonly remove: (subject: string, by: string) => 'removed' | NotChanged;
  readonly signedIn: (subject: string) => void;
  /** The log, oldest first, from after the change of this number. */
  readonly log: (after: number, limit: number) => readonly AccountChange[];
  /**
   * The epoch seconds up to which tokens of this subject, or of one that is the same person, are refused; infinite for an
   * account that is disabled or was deleted.
   */
  readonly tokensEndedAt: (subject: string) => number;
};

/** Why an account is not changed; the last administrator who can sign in is kept as such. */
export type NotChanged = 'no-such' | 'name-taken' | 'last-admin';

/** The subject in the log for what is done from the shell. */
export const commandLine = 'command-line';

const subjectPattern = /^p-[\w-]{22}$/;

/** Whether a subject says nothing of a person, as that of a local account. */
export const isOpaque = (subject: string): boolean => subjectPattern.test(subject);

/** Whether a text may be the name of an account: one that looks like a subject would be taken for it. */
export const mayBeName = (name: string): boolean => personOf(name) !== '' && !subjectPattern.test(personOf(name));

/** The accounts of a file. Unless administrators sign in elsewhere too, one who can sign in here remains. */
export const accountsIn = (file: AccountsFile, now: () => number, hasOtherAdmins = false): Accounts => {
  const rows = rowsOf(file);
  const { select, bySubject, isDeleted } = rows;
  return {
    isEmpty: () => file.all('SELECT 1 FROM account LIMIT 1').length === 0,
    all: () => select('ORDER BY folded').map(accountOf),
    of: (subject) => optional(bySubject(subject)),
    named: (name) => optional(select('WHERE folded = ?', personOf(name))[0]),
    passwordOf: (subject) => bySubject(subject)?.password ?? undefined,
    ...changing(file, rows, now, hasOtherAdmins),
    signedIn: (subject) => {
      file.change(false, (run) => run('UPDATE account SET last_sign_in_at = ? WHERE subject = ?', now(), subject));
    },
    log: (after, limit) =>
      file.all('SELECT * FROM change WHERE number > ? ORDER BY number LIMIT ?', after, limit).map((row) => {
        const { roles, ...change } = changeRow.parse(row);
        return { ...change, ...(roles === null ? {} : { roles }) };
      }),
    tokensEndedAt: (subject) => {
      const person = personOf(subject);
      if (!subjectPattern.test(person)) return 0;
      const [row] = file.all('SELECT disabled, ended_at FROM account WHERE person = ?', person);
      if (row === undefined) return isDeleted(person) ? Number.POSITIVE_INFINITY : 0;
      const { disabled, ended_at: endedAtMs } = endRow.parse(row);
      return disabled ? Number.POSITIVE_INFINITY : Math.floor(endedAtMs / 1_000);
    },
  };
};

/** What is asked of the file. */
const rowsOf = (file: AccountsFile) => {
  const select = (where: string, ...values: readonly string[]) =>
    file.all(`SELECT * FROM account ${where}`, ...values).map((row) => accountRow.parse(row));
  const bySubject = (subject: string) => select('WHERE person = ?', personOf(subject))[0];
  const isTaken = (name: string, except?: string) =>
    select('WHERE folded = ?', personOf(name)).some(({ subject }) => subject !== except);
  const isDeleted = (person: string) => file.all('SELECT 1 FROM deleted WHERE person = ?', person).length > 0;
  return { select, bySubject, isTaken, isDeleted };
};

/** What changes accounts, each change with a line of their log. */
const changing = (
  file: AccountsFile,
  { select, bySubject, isTaken, isDeleted }: ReturnType<typeof rowsOf>,
  now: () => number,
  hasOtherAdmins: boolean,
): Pick<Accounts, 'add' | 'change' | 'remove'> => {
  const isLastAdmin = (row: Row) => !hasOtherAdmins && isAdmin(row) && select('').filter(isAdmin).length === 1;
  const log = (run: Run, by: string, subject: string, what: AccountChange['what'], roles?: readonly Role[]): void =>
    logChange(run, { at: now(), by, subject, what, roles });
  return {
    add: ({ name, roles, passwordHash }, by, what = 'made') =>
      file.change(true, (run) => {
        if (isTaken(name)) return undefined;
        const subject = freshSubject((person) => isDeleted(person) || select('WHERE person = ?', person).length > 0);
        run(
          'INSERT INTO account (subject, person, name, folded, roles, password, disabled, ended_at) VALUES (?, ?, ?, ?, ?, ?, 0, 0)',
          subject,
          personOf(subject),
          name,
          personOf(name),
          JSON.stringify(roles),
          passwordHash ?? null,
        );
        log(run, by, subject, what, roles);
        return { subject, name, roles, disabled: false };
      }),
    change: (subject, patch, by) =>
      file.change(true, (run) => {
        const before = bySubject(subject);
        if (before === undefined) return 'no-such';
        if (patch.name !== undefined && isTaken(patch.name, before.subject)) return 'name-taken';
        if (
          !isAdmin({ ...before, roles: patch.roles ?? before.roles, disabled: patch.disabled ?? before.disabled }) &&
          isLastAdmin(before)
        )
          return 'last-admin';
        applyPatch(run, before, patch, now(), (what, roles) => log(run, by, before.subject, what, roles));
        return accountOf(bySubject(subject) ?? before);
      }),
    remove: (subject, by) => {
      const removed = file.change(true, (run) => {
        const before = bySubject(subject);
        if (before === undefined) return 'no-such';
        if (isLastAdmin(before)) return 'last-admin';
        for (const table of ['account', 'session', 'link'])
          run(`DELETE FROM ${table} WHERE subject = ?`, before.subject);
        run('INSERT INTO deleted (person) VALUES (?)', before.person);
        log(run, by, before.subject, 'deleted');
        return 'removed';
      });
      file.wipe();
      return removed;
    },
  };
};

const endRow = accountRow.pick({ disabled: true, ended_at: true });

type Row = z.output<typeof accountRow>;

/** Whether an account is one of an administrator who can sign in. */
const isAdmin = ({ roles, disabled, password }: Pick<Row, 'password'> & Pick<Account, 'roles' | 'disabled'>): boolean =>
  roles.includes('admin') && !disabled && password !== null;

const applyPatch = (
  run: Run,
  { subject, ...before }: Row,
  { name, roles, disabled, passwordHash, keptSession = '' }: AccountPatch,
  atMs: number,
  log: (what: AccountChange['what'], roles?: readonly Role[]) => void,
): void => {
  const set = (columns: string, ...values: readonly (string | number)[]) =>
    run(`UPDATE account SET ${columns} WHERE subject = ?`, ...values, subject);
  if (name !== undefined && name !== before.name) {
    set('name = ?, folded = ?', name, personOf(name));
    log('renamed');
  }
  if (roles !== undefined && JSON.stringify(roles) !== JSON.stringify(before.roles)) {
    set('roles = ?', JSON.stringify(roles));
    log('roles', roles);
  }
  if (disabled !== undefined && disabled !== before.disabled) {
    if (disabled) set('disabled = 1, ended_at = ?', atMs);
    else set('disabled = 0');
    log(disabled ? 'disabled' : 'enabled');
  }
  if (passwordHash !== undefined) {
    set('password = ?', passwordHash);
    log('password');
  }
  if (disabled || passwordHash !== undefined)
    for (const table of ['session', 'link'])
      run(`DELETE FROM ${table} WHERE subject = ? AND hash <> ?`, subject, keptSession);
};

/** A subject that is one person with no other: two that differ only in case would be. */
const freshSubject = (isTaken: (person: string) => boolean): string => {
  for (;;) {
    const subject = `p-${randomBytes(17).toString('base64url').slice(0, 22)}`;
    if (!isTaken(personOf(subject))) return subject;
  }
};

const accountOf = ({ subject, name, roles, disabled, last_sign_in_at: lastSignInAt }: Row): Account => ({
  subject,
  name,
  roles,
  disabled,
  ...(lastSignInAt === null ? {} : { lastSignInAt }),
});

const optional = (row: Row | undefined): Account | undefined => (row === undefined ? undefined : accountOf(row));

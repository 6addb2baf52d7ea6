import { existsSync } from 'node:fs';
import type { Command } from 'commander';
import { shortText } from '../../domain/field.ts';
import { kept, pathIn } from '../data-folder.ts';
import { type Account, type AccountPatch, commandLine, mayBeName, type NotChanged } from '../identity/accounts.ts';
import { passwordFault } from '../identity/passwords.ts';
import { openPeople, type People } from '../identity/people.ts';
import { jsonOption, logLost, print, printJson, Refusal, settings, table } from './output.ts';
import { newPassword } from './password-prompt.ts';
import { roleOption, rolesNamed } from './roles.ts';

type Json = { readonly json?: boolean };

/** Local accounts, from the shell. */
export const userCommands = (program: Command): void => {
  const user = program
    .command('user')
    .description('local accounts for the page; a password is prompted for, or read from stdin');
  user
    .command('add')
    .description('make an account')
    .argument('<name>', 'the name to sign in with, such as li.wei')
    .requiredOption(...roleOption)
    .option(...jsonOption)
    .action((name: string, { role, json }: Json & { role: readonly string[] }) => add(name, role, json));
  user
    .command('list')
    .description('list the accounts of this node')
    .option(...jsonOption)
    .action(({ json }: Json) => withPeople(async ({ accounts }) => list(accounts.all(), json)));
  user
    .command('role')
    .description('give an account these roles, and no others')
    .argument('<name>', 'the name or the subject of the account')
    .requiredOption(...roleOption)
    .option(...jsonOption)
    .action((name: string, { role, json }: Json & { role: readonly string[] }) => {
      const roles = rolesNamed(role);
      return change(name, async () => ({ roles }), json);
    });
  user
    .command('disable')
    .description('end an account’s sessions and tokens, and let it sign in no more')
    .argument('<name>', 'the name or the subject of the account')
    .option(...jsonOption)
    .action((name: string, { json }: Json) => change(name, async () => ({ disabled: true }), json));
  user
    .command('password')
    .description('give an account a new password, and end its sessions')
    .argument('<name>', 'the name or the subject of the account')
    .option(...jsonOption)
    .action((name: string, { json }: Json) =>
      change(name, async (account, people) => ({ passwordHash: await hashOfNew(people, account.name) }), json),
    );
  user
    .command('delete')
    .description(
      'delete an account with its name, sessions and tokens; or what is known of an identity provider’s person',
    )
    .argument('<name>', 'the name or the subject of the account')
    .option(...jsonOption)
    .action((name: string, { json }: Json) =>
      withPeople(async ({ accounts, remove, securityLog }) => {
        const subject = (accounts.of(name) ?? accounts.named(name))?.subject ?? name;
        const removed = remove(subject, commandLine);
        if (removed !== 'removed') throw notChanged(removed, name);
        securityLog({ event: 'account-deleted', subject, by: commandLine });
        if (json) printJson({ subject });
        else print(`deleted ${subject}`);
      }),
    );
};

const notChanged = (why: NotChanged, name: string): Refusal =>
  new Refusal(
    why === 'last-admin'
      ? `"${name}" is the last administrator who can sign in; make another first with user add NAME --role admin`
      : `there is no account "${name}"`,
  );

/** Does the work with the accounts of this node; a command that makes none refuses if there is no file of them. */
const withPeople = async (work: (people: People) => Promise<void>, existing = true): Promise<void> => {
  const config = settings();
  const file = pathIn(config.dataFolder, kept.accounts);
  if (existing && !existsSync(file))
    throw new Refusal(`there is no file of accounts ${file}; is REGISTRY_DATA mistyped? Nothing was created`);
  const people = openPeople(config, Date.now, { rotates: false, lost: logLost });
  try {
    await work(people);
  } finally {
    people.close();
  }
};

const add = (typed: string, role: readonly string[], json?: boolean): Promise<void> => {
  const roles = rolesNamed(role);
  const { data: name } = shortText.safeParse(typed);
  if (name === undefined || !mayBeName(name) || [...name].length > 100)
    throw new Refusal(`"${typed}" cannot be a name: 1 to 100 visible characters, not a subject`, true);
  return withPeople(async (people) => {
    const taken = () => new Refusal(`another account has the name "${name}"`);
    if (people.accounts.named(name) !== undefined) throw taken();
    const account = people.accounts.add({ name, roles, passwordHash: await hashOfNew(people, name) }, commandLine);
    if (account === undefined) throw taken();
    people.securityLog({ event: 'account-made', subject: account.subject, roles, by: commandLine });
    show(account, json);
  }, false);
};

const change = (
  name: string,
  patchOf: (account: Account, people: People) => Promise<AccountPatch>,
  json?: boolean,
): Promise<void> =>
  withPeople(async (people) => {
    const { accounts, securityLog } = people;
    const account = accounts.of(name) ?? accounts.named(name);
    if (account === undefined) throw notChanged('no-such', name);
    const { passwordHash, ...patch } = await patchOf(account, people);
    const changed = accounts.change(account.subject, { passwordHash, ...patch }, commandLine);
    if (typeof changed === 'string') throw notChanged(changed, name);
    const password = passwordHash === undefined ? {} : { password: 'changed' };
    securityLog({ event: 'account-changed', subject: account.subject, ...patch, ...password, by: commandLine });
    show(changed, json);
  });

const hashOfNew = async ({ passwords }: People, name: string): Promise<string> => {
  const password = await newPassword();
  const fault = await passwordFault(password, name);
  if (fault !== undefined) throw new Refusal(`the password ${fault.en[0]?.toLowerCase()}${fault.en.slice(1)}`);
  return passwords.hash(password);
};

const shown = ({ lastSignInAt, ...account }: Account) => ({
  ...account,
  ...(lastSignInAt === undefined ? {} : { lastSignInAt: new Date(lastSignInAt).toISOString() }),
});

const show = (account: Account, json?: boolean): void => {
  if (json) printJson(shown(account));
  else print(line(account).join('  '));
};

const list = (accounts: readonly Account[], json?: boolean): void => {
  if (json) printJson({ items: accounts.map(shown) });
  else if (accounts.length > 0) print(table(accounts.map(line)));
};

const line = (account: Account): readonly string[] => {
  const { subject, name, roles, disabled, lastSignInAt } = shown(account);
  const state = disabled ? 'disabled' : (lastSignInAt ?? 'never signed in');
  return [subject, name, roles.join(','), state];
};

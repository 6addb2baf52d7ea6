import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { shortText } from '../../domain/field.ts';
import type { Config } from '../config.ts';
import { kept, pathIn } from '../data-folder.ts';
import { commandLine } from '../identity/accounts.ts';
import { rotateKey } from '../identity/keys.ts';
import { type LogLine, logFiles, openLog } from '../identity/logs.ts';
import { revoke } from '../identity/revoked.ts';
import { idOfToken, longestTokenSeconds, openTokens } from '../identity/tokens.ts';
import { requireNotEnded, withAccounts } from './opening.ts';
import { jsonOption, logLost, print, printJson, Refusal, secondsOf, settings } from './output.ts';
import { roleOption, rolesNamed } from './roles.ts';

type Json = { readonly json?: boolean };

export const tokenCommand = (program: Command): void => {
  const token = program
    .command('token')
    .description('print one bearer token, signed with this node’s key; or revoke tokens')
    .enablePositionalOptions() // revoke has a --subject of its own
    .option('--subject <name>', 'whom the token stands for, such as li.wei')
    .option(...roleOption)
    .option('--ttl <time>', 'how long it is valid, such as 8h, 30m or 7d; at most 366d', '8h')
    .action(printToken);
  token
    .command('revoke')
    .description('refuse a token, or all tokens of a subject issued until now')
    .argument('[id]', 'the id (jti) of a token, or the token')
    .option('--subject <name>', 'whose tokens to refuse')
    .option(...jsonOption)
    .action((id: string | undefined, { subject, json }: Json & { subject?: string }) =>
      revokeTokens(id, subject, json),
    );
  token
    .command('rotate')
    .description('sign with a new key from now on; tokens of the one before stay valid')
    .option(...jsonOption)
    .action(({ json }: Json) => {
      const config = settings();
      const kid = rotateKey(config.keysFolder);
      logged(config, { event: 'key-rotated', kid, by: commandLine });
      if (json) printJson({ kid });
      else print(`new key ${kid}`);
    });
};

type Given = { readonly subject?: string; readonly role?: readonly string[]; readonly ttl: string };

const printToken = async ({ subject: given, role, ttl }: Given): Promise<void> => {
  const roles = rolesNamed(role);
  const subject = subjectOf(given);
  const seconds = secondsOf(ttl);
  if (seconds > longestTokenSeconds) throw new Refusal('--ttl: at most 366d', true);
  const config = settings();
  await withAccounts(config, async (accounts) => {
    const namesake = accounts?.named(subject);
    requireNotEnded(accounts, subject);
    if (namesake !== undefined)
      process.stderr.write(
        `registry: "${subject}" is also the name of an account; a token with its subject, ${namesake.subject}, would be the same person\n`,
      );
    const tokens = openTokens(config.keysFolder, config.origin, Date.now, accounts?.tokensEndedAt);
    const token = await tokens.sign(subject, roles, seconds);
    logged(config, { event: 'token-made', id: idOfToken(token), subject, roles, ttl, by: commandLine });
    print(token);
  });
};

const subjectOf = (text: string | undefined): string => {
  if (text === undefined) throw new Refusal('--subject is missing: whom the token stands for', true);
  if (!shortText.safeParse(text).success) throw new Refusal('--subject: expected 1 to 500 visible characters', true);
  return text;
};

const revokeTokens = (id: string | undefined, given: string | undefined, json?: boolean): void => {
  if ((id === undefined) === (given === undefined))
    throw new Refusal('give the id of a token, or --subject and whose tokens to revoke', true);
  const config = settings();
  openTokens(config.keysFolder, config.origin, Date.now); // refuses a folder that cannot hold keys
  const at = new Date().toISOString();
  const what =
    id === undefined
      ? { subject: subjectOf(given), until: Math.floor(Date.now() / 1_000) }
      : { id: idOfToken(id) ?? id.toLowerCase() };
  if (id !== undefined && idOfToken(id) === undefined && !wasMadeHere(config, id))
    process.stderr.write(
      `registry: this node’s security log knows no token "${id}"; it is refused all the same. To revoke the tokens of a person, give --subject\n`,
    );
  revoke(config.keysFolder, { at, ...what });
  logged(config, { event: 'token-revoked', ...what, by: commandLine });
  if (json) printJson({ at, ...what });
  else print('id' in what ? `revoked ${what.id}` : `revoked every token of ${what.subject} issued until now`);
};

/** Whether the security log of this node has a token of this id; it is short of what was made long ago, or elsewhere. */
const wasMadeHere = ({ dataFolder }: Config, id: string): boolean =>
  logFiles(pathIn(dataFolder, kept.securityLog)).some((file) =>
    readFileSync(file, 'utf8')
      .split('\n')
      .some((line) => line.includes('"token-made"') && line.includes(`"id":${JSON.stringify(id)}`)),
  );

const logged = (config: Config, line: LogLine): void => {
  openLog(pathIn(config.dataFolder, kept.securityLog), Date.now, { rotates: false, lost: logLost })(line);
};

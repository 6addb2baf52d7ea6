import type { Command } from 'commander';
import { shortText } from '../../domain/field.ts';
import { type Role, roles } from '../identity/identity.ts';
import { openTokens } from '../identity/tokens.ts';
import { print, Refusal, secondsOf, settings } from './output.ts';

export const tokenCommand = (program: Command): void => {
  program
    .command('token')
    .description('print one bearer token, signed with this node’s key')
    .requiredOption('--subject <name>', 'whom the token stands for, such as li.wei')
    .requiredOption('--role <role...>', `one or more of ${roles.join(', ')}`)
    .option('--ttl <time>', 'how long it is valid, such as 8h, 30m or 7d', '8h')
    .action(async ({ subject, role, ttl }: { subject: string; role: readonly string[]; ttl: string }) => {
      const wrong = role.find((each) => !isRole(each));
      if (wrong !== undefined) throw new Refusal(`"${wrong}" is not a role; choose from ${roles.join(', ')}`, true);
      if (!shortText.safeParse(subject).success)
        throw new Refusal('--subject: expected 1 to 500 visible characters', true);
      const config = settings();
      const tokens = openTokens(config.keysFolder, config.origin, Date.now);
      print(await tokens.sign(subject, role.filter(isRole), secondsOf(ttl)));
    });
};

const isRole = (text: string): text is Role => roles.some((role) => role === text);

import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import { registerNamed } from '../../domain/registers/index.ts';
import type { Config } from '../config.ts';
import { kept, pathIn } from '../data-folder.ts';
import { commandLine } from '../identity/accounts.ts';
import { type Role, roles } from '../identity/identity.ts';
import { openRegistry, type Registry } from '../registry.ts';
import { logger, print, progressBar, secondsOf, settings } from './output.ts';
import { listen, onStop } from './serve.ts';

export const demoCommand = (program: Command): void => {
  program
    .command('demo')
    .description('serve a throwaway registry with the plan of 2019–2021 and the real rows of samples/')
    .action(demo);
};

type Sample = {
  readonly register: string;
  readonly file: string;
  readonly command: string;
  readonly set: Readonly<Record<string, string>>;
};

/** How each sample is imported: straight to the outcome that its public list reports. */
const samples: readonly Sample[] = [
  { register: 'listings', file: 'listings.csv', command: 'list', set: {} },
  { register: 'factories', file: 'factories.csv', command: 'certify', set: { grade: 'demonstration' } },
  { register: 'criteria', file: 'criteria.csv', command: 'publish', set: { level: 'national' } },
];

const demo = async (): Promise<void> => {
  const folder = mkdtempSync(join(tmpdir(), 'upgrade-registry-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  onStop(async () => {}); // until it listens
  const given = settings();
  const config: Config = {
    ...given,
    dataFolder: folder,
    store: { kind: 'sqlite', file: pathIn(folder, kept.ledger) },
    keysFolder: pathIn(folder, kept.keys),
  };
  const log = logger({ ...config, logLevel: 'warn' }, 'stderr');
  const registry = await openRegistry(config, log, Date.now, { inThread: true });
  const address = `${await listen(registry, config, log)}${config.basePath}`;
  const staff = await demoStaff(registry);
  const bar = progressBar('samples');
  for (const [index, sample] of samples.entries()) {
    bar.update(index, samples.length);
    await load(registry, staff, sample);
  }
  bar.stop();
  const tokens = await Promise.all(
    staff.map(async ({ role, subject }) => ({
      role,
      token: await registry.tokens.sign(subject, [role], secondsOf('8h')),
    })),
  );
  const clerkToken = tokens.find(({ role }) => role === 'clerk')?.token ?? '';
  print(`
The plan of 2019–2021 with the real rows of samples/, in ${folder}; the folder is deleted when this process ends.
Page: ${address}/
API: ${address}/api/docs

One token per role, valid for 8 hours:
${tokens.map((each) => `${each.role.padEnd(9)}${each.token}`).join('\n')}

One account per role, with the password to sign in (POST /api/v1/session):
${staff.map(({ name, password }) => `${name.padEnd(14)}${password}`).join('\n')}

Try:
curl -s '${address}/api/v1/targets?on=2020-12-31'
curl -s '${address}/api/v1/targets/model-factories/entries'
curl -s -H 'Authorization: Bearer ${clerkToken}' -H 'Content-Type: application/json' -d '{"effectiveOn":"2020-11-03","name":"临港示范工厂","sector":"high-end-manufacturing","district":"pudong","lingang":true}' '${address}/api/v1/factories/lingang-demo/nominate'
`);
};

type Member = { readonly role: Role; readonly name: string; readonly subject: string; readonly password: string };

/** An account for each role, with a password of its own; the tokens that are printed stand for the same people. */
const demoStaff = ({ people }: Registry): Promise<readonly Member[]> =>
  Promise.all(
    roles.map(async (role) => {
      const password = randomBytes(12).toString('base64url');
      const name = `demo.${role}`;
      const account = people.accounts.add(
        { name, roles: [role], passwordHash: await people.passwords.hash(password) },
        commandLine,
      );
      if (account === undefined) throw new Error(`there is an account ${name} already`);
      return { role, name, subject: account.subject, password };
    }),
  );

/** Loads a sample as an office would: the clerk imports, the reviewer approves. */
const load = async (
  { imports }: Registry,
  staff: readonly Member[],
  { register: name, file, command, set }: Sample,
): Promise<void> => {
  const subjectOf = (role: Role) => staff.find((member) => member.role === role)?.subject ?? '';
  const register = registerNamed(name);
  if (register === undefined) throw new Error(`no register ${name}`);
  const path = fileURLToPath(new URL(`../../samples/${file}`, import.meta.url));
  const started = await imports.start({ register, command, file, path, set, by: subjectOf('clerk'), dryRun: false });
  if ('fault' in started) throw new Error(`${file}: ${started.fault.en}`);
  await imports.settled(started.id);
  await imports.decide(started.id, 'approve', subjectOf('reviewer'));
  await imports.settled(started.id);
};

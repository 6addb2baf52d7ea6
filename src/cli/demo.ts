import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import { stringify } from 'csv-stringify/sync';
import { shanghaiDay } from '../../domain/calendar.ts';
import { registerNamed } from '../../domain/registers/index.ts';
import type { Config } from '../config.ts';
import { kept, pathIn } from '../data-folder.ts';
import { commandLine } from '../identity/accounts.ts';
import { type Role, roles } from '../identity/identity.ts';
import { openRegistry, type Registry } from '../registry.ts';
import { type MadeUpRow, madeUp } from './made-up.ts';
import { logger, print, progressBar, secondsOf, settings } from './output.ts';
import { listen, onStop } from './serve.ts';

export const demoCommand = (program: Command): void => {
  program
    .command('demo')
    .description('serve a throwaway registry with the plan of 2019–2021 and the real rows of samples/')
    .option(
      '--made-up',
      'fill it with invented entries instead, which every page says, to see what a full plan looks like',
    )
    .action(demo);
};

/** A file of rows, and how it is imported: straight to the outcome that it reports. */
type Sample = {
  readonly register: string;
  readonly path: string;
  readonly command: string;
  readonly set: Readonly<Record<string, string>>;
  /** Left for a reviewer to decide. */
  readonly isPending?: boolean;
};

const sampleIn = (file: string): string => fileURLToPath(new URL(`../../samples/${file}`, import.meta.url));

/** Nothing says when the enterprise was enrolled, or that the platform was designated under the plan: the office begins with both today. */
const realRows = (today: string): readonly Sample[] => [
  { register: 'listings', path: sampleIn('listings.csv'), command: 'list', set: {} },
  { register: 'factories', path: sampleIn('factories.csv'), command: 'certify', set: { grade: 'demonstration' } },
  { register: 'criteria', path: sampleIn('criteria.csv'), command: 'publish', set: { level: 'national' } },
  { register: 'enterprises', path: sampleIn('enterprises.csv'), command: 'enroll', set: { effectiveOn: today } },
  { register: 'platforms', path: sampleIn('platforms.csv'), command: 'propose', set: { effectiveOn: today } },
];

/** Writes invented rows as an office would have them: a file for each command, with titles over the columns. */
const inventedRows = (folder: string): readonly Sample[] =>
  madeUp().map(({ register: name, command, rows, isPending = false }, index) => {
    const register = registerNamed(name);
    const kind = register?.factOf.get(command);
    if (register === undefined || kind === undefined) throw new Error(`no command ${command} of ${name}`);
    const titleOf = (field: string): string =>
      field === 'key'
        ? register.key.title.zh
        : field === 'effectiveOn'
          ? '生效日期'
          : (kind.takes[field]?.title.zh ?? field);
    const cellOf = (field: string, value: MadeUpRow[string]): string =>
      typeof value === 'boolean'
        ? { true: '是', false: '否' }[`${value}`]
        : (kind.takes[field]?.options?.[String(value)]?.zh ?? String(value ?? ''));
    const fields = [...new Set(rows.flatMap((row) => Object.keys(row)))];
    const path = join(folder, `示例-${String(index).padStart(2, '0')}-${name}-${command}.csv`);
    writeFileSync(
      path,
      stringify([fields.map(titleOf), ...rows.map((row) => fields.map((each) => cellOf(each, row[each])))]),
    );
    return { register: name, path, command, set: {}, isPending };
  });

const demo = async ({ madeUp: isMadeUp = false }: { readonly madeUp?: boolean }): Promise<void> => {
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
  const registry = await openRegistry(config, log, Date.now, { inThread: true, isMadeUp });
  const address = `${await listen(registry, config, log)}${config.basePath}`;
  const staff = await demoStaff(registry);
  const samples = isMadeUp ? inventedRows(folder) : realRows(shanghaiDay(Date.now()));
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
The plan of 2019–2021 with ${isMadeUp ? 'invented entries' : 'the real rows of samples/'}, in ${folder}; the folder is deleted when this process ends.
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
const load = async ({ imports }: Registry, staff: readonly Member[], sample: Sample): Promise<void> => {
  const { register: name, path, command, set, isPending = false } = sample;
  const subjectOf = (role: Role) => staff.find((member) => member.role === role)?.subject ?? '';
  const register = registerNamed(name);
  if (register === undefined) throw new Error(`no register ${name}`);
  const file = basename(path);
  const started = await imports.start({ register, command, file, path, set, by: subjectOf('clerk'), dryRun: false });
  if ('fault' in started) throw new Error(`${file}: ${started.fault.en}`);
  await imports.settled(started.id);
  if (isPending) return;
  await imports.decide(started.id, 'approve', subjectOf('reviewer'));
  await imports.settled(started.id);
};

import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import { shortText } from '../../domain/field.ts';
import { registerNamed } from '../../domain/registers/index.ts';
import { type Config, ConfigError } from '../config.ts';
import { type Role, roles } from '../identity/identity.ts';
import { openTokens } from '../identity/tokens.ts';
import { openRegistry, type Registry } from '../registry.ts';
import { checkIntegrity } from '../store/sqlite/integrity.ts';
import { exitConfig, logger, print, progressBar, Refusal, secondsOf, settings } from './output.ts';

/** A start waits for the check of a ledger of this size, a fraction of a second; a larger one's begins with the first reads. */
const soonReadBytes = 64 * 1_048_576;
/** How long closing may take before the process ends all the same. */
const closeWithinMs = 4_500;

export const serverCommands = (program: Command): void => {
  program
    .command('serve')
    .description('serve the registry; what npm start runs')
    .action(async () => {
      const config = settings();
      const sound = Promise.withResolvers<void>();
      sound.promise.catch(stopDamaged);
      const { store } = config;
      const check = () => sound.resolve(store.kind === 'sqlite' ? checkIntegrity(store.file) : undefined);
      const isLarge = store.kind === 'sqlite' && sizeOf(store.file) > soonReadBytes;
      if (!isLarge) {
        check();
        await sound.promise;
      }
      const options = { sound: sound.promise, evenAway: true, inThread: true };
      const registry = await openRegistry(config, logger(config, 'stdout'), Date.now, options);
      await listen(registry, config, () => {});
      if (isLarge) check();
      await registry.imports.resume();
    });

  program
    .command('demo')
    .description('serve a throw-away registry with the plan of 2019–2021 and the real rows of samples/')
    .action(demo);

  program
    .command('token')
    .description('print one bearer token, signed with this node’s key')
    .requiredOption('--subject <name>', 'who the token speaks for, such as li.wei')
    .requiredOption('--role <role...>', `one or more of ${roles.join(', ')}`)
    .option('--ttl <time>', 'how long it is good for, such as 8h, 30m, 7d', '8h')
    .action(async ({ subject, role, ttl }: { subject: string; role: readonly string[]; ttl: string }) => {
      const wrong = role.find((each) => !isRole(each));
      if (wrong !== undefined) throw new Refusal(`${wrong} is no role; the roles are ${roles.join(', ')}`, true);
      if (!shortText.safeParse(subject).success)
        throw new Refusal('the subject must be 1–500 visible characters', true);
      const config = settings();
      const tokens = openTokens(config.keysFolder, config.origin, Date.now);
      print(await tokens.sign(subject, role.filter(isRole), secondsOf(ttl)));
    });
};

/** Ends at once: closing would empty the write-ahead log into a file that is damaged. */
const stopDamaged = (error: unknown): never => {
  process.stderr.write(`registry: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(exitConfig);
};

const sizeOf = (file: string): number => statSync(file, { throwIfNoEntry: false })?.size ?? 0;

const isRole = (text: string): text is Role => roles.some((role) => role === text);

/** Listens, says where, and closes on SIGTERM or SIGINT: what has begun is finished, streams end. */
const listen = async (registry: Registry, config: Config, onClosed: () => void): Promise<string> => {
  const app = await registry.app();
  const address = await app.listen({ host: config.host, port: config.port }).catch(async (error: unknown) => {
    await registry.close();
    onClosed();
    throw new ConfigError(listenFault(config, error));
  });
  const close = async () => {
    setTimeout(() => process.exit(0), closeWithinMs).unref();
    await app.close();
    await registry.close();
    onClosed();
    process.exit(0);
  };
  process.once('SIGTERM', close);
  process.once('SIGINT', close);
  print(`listening on ${address}`);
  return address;
};

const listenFault = ({ host, port }: Config, error: unknown): string => {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'EADDRINUSE') return `PORT=${port} is in use on ${host} already`;
  if (code === 'EACCES') return `PORT=${port} is not for this account to listen on`;
  return `HOST=${host} can not be listened on: ${error instanceof Error ? error.message : String(error)}`;
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
  const given = settings();
  const config: Config = {
    ...given,
    dataFolder: folder,
    store: { kind: 'sqlite', file: join(folder, 'events.db') },
    keysFolder: join(folder, 'keys'),
  };
  const registry = await openRegistry(config, logger({ ...config, logLevel: 'warn' }, 'stderr'));
  const address = await listen(registry, config, () => rmSync(folder, { recursive: true, force: true }));
  const bar = progressBar('samples');
  for (const [index, sample] of samples.entries()) {
    bar.update(index, samples.length);
    await load(registry, sample);
  }
  bar.stop();
  const token = (role: Role) => registry.tokens.sign(`demo.${role}`, [role], secondsOf('8h'));
  const tokens = await Promise.all(roles.map(async (role) => ({ role, token: await token(role) })));
  const named = (role: Role) => tokens.find((each) => each.role === role)?.token ?? '';
  print(`
The plan of 2019–2021 with the real rows of samples/, in ${folder}; it goes when this process ends.
API: ${address}/api/docs

One token per role, good for 8 hours:
${tokens.map((each) => `${each.role.padEnd(9)}${each.token}`).join('\n')}

Try:
curl -s '${address}/api/v1/targets?on=2020-12-31'
curl -s '${address}/api/v1/targets/model-factories/entries'
curl -s -H 'Authorization: Bearer ${named('clerk')}' -H 'Content-Type: application/json' -d '{"effectiveOn":"2020-11-03","name":"临港示范工厂","sector":"high-end-manufacturing","district":"pudong","lingang":true}' '${address}/api/v1/factories/lingang-demo/nominate'
`);
};

/** Loads a sample as an office would: the clerk imports, the reviewer approves. */
const load = async ({ imports }: Registry, { register: name, file, command, set }: Sample): Promise<void> => {
  const register = registerNamed(name);
  if (register === undefined) throw new Error(`no register ${name}`);
  const path = fileURLToPath(new URL(`../../samples/${file}`, import.meta.url));
  const started = await imports.start({ register, command, file, path, set, by: 'demo.clerk', dryRun: false });
  if ('fault' in started) throw new Error(`${file}: ${started.fault.en}`);
  await imports.settled(started.id);
  await imports.decide(started.id, 'approve', 'demo.reviewer');
  await imports.settled(started.id);
};

import { statSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import type { Command } from 'commander';
import type { Logger } from 'pino';
import { type Config, ConfigError } from '../config.ts';
import { kept, looselyKept, pathIn } from '../data-folder.ts';
import { firstLinkMs, signUpLink } from '../identity/sessions.ts';
import { finishErasures } from '../maintenance/finishing-erasures.ts';
import { erasingOn } from '../maintenance/recording-erasures.ts';
import { openRegistry, type Registry } from '../registry.ts';
import { checkIntegrity } from '../store/sqlite/integrity.ts';
import { exitConfig, logger, print, settings } from './output.ts';

/**
 * Up to this size a start waits for the check of the ledger, which takes a fraction of a second; the check of a larger
 * one begins with the first reads.
 */
const quicklyCheckedBytes = 64 * 1_048_576;
/** How long closing may take before the process exits anyway. */
const closeWithinMs = 4_500;

export const serveCommand = (program: Command): void => {
  program
    .command('serve')
    .description('serve the registry; npm start runs this')
    .action(async () => {
      const config = settings();
      const sound = Promise.withResolvers<void>();
      sound.promise.catch(stopDamaged);
      const { store } = config;
      const check = () => sound.resolve(store.kind === 'sqlite' ? checkIntegrity(store.file) : undefined);
      const isLarge = store.kind === 'sqlite' && sizeOf(store.file) > quicklyCheckedBytes;
      if (!isLarge) {
        check();
        await sound.promise;
      }
      const log = logger(config, 'stdout');
      const options = { sound: sound.promise, evenAway: true, inThread: true };
      const registry = await openRegistry(config, log, Date.now, options);
      warnOfLooseModes(config);
      const address = await listen(registry, config, log);
      sayWhoMaySignIn(registry, `${address}${config.basePath}`);
      void sayIfIssuerIsAway(registry);
      if (isLarge) check();
      eraseWhatIsLeft(registry, log);
      await registry.imports.resume();
    });
};

/** How long a server waits until it tries again to erase what another process still reads. */
const eraseAgainMs = 60_000;

/**
 * Erases, at the start and whenever the ledger says so, what is left of erased texts: an erasure may have been
 * interrupted, an older backup restored, and other nodes have files of their own.
 */
const eraseWhatIsLeft = ({ config, store, model }: Registry, log: Logger): void => {
  const on = erasingOn(config, store, model);
  let last: Promise<unknown> = model.caughtUp;
  const erase = (): void => {
    last = last.then(async () => {
      try {
        if (!(await finishErasures(on)).isWiped) setTimeout(erase, eraseAgainMs).unref();
      } catch (error) {
        log.error({ err: error }, 'erased texts are not gone everywhere yet; it is tried again');
        setTimeout(erase, eraseAgainMs).unref();
      }
    });
  };
  erase();
  model.onErased(erase);
};

/** Somebody may have set looser modes on purpose, so they are told and not changed. */
const warnOfLooseModes = ({ dataFolder, store, keysFolder }: Config): void => {
  const ledger = store.kind === 'sqlite' ? [store.file, `${store.file}-wal`, `${store.file}-shm`] : [];
  const parts = [kept.imports, kept.readModel, kept.leafHashes].map((part) => pathIn(dataFolder, part));
  const folders = [keysFolder, ...parts];
  const files = [kept.accounts, kept.securityLog, kept.accessLog].map((part) => pathIn(dataFolder, part));
  const loose = looselyKept([dataFolder, ...ledger, ...files, ...folders]);
  if (loose.length > 0)
    process.stderr.write(
      `registry: other accounts of this machine may read or change ${loose.slice(0, 5).join(', ')}${loose.length > 5 ? ` and ${loose.length - 5} more` : ''}; chmod -R go= takes that from them\n`,
    );
};

/**
 * Prints the first administrator's link, on stderr alone: a log is read by others, and kept. With OpenID Connect, the
 * issuer says who is an administrator.
 */
const sayWhoMaySignIn = ({ people, config }: Registry, address: string): void => {
  const signsInAtIssuer = config.oidc?.client !== undefined;
  const isEmpty = people.accounts.isEmpty();
  if (config.store.kind === 'eventstoredb' && !(signsInAtIssuer && isEmpty))
    process.stderr.write(
      `registry: the accounts in ${config.dataFolder} are this node’s own; the other nodes do not know them. Several nodes want OpenID Connect (docs/operations/several-nodes.md)\n`,
    );
  if (signsInAtIssuer || !isEmpty) return;
  const { token, expiresMs } = people.links.make(null, firstLinkMs);
  const until = new Date(expiresMs).toISOString();
  process.stderr.write(
    `registry: there are no accounts yet; the first administrator signs up once, until ${until}, at ${signUpLink(address, token)}\n`,
  );
};

/** An issuer that is away or wrongly set is told at once, and keeps no node from starting. */
const sayIfIssuerIsAway = async ({ issuer, config }: Registry): Promise<void> => {
  if (config.oidc !== undefined && config.oidc.rolesClaim === undefined)
    process.stderr.write('registry: OIDC_ROLES_CLAIM is not set, so nobody has a role through OpenID Connect\n');
  await issuer?.provider().catch((error: unknown) => {
    const why = error instanceof Error ? error.message : String(error);
    process.stderr.write(`registry: ${why}; until that changes, those who sign in there get 503\n`);
  });
};

/** Exits at once: closing would write the write-ahead log into a damaged file. */
const stopDamaged = (error: unknown): never => {
  process.stderr.write(`registry: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(exitConfig);
};

const sizeOf = (file: string): number => statSync(file, { throwIfNoEntry: false })?.size ?? 0;

/**
 * Listens, prints the address and returns it. When it is told to stop, it finishes what has begun, ends streams and
 * exits. Throws `ConfigError` if it cannot listen.
 */
export const listen = async (registry: Registry, config: Config, log: Logger): Promise<string> => {
  const app = await registry.app();
  await app.listen({ host: config.host, port: config.port }).catch(async (error: unknown) => {
    await registry.close();
    throw new ConfigError(listenFault(config, error));
  });
  onStop(async (signal) => {
    log.info({ signal }, 'stopping: new requests are refused, those that have begun are finished');
    await app.close();
    await registry.close();
    log.info('stopped');
  });
  void registry.page.files(); // builds it if it is stale, while the first readers arrive
  const address = addressOf(config, app.server.address());
  print(`listening on ${address}`);
  return address;
};

const stopSignals = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const;

/**
 * Does the work at the first signal to stop, instead of what was to be done before, and exits. Later signals change
 * nothing: npm passes on a Ctrl-C that its child has received already.
 */
export const onStop = (work: (signal: string) => Promise<void>): void => {
  let stopping = false;
  const stop = (signal: string) => {
    if (stopping) return;
    stopping = true;
    setTimeout(() => process.exit(0), closeWithinMs).unref();
    void work(signal).then(
      () => process.exit(0),
      (error: unknown) => {
        process.stderr.write(`registry: ${error instanceof Error ? error.message : String(error)}\n`);
        process.exit(1);
      },
    );
  };
  for (const signal of stopSignals) process.removeAllListeners(signal).on(signal, stop);
};

/** Where a server listens: at every address of the machine if that is what HOST says. */
const addressOf = ({ host, port }: Config, bound: AddressInfo | string | null): string =>
  `http://${host.includes(':') ? `[${host}]` : host}:${typeof bound === 'object' && bound !== null ? bound.port : port}`;

const listenFault = ({ host, port }: Config, error: unknown): string => {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'EADDRINUSE') return `PORT=${port} is already in use on ${host}`;
  if (code === 'EACCES') return `PORT=${port}: this account may not listen on it`;
  return `HOST=${host}: cannot listen on it: ${error instanceof Error ? error.message : String(error)}`;
};

import { statSync } from 'node:fs';
import type { Command } from 'commander';
import { type Config, ConfigError } from '../config.ts';
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
      const options = { sound: sound.promise, evenAway: true, inThread: true };
      const registry = await openRegistry(config, logger(config, 'stdout'), Date.now, options);
      await listen(registry, config, () => {});
      if (isLarge) check();
      await registry.imports.resume();
    });
};

/** Exits at once: closing would write the write-ahead log into a damaged file. */
const stopDamaged = (error: unknown): never => {
  process.stderr.write(`registry: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(exitConfig);
};

const sizeOf = (file: string): number => statSync(file, { throwIfNoEntry: false })?.size ?? 0;

/**
 * Listens, prints the address and returns it. On SIGTERM or SIGINT it finishes what has begun, ends streams and exits.
 * Throws `ConfigError` if it cannot listen.
 */
export const listen = async (registry: Registry, config: Config, onClosed: () => void): Promise<string> => {
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
  if (code === 'EADDRINUSE') return `PORT=${port} is already in use on ${host}`;
  if (code === 'EACCES') return `PORT=${port}: this account may not listen on it`;
  return `HOST=${host}: cannot listen on it: ${error instanceof Error ? error.message : String(error)}`;
};

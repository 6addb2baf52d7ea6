import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { GenericContainer, getContainerRuntimeClient, Wait } from 'testcontainers';
import { afterAll, describe, expect, test, vi } from 'vitest';
import { parse } from 'yaml';
import { seedEvent } from '../../src/commands/commands.ts';
import { placeAfter, start } from '../../src/store/event-store.ts';
import { openEventStoreDb } from '../../src/store/eventstoredb/store.ts';
import { mainJob } from '../http/main-job.ts';
import { startServer } from '../http/server.ts';
import { storeContract } from './contract.ts';
import { type Control, opened, serverFaults, streamsBehindOurBack } from './eventstoredb-suite.ts';

/**
 * The adapter on EventStoreDB itself: the image of docker-compose.yml in a container of its own, or the server that
 * `REGISTRY_TEST_ESDB` names (`npm run test:eventstoredb`). Such a server may hold anything: the store's suite keeps to
 * streams under a prefix of its own, and the job over HTTP runs only where the ledger under `upgrade.` is empty or was
 * left by earlier runs, since entry numbers count everything there for ever. Its user must be an administrator, for
 * the suite deletes streams and sets metadata.
 */
type RealServer = {
  readonly connectionString: string;
  /** What stops and starts the server, where it is ours. */
  readonly control?: Control;
  readonly stop: () => Promise<void>;
};

const keyPrefix = 'suite-';
const port = 2113;

const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const probe = createServer();
    probe.listen(0, () => {
      const { port } = probe.address() as AddressInfo;
      probe.close(() => resolve(port));
    });
  });

/** The host's port is chosen here and not by the engine, so that it is the same after the container was killed. */
const startContainer = async (): Promise<RealServer> => {
  const { image } = parse(readFileSync('docker-compose.yml', 'utf8')).services.store;
  const container = await new GenericContainer(image)
    .withEnvironment({ KURRENTDB_INSECURE: 'true' })
    .withExposedPorts({ container: port, host: await freePort() })
    .withWaitStrategy(Wait.forHealthCheck())
    .withStartupTimeout(300_000)
    .start();
  const docker = (await getContainerRuntimeClient()).container.getById(container.getId());
  return {
    connectionString: `esdb://${container.getHost()}:${container.getMappedPort(port)}?tls=false`,
    control: {
      pause: async () => void (await docker.pause()),
      resume: async () => void (await docker.unpause()),
      kill: async () => void (await docker.kill()),
      start: async () => void (await docker.start()),
      restart: async () => void (await docker.restart()),
    },
    stop: async () => void (await container.stop()),
  };
};

/** The server to try, or why there is none. */
const realServer = async (): Promise<RealServer | string> => {
  const connectionString = process.env.REGISTRY_TEST_ESDB;
  if (connectionString) return { connectionString, stop: async () => {} };
  try {
    await getContainerRuntimeClient();
  } catch (error) {
    return `no Docker engine answers (${error instanceof Error ? error.message : String(error)})`;
  }
  return startContainer();
};

/** A stream of the ledger that no run of this suite has left; undefined where the ledger is free to be written to. */
const foreignStream = async (connectionString: string): Promise<string | undefined> => {
  const store = openEventStoreDb({ connectionString });
  try {
    for (let place = start; ; ) {
      const events = await store.readAll(place, 1_000);
      const last = events.at(-1);
      if (last === undefined) return undefined;
      const ours = [seedEvent().stream, `upgrade.factories-${keyPrefix}`];
      const foreign = events.find(({ stream }) => !ours.some((each) => stream.startsWith(each)));
      if (foreign) return foreign.stream;
      place = placeAfter(last);
    }
  } finally {
    await store.close();
  }
};

/** A real server writes to a disk, and syncs. */
vi.setConfig({ testTimeout: 180_000, hookTimeout: 60_000 });

const server = await realServer();

if (typeof server === 'string')
  test('the store’s suite, the main job over HTTP and the faults on EventStoreDB itself', ({ skip }) =>
    skip(`${server}; REGISTRY_TEST_ESDB=esdb://… npm run test:eventstoredb tries a server that is there already`));
else {
  const { connectionString, control } = server;
  const name = 'EventStoreDB itself';
  const close = async () => {};
  const prefix = `suite-${randomUUID()}.`;
  afterAll(server.stop);

  storeContract(name, async () => opened({ connectionString, prefix, close }));
  streamsBehindOurBack(name, async () => opened({ connectionString, prefix, close }));

  test('a clerk and a reviewer certify a factory over HTTP, and it counts from its effective date', async ({
    skip,
  }) => {
    const foreign = await foreignStream(connectionString);
    skip(foreign !== undefined, `the ledger on this server holds ${foreign}: it may be somebody’s registry`);
    const registry = await startServer({ environment: { REGISTRY_STORE: connectionString } });
    try {
      await mainJob(registry, `${keyPrefix}${randomUUID().slice(0, 8)}`);
    } finally {
      await registry.close();
    }
    expect(await foreignStream(connectionString)).toBeUndefined();
  });

  if (control) serverFaults(name, async () => ({ connectionString, prefix: `suite-${randomUUID()}.`, control, close }));
  else
    describe('EventStoreDB itself, while something happens to the server,', () => {
      test('paused, killed and restarted', ({ skip }) =>
        skip('the server that REGISTRY_TEST_ESDB names is not ours to stop; Docker is needed for it'));
    });
}

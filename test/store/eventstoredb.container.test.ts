import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { GenericContainer, getContainerRuntimeClient, Wait } from 'testcontainers';
import { afterAll, describe, expect, test, vi } from 'vitest';
import { parse } from 'yaml';
import { seedEvent } from '../../src/commands/seed.ts';
import { placeAfter, start } from '../../src/store/event-store.ts';
import { openEventStoreDb } from '../../src/store/eventstoredb/store.ts';
import { mainJob } from '../http/main-job.ts';
import { startServer } from '../http/server.ts';
import { whyNoContainer } from './container-engine.ts';
import { storeContract } from './contract.ts';
import { alteredStreams, type Control, opened, serverFaults } from './eventstoredb-suite.ts';

/**
 * The adapter on EventStoreDB itself: the image of docker-compose.yml in a container of its own, or the server that
 * `REGISTRY_TEST_ESDB` names (`npm run test:eventstoredb`). Such a server may hold other events: the store's suite uses
 * streams under a prefix of its own, and the job over HTTP runs only if the ledger under `upgrade.` is empty or holds
 * nothing but earlier runs, since entry numbers count everything there for ever. The server's user must be an
 * administrator, because the suite deletes streams and sets metadata.
 */
type RealServer = {
  readonly connectionString: string;
  /** Stops and starts the server, if the test has started it. */
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

/** Chooses the host's port itself, so that it is the same after the container was killed. */
const startContainer = async (image: string): Promise<RealServer> => {
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

/** The server to test, or why there is none. Only an engine that is missing, or that cannot get an image, is no fault. */
const realServer = async (): Promise<RealServer | string> => {
  const connectionString = process.env.REGISTRY_TEST_ESDB;
  if (connectionString) return { connectionString, stop: async () => {} };
  const { image } = parse(readFileSync('docker-compose.yml', 'utf8')).services.store;
  const reason = await whyNoContainer(image);
  return reason ?? startContainer(image);
};

/** A stream of the ledger that is not of an earlier run; undefined if there is none and tests may write to the ledger. */
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

/** A real server writes to a disk and syncs. */
vi.setConfig({ testTimeout: 180_000, hookTimeout: 60_000 });

const server = await realServer();

if (typeof server === 'string')
  test('the store’s suite, the main job over HTTP and the faults on EventStoreDB itself', ({ skip }) =>
    skip(`${server}; REGISTRY_TEST_ESDB=esdb://… npm run test:eventstoredb tests a server that is already running`));
else {
  const { connectionString, control } = server;
  const name = 'EventStoreDB itself';
  const close = async () => {};
  const prefix = `suite-${randomUUID()}.`;
  afterAll(server.stop);

  storeContract(name, async () => opened({ connectionString, prefix, close }));
  alteredStreams(name, async () => opened({ connectionString, prefix, close }));

  test('a clerk and a reviewer certify a factory over HTTP, and it counts from its effective date', async ({
    skip,
  }) => {
    const foreign = await foreignStream(connectionString);
    skip(foreign !== undefined, `the ledger on this server holds ${foreign}: it may be a registry in use`);
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
    describe('EventStoreDB itself, if its server fails,', () => {
      test('paused, killed and restarted', ({ skip }) =>
        skip('the test must not stop the server that REGISTRY_TEST_ESDB names; it needs Docker'));
    });
}

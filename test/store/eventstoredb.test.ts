import { storeContract } from './contract.ts';
import { startWireServer } from './esdb-wire/server.ts';
import { generations } from './esdb-wire/stores.ts';
import { alteredStreams, opened, serverFaults } from './eventstoredb-suite.ts';

/** The adapter over gRPC on a wire server, a fixture; `eventstoredb.container.test.ts` runs the same on a real server. */
for (const [how, options] of generations) {
  const name = `EventStoreDB over the wire server, ${how}`;
  const open = async () => opened(await startWireServer(options));
  storeContract(name, open);
  alteredStreams(name, open);
  serverFaults(name, async () => {
    const server = await startWireServer(options);
    const restart = () => server.stop().then(server.start);
    const control = {
      pause: async () => server.pause(),
      resume: async () => server.resume(),
      kill: server.stop,
      start: server.start,
      restart,
    };
    return { ...server, control };
  });
}

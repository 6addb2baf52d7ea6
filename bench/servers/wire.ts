import { startWireServer } from '../../test/store/esdb-wire/server.ts';

// The tests' wire server in a process of its own: not EventStoreDB, but the same to a client that appends.
const server = await startWireServer();
process.stdout.write(`listening on ${server.connectionString}\n`);
process.once('SIGTERM', async () => {
  await server.close();
  process.exit(0);
});

import { startWireServer } from '../../test/store/esdb-wire/server.ts';

// The wire server of the tests in a process of its own: not EventStoreDB, but the same for whoever appends to it.
const server = await startWireServer();
process.stdout.write(`listening on ${server.connectionString}\n`);
process.once('SIGTERM', async () => {
  await server.close();
  process.exit(0);
});

import { createRequire } from 'node:module';
import Fastify from 'fastify';
import pino from 'pino';

/**
 * The same command on Emmett with its SQLite store, behind the same Fastify: it reads the stream, decides, and appends
 * under the expected version. It does not validate or authenticate, and has no read model.
 *
 * The packages are installed in bench/peer only, so the type checker does not see their types.
 */
type Enrolled = { readonly type: 'EnterpriseEnrolled'; readonly data: Readonly<Record<string, unknown>> };
type State = { readonly status: 'none' | 'enrolled' };
type Emmett = {
  readonly CommandHandler: (options: {
    readonly evolve: (state: State, event: Enrolled) => State;
    readonly initialState: () => State;
  }) => (store: object, stream: string, decide: (state: State) => readonly Enrolled[]) => Promise<unknown>;
};
type EmmettSqlite = {
  readonly getSQLiteEventStore: (options: {
    readonly fileName: string;
    readonly schema: { readonly autoMigration: 'CreateOrUpdate' };
  }) => object;
};
const installed = createRequire(new URL('../peer/package.json', import.meta.url));
const { CommandHandler }: Emmett = installed('@event-driven-io/emmett');
const { getSQLiteEventStore }: EmmettSqlite = installed('@event-driven-io/emmett-sqlite');

const [file = ''] = process.argv.slice(2);
const store = getSQLiteEventStore({ fileName: file, schema: { autoMigration: 'CreateOrUpdate' } });
const handle = CommandHandler({ evolve: () => ({ status: 'enrolled' }), initialState: () => ({ status: 'none' }) });

/** Handles one command at a time: in 0.38.5, one of two concurrent commands closes the other's database. */
let last: Promise<unknown> = Promise.resolve();
const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
  const done = last.then(work);
  last = done.catch(() => {});
  return done;
};

const app = Fastify({ loggerInstance: pino({ level: process.env.LOG_LEVEL ?? 'info' }, pino.destination(1)) });
app.post<{ Params: { key: string }; Body: Readonly<Record<string, unknown>> }>(
  '/api/v1/enterprises/:key/enroll',
  async ({ params, body }, reply) => {
    await inTurn(() =>
      handle(store, `enterprises-${params.key.toLowerCase()}`, ({ status }) => {
        if (status !== 'none') throw new Error('enrolled already');
        return [{ type: 'EnterpriseEnrolled', data: { key: params.key, ...body } }];
      }),
    );
    return reply.code(201).send({ entry: { register: 'enterprises', key: params.key, status: 'enrolled', ...body } });
  },
);
process.stdout.write(`listening on ${await app.listen({ host: '127.0.0.1', port: 0 })}\n`);
process.once('SIGTERM', async () => {
  await app.close();
  process.exit(0);
});

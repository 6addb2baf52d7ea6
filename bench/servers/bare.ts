import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import Fastify from 'fastify';
import pino from 'pino';

/**
 * The baseline of the registry: the same Fastify with the same logging. It checks nothing, inserts the bodies of commands
 * into a table, those of one turn of the event loop in one transaction and one fsync, and answers with fixed bytes.
 */
const [folder = '.'] = process.argv.slice(2);
const answerIn = (name: string): string => readFileSync(join(folder, name), 'utf8');
const recorded = answerIn('recorded.json');
const targets = answerIn('targets.json');

const db = new DatabaseSync(join(folder, `bare-${process.pid}.db`));
db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL');
db.exec('CREATE TABLE bodies (number INTEGER PRIMARY KEY, body TEXT NOT NULL) STRICT');
const insert = db.prepare('INSERT INTO bodies (body) VALUES (?)');

let group: { readonly body: string; readonly done: () => void }[] = [];
const commit = (): void => {
  const committed = group;
  group = [];
  db.exec('BEGIN IMMEDIATE');
  for (const { body } of committed) insert.run(body);
  db.exec('COMMIT');
  for (const { done } of committed) done();
};
const record = (body: unknown): Promise<void> =>
  new Promise((done) => {
    if (group.length === 0) setImmediate(commit);
    group.push({ body: JSON.stringify(body), done });
  });

const app = Fastify({ loggerInstance: pino({ level: process.env.LOG_LEVEL ?? 'info' }, pino.destination(1)) });
app.post('/api/v1/:register/:key/:command', async (request, reply) => {
  await record(request.body);
  return reply.code(201).type('application/json; charset=utf-8').send(recorded);
});
app.get('/api/v1/targets', async (_, reply) => reply.type('application/json; charset=utf-8').send(targets));
process.stdout.write(`listening on ${await app.listen({ host: '127.0.0.1', port: 0 })}\n`);
process.once('SIGTERM', async () => {
  await app.close();
  process.exit(0);
});

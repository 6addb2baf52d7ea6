import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { EventStoreDBClient, jsonEvent, START, streamNameFilter } from '@eventstore/db-client';
import { currentSchema, type NewEvent, streamOf } from '../../domain/event.ts';
import { type ExpectedRevision, start } from '../../src/store/event-store.ts';
import type * as adapter from '../../src/store/eventstoredb/store.ts';
import { type Bench, type Measurement, newFolder, serveRegistry, settings } from '../bench.ts';
import { load } from '../load.ts';
import { enterpriseCode } from '../log/enterprise-code.ts';
import { here, type Server, serve } from '../processes.ts';
import { median, perSecond, type Result } from '../result.ts';
import { enrolments } from './commands.ts';

const inFlight = 64;
const prefix = 'upgrade.';
const target = { atLeast: 0.7 };

/** Appends one event; `turn` numbers a worker's appends to the stream from 0. */
type Append = (stream: string, turn: number, event: NewEvent) => Promise<void>;

/**
 * The rate at which the EventStoreDB adapter appends, compared with its client alone and with a client that follows the
 * log as the adapter does; each has a wire server of its own.
 */
export const wire: Measurement = async (bench) => {
  const servers = {
    ours: await serveWire(bench),
    bare: await serveWire(bench),
    followed: await serveWire(bench),
    http: await serveWire(bench),
  };
  const { openEventStoreDb }: typeof adapter = await import(adapterIn(bench.checkout.root));
  const store = openEventStoreDb({ connectionString: servers.ours.url });
  const client = EventStoreDBClient.connectionString(servers.bare.url);
  const follower = EventStoreDBClient.connectionString(servers.followed.url);
  const subscription = follower.subscribeToAll({
    fromPosition: START,
    filter: streamNameFilter({ prefixes: [prefix] }),
  });
  subscription.on('data', () => {});
  const environment = { ...settings(newFolder(bench, 'data')), REGISTRY_STORE: servers.http.url };
  // Like a node in an office, this one has been started before and does not read the log from its beginning.
  const first = await serveRegistry(bench, environment);
  await load(first.url, 1, 1, 201, enrolments(first.token, 80_000_000));
  await first.stop();
  const registry = await serveRegistry(bench, environment);
  const leave = new AbortController();
  const following = (async () => {
    // Like the read model of a node.
    for await (const events of store.follow(start, leave.signal)) if (events.length === 0) return;
  })();

  const by =
    (one: EventStoreDBClient): Append =>
    async (stream, turn, { id, type, data, metadata }) => {
      const event = jsonEvent({ id, type, data: { ...data }, metadata: { ...metadata } });
      await one.appendToStream(stream, event, { expectedRevision: turn === 0 ? 'no_stream' : BigInt(turn - 1) });
    };
  const [bare, followed] = [by(client), by(follower)];
  const append: Append = async (stream, turn, event) => {
    const expected: ExpectedRevision = turn === 0 ? 'none' : turn - 1;
    const answer = await store.append(stream, expected, [event]);
    if (!answer.appended) throw new Error(`${stream} was at ${answer.current}`);
  };
  const command: Append = async (stream, turn, event) => {
    const { length } = await store.readStream(stream);
    if (length !== turn) throw new Error(`${stream} has ${length} events`);
    await append(stream, turn, event);
  };

  const toNew = appendsPerSecond(1);
  const tenEach = appendsPerSecond(eventsOfEntry);
  const next = enrolments(registry.token);
  const overHttp = async (seconds: number) => (await load(registry.url, inFlight, seconds, 201, next)).rate;
  const [alone, alsoFollowing] = ['the client alone', 'the client, which follows too'] as const;
  const compared = [
    { name: 'commands over HTTP', ours: overHttp, bare: toNew(bare), against: alone },
    { name: 'appends to new streams', ours: toNew(append), bare: toNew(bare), against: alone, target },
    { name: 'appends, ten to a stream', ours: tenEach(append), bare: tenEach(bare), against: alone, target },
    { name: 'appends to new streams', ours: toNew(append), bare: toNew(followed), against: alsoFollowing },
    { name: 'appends, ten to a stream', ours: tenEach(append), bare: tenEach(followed), against: alsoFollowing },
    { name: 'reads and appends to new streams', ours: toNew(command), bare: toNew(bare), against: alone },
    { name: 'reads and appends, ten to a stream', ours: tenEach(command), bare: tenEach(bare), against: alone },
  ];
  const results: Result[] = [];
  for (const { name, ours, bare, ...rest } of compared) {
    const rounds: { readonly ours: number; readonly bare: number }[] = [];
    for (let round = 0; round <= bench.rounds; round += 1) {
      bench.progress(`${name}, round ${round} of ${bench.rounds}`);
      const pair = { ours: await ours(bench.seconds), bare: await bare(bench.seconds) };
      if (round > 0) rounds.push(pair);
    }
    results.push({
      name: `${name}, ${inFlight} at once`,
      ours: perSecond(median(rounds.map((pair) => pair.ours))),
      baseline: perSecond(median(rounds.map((pair) => pair.bare))),
      ratios: rounds.map((pair) => pair.ours / pair.bare),
      ...rest,
    });
  }
  leave.abort();
  await following;
  await registry.stop();
  await store.close();
  await subscription.unsubscribe();
  await Promise.all([client, follower].map((each) => each.dispose()));
  for (const server of Object.values(servers)) await server.stop();
  return results;
};

/** The path of a checkout's adapter, which was another one before November 2026. */
const adapterIn = (root: string): string => {
  const path = join(root, 'src/store/eventstoredb/store.ts');
  return existsSync(path) ? path : join(root, 'src/store/eventstoredb.ts');
};

const serveWire = (bench: Bench): Promise<Server> =>
  serve(here, [join(here.root, 'bench/servers/wire.ts')], join(newFolder(bench, 'wire'), 'output'), {});

let streams = 0;
/** The events of an entry, as many as in an office, so that reading it costs as much. */
const eventsOfEntry = 10;

/** The appends per second of all workers over a time; each worker begins a new stream every N events. */
const appendsPerSecond =
  (eventsEach: number) =>
  (append: Append) =>
  async (seconds: number): Promise<number> => {
    const began = performance.now();
    let done = 0;
    const worker = async (): Promise<void> => {
      let code = '';
      for (let turn = 0; performance.now() - began < seconds * 1_000; turn = (turn + 1) % eventsEach) {
        if (turn === 0) code = enterpriseCode(streams++);
        await append(streamOf('enterprises', code), turn, enrolment(code));
        done += 1;
      }
    };
    await Promise.all(Array.from({ length: inFlight }, worker));
    return done / ((performance.now() - began) / 1_000);
  };

/** An event as a command records it. */
const enrolment = (key: string): NewEvent => ({
  id: crypto.randomUUID(),
  type: 'EnterpriseEnrolled',
  data: {
    register: 'enterprises',
    key,
    effectiveOn: '2020-09-27',
    data: { name: `上海精密机械${key}有限公司`, sector: 'high-end-manufacturing', district: 'minhang' },
    evidence: [{ title: '沪经信智〔2020〕1 号' }],
  },
  metadata: { schema: currentSchema, by: 'li.wei', command: crypto.randomUUID(), bodySha256: '0'.repeat(64) },
});

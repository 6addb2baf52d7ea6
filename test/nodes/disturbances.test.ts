import { expect, test } from 'vitest';
import { ended, newFolder, type Server } from '../cli/command-line.ts';
import { randomFrom } from '../random.ts';
import { type Fault, type FaultyCall, wireErrors } from '../store/esdb-wire/faults.ts';
import { type Cluster, expectAllEqual, startCluster } from './cluster.ts';

/** Each seed is another run; the name of the test gives the seed. */
const seed = Number(process.env.REGISTRY_TEST_SEED ?? 20_190_624);
const disturbances = 200;
const clients = 8;
const entries = 24;
/** The time after which a client sends the same command again, perhaps through another node. */
const impatienceMs = 1_500;

type Random = (below: number) => number;
/** A node that is killed and started again on its folder, each time at a new address. */
type Node = { readonly folder: string; server: Server | undefined };
type Recorded = { readonly stream: string; readonly revision: number; readonly id: string | undefined };

const wait = (timeMs: number) => new Promise((resolve) => setTimeout(resolve, timeMs));

test(`through ${disturbances} kills, pauses and cut connections between two nodes and their store every acknowledged event is recorded exactly once, and every read model equals a rebuild (seed ${seed})`, {
  timeout: 900_000,
}, async () => {
  const random = randomFrom(seed);
  const cluster = await startCluster('&defaultDeadline=400&keepAliveInterval=500&keepAliveTimeout=500');
  const { store, node, token } = cluster;
  const nodes: Node[] = [
    { folder: newFolder(), server: undefined },
    { folder: newFolder(), server: undefined },
  ];
  for (const each of nodes) each.server = await node(each.folder);
  const acknowledged = new Map<string, Recorded>();
  let replayed = 0;
  const load = new AbortController();
  const tokens = await Promise.all(
    Array.from({ length: clients }, (_, index) =>
      index % 4 === 0 ? token('reviewer', `reviewer.${index}`) : token('clerk', `clerk.${index}`),
    ),
  );

  /** Sends a command under its key, through any node, until it gets a final answer. */
  const send = async (path: string, body: object, headers: Record<string, string>) => {
    for (;;) {
      const url = nodes[random(nodes.length)]?.server?.url;
      const request = {
        method: 'POST',
        headers,
        body: JSON.stringify(body),
        signal: AbortSignal.timeout(impatienceMs),
      };
      const answer =
        url === undefined ? undefined : await fetch(`${url}${path}`, request).then(answerOf, () => undefined);
      if (answer !== undefined && answer.status !== 503) return answer;
      await wait(20 + random(60));
    }
  };

  const pending: string[] = [];
  const seen = new Map<string, number>();
  const work = async (index: number) => {
    for (let count = 0; !load.signal.aborted; count += 1) {
      const unique = `${index}-${count}`;
      const isReviewer = index % 4 === 0;
      const id = isReviewer ? pending.shift() : undefined;
      const key = id?.split('~')[1] ?? `f${random(entries)}`;
      const stream = `upgrade.factories-${key}`;
      const revision = seen.get(key);
      const headers = {
        authorization: `Bearer ${tokens[index]}`,
        'content-type': 'application/json',
        'idempotency-key': unique,
        ...(revision === undefined ? {} : { 'if-match': `"${revision}"` }),
      };
      const described = { name: `第 ${unique} 厂`, sector: 'automobiles', district: 'pudong' };
      const body = { effectiveOn: '2020-12-22', ...described };
      const { status, json, isReplayed } = id
        ? await send(`/api/v1/submissions/${id}/approve`, {}, headers)
        : revision === undefined
          ? await send(`/api/v1/factories/${key}/nominate`, body, headers)
          : !isReviewer && random(3) === 0
            ? await send(`/api/v1/factories/${key}/certify`, { ...body, grade: 'demonstration' }, headers)
            : await send(`/api/v1/factories/${key}/amend`, { effectiveOn: '2020-12-22', ...described }, headers);
      if (isReplayed) replayed += 1;
      if (status === 201 || status === 202) {
        const [, , at] = json.submission?.id.split('~') ?? [];
        const recorded = {
          stream,
          revision: at === undefined ? json.events[0].revision : Number(at),
          id: json.events?.[0].id,
        };
        if (status === 202) pending.push(json.submission.id);
        // A repeated approval by the same person gets the first answer.
        expect(acknowledged.get(id ?? unique) ?? recorded).toEqual(recorded);
        acknowledged.set(id ?? unique, recorded);
        seen.set(key, Math.max(recorded.revision, seen.get(key) ?? -1));
      } else {
        expect([409, 412, 428], JSON.stringify(json)).toContain(status);
        if (id !== undefined && status === 412) pending.push(id);
        if (typeof json.revision === 'number') seen.set(key, Math.max(json.revision, seen.get(key) ?? -1));
      }
    }
  };

  const working = Promise.all(Array.from({ length: clients }, (_, index) => work(index)));
  working.catch(() => load.abort());
  const restarts: Promise<unknown>[] = [];
  const done: Record<string, number> = {};
  for (let count = 0; count < disturbances && !load.signal.aborted; count += 1) {
    const wanted = acknowledged.size + random(4);
    const kind = await disturb(cluster, nodes, random, restarts);
    done[kind] = (done[kind] ?? 0) + 1;
    // The next disturbance comes after a few more commands, or in the middle of this one.
    while (acknowledged.size < wanted && !load.signal.aborted) await wait(2);
  }
  store.heal();
  await Promise.all(restarts);
  load.abort();
  await working;
  process.stdout.write(`${JSON.stringify({ ...done, acknowledged: acknowledged.size, replayed })}\n`);

  const running = nodes.map(({ folder, server }) => ({ folder, url: server?.url ?? '' }));
  const ledger = await expectAllEqual(cluster, running);
  const events = ledger.filter(({ stream }) => stream.startsWith('upgrade.factories-'));
  expect(new Set(ledger.map(({ id }) => id)).size).toBe(ledger.length);
  const commands = events.map(({ metadata }) => metadata.command);
  expect(new Set(commands).size).toBe(commands.length);
  const idAt = new Map(events.map(({ id, stream, revision }) => [`${stream}@${revision}`, id]));
  for (const { stream, revision, id } of acknowledged.values()) {
    const found = idAt.get(`${stream}@${revision}`);
    expect(found, `${stream}@${revision}`).toBeDefined();
    expect(id ?? found).toBe(found);
  }
  expect(events.length).toBe(acknowledged.size);
});

const answerOf = async (response: Response) => ({
  status: response.status,
  isReplayed: response.headers.get('idempotent-replayed') === 'true',
  // biome-ignore lint/suspicious/noExplicitAny: the answers' shapes are checked by the tests of the OpenAPI document
  json: (await response.json()) as any,
});

const faults: readonly Fault[] = [
  { do: 'cut' },
  { do: 'cut', written: true },
  { do: 'hang' },
  { do: 'hang', written: true },
  { do: 'end', written: true },
  { do: 'fail', error: wireErrors.deadline(), written: true },
  { do: 'fail', error: wireErrors.cancelled() },
  { do: 'fail', error: wireErrors.notReady() },
];
const calls: readonly FaultyCall[] = ['append', 'append', 'append', 'read', 'subscribe'];

const disturb = async (
  { store, node }: Cluster,
  nodes: readonly Node[],
  random: Random,
  restarts: Promise<unknown>[],
): Promise<string> => {
  const kind = random(20);
  const up = nodes.filter(({ server }) => server !== undefined);
  const one = up[random(up.length)];
  if (kind === 0 && one?.server !== undefined) {
    const { child } = one.server;
    one.server = undefined;
    child.kill('SIGKILL');
    restarts.push(
      ended(child)
        .then(() => node(one.folder))
        .then((server) => {
          one.server = server;
        }),
    );
    return 'node killed';
  }
  if (kind < 5 && one?.server !== undefined) {
    const { child } = one.server;
    child.kill('SIGSTOP');
    await wait(random(300));
    child.kill('SIGCONT');
    return 'node paused';
  }
  if (kind < 7) {
    await store.stop();
    await wait(random(150));
    await store.start();
    return 'store stopped';
  }
  if (kind < 10) {
    store.pause();
    await wait(random(300));
    store.resume();
    return 'store paused';
  }
  if (kind < 14) {
    store.cut();
    return 'connections cut';
  }
  const fault = faults[random(faults.length)];
  if (fault !== undefined) store.fail(calls[random(calls.length)] ?? 'append', fault, 1 + random(3));
  return 'call disturbed';
};

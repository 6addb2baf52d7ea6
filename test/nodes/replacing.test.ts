import { expect, onTestFinished, test, vi } from 'vitest';
import { ended, get, newFolder, registry, type Server } from '../cli/command-line.ts';
import type { WireMember } from '../store/esdb-wire/admission.ts';
import { openWireLog } from '../store/esdb-wire/log.ts';
import { startWireServer, type WireOptions, type WireServer } from '../store/esdb-wire/server.ts';
import { certificatePath, tlsFront } from '../store/tls-front.ts';
import { type Cluster, clusterOn, expectAllEqual, startCluster } from './cluster.ts';

/** What docs/operations/several-nodes.md tells operators to do while people work; the store is the tests' wire server. */

vi.setConfig({ testTimeout: 240_000 });

type Recorded = { readonly events: readonly { readonly id: string }[] };
type Node = { readonly folder: string; server: Server };

const nodesOf = (cluster: Cluster, count: number, address?: string): Promise<Node[]> =>
  Promise.all(
    Array.from({ length: count }, async () => {
      const folder = newFolder();
      return { folder, server: await cluster.node(folder, address) };
    }),
  );

const becomes = async ({ server }: Node, state: string): Promise<void> => {
  const now = async () => ((await (await fetch(`${server.url}/health/ready`)).json()) as { state: string }).state;
  await expect.poll(now, { timeout: 60_000, interval: 20 }).toBe(state);
};

/** Clerks who nominate one factory after another through any node, and send a command again until it is answered. */
const work = async (cluster: Cluster, nodes: readonly Node[]) => {
  const acknowledged = new Map<string, string>();
  let isOver = false;
  const clerk = async (index: number) => {
    const token = await cluster.token('clerk', `clerk.${index}`);
    for (let count = 0; !isOver; count += 1) {
      const key = `f-${index}-${count}`;
      const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json', 'idempotency-key': key };
      const body = JSON.stringify({ effectiveOn: '2020-12-22', name: key, sector: 'automobiles', district: 'pudong' });
      for (let attempt = 0; ; attempt += 1) {
        const url = nodes[(index + count + attempt) % nodes.length]?.server.url;
        const request = { method: 'POST', headers, body, signal: AbortSignal.timeout(15_000) };
        const answer = await fetch(`${url}/api/v1/factories/${key}/nominate`, request).then(
          async (response) => ({ status: response.status, json: (await response.json()) as Recorded }),
          () => undefined, // the node was just stopped
        );
        if (answer?.status === 201) {
          acknowledged.set(key, answer.json.events[0]?.id ?? '');
          break;
        }
        expect([undefined, 503], JSON.stringify(answer)).toContain(answer?.status);
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    }
  };
  const clerks = Promise.all([0, 1, 2, 3].map(clerk));
  clerks.catch(() => {});
  return {
    /** Waits until more commands are acknowledged. */
    goesOn: async (more = 20): Promise<void> => {
      const wanted = acknowledged.size + more;
      await Promise.race([clerks, expect.poll(() => acknowledged.size, { timeout: 60_000 }).toBeGreaterThan(wanted)]);
    },
    /** Each acknowledged command is recorded once, and no other one; the store is read under the cluster's address. */
    endsWithNothingLost: async (read = cluster): Promise<void> => {
      isOver = true;
      await clerks;
      const events = await expectAllEqual(
        read,
        nodes.map(({ folder, server }) => ({ folder, url: server.url })),
      );
      const recorded = events.filter(({ type }) => type === 'FactoryNominated');
      const keyOf = (stream: string) => stream.replace('upgrade.factories-', '');
      expect(recorded.map(({ stream, id }) => [keyOf(stream), id]).sort()).toEqual([...acknowledged].sort());
    },
  };
};

test('the store’s password is changed by a second user, one node at a time, while commands go on', async () => {
  const users = new Map([['registry', 'old/secret']]);
  const store = await startWireServer({ users });
  onTestFinished(() => store.close());
  const host = `localhost:${await tlsFront('valid.crt', store.port)}?tlsCAFile=${certificatePath('authority.crt')}`;
  const [first, second] = [`esdb://registry:old%2Fsecret@${host}`, `esdb://registry2:n%40w%25@${host}`];
  const cluster = clusterOn(store, first);
  const nodes = await nodesOf(cluster, 2);
  const load = await work(cluster, nodes);
  await load.goesOn();
  const [early] = (await nodesOf(cluster, 1, second)) as [Node]; // nobody has created that user yet
  await becomes(early, 'store-away');

  users.set('registry2', 'n@w%');
  for (const node of nodes) {
    node.server.child.kill('SIGTERM');
    expect(await ended(node.server.child)).toBe(0);
    await load.goesOn();
    node.server = await cluster.node(node.folder, second);
    await becomes(node, 'ready');
    await load.goesOn();
  }
  users.delete('registry');
  store.cut();
  await load.goesOn();
  await becomes(early, 'ready');
  for (const node of nodes) await becomes(node, 'ready');

  const late = await registry(newFolder(), ['status'], { REGISTRY_STORE: first });
  expect(late).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining("refuses the registry's user") });
  expect(late.stderr).not.toContain('secret');
  await load.endsWithNothingLost(clusterOn(store, second));
});

test('a further node with an empty folder reads the ledger while commands go on, and gives the same feed', async () => {
  const cluster = await startCluster();
  const nodes = await nodesOf(cluster, 2);
  const load = await work(cluster, nodes);
  await load.goesOn(300);
  cluster.store.fail('subscribe', { do: 'hang' }, Number.POSITIVE_INFINITY);
  const [third] = (await nodesOf(cluster, 1)) as [Node];
  await becomes(third, 'catching-up');
  const read = await fetch(`${third.server.url}/api/v1/factories`);
  expect([read.status, read.headers.get('retry-after')]).toEqual([503, '1']);
  cluster.store.heal();
  cluster.store.cut();
  await becomes(third, 'ready');
  nodes.push(third);
  await load.goesOn();
  await load.endsWithNothingLost();
  const auditor = await cluster.token('auditor', 'zhao.lei');
  const feeds = nodes.map(async ({ server }) => {
    const headers = { authorization: `Bearer ${auditor}`, accept: 'application/x-ndjson' };
    return (await fetch(`${server.url}/api/v1/events`, { headers })).text();
  });
  const [feed, ...others] = await Promise.all(feeds);
  expect(feed?.split('\n').length).toBeGreaterThan(320);
  for (const other of others) expect(other).toBe(feed);
});

/** Three hosts of one store that tell their clients who leads. */
const startHosts = async () => {
  const members: { port: number; state: WireMember['state'] }[] = [];
  const options: WireOptions = { log: openWireLog(), members: () => members };
  const hosts: WireServer[] = [];
  for (const state of ['leader', 'follower', 'follower'] as const) {
    const host = await startWireServer(options);
    onTestFinished(() => host.close());
    hosts.push(host);
    members.push({ port: host.port, state });
  }
  const lose = async (index: number) => {
    const lost = members[index];
    if (lost === undefined) throw new Error(`no host ${index}`);
    const led = lost.state === 'leader';
    lost.state = 'away';
    await hosts[index]?.stop();
    if (!led) return;
    const next = members.find(({ state }) => state === 'follower');
    if (next) next.state = 'leader';
  };
  const replace = async (index: number) => {
    const replaced = members[index];
    if (replaced === undefined) throw new Error(`no host ${index}`);
    replaced.state = 'copying';
    await hosts[index]?.start();
    return () => {
      replaced.state = 'follower';
    };
  };
  const addressOf = (ports: readonly number[]) => `esdb://${ports.map((port) => `127.0.0.1:${port}`)}?tls=false`;
  return { hosts, members, lose, replace, addressOf };
};

test('each host of the store is lost and replaced under its name, the leader too, while commands go on', async () => {
  const { hosts, members, lose, replace, addressOf } = await startHosts();
  const cluster = clusterOn(hosts[0] as WireServer, addressOf(members.map(({ port }) => port)));
  const nodes = await nodesOf(cluster, 2);
  const load = await work(cluster, nodes);
  await load.goesOn();
  for (const index of [2, 0, 1]) {
    await lose(index);
    await load.goesOn();
    const hasCopied = await replace(index);
    await load.goesOn();
    hasCopied();
    await load.goesOn();
  }
  for (const node of nodes) await becomes(node, 'ready');
  await load.endsWithNothingLost();
});

test('a node starts although its setting names a host of the store that is gone, whichever of them it is', async () => {
  const { hosts, members, lose, addressOf } = await startHosts();
  const ports = members.map(({ port }) => port);
  const cluster = clusterOn(hosts[0] as WireServer, addressOf(ports));
  await lose(0);
  const nodes: Node[] = [];
  for (const order of [ports, [...ports].reverse(), ports.slice(0, 2)])
    nodes.push(...(await nodesOf(cluster, 1, addressOf(order))));
  for (const node of nodes) await becomes(node, 'ready');
  const load = await work(cluster, nodes);
  await load.goesOn();
  await load.endsWithNothingLost();
  const auditor = await cluster.token('auditor', 'zhao.lei');
  for (const { server } of nodes)
    expect((await get(`${server.url}/api/v1/events`, auditor)).length).toBeGreaterThan(20);
});

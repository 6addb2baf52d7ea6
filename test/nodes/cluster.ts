import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, onTestFinished } from 'vitest';
import { projections } from '../../projections/index.ts';
import type { Role } from '../../src/identity/identity.ts';
import { openTokens } from '../../src/identity/tokens.ts';
import { currentPath } from '../../src/readmodel/folder.ts';
import { rebuild } from '../../src/readmodel/rebuild.ts';
import { type EventStore, start } from '../../src/store/event-store.ts';
import { openEventStoreDb } from '../../src/store/eventstoredb/store.ts';
import { newFolder, type Server, serve } from '../cli/command-line.ts';
import { startWireServer, type WireServer } from '../store/esdb-wire/server.ts';
import { readOn } from '../store/events.ts';

/** Nodes in processes of their own that share one store and one set of keys. The store is the tests' wire server. */
export type Cluster = {
  readonly store: WireServer;
  /** Starts a node on a folder, with the store's address as all others have it or with its own. */
  readonly node: (folder: string, address?: string) => Promise<Server>;
  /** A token that every node accepts. */
  readonly token: (role: Role, subject: string) => Promise<string>;
  /** Opens the store beside the nodes. */
  readonly open: () => EventStore;
};

/** `options` are added to the client's connection string. */
export const startCluster = async (options = ''): Promise<Cluster> => {
  const store = await startWireServer();
  onTestFinished(() => store.close());
  return clusterOn(store, store.connectionString, options);
};

/** On a store that is reached under an address of its own, with credentials or several hosts. */
export const clusterOn = (store: WireServer, reached: string, options = ''): Cluster => {
  const keys = join(newFolder(), 'keys');
  const environment = { REGISTRY_KEYS: keys, LOG_LEVEL: 'fatal' };
  return {
    store,
    node: (folder, address = `${reached}${options}`) => serve(folder, { ...environment, REGISTRY_STORE: address }),
    token: (role, subject) => openTokens(keys, 'localhost/upgrade-registry', Date.now).sign(subject, [role], 7_200),
    open: () => {
      const opened = openEventStoreDb({ connectionString: reached });
      onTestFinished(() => opened.close());
      return opened;
    },
  };
};

/** Waits until the nodes have the whole ledger; their read models must then equal each other and a rebuild. */
export const expectAllEqual = async ({ open }: Cluster, nodes: readonly { url: string; folder: string }[]) => {
  const store = open();
  const events = await readOn(store, start);
  expect(events.map(({ entryNumber }) => entryNumber)).toEqual(events.map((_, index) => index));
  for (const { url } of nodes) {
    for (;;) {
      const health = (await (await fetch(`${url}/health/ready`)).json()) as { state: string; size: number };
      if (health.state === 'ready' && health.size === events.length) break;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
  const [first, ...others] = nodes.map(({ folder }) => rowsIn(folder));
  for (const rows of others) expect(rows).toEqual(first);
  for (const { folder } of nodes) {
    const { differences, events: size } = await rebuild(join(folder, 'data', 'readmodel'), store, Date.now, () => {});
    expect({ differences, size }).toEqual({ differences: [], size: events.length });
  }
  return events;
};

/** Every row of a node's read model that a rebuild compares. */
const rowsIn = (folder: string): readonly string[] => {
  const path = currentPath(join(folder, 'data', 'readmodel'));
  if (path === undefined) throw new Error(`${folder} has no read model`);
  const db = new DatabaseSync(path, { readOnly: true });
  try {
    return projections.flatMap(({ compared }) =>
      Object.entries(compared).flatMap(([table, order]) =>
        db
          .prepare(`SELECT * FROM ${table} ORDER BY ${order}`)
          .all()
          .map((row) => `${table} ${JSON.stringify(row)}`),
      ),
    );
  } finally {
    db.close();
  }
};

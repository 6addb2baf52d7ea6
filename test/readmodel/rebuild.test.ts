import { existsSync, readdirSync, rmSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, test, vi } from 'vitest';
import { currentVersion, openReadModelFile } from '../../src/readmodel/file.ts';
import { folding } from '../../src/readmodel/fold.ts';
import { currentPath, newPath, swapIn } from '../../src/readmodel/folder.ts';
import { questionsTo } from '../../src/readmodel/questions.ts';
import type { ReadModel } from '../../src/readmodel/read-model.ts';
import { rebuild } from '../../src/readmodel/rebuild.ts';
import { start } from '../../src/store/event-store.ts';
import { given } from '../domain/given.ts';
import { enterprise, factory, listing } from '../domain/vocabulary.ts';
import { foldedTo, type Node, startNode } from './node.ts';

const certified = given(factory.nominated('2020-01-10'), factory.certified('2020-11-03'));
const listed = given(listing.listed('2019-07-22', listing.described));
const enrolled = given(enterprise.enrolled('2019-01-01'));

const now = () => Date.UTC(2022, 2, 1);
const rebuilt = ({ folder, store }: Node) => rebuild(folder, store, now, () => {});
const serving = ({ folder }: Node): string => currentPath(folder) ?? 'none';
const change = (path: string, sql: string) => {
  const db = new DatabaseSync(path);
  db.exec(sql);
  db.close();
};
/** Resolves when the read model has folded something or has gone over to another file. */
const nextChange = (model: ReadModel) =>
  new Promise<void>((resolve) => {
    const stop = model.onFolded(() => {
      stop();
      resolve();
    });
  });
const names = (model: ReadModel) =>
  questionsTo(model)
    .entries({ register: 'factories', on: '2022-03-01', size: model.place().size, sort: 'key', limit: 10 })
    .map(({ name }) => name);
const certifiedCount = (model: ReadModel) =>
  questionsTo(model).count({ measure: 'factories.certified' }, '2022-03-01', model.place().size);

describe('a rebuild beside a running node', () => {
  test('equals the file that grew live, row for row, and is swapped in; the node goes over by itself and folds on', async () => {
    const node = await startNode();
    const model = await node.open();
    await foldedTo(model, await node.append(certified, listed));
    const before = serving(node);
    const goesOver = nextChange(model);
    expect(await rebuilt(node)).toEqual({
      events: 4,
      version: currentVersion,
      differences: [],
      targets: [],
      swapped: true,
    });
    expect(serving(node)).not.toBe(before);
    await goesOver;
    expect(existsSync(before)).toBe(false);
    expect([model.place().size, certifiedCount(model), model.health().state]).toEqual([4, 1, 'ready']);
    await foldedTo(model, await node.append(enrolled));
    await model.close();
    const file = new DatabaseSync(serving(node), { readOnly: true });
    expect(file.prepare('SELECT count(*) AS events FROM v_events').get()).toEqual({ events: 5 });
    file.close();
  });

  test('loses nothing that is recorded meanwhile', async () => {
    const node = await startNode();
    const model = await node.open();
    await foldedTo(model, await node.append(certified));
    const goesOver = nextChange(model);
    const store = {
      ...node.store,
      readAll: async (...asked: Parameters<Node['store']['readAll']>) => {
        const page = await node.store.readAll(...asked);
        if ((await node.store.size()) < 5) await node.append(listed, enrolled);
        return page;
      },
    };
    expect((await rebuild(node.folder, store, now, () => {})).swapped).toBe(true);
    await goesOver;
    await foldedTo(model, 5);
    expect((await rebuilt(node)).differences).toEqual([]);
  });

  test('that knows less than the file that serves catches up before the node goes over', async () => {
    const node = await startNode();
    const model = await node.open();
    await foldedTo(model, await node.append(certified, listed));
    const behind = openReadModelFile(newPath(node.folder, currentVersion));
    folding(behind)(await node.store.readAll(start, 1));
    behind.close();
    const goesOver = nextChange(model);
    swapIn(node.folder, behind.path);
    await goesOver;
    expect([serving(node), model.place().size, certifiedCount(model)]).toEqual([behind.path, 4, 1]);
  });

  test('that differs under the same version is reported, is not swapped in and leaves nothing behind', async () => {
    const node = await startNode();
    const model = await node.open();
    await foldedTo(model, await node.append(certified, listed));
    const before = serving(node);
    change(before, `UPDATE entry SET name = '别的名字' WHERE register = 'factories' AND to_day = '2020-11-03'`);
    change(before, `DELETE FROM delta WHERE cell IN (SELECT id FROM cell WHERE measure = 'listings.listed')`);
    const { swapped, differences } = await rebuilt(node);
    expect(swapped).toBe(false);
    expect(differences.map(({ table }) => table)).toEqual(['delta', 'entry']);
    const [delta, entry] = differences;
    expect([delta?.serving, JSON.parse(delta?.rebuilt ?? '{}')]).toMatchObject([null, { day: '2019-07-22', by: 1 }]);
    expect([JSON.parse(entry?.serving ?? '{}').name, JSON.parse(entry?.rebuilt ?? '{}').name]).toEqual([
      '别的名字',
      '上海康桥数字工厂',
    ]);
    expect(serving(node)).toBe(before);
    expect(readdirSync(node.folder).filter((name) => name.endsWith('.db') && name !== 'current.db')).toHaveLength(1);
    await foldedTo(model, await node.append(enrolled));
    expect(certifiedCount(model)).toBe(1);
  });

  test('without a file that serves makes the first', async () => {
    const node = await startNode();
    await node.append(certified);
    expect(await rebuilt(node)).toMatchObject({ events: 3, swapped: true });
    expect(certifiedCount(await node.open())).toBe(1);
  });
});

describe('a file of another version', () => {
  /** A closed node whose file looks like one of another release; `sql` makes what that release did differently. */
  const ofAnotherRelease = async (sql = '') => {
    const node = await startNode();
    const first = await node.open();
    await foldedTo(first, await node.append(certified));
    await first.close();
    change(serving(node), `UPDATE meta SET value = 'trail0' WHERE name = 'version'; ${sql}`);
    return node;
  };
  /** A store whose events are held back until `open` is called. */
  const gated = ({ store }: Node) => {
    const gate = Promise.withResolvers<void>();
    const through: Node['store'] = {
      ...store,
      follow: async function* (after, signal) {
        await gate.promise;
        yield* store.follow(after, signal);
      },
    };
    return { through, open: gate.resolve };
  };
  const otherName = `UPDATE entry SET name = '旧版的名字' WHERE to_day = '9999-99-99'`;

  test('goes on serving while a new one is built beside it, and is then swapped', async () => {
    const node = await ofAnotherRelease(otherName);
    const before = serving(node);
    const { through, open } = gated(node);
    const model = await node.open({ through });
    expect([names(model), model.health().state, serving(node)]).toEqual([['旧版的名字'], 'catching-up', before]);
    open();
    await model.caughtUp;
    expect([names(model), model.health().state]).toEqual([['上海康桥数字工厂'], 'ready']);
    expect(serving(node)).not.toBe(before);
    expect(existsSync(before)).toBe(false);
    await foldedTo(model, await node.append(listed));
    expect(model.health().size).toBe(4);
  });

  test('does not serve if this release’s questions do not fit its tables', async () => {
    const node = await ofAnotherRelease(`${otherName}; UPDATE meta SET value = 'other' WHERE name = 'tables'`);
    const { through, open } = gated(node);
    const model = await node.open({ through });
    expect([names(model), model.health().state, model.health().size]).toEqual([[], 'catching-up', 0]);
    open();
    await model.caughtUp;
    expect(names(model)).toEqual(['上海康桥数字工厂']);
  });

  test('a node that reads a ledger for the first time says how large it is once the store has said so, not what it has read', async () => {
    const node = await startNode();
    await node.append(certified, listed);
    const [rest, asked] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const through: Node['store'] = {
      ...node.store,
      size: async () => {
        await asked.promise;
        return node.store.size();
      },
      follow: async function* (after, signal) {
        yield await node.store.readAll(after, 1);
        await rest.promise;
        yield* node.store.follow({ ...after, size: 1, position: '1' }, signal);
      },
    };
    const model = await node.open({ through });
    while (model.place().size < 1) await nextChange(model);
    expect(model.health()).toEqual({ state: 'catching-up', size: 1 });
    asked.resolve();
    await vi.waitUntil(() => model.health().storeSize !== undefined);
    expect(model.health()).toEqual({ state: 'catching-up', size: 1, storeSize: await node.store.size() });
    rest.resolve();
    await model.caughtUp;
  });

  test('is replaced by a rebuild, which shows the targets that it counts differently', async () => {
    const node = await ofAnotherRelease(
      `DELETE FROM delta WHERE cell IN (SELECT id FROM cell WHERE measure = 'factories.certified')`,
    );
    expect(await rebuilt(node)).toEqual({
      events: 3,
      version: currentVersion,
      differences: [],
      targets: [{ target: 'model-factories', plan: 'shanghai-2019-2021', before: 0, after: 1 }],
      swapped: true,
    });
  });

  test('swapped in by a newer release is not gone over to by an older node, which serves and folds on', async () => {
    const node = await startNode();
    const model = await node.open();
    await foldedTo(model, await node.append(certified));
    const newer = newPath(node.folder, 'newer');
    change(serving(node), `VACUUM INTO '${newer}'`);
    change(newer, `UPDATE meta SET value = 'newer' WHERE name = 'version'`);
    swapIn(node.folder, newer);
    for (const known of [listed, enrolled]) await foldedTo(model, await node.append(known));
    expect([serving(node), model.health().state, model.health().size]).toEqual([newer, 'ready', 5]);
    const file = openReadModelFile(newer);
    expect(file.place().size).toBe(3);
    file.close();
  });
});

test('a link to a file that is gone is as good as none', async () => {
  const node = await startNode();
  const first = await node.open();
  await foldedTo(first, await node.append(certified));
  await first.close();
  for (const name of readdirSync(node.folder)) if (name !== 'current.db') rmSync(`${node.folder}/${name}`);
  const model = await node.open();
  await model.caughtUp;
  expect([certifiedCount(model), existsSync(serving(node))]).toEqual([1, true]);
});

describe('a read model of another ledger than the store holds, as after a restore', () => {
  test('is not served: a new one is built, and equals a rebuild', async () => {
    const [node, other] = [await startNode(), await startNode()];
    await node.append(certified);
    await other.append(listed, enrolled);
    const before = await other.open();
    await before.caughtUp;
    await before.close();
    const model = await other.open({ through: node.store });
    await model.caughtUp;
    expect([model.place().size, certifiedCount(model)]).toEqual([3, 1]);
    expect((await rebuild(other.folder, node.store, now, () => {})).differences).toEqual([]);
  });

  test('so is one that is ahead of the store', async () => {
    const [node, other] = [await startNode(), await startNode()];
    await other.append(certified, listed);
    const before = await other.open();
    await before.caughtUp;
    await before.close();
    const model = await other.open({ through: node.store });
    await model.caughtUp;
    expect([model.place().size, certifiedCount(model)]).toEqual([1, 0]);
  });
});

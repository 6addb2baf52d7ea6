import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { csv, decide, ended, post } from '../imports/spreadsheet.ts';
import { startWireServer } from '../store/esdb-wire/server.ts';
import { refusedAs } from './office.ts';
import { startServer } from './server.ts';

/** Imports of a node that is lost while it runs them, seen from another node. */

vi.setConfig({ testTimeout: 60_000 });

const total = 600;
const minuteMs = 60_000;

/** Two nodes on one store, the first of which is lost in the middle of an import. */
const lostNode = async (command: string) => {
  const folder = mkdtempSync(join(tmpdir(), 'upgrade-registry-lost-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const store = await startWireServer();
  onTestFinished(() => store.close());
  const environment = { REGISTRY_STORE: store.connectionString, REGISTRY_KEYS: join(folder, 'keys') };
  let laterMs = 0;
  const home = join(folder, 'lost');
  const lost = await startServer({ environment, folder: home });
  const node = await startServer({ environment, now: () => Date.now() + laterMs });
  onTestFinished(() => node.close());
  const rows = Array.from({ length: total }, (_, n) => [`k${n}`, `第 ${n} 厂`, '汽车', '浦东', '2020-12-22', '示范']);
  const headers = ['编号', '工厂名称', '行业', '区', command === 'certify' ? '认定日期' : '推荐日期', '等级'];
  const file = csv(
    headers.slice(0, command === 'certify' ? 6 : 5),
    ...rows.map((row) => row.slice(0, command === 'certify' ? 6 : 5)),
  );
  const { id } = (await post(lost, 'factories', file, { query: `command=${command}` })).json.import;
  const taken = () => store.log.records.filter(({ stream }) => stream.startsWith('upgrade.factories-')).length;
  while (taken() < 40) await new Promise(setImmediate);
  await lost.close();
  expect(taken()).toBeLessThan(total);
  return {
    id,
    node,
    taken,
    later: (ms: number) => {
      laterMs += ms;
    },
    end: async (role: 'clerk' | 'reviewer' | 'viewer' | 'auditor', import_ = id) =>
      node.post(`/api/v1/imports/${import_}/end`, undefined, {
        token: await node.token(role, `end.${role}`),
        headers: { 'accept-language': 'en' },
      }),
    again: () => startServer({ environment, folder: home }),
  };
};

test('an import whose node is lost is ended by a person once it has been silent for minutes, and is then approved as a whole', async () => {
  const { id, node, taken, later, end, again } = await lostNode('certify');
  const early = await end('clerk');
  refusedAs(early, 409, 'import-running');
  expect(early.json.detail).toContain('in the last five minutes');
  later(6 * minuteMs);
  refusedAs(await decide(node, id, 'approve'), 409, 'import-running');
  for (const role of ['viewer', 'auditor'] as const) expect((await end(role)).status).toBe(403);
  expect((await end('reviewer', 'none')).status).toBe(404);
  const done = taken();
  expect((await end('reviewer')).status).toBe(200);
  expect(await ended(node, id)).toMatchObject({
    state: 'finished',
    total,
    submitted: done,
    ended: { by: 'end.reviewer', rowsUnknown: total - done },
  });
  const { size } = node.registry.model.place();
  expect((await end('clerk')).status).toBe(200);
  expect(await node.registry.store.size()).toBe(size);

  expect((await decide(node, id, 'approve')).status).toBe(202);
  expect((await ended(node, id)).decisions).toMatchObject([{ state: 'finished', decided: done, left: [] }]);
  const after = taken();
  const back = await again();
  await back.registry.imports.resume();
  await back.registry.imports.settled(id);
  await back.close();
  expect(taken()).toBe(after);
});

test('what a lost node had recorded of an import is undone as a whole once a clerk has ended the import', async () => {
  const { id, node, taken, later, end } = await lostNode('nominate');
  later(6 * minuteMs);
  const done = taken();
  expect((await end('clerk')).status).toBe(200);
  expect(await ended(node, id)).toMatchObject({ recorded: done, ended: { by: 'end.clerk' } });
  expect((await decide(node, id, 'undo', 'li.wei')).status).toBe(202);
  expect((await ended(node, id)).decisions).toMatchObject([{ decision: 'undo', state: 'finished', decided: done }]);
});

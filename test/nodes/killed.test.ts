import { expect, test, vi } from 'vitest';
import { ended, get, newFolder, type Server } from '../cli/command-line.ts';
import { csv } from '../imports/spreadsheet.ts';
import type { WireServer } from '../store/esdb-wire/server.ts';
import { startCluster } from './cluster.ts';

vi.setConfig({ testTimeout: 120_000 });

const total = 200;
const headers = ['编号', '工厂名称', '行业', '区', '认定日期', '等级'];
const rows = Array.from({ length: total }, (_, n) => [`k${n}`, `第 ${n} 厂`, '汽车', '浦东', '2020-12-22', '示范']);
const everyRow = rows.map((_, index) => index + 1);

const post = async ({ url }: Server, path: string, token: string, body?: FormData) => {
  const headers = { authorization: `Bearer ${token}` };
  const response = await fetch(`${url}${path}`, { method: 'POST', headers, ...(body === undefined ? {} : { body }) });
  return { status: response.status, json: (await response.json()) as { type?: string; import?: { id: string } } };
};

const importRows = async (node: Server, token: string): Promise<string> => {
  const form = new FormData();
  form.append('file', new Blob([csv(headers, ...rows)]), 'rows.csv');
  const { status, json } = await post(node, '/api/v1/imports/factories?command=certify', token, form);
  expect(status).toBe(202);
  return json.import?.id ?? '';
};

/** The import as a node shows it once it has stopped running. */
const followed = async ({ url }: Server, id: string, token: string) => {
  const headers = { authorization: `Bearer ${token}`, accept: 'text/event-stream' };
  await (await fetch(`${url}/api/v1/imports/${id}`, { headers })).text();
  return (await get(`${url}/api/v1/imports/${id}`, token)).import;
};

const kill = async ({ child }: Server): Promise<void> => {
  child.kill('SIGKILL');
  await ended(child);
};

const ofType = ({ log }: WireServer, type: string) => log.records.filter((record) => record.type === type);
const grown = async (store: WireServer, type: string, count: number): Promise<void> => {
  while (ofType(store, type).length < count) await new Promise((resolve) => setTimeout(resolve, 2));
};
/** The rows of an import that have an event of a type, one for each such event. */
const rowsWith = (store: WireServer, type: string, id: string): readonly number[] =>
  ofType(store, type)
    .map(({ metadata }) => JSON.parse(Buffer.from(metadata).toString()))
    .filter((metadata) => metadata.import === id)
    .map(({ row }) => row)
    .sort((one, other) => one - other);

test('nodes that start at the same moment with an empty store and no keys adopt the plan once and share a key', async () => {
  const { store, node, token } = await startCluster();
  const nodes = await Promise.all([newFolder(), newFolder(), newFolder()].map((folder) => node(folder)));
  expect(ofType(store, 'PlanAdopted')).toHaveLength(1);
  const auditor = await token('auditor', 'zhao.lei');
  for (const { url } of nodes) {
    await expect.poll(async () => (await fetch(`${url}/health/ready`)).status).toBe(200);
    expect(await get(`${url}/api/v1/events`, auditor)).toHaveLength(1);
  }
});

test('an import whose node is killed waits until that node continues it; no other node imports a row of it', async () => {
  const { store, node, token } = await startCluster();
  const home = newFolder();
  const [a, b] = [await node(home), await node(newFolder())];
  const [clerk, reviewer] = [await token('clerk', 'li.wei'), await token('reviewer', 'wang.fang')];
  const id = await importRows(a, clerk);
  await grown(store, 'CommandSubmitted', 50);
  await kill(a);
  const taken = rowsWith(store, 'CommandSubmitted', id).length;
  expect(taken).toBeLessThan(total);
  const c = await node(newFolder());
  for (const other of [b, c]) {
    const { import: seen } = await get(`${other.url}/api/v1/imports/${id}`, clerk);
    expect(seen).toMatchObject({ state: 'running', total });
    const { status, json } = await post(other, `/api/v1/imports/${id}/approve`, reviewer);
    expect([status, json.type]).toEqual([409, '/problems/import-running']);
  }
  expect(rowsWith(store, 'CommandSubmitted', id)).toHaveLength(taken);

  await node(home);
  expect(await followed(b, id, clerk)).toMatchObject({
    state: 'finished',
    submitted: total,
    alreadyThere: 0,
    refused: 0,
  });
  expect(rowsWith(store, 'CommandSubmitted', id)).toEqual(everyRow);
  expect((await post(b, `/api/v1/imports/${id}/approve`, reviewer)).status).toBe(202);
  expect((await followed(c, id, clerk)).decisions).toMatchObject([{ state: 'finished', decided: total, left: [] }]);
  expect(rowsWith(store, 'FactoryCertifiedAsModel', id)).toEqual(everyRow);
});

test('a file whose import was interrupted by the loss of its node can be imported through another node, each row once', async () => {
  const { store, node, token } = await startCluster();
  const home = newFolder();
  const [a, b] = [await node(home), await node(newFolder())];
  const clerk = await token('clerk', 'li.wei');
  const first = await importRows(a, clerk);
  await grown(store, 'CommandSubmitted', 50);
  await kill(a);
  const taken = rowsWith(store, 'CommandSubmitted', first).length;
  const second = await importRows(b, clerk);
  const done = await followed(b, second, clerk);
  expect(done).toMatchObject({ state: 'finished', submitted: total - taken, alreadyThere: taken });
  const again = await node(home);
  const late = await followed(again, first, clerk);
  expect(late).toMatchObject({ state: 'finished', submitted: taken, alreadyThere: total - taken });
  expect(ofType(store, 'CommandSubmitted')).toHaveLength(total);
});

test.each(['a node that starts', 'the same approval, sent again through another node,'])(
  'an approval of an import that was interrupted by the death of its node: %s continues it, each submission once',
  async (who) => {
    const { store, node, token } = await startCluster();
    const [a, b] = [await node(newFolder()), await node(newFolder())];
    const [clerk, reviewer] = [await token('clerk', 'li.wei'), await token('reviewer', 'wang.fang')];
    const id = await importRows(a, clerk);
    await followed(a, id, clerk);
    expect((await post(a, `/api/v1/imports/${id}/approve`, reviewer)).status).toBe(202);
    await grown(store, 'FactoryCertifiedAsModel', 30);
    await kill(a);
    expect(ofType(store, 'FactoryCertifiedAsModel').length).toBeLessThan(total);
    if (who.startsWith('a node')) await node(newFolder());
    else expect((await post(b, `/api/v1/imports/${id}/approve`, reviewer)).status).toBe(202);
    expect((await followed(b, id, clerk)).decisions).toEqual([
      { decision: 'approve', by: 'wang.fang', state: 'finished', decided: total, left: [] },
    ]);
    expect(rowsWith(store, 'FactoryCertifiedAsModel', id)).toEqual(everyRow);
  },
);

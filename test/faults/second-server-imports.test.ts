import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openTokens } from '../../src/identity/tokens.ts';
import { start as beginning } from '../../src/store/event-store.ts';
import { openSqliteStore } from '../../src/store/sqlite/store.ts';
import { get, newFolder, serve } from '../cli/command-line.ts';
import { csv } from '../imports/spreadsheet.ts';

/** So many that the import still runs when the second server has started, however busy the machine is. */
const total = 10_000;
const rows = Array.from({ length: total }, (_, index) => [`k${index}`, `第 ${index} 厂`, '汽车', '浦东', '2020-12-22']);
const list = csv(['编号', '工厂名称', '行业', '区', '日期'], ...rows);

test.each([
  ['goes on', false],
  ['is killed', true],
])(
  'an import that a second server of the folder takes up at its start is recorded once, if the first server %s',
  async (_, isKilled) => {
    const folder = newFolder();
    const first = await serve(folder);
    const tokens = openTokens(join(folder, 'data', 'keys'), 'localhost/upgrade-registry', Date.now);
    const clerk = await tokens.sign('li.wei', ['clerk'], 600);
    const auditor = await tokens.sign('zhao', ['auditor'], 600);
    const form = new FormData();
    form.append('file', new Blob([list]), 'rows.csv');
    const headers = { authorization: `Bearer ${clerk}` };
    const answer = await fetch(`${first.url}/api/v1/imports/factories`, { method: 'POST', headers, body: form });
    expect(answer.status).toBe(202);
    const { id } = ((await answer.json()) as { import: { id: string } }).import;
    const followed = async (url: string) => {
      const stream = await fetch(`${url}/api/v1/imports/${id}`, {
        headers: { authorization: `Bearer ${auditor}`, accept: 'text/event-stream' },
      });
      await stream.text();
      return (await get(`${url}/api/v1/imports/${id}`, auditor)).import;
    };
    const second = await serve(folder);
    expect((await get(`${second.url}/api/v1/imports/${id}`, auditor)).import.state).toBe('running');
    if (isKilled) first.child.kill('SIGKILL');
    const servers = isKilled ? [second] : [first, second];
    for (const ended of await Promise.all(servers.map(({ url }) => followed(url))))
      expect(ended).toMatchObject({ state: 'finished', rows: total, recorded: total, alreadyThere: 0, refused: 0 });

    const store = openSqliteStore({ file: join(folder, 'data', 'events.db'), now: Date.now });
    const events = await store.readAll(beginning, 2 * total);
    await store.close();
    expect(events.filter(({ type }) => type === 'FactoryNominated')).toHaveLength(total);
    expect(events.filter(({ type }) => type === 'ImportFinished')).toHaveLength(1);
    for (const { url } of servers) expect((await fetch(`${url}/health/live`)).status).toBe(200);
  },
);

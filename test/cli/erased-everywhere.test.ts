import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { bodySha256, newEventId } from '../../src/commands/command-ids.ts';
import { openSqliteStore } from '../../src/store/sqlite/store.ts';
import { startWireServer } from '../store/esdb-wire/server.ts';
import { ended, get, newFolder, registry, serve } from './command-line.ts';
import { erase, filesWith, historyOf, note, panel, recordFactory, staffOf } from './erasing.ts';

/** Every run of a command is its own process. */
vi.setConfig({ testTimeout: 120_000 });

test('an older backup that is restored beside the list of erased texts does not bring one back', async () => {
  const folder = newFolder();
  const keys = { REGISTRY_KEYS: join(folder, 'keys') };
  const { url, child } = await serve(folder, keys);
  const staff = await staffOf(folder, keys);
  const ids = await recordFactory(url, staff);
  await registry(folder, ['backup', join(folder, 'older.db')], keys);
  expect(await erase(folder, ids.certified, ['note'], keys)).toMatchObject({ code: 0 });
  await registry(folder, ['backup', join(folder, 'newer.db')], keys);
  child.kill();
  await ended(child);
  expect(filesWith(folder, note)).toEqual(['older.db']);

  const restored = { ...keys, REGISTRY_DATA: join(folder, 'restored') };
  expect(await registry(folder, ['restore', join(folder, 'older.db')], restored)).toMatchObject({ code: 0 });
  expect(filesWith(folder, note)).toEqual(['older.db']);
  expect(filesWith(folder, panel)).toContain('restored/events.db');
  const again = await serve(folder, restored);
  expect((await historyOf(again.url, staff.auditor))[2]).toMatchObject({ id: ids.certified, erased: ['note'] });
  const { REGISTRY_DATA: _, ...lists } = restored;
  expect(readFileSync(join(lists.REGISTRY_KEYS, 'erased.jsonl'), 'utf8').split('\n')).toHaveLength(3);
  const erasures = await get(`${again.url}/api/v1/events?type=TextErased`, staff.auditor);
  expect(erasures.map(({ data }: { data: { metadata: object } }) => data.metadata)).toMatchObject([
    { by: 'he.yan', approvedBy: 'zhao.lei' },
    { by: 'he.yan', approvedBy: 'zhao.lei' },
  ]);

  // The basis of an erasure may be erased in its turn.
  const basis = '本人于 2026-11-20 申请删除';
  expect(filesWith(folder, basis)).toContain('keys/erased.jsonl');
  for (const { id } of erasures)
    expect(await erase(folder, id, ['basis'], restored, '依申请')).toMatchObject({ code: 0 });
  expect(filesWith(join(folder, 'restored'), basis)).toEqual([]);
  expect(filesWith(join(folder, 'keys'), basis)).toEqual([]);
});

test('the next start erases what was recorded as erased and is still there', async () => {
  const folder = newFolder();
  const { url, child } = await serve(folder);
  const staff = await staffOf(folder);
  const ids = await recordFactory(url, staff);
  child.kill();
  await ended(child);
  // As a process leaves it that is killed once the erasure is recorded.
  const store = openSqliteStore({ file: join(folder, 'data', 'events.db'), now: Date.now });
  const data = {
    register: 'factories',
    key: 'KangQiao',
    data: { event: ids.assessed, names: ['panel'], basis: '申请' },
  };
  const { length } = await store.readStream('upgrade.factories-kangqiao');
  const metadata = { schema: 1, by: 'he.yan', approvedBy: 'zhao.lei', command: newEventId() };
  await store.append('upgrade.factories-kangqiao', length - 1, [
    {
      id: newEventId(),
      type: 'TextErased',
      data,
      metadata: { ...metadata, bodySha256: bodySha256('factories', data) },
    },
  ]);
  await store.close();
  expect(filesWith(folder, panel)).toContain('data/events.db');

  const backup = join(folder, 'data', 'backup.db');
  expect(await registry(folder, ['backup', backup])).toMatchObject({ code: 0 });
  expect(readFileSync(backup).includes(panel)).toBe(false);
  const again = await serve(folder);
  await vi.waitFor(() => expect(filesWith(folder, panel)).toEqual([]), { timeout: 20_000 });
  expect((await historyOf(again.url, staff.auditor))[1]).toMatchObject({ erased: ['panel'], data: { score: 90 } });
  // A fact without its panel can be corrected like any other.
  const correction = { event: ids.assessed, data: { score: 91 }, reason: '录入有误' };
  const headers = { authorization: `Bearer ${staff.clerk}`, 'content-type': 'application/json', 'if-match': '"6"' };
  const corrected = await fetch(`${again.url}/api/v1/factories/KangQiao/correct`, {
    method: 'POST',
    headers,
    body: JSON.stringify(correction),
  });
  expect(corrected.status, await corrected.text()).toBe(201);
});

test('what a node keeps of the rows of an import goes with a text that stands in them', async () => {
  const folder = newFolder();
  const file = join(folder, '名单.csv');
  const row = (name: string, day: string) =>
    `上海某某公司,${name},浦东新区,汽车,${day},${note.replace('\n', '；').replaceAll('"', '')}`;
  const text = note.replace('\n', '；').replaceAll('"', '');
  writeFileSync(
    file,
    `企业名称,工厂名称,区,行业,推荐日期,备注\n${row('甲厂', '2020-01-10')}\n${row('乙厂', '明天')}\n`,
  );
  for (const more of [['--dry-run'], []])
    expect((await registry(folder, ['import', 'factories', file, '--as', 'li.wei', ...more])).code).toBe(1);
  const { url } = await serve(folder);
  const { auditor } = await staffOf(folder);
  const [nominated] = await get(`${url}/api/v1/events?type=FactoryNominated`, auditor);
  const inImports = () => filesWith(join(folder, 'data', 'imports'), text);
  expect(inImports().length).toBeGreaterThan(3);
  expect(await erase(folder, nominated.id, ['note'])).toMatchObject({ code: 0 });
  expect(filesWith(join(folder, 'data'), text)).toEqual([]);
  const [started] = await get(`${url}/api/v1/events?type=ImportStarted`, auditor);
  expect(await erase(folder, started.id, ['file', 'columns'])).toMatchObject({ code: 0 });
  expect(filesWith(join(folder, 'data'), '名单.csv')).toEqual([]);
  const { import: record } = await get(`${url}/api/v1/imports/${started.data.key}`, auditor);
  expect(record).toMatchObject({ file: '', erased: ['columns', 'file'], recorded: 1, refused: 1 });
});

test('on a store that cannot change what it has, no read shows an erased text, and a copy leaves it behind', async () => {
  const folder = newFolder();
  const wire = await startWireServer();
  onTestFinished(wire.close);
  const stored = { REGISTRY_STORE: wire.connectionString };
  const { url } = await serve(folder, stored);
  const staff = await staffOf(folder, stored);
  const ids = await recordFactory(url, staff);
  const early = join(folder, 'early.db');
  expect(await registry(folder, ['copy', '--from', wire.connectionString, '--to', `sqlite:${early}`])).toMatchObject({
    code: 0,
  });
  expect(filesWith(folder, note)).toContain('early.db');
  expect(await get(`${url}/api/v1/submissions/${ids.submission}`, staff.auditor)).toMatchObject({
    submission: { body: { note } },
  });

  const done = await erase(folder, ids.certified, ['note'], stored);
  expect([done.code, JSON.parse(done.stdout)]).toMatchObject([0, { isGone: false, isWiped: true, isRepeated: false }]);
  expect(filesWith(join(folder, 'data'), note)).toEqual([]);
  expect((await historyOf(url, staff.auditor))[2]).toMatchObject({ id: ids.certified, erased: ['note'] });
  const { submission } = await get(`${url}/api/v1/submissions/${ids.submission}`, staff.auditor);
  expect(submission).toMatchObject({ erased: ['note'] });
  expect(JSON.stringify(submission)).not.toContain('13800138000');

  // A copy that was begun before the erasure loses the text, too.
  for (const target of ['early.db', 'fresh.db'])
    expect(
      await registry(folder, ['copy', '--from', wire.connectionString, '--to', `sqlite:${join(folder, target)}`]),
    ).toMatchObject({ code: 0 });
  expect(filesWith(folder, note)).toEqual([]);
  expect(filesWith(folder, panel)).toEqual(expect.arrayContaining(['early.db', 'fresh.db']));
  const linesOf = async (base: string) => {
    const headers = { authorization: `Bearer ${staff.auditor}`, accept: 'application/x-ndjson' };
    return (await fetch(`${base}/api/v1/events`, { headers })).text();
  };
  const moved = await serve(folder, {
    REGISTRY_STORE: `sqlite:${join(folder, 'fresh.db')}`,
    REGISTRY_DATA: join(folder, 'moved'),
    REGISTRY_KEYS: join(folder, 'data', 'keys'),
  });
  const [ours, theirs] = [await linesOf(url), await linesOf(moved.url)];
  expect(theirs.split('\n')).toEqual(ours.split('\n'));
  expect((await historyOf(moved.url, staff.auditor))[2]).toMatchObject({ erased: ['note'] });
});

import { expect, test, vi } from 'vitest';
import { get, newFolder, registry, serve } from './command-line.ts';
import { erase, filesWith, historyOf, note, panel, reason, recordFactory, staffOf, title } from './erasing.ts';

/** Every run of a command is its own process. */
vi.setConfig({ testTimeout: 120_000 });

test('two people erase texts beside a running server: no file has them any more, and every read says what was erased', async () => {
  const folder = newFolder();
  const { url } = await serve(folder);
  const staff = await staffOf(folder);
  const ids = await recordFactory(url, staff);
  const lines = async () => {
    const headers = { authorization: `Bearer ${staff.auditor}`, accept: 'application/x-ndjson' };
    return (await (await fetch(`${url}/api/v1/events`, { headers })).text()).trimEnd().split('\n');
  };
  const before = { lines: await lines(), targets: await get(`${url}/api/v1/targets?on=2021-06-30`) };
  expect(filesWith(folder, note)).toContain('data/events.db-wal');

  const done = await erase(folder, ids.certified, ['note']);
  expect(done).toMatchObject({ code: 0, stderr: '' });
  expect(JSON.parse(done.stdout)).toMatchObject({
    isRepeated: false,
    erased: [
      { event: ids.certified, type: 'FactoryCertifiedAsModel', names: ['note'] },
      { type: 'CommandSubmitted', names: ['note'] },
    ],
    alsoIn: [],
  });
  expect(await erase(folder, ids.assessed, ['panel'])).toMatchObject({ code: 0 });
  expect(await erase(folder, ids.nominated, ['evidence'])).toMatchObject({ code: 0 });
  expect(await erase(folder, ids.suspended, ['reason'])).toMatchObject({ code: 0 });
  for (const text of [note, panel, title, reason]) expect(filesWith(folder, text), text).toEqual([]);

  const history = await historyOf(url, staff.auditor);
  expect(history.map(({ erased }: { erased?: unknown }) => erased)).toEqual([
    ['evidence'],
    ['panel'],
    ['note'],
    ['reason'],
  ]);
  expect(history[0].evidence).toEqual([]);
  expect(history[1].data).toEqual({ score: 90 });
  expect(history[2]).not.toHaveProperty('note');
  const { submission } = await get(`${url}/api/v1/submissions/${ids.submission}`, staff.auditor);
  expect(submission).toMatchObject({ erased: ['note'], body: { grade: 'demonstration' } });
  expect(submission.body).not.toHaveProperty('note');
  const trail = await get(`${url}/api/v1/events?order=desc`, staff.auditor);
  expect(trail.find(({ id }: { id: string }) => id === ids.assessed).data).toMatchObject({
    erased: ['panel'],
    data: { score: 90 },
  });
  const erasures = trail.filter(({ type }: { type: string }) => type === 'TextErased');
  expect(erasures.at(-1).data.data).toEqual({
    event: ids.certified,
    names: ['note'],
    basis: '本人于 2026-11-20 申请删除',
  });
  expect(erasures.at(-1).data.metadata).toMatchObject({ by: 'he.yan', approvedBy: 'zhao.lei' });
  expect(JSON.stringify(await get(`${url}/api/v1/factories/KangQiao`, staff.auditor))).not.toMatch(/王五|13800138000/);
  const csv = await fetch(`${url}/api/v1/events.csv`, { headers: { authorization: `Bearer ${staff.auditor}` } });
  expect(await csv.text()).toMatch(/""erased"":\[""panel""\]/);

  // The ledger holds what it held, and the erasures; the basis of each stands there as a digest.
  const after = await lines();
  expect(after.slice(0, before.lines.length)).toEqual(before.lines);
  expect(after.slice(before.lines.length).map((line) => JSON.parse(line).type)).toEqual(Array(6).fill('TextErased'));
  expect(after.join('')).not.toContain('2026-11-20');
  const { targets } = await get(`${url}/api/v1/targets?on=2021-06-30`);
  expect(targets).toEqual(before.targets.targets);
  expect(await registry(folder, ['audit', '--json'])).toMatchObject({ code: 0 });
  const rebuilt = await registry(folder, ['rebuild', '--json']);
  expect(JSON.parse(rebuilt.stdout)).toMatchObject({ differences: [], swapped: true });
  for (const text of [note, panel, title, reason]) expect(filesWith(folder, text), text).toEqual([]);
  expect(await registry(folder, ['audit'])).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('nothing has changed'),
  });
});

test('an erasure that cannot be made is refused in a line, and records nothing; a repeat says that it is one', async () => {
  const folder = newFolder();
  const { url } = await serve(folder);
  const staff = await staffOf(folder);
  const ids = await recordFactory(url, staff);
  const { size } = await get(`${url}/api/v1/targets`);
  const by = ['--basis', '申请', '--as', 'he.yan', '--approved-by', 'zhao.lei'];
  const tries: readonly (readonly [readonly string[], number, RegExp])[] = [
    [['7a0e5a0c-4a43-4b8e-9d60-6b7a3c1f2d11', 'note', ...by], 1, /there is no event 7a0e5a0c/],
    [['KangQiao', 'note', ...by], 1, /there is no event kangqiao/],
    [[ids.certified, 'reason', ...by], 1, /has no text "reason"; its free texts: note\n$/],
    [[ids.certified, 'note', 'panel', ...by], 1, /has no text "panel"/],
    [[ids.certified, 'Note', ...by], 1, /has no text "Note"/],
    [[ids.certified, 'grade', ...by], 1, /"grade" of .* is no free text, and cannot be erased/],
    [[ids.nominated, 'name', ...by], 1, /"name" of .* is no free text.*its free texts: evidence\n$/],
    [[ids.nominated, 'title', ...by], 1, /"title" of .* is no free text/],
    [[ids.certified, 'note', ...by.with(5, 'HE.YAN')], 1, /are the same person; erasing takes two/],
    [[ids.certified, 'note', ...by.with(5, 'ｈｅ．ｙａｎ')], 1, /are the same person/],
    [[ids.certified, 'note', ...by.with(1, ' ')], 2, /--basis: expected 1 to 2,000 visible characters/],
    [[ids.certified, 'note', ...by.with(3, '\u200b')], 2, /--as: expected/],
    [[ids.certified, 'note', ...by.with(5, '')], 2, /--approved-by: expected/],
    [[ids.certified, 'note', ...by.slice(0, 4)], 2, /required option '--approved-by <subject>'/],
    [[ids.certified, 'note', ...by.slice(2)], 2, /required option '--basis <text>'/],
    [[ids.certified, ...by], 2, /missing required argument 'name'/],
  ];
  for (const [args, code, said] of tries) {
    const run = await registry(folder, ['erase', 'text', ...args]);
    expect([run.code, run.stdout], run.stderr).toEqual([code, '']);
    expect(run.stderr).toMatch(said);
  }
  expect((await get(`${url}/api/v1/targets`)).size).toBe(size);
  expect((await historyOf(url, staff.auditor))[2].note).toBe(note);

  expect(JSON.parse((await erase(folder, ids.certified, ['note'])).stdout).isRepeated).toBe(false);
  const repeat = await registry(folder, ['erase', 'text', ids.certified.toUpperCase(), 'note', ...by]);
  expect(repeat).toMatchObject({ code: 0, stderr: '' });
  expect(repeat.stdout).toMatch(/^note of FactoryCertifiedAsModel .*: already erased; nothing was recorded\n/);
  expect((await get(`${url}/api/v1/targets`)).size).toBe(size + 2);
});

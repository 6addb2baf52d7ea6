import { EventSourceParserStream } from 'eventsource-parser/stream';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { countOf, csv, decide, ended, imported, post, trailOf } from '../imports/spreadsheet.ts';
import { refusedAs } from './office.ts';
import { startServer, type TestServer } from './server.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.close());

const columns = ['编号', '工厂名称', '行业', '区', '认定日期', '等级'];
const certified = (key: string, day = '2020-12-22') => [key, `${key}工厂`, '汽车', '浦东', day, '示范'];
const certify = { query: 'command=certify' };

test('a second person approves an import as a whole, and each fact carries both names', async () => {
  const done = await imported(server, 'factories', csv(columns, certified('a1'), certified('a2')), certify);
  const answer = await decide(server, done.id, 'approve');
  expect(answer.status).toBe(202);
  expect(answer.json).toEqual({ import: { id: done.id } });
  expect(answer.headers.get('location')).toBe(`/api/v1/imports/${done.id}`);
  expect((await ended(server, done.id)).decisions).toEqual([
    { decision: 'approve', by: 'wang.fang', state: 'finished', decided: 2, left: [] },
  ]);
  expect(await countOf(server, 'model-factories', '2020-12-31')).toBe(2);
  const facts = (await trailOf(server, done.id)).filter(
    ({ type }: { type: string }) => type === 'FactoryCertifiedAsModel',
  );
  expect(facts.map(({ data }: { data: object }) => data)).toMatchObject([
    { key: 'a1', metadata: { by: 'li.wei', approvedBy: 'wang.fang', row: 1, submission: 'factories~a1~0' } },
    { key: 'a2', metadata: { by: 'li.wei', approvedBy: 'wang.fang', row: 2, submission: 'factories~a2~0' } },
  ]);
});

test('a second person returns an import as a whole, with a reason', async () => {
  const done = await imported(server, 'factories', csv(columns, certified('b1'), certified('b2')), certify);
  expect((await decide(server, done.id, 'return')).status).toBe(202);
  expect((await ended(server, done.id)).decisions).toMatchObject([
    { decision: 'return', reason: '名单有误', decided: 2, left: [] },
  ]);
  const token = await server.token('clerk');
  const { json } = await server.get(`/api/v1/submissions?import=${done.id}`, { token });
  expect(json.items).toMatchObject([{ status: 'returned' }, { status: 'returned' }]);
  expect(await imported(server, 'factories', csv(columns, certified('b1')), certify)).toMatchObject({ submitted: 1 });
});

test('nobody decides their own import, and only reviewers decide', async () => {
  const sending = { ...certify, by: 'wang.fang', role: 'reviewer' } as const;
  const done = await imported(server, 'factories', csv(columns, certified('c1')), sending);
  for (const decision of ['approve', 'return'] as const) {
    const own = await decide(server, done.id, decision);
    expect(own.status).toBe(403);
    expect(own.json.type).toBe('/problems/second-person-needed');
  }
  for (const role of ['viewer', 'clerk', 'auditor', 'admin'] as const) {
    const token = await server.token(role);
    expect((await server.post(`/api/v1/imports/${done.id}/approve`, undefined, { token })).status).toBe(403);
  }
  expect((await decide(server, 'none', 'approve')).status).toBe(404);
  const token = await server.token('reviewer');
  expect((await server.post(`/api/v1/imports/${done.id}/return`, {}, { token })).status).toBe(400);
  expect((await decide(server, done.id, 'approve', 'chen.jie')).status).toBe(202);
  expect(await ended(server, done.id)).toMatchObject({ decisions: [{ by: 'chen.jie', decided: 1 }] });
});

test('an import that still runs is not decided', async () => {
  const rows = Array.from({ length: 500 }, (_, index) => certified(`d${index}`));
  const started = await post(server, 'factories', csv(columns, ...rows), certify);
  const { id } = started.json.import;
  const early = await decide(server, id, 'approve');
  expect(early.status).toBe(409);
  expect(early.json.type).toBe('/problems/import-running');
  expect(await ended(server, id)).toMatchObject({ state: 'finished', submitted: 500, decisions: [] });
});

test('a decision that still runs is not crossed by another, and its repeat is the same decision', async () => {
  const rows = Array.from({ length: 200 }, (_, index) => certified(`e${index}`));
  const done = await imported(server, 'factories', csv(columns, ...rows), certify);
  const [first, crossing, repeat] = await Promise.all([
    decide(server, done.id, 'approve'),
    decide(server, done.id, 'return', 'chen.jie'),
    decide(server, done.id, 'approve'),
  ]);
  const approvals = [first.status, repeat.status];
  expect([crossing.status, ...approvals]).toContain(202);
  expect(approvals).toEqual(crossing.status === 202 ? [409, 409] : [202, 202]); // whichever came first
  for (const { status, json } of [first, crossing, repeat].filter((answer) => answer.status === 409)) {
    expect([status, json.type]).toEqual([409, '/problems/import-running']);
    expect(json.detail).toMatch(/^导入已完成，正在整批(批准|退回)/);
  }
  const { decisions } = await ended(server, done.id);
  expect(decisions).toHaveLength(1);
  expect(decisions[0]).toMatchObject({ state: 'finished', decided: 200, left: [] });
});

test('what cannot be approved stays pending and is listed, and can be decided later', async () => {
  const done = await imported(server, 'factories', csv(columns, certified('f1'), certified('f2')), certify);
  const clerk = await server.token('clerk', 'li.wei');
  const nomination = { effectiveOn: '2021-03-01', name: '另一工厂', sector: 'automobiles', district: 'minhang' };
  const path = '/api/v1/factories/f2';
  const nominated = await server.post(`${path}/nominate`, nomination, { token: clerk, headers: { 'if-match': '"0"' } });
  expect(nominated.status).toBe(201);
  await decide(server, done.id, 'approve');
  expect((await ended(server, done.id)).decisions).toMatchObject([
    {
      decided: 1,
      left: [
        { submission: 'factories~f2~0', code: 'breaks-history', reason: 'Another record would no longer be valid' },
      ],
    },
  ]);
  const { json } = await server.get(`/api/v1/submissions?import=${done.id}&status=pending`, { token: clerk });
  expect(json.items).toMatchObject([{ id: 'factories~f2~0' }]);

  const annulled = { events: [nominated.json.events[0].id], reason: '登记有误' };
  expect((await server.post(`${path}/annul`, annulled, { token: clerk, headers: { 'if-match': '"1"' } })).status).toBe(
    201,
  );
  await decide(server, done.id, 'approve', 'chen.jie');
  expect((await ended(server, done.id)).decisions).toMatchObject([
    { by: 'wang.fang', decided: 1 },
    { by: 'chen.jie', decided: 1, left: [] },
  ]);
});

test('what somebody has decided by itself is left as it is', async () => {
  const done = await imported(server, 'factories', csv(columns, certified('g1'), certified('g2')), certify);
  const reviewer = await server.token('reviewer', 'chen.jie');
  await server.post('/api/v1/submissions/factories~g1~0/return', { reason: '重复' }, { token: reviewer });
  await decide(server, done.id, 'approve');
  expect((await ended(server, done.id)).decisions).toMatchObject([{ decided: 1, left: [] }]);
  const { json } = await server.get('/api/v1/submissions/factories~g1~0', { token: reviewer });
  expect(json.submission.status).toBe('returned');
});

/** Every message of an import's event stream until it ends. */
const streamed = async (id: string) => {
  const token = await server.token('clerk');
  const response = await fetch(`${server.url}/api/v1/imports/${id}`, {
    headers: { authorization: `Bearer ${token}`, accept: 'text/event-stream', 'accept-language': 'en' },
  });
  expect(response.headers.get('content-type')).toMatch(/^text\/event-stream/);
  if (response.body === null) throw new Error('no body');
  const messages = response.body.pipeThrough(new TextDecoderStream()).pipeThrough(new EventSourceParserStream());
  const found = await Array.fromAsync(messages);
  expect(new Set(found.map(({ event }) => event))).toEqual(new Set(['import']));
  return found.map(({ data }) => JSON.parse(data).import);
};

test('progress is streamed until the import has ended, and again while it is decided', async () => {
  const rows = Array.from({ length: 400 }, (_, index) =>
    certified(`h${index}`, index % 4 === 3 ? '去年' : '2020-12-22'),
  );
  const started = await post(server, 'factories', csv(columns, ...rows), certify);
  const { id } = started.json.import;
  const progress = await streamed(id);
  const taken = progress.map(({ rows }) => rows);
  expect(taken).toEqual([...taken].sort((a, b) => a - b));
  expect(progress.at(-1)).toMatchObject({ state: 'finished', total: 400, rows: 400, submitted: 300, refused: 100 });
  expect(await ended(server, id)).toEqual(progress.at(-1));

  await decide(server, id, 'approve');
  const decided = await streamed(id);
  expect(decided.at(-1).decisions).toMatchObject([{ state: 'finished', decided: 300, left: [] }]);
});

test('a dry run streams its progress to its end too', async () => {
  const rows = Array.from({ length: 200 }, (_, index) => certified(`i${index}`));
  const started = await post(server, 'factories', csv(columns, ...rows), { query: 'command=certify&dryRun=true' });
  const progress = await streamed(started.json.import.id);
  expect(progress.at(-1)).toMatchObject({ state: 'finished', dryRun: true, rows: 200 });
});

test('a dry run has recorded nothing that could be approved, returned, undone or ended', async () => {
  const started = await post(server, 'factories', csv(columns, certified('tried')), {
    query: 'command=certify&dryRun=true',
  });
  const { id } = started.json.import;
  await ended(server, id);
  for (const [command, role, body] of [
    ['approve', 'reviewer', {}],
    ['return', 'reviewer', { reason: '重复' }],
    ['undo', 'clerk', {}],
    ['end', 'clerk', {}],
  ] as const) {
    const token = await server.token(role, `${role}.second`);
    refusedAs(await server.post(`/api/v1/imports/${id}/${command}`, body, { token }), 409, 'dry-run', command);
    const unknown = await server.post(`/api/v1/imports/7a0e5a0c-4a43-5b8e-9d60-6b7a3c1f2d11/${command}`, body, {
      token,
    });
    refusedAs(unknown, 404, 'not-found', command);
  }
});

const nominationHeads = ['编号', '工厂名称', '行业', '区', '推荐日期'];
const nominated = (key: string, day = '2020-03-01') => [key, `第 ${key} 厂`, '汽车', '浦东', day];

const listed = async (key: string) => {
  const size = String(await server.registry.store.size());
  return (await server.get(`/api/v1/factories/${key}`, { headers: { 'registry-position': size } })).status === 200;
};

test('an import is undone: what it has recorded is annulled, and what others have recorded stays', async () => {
  const before = await imported(server, 'factories', csv(nominationHeads, nominated('u1')));
  const done = await imported(
    server,
    'factories',
    csv(nominationHeads, nominated('u1'), nominated('u2'), nominated('u3')),
  );
  expect(done).toMatchObject({ recorded: 2, alreadyThere: 1 });
  expect((await decide(server, done.id, 'undo', 'li.wei')).status).toBe(202);
  expect((await ended(server, done.id)).decisions).toEqual([
    { decision: 'undo', by: 'li.wei', state: 'finished', decided: 2, submitted: 0, left: [] },
  ]);
  expect([await listed('u1'), await listed('u2'), await listed('u3')]).toEqual([true, false, false]);
  await decide(server, done.id, 'undo', 'zhang.min');
  expect((await ended(server, done.id)).decisions.at(-1)).toMatchObject({ decided: 0, submitted: 0, left: [] });
  expect(await imported(server, 'factories', csv(nominationHeads, nominated('u2')))).toMatchObject({ recorded: 1 });
  await decide(server, before.id, 'undo', 'li.wei');
  await ended(server, before.id);
  expect(await listed('u1')).toBe(false);
});

test('undoing what counts is submitted again, and a second person approves it as a whole', async () => {
  const done = await imported(server, 'factories', csv(columns, certified('v1'), certified('v2')), certify);
  await decide(server, done.id, 'approve');
  await ended(server, done.id);
  const counted = await countOf(server, 'model-factories', '2021-12-31');
  await decide(server, done.id, 'undo', 'wang.fang');
  expect((await ended(server, done.id)).decisions.at(-1)).toMatchObject({ decided: 0, submitted: 2, left: [] });
  expect(await countOf(server, 'model-factories', '2021-12-31')).toBe(counted);
  await decide(server, done.id, 'undo', 'wang.fang');
  expect((await ended(server, done.id)).decisions.at(-1)).toMatchObject({ decided: 0, submitted: 2 });
  await decide(server, done.id, 'approve', 'wang.fang');
  expect((await ended(server, done.id)).decisions.at(-1)).toMatchObject({
    decided: 0,
    left: [{ code: 'second-person-needed' }, { code: 'second-person-needed' }],
  });
  await decide(server, done.id, 'approve', 'chen.jie');
  expect((await ended(server, done.id)).decisions.at(-1)).toMatchObject({ decided: 2, left: [] });
  expect(await countOf(server, 'model-factories', '2021-12-31')).toBe(counted - 2);
});

test('what cannot be undone stays and is listed', async () => {
  const done = await imported(server, 'factories', csv(nominationHeads, nominated('w1'), nominated('w2')));
  await imported(server, 'factories', csv(['编号', '评审组', '日期'], ['w1', '专家组', '2020-05-01']), {
    query: 'command=assess',
  });
  await decide(server, done.id, 'undo', 'li.wei');
  expect((await ended(server, done.id)).decisions).toMatchObject([
    { decided: 1, submitted: 0, left: [{ entry: 'factories/w1', code: 'breaks-history' }] },
  ]);
  expect([await listed('w1'), await listed('w2')]).toEqual([true, false]);
});

test('those who record in a register can undo imports into it, but nobody can undo an import that still runs', async () => {
  const done = await imported(server, 'factories', csv(nominationHeads, nominated('x1')));
  for (const role of ['viewer', 'auditor', 'admin'] as const) {
    const token = await server.token(role);
    expect((await server.post(`/api/v1/imports/${done.id}/undo`, undefined, { token })).status).toBe(403);
  }
  expect((await decide(server, 'none', 'undo')).status).toBe(404);
  const rows = Array.from({ length: 400 }, (_, index) => nominated(`y${index}`));
  const { id } = (await post(server, 'factories', csv(nominationHeads, ...rows))).json.import;
  expect((await decide(server, id, 'undo')).json.type).toBe('/problems/import-running');
  await ended(server, id);
  const token = await server.token('clerk', 'li.wei');
  const undone = await server.post(`/api/v1/imports/${id}/undo`, { reason: '名单作废' }, { token });
  expect(undone.status).toBe(202);
  expect((await ended(server, id)).decisions).toMatchObject([{ decision: 'undo', reason: '名单作废', decided: 400 }]);
});

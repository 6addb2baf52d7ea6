import { expect } from 'vitest';
import { csv, imported } from '../imports/spreadsheet.ts';
import { certificate, factory, nominate, nomination, test as officeTest, seen, submitCertificate } from './office.ts';
import type { TestServer } from './server.ts';

const random = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

const stored = async (server: TestServer) => {
  const events = [];
  for (const event of await server.registry.store.readAll({ size: 0, position: '0' }, 1_000)) events.push(event);
  return events;
};

/** Records, submits, approves, returns and withdraws under a prefix; gives every text that was answered. */
const work = async (server: TestServer, staff: Record<'clerk' | 'reviewer', string>, prefix: string) => {
  const answers: string[] = [];
  const post = async (path: string, token: string, body: object | undefined, headers: Record<string, string> = {}) => {
    const { text, status } = await server.post(path, body, { token, headers });
    expect([path, Math.floor(status / 100)]).toEqual([path, 2]);
    answers.push(text);
  };
  const path = `/api/v1/factories/${prefix}`;
  await post(`${path}/nominate`, staff.clerk, nomination, { 'idempotency-key': 'guessable' });
  for (const decision of ['return', 'withdraw', 'approve']) {
    const { json, text } = await server.post(
      `${path}-${decision}/certify`,
      { ...factory, ...certificate },
      {
        token: staff.clerk,
        headers: { 'idempotency-key': 'guessable' },
      },
    );
    answers.push(text);
    const token = decision === 'withdraw' ? staff.clerk : staff.reviewer;
    const body = decision === 'return' ? { reason: '不符' } : undefined;
    await post(`/api/v1/submissions/${json.submission.id}/${decision}`, token, body);
  }
  return answers;
};

const test = officeTest;

test('every event’s id is random, so that nobody can confirm a guess of who approved it', async ({ server, staff }) => {
  await work(server, staff, 'random');
  const events = await stored(server);
  expect(events.length).toBeGreaterThan(7);
  expect(events.filter(({ id }) => !random.test(id)).map(({ type }) => type)).toEqual([]);
  expect(new Set(events.map(({ id }) => id)).size).toBe(events.length);
});

test('the command id of a decision says nothing about who decided', async ({ server, staff }) => {
  await work(server, staff, 'decided');
  const decisions = (await stored(server)).filter(
    ({ type, metadata }) => metadata.approvedBy || /^Submission/.test(type),
  );
  expect(decisions.filter(({ metadata }) => !random.test(metadata.command)).map(({ type }) => type)).toEqual([]);
});

test('no answer but an auditor’s feed has a command’s id or its body’s hash', async ({ server, staff }) => {
  const answers = await work(server, staff, 'unseen');
  const paths = [
    '/api/v1/factories/unseen-approve',
    '/api/v1/factories/unseen-approve/history',
    '/api/v1/factories?q=unseen',
    '/api/v1/submissions',
    '/api/v1/targets/model-factories/entries',
    '/api/v1/targets/model-factories/changes?since=0',
    '/api/v1/registers',
  ];
  for (const path of paths)
    for (const token of [undefined, staff.viewer, staff.clerk, staff.reviewer, staff.admin])
      answers.push((await server.get(path, { token })).text);
  const secrets = (await stored(server)).flatMap(({ metadata }) => [metadata.command, metadata.bodySha256]);
  expect(secrets.filter((secret) => answers.some((text) => text.includes(secret)))).toEqual([]);
  const { text } = await server.get('/api/v1/events?limit=500', { token: staff.auditor });
  expect(secrets.every((secret) => text.includes(secret))).toBe(true);
});

test('an id in capital letters is the same id: of a fact to correct or to annul, and of an import', async ({
  server,
  staff,
}) => {
  const id = (await nominate(server, staff.clerk, 'capitals')).toUpperCase();
  const path = '/api/v1/factories/capitals';
  const send = (command: string, revision: number, body: object) =>
    server.post(`${path}/${command}`, { reason: '笔误', ...body }, { token: staff.clerk, headers: seen(revision) });
  expect((await send('correct', 0, { event: id, data: { name: '康桥工厂' } })).status).toBe(201);
  expect((await send('annul', 1, { events: [id, id.toLowerCase()] })).status).toBe(400);
  expect((await send('annul', 1, { events: [id] })).status).toBe(201);
  const { events } = (await server.get(`${path}/history`, { token: staff.auditor })).json;
  expect(events.map(({ data }: { data: { event?: string; events?: string[] } }) => data.event ?? data.events)).toEqual([
    undefined,
    id.toLowerCase(),
    [id.toLowerCase()],
  ]);
  const rows = csv(['编号', '工厂名称', '行业', '区', '推荐日期'], ['c-1', '甲厂', '汽车', '浦东', '2020-01-10']);
  const imports = (await imported(server, 'factories', rows)).id.toUpperCase();
  for (const read of [`imports/${imports}`, `imports/${imports}/rows`, `submissions?import=${imports}`])
    expect((await server.get(`/api/v1/${read}`, { token: staff.auditor })).status, read).toBe(200);
  const trail = await server.get(`/api/v1/events?import=${imports}`, { token: staff.auditor });
  expect(trail.json.length).toBeGreaterThan(0);
});

test('a command that is sent twice at once is recorded once, and both get its event', async ({ server, staff }) => {
  await nominate(server, staff.clerk, 'double');
  const send = () =>
    server.post(
      '/api/v1/factories/double/assess',
      { effectiveOn: '2020-02-01', panel: '专家组' },
      { token: staff.clerk, headers: { ...seen(0), 'idempotency-key': 'double-click' } },
    );
  const [one, two] = await Promise.all([send(), send()]);
  expect([one.status, two.status]).toEqual([201, 201]);
  expect(two.json.events).toEqual(one.json.events);
});

test('an approval that is sent twice at once is recorded once, and both get its event', async ({ server, staff }) => {
  const id = await submitCertificate(server, staff.clerk, 'double-approval');
  const send = () => server.post(`/api/v1/submissions/${id}/approve`, undefined, { token: staff.reviewer });
  const [one, two] = await Promise.all([send(), send()]);
  expect([one.status, two.status]).toEqual([201, 201]);
  expect(two.json.events).toEqual(one.json.events);
});

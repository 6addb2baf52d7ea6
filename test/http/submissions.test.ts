import pino from 'pino';
import { expect } from 'vitest';
import { commandsOn } from '../../src/commands/commands.ts';
import { buildApp } from '../../src/http/app.ts';
import {
  certificate,
  factory,
  nominate,
  noon,
  test as officeTest,
  openOffice,
  people,
  refusedAs,
  seen,
  submitCertificate,
  today,
} from './office.ts';
import type { Reply } from './server.ts';

const answer = ({ status, json }: Reply) => ({ status, json });

const test = officeTest
  .extend(
    'decide',
    ({ server }) =>
      (decision: string, id: string, token: string, headers: Record<string, string> = {}): Promise<Reply> =>
        server.post(`/api/v1/submissions/${id}/${decision}`, decision === 'return' ? { reason: '证书编号有误' } : {}, {
          token,
          headers,
        }),
  )
  .extend(
    'read',
    ({ server, staff }) =>
      async (id: string) =>
        (await server.get(`/api/v1/submissions/${id}`, { token: staff.auditor })).json.submission,
  )
  .extend(
    'command',
    ({ server, staff }) =>
      (key: string, name: string, body: object, revision: number, token = staff.clerk) =>
        server.post(`/api/v1/factories/${key}/${name}`, body, { token, headers: seen(revision) }),
  );

test('an approval records the fact itself with both names, as a command would', async ({
  server,
  staff,
  decide,
  read,
}) => {
  const id = await submitCertificate(server, staff.clerk, 'approved');
  const reply = await decide('approve', id, staff.reviewer);
  expect(reply.status).toBe(201);
  expect(reply.json).toEqual({
    entry: {
      register: 'factories',
      key: 'approved',
      status: 'certified',
      revision: 1,
      pending: [],
      grade: 'demonstration',
      ...factory,
    },
    events: [{ id: expect.any(String), type: 'FactoryCertifiedAsModel', revision: 1, entryNumber: expect.any(Number) }],
    position: reply.headers.get('registry-position'),
  });
  expect(reply.headers.get('etag')).toBe('"1"');
  expect(reply.headers.get('location')).toBe('/api/v1/factories/approved');
  expect(await read(id)).toMatchObject({
    status: 'approved',
    by: 'li.wei',
    decidedBy: 'wang.fang',
    event: reply.json.events[0].id,
  });
  const { json } = await server.get('/api/v1/factories/approved/history', { token: staff.auditor });
  expect(json.events).toMatchObject([
    { by: 'li.wei', approvedBy: 'wang.fang', submission: id, effectiveOn: '2020-12-22' },
  ]);
});

test('an approval appends exactly one event', async ({ server, staff, decide }) => {
  const id = await submitCertificate(server, staff.clerk, 'one-event');
  const size = await server.registry.store.size();
  await decide('approve', id, staff.reviewer);
  expect(await server.registry.store.size()).toBe(size + 1);
});

test('a correction and an annulment are approved as what they are', async ({ server, staff, decide, command }) => {
  const { json } = await decide('approve', await submitCertificate(server, staff.clerk, 'revised'), staff.reviewer);
  const [{ id: event }] = json.events;
  const correction = await command('revised', 'correct', { event, effectiveOn: '2021-01-05', reason: '日期有误' }, 1);
  const corrected = await decide('approve', correction.json.submission.id, staff.reviewer);
  expect(corrected.json.events[0].type).toBe('EventCorrected');
  const annulment = await command('revised', 'annul', { events: [event], reason: '证书作废' }, 3);
  const annulled = await decide('approve', annulment.json.submission.id, staff.reviewer);
  expect(annulled.json).toMatchObject({ events: [{ type: 'EventsAnnulled' }], entry: { status: 'none' } });
});

test('a return keeps the reason and records no fact', async ({ server, staff, decide }) => {
  const id = await submitCertificate(server, staff.clerk, 'returned');
  const reply = await decide('return', id, staff.reviewer);
  expect(reply.status).toBe(200);
  expect(reply.json.submission).toMatchObject({
    id,
    status: 'returned',
    decidedBy: 'wang.fang',
    reason: '证书编号有误',
  });
  expect(reply.headers.get('etag')).toBe('"1"');
  expect((await server.get('/api/v1/factories/returned', { token: staff.clerk })).json.status).toBe('none');
});

test('a return without a reason is refused', async ({ server, staff, read }) => {
  const id = await submitCertificate(server, staff.clerk, 'no-reason');
  for (const body of [{}, { reason: '' }, { reason: '  ' }, { reason: 7 }, { reason: 'x', colour: 'red' }]) {
    refusedAs(
      await server.post(`/api/v1/submissions/${id}/return`, body, { token: staff.reviewer }),
      400,
      'invalid-request',
    );
  }
  expect(await read(id)).toMatchObject({ status: 'pending' });
});

test('a decision can be sent without any body', async ({ server, staff }) => {
  const id = await submitCertificate(server, staff.clerk, 'bodiless');
  expect((await server.call('POST', `/api/v1/submissions/${id}/approve`, { token: staff.reviewer })).status).toBe(201);
  const other = await submitCertificate(server, staff.clerk, 'bodiless-2');
  expect((await server.call('POST', `/api/v1/submissions/${other}/withdraw`, { token: staff.clerk })).status).toBe(200);
});

test('a submission has one id: a number that begins with 0 is none', async ({ server, staff }) => {
  const id = await submitCertificate(server, staff.clerk, 'one-id');
  const other = id.replace(/\d+$/, (revision) => `0${revision}`);
  refusedAs(await server.get(`/api/v1/submissions/${other}`, { token: staff.auditor }), 404, 'not-found');
  refusedAs(await server.post(`/api/v1/submissions/${other}/approve`, {}, { token: staff.reviewer }), 404, 'not-found');
});

test('only the person who submitted may withdraw', async ({ server, staff, decide }) => {
  const id = await submitCertificate(server, staff.clerk, 'withdrawn');
  for (const token of [staff.colleague, staff.reviewer, staff.admin]) {
    expect((await decide('withdraw', id, token)).status).toBe(403);
  }
  const reply = await decide('withdraw', id, staff.clerk);
  expect(reply.status).toBe(200);
  expect(reply.json.submission).toMatchObject({ status: 'withdrawn', decidedBy: 'li.wei' });
});

test('you cannot approve or return your own submission, whatever your roles', async ({ server, decide, read }) => {
  const everything = await server.token(['admin', 'reviewer', 'clerk', 'auditor'], 'omnipotent');
  const id = await submitCertificate(server, everything, 'own');
  refusedAs(await decide('approve', id, everything), 403, 'second-person-needed');
  refusedAs(await decide('return', id, everything), 403, 'second-person-needed');
  refusedAs(await decide('approve', id, everything, seen(0)), 403, 'second-person-needed');
  const otherRoles = await server.token(['reviewer'], 'omnipotent');
  refusedAs(await decide('approve', id, otherRoles), 403, 'second-person-needed');
  expect(await read(id)).toMatchObject({ status: 'pending' });
});

test('an admin approves nothing by virtue of being admin, not even plans', async ({ server, staff, decide }) => {
  const id = await submitCertificate(server, staff.clerk, 'not-by-admin');
  refusedAs(await decide('approve', id, staff.admin), 403, 'forbidden');
});

test('what is decided stays decided', async ({ server, staff, decide }) => {
  const decisions = { approve: staff.reviewer, return: staff.reviewer, withdraw: staff.clerk };
  for (const [first, token] of Object.entries(decisions)) {
    const id = await submitCertificate(server, staff.clerk, `decided-${first}`);
    const { status } = await decide(first, id, token);
    expect(status).toBeLessThan(300);
    for (const [later, laterToken] of Object.entries({ ...decisions, approve: staff.second, return: staff.second })) {
      if (later === 'withdraw' && first === 'withdraw') continue;
      const reply = await decide(later, id, laterToken);
      refusedAs(reply, 409, 'already-decided', `${first}, then ${later}`);
      expect(reply.json.status).toBe(409);
    }
  }
});

test('the same person’s repeat of the same decision gets the first answer again', async ({ server, staff, decide }) => {
  for (const [decision, token] of Object.entries({
    approve: staff.reviewer,
    return: staff.reviewer,
    withdraw: staff.clerk,
  })) {
    const key = `repeated-${decision}`;
    const id = await submitCertificate(server, staff.clerk, key);
    const first = await decide(decision, id, token);
    await server.post(
      `/api/v1/factories/${key}/nominate`,
      { ...factory, effectiveOn: '2020-01-10' },
      { token: staff.clerk, headers: seen(1) },
    );
    const size = await server.registry.store.size();
    const second = await decide(decision, id, token);
    expect(second.headers.get('idempotent-replayed')).toBe('true');
    expect(answer(second)).toEqual(answer(first));
    expect(await server.registry.store.size()).toBe(size);
  }
});

test('a submission that was returned for one reason is not returned again for another', async ({ server, staff }) => {
  const id = await submitCertificate(server, staff.clerk, 'two-reasons');
  const giveBack = (reason: string) =>
    server.post(`/api/v1/submissions/${id}/return`, { reason }, { token: staff.reviewer });
  const first = await giveBack('证书编号有误');
  const size = await server.registry.store.size();
  for (const reason of ['日期有误', '证书编号有误。', '证书编号'])
    refusedAs(await giveBack(reason), 409, 'already-decided', reason);
  expect(answer(await giveBack('证书编号有误'))).toEqual(answer(first));
  expect(await server.registry.store.size()).toBe(size);
});

test('an administrator reads the submissions of plans and of no other register', async ({ server, staff }) => {
  const id = await submitCertificate(server, staff.clerk, 'not-for-admins');
  const missing = 'factories~there-is-none~0';
  const url = '/api/v1/submissions';
  const goal = { id: 'a', title: { zh: '甲', en: 'A' }, measure: 'factories.certified', goal: { min: 1 } };
  const period = { from: '2022-01-01', to: '2022-12-31', targets: [goal] };
  const adopt = {
    effectiveOn: '2020-01-01',
    title: { zh: '测试', en: 'Test' },
    sectors: ['automobiles'],
    core: 'lingang',
    belt: ['pudong'],
    ...period,
  };
  const adopted = await server.post('/api/v1/plans/of-admins/adopt', adopt, { token: staff.admin });
  expect(adopted.status, adopted.text).toBe(202);
  const own = adopted.json.submission.id;
  const admin = { token: staff.admin };
  for (const path of [`${url}/${id}`, `${url}/${missing}`, `${url}?register=factories`, `${url}?register=enterprises`])
    refusedAs(await server.get(path, admin), 403, 'forbidden', path);
  for (const path of [`${url}?limit=500`, `${url}?register=plans`, `${url}?status=pending&by=he.yan`]) {
    const { json } = await server.get(path, admin);
    expect([json.total, json.items.map((item: { id: string }) => item.id)], path).toEqual([1, [own]]);
  }
  expect((await server.get(`${url}?key=not-for-admins`, admin)).json).toEqual({ items: [], total: 0 });
  expect((await server.get(`${url}/${own}`, admin)).status).toBe(200);
  for (const token of [staff.clerk, staff.reviewer, staff.auditor]) {
    expect((await server.get(`${url}/${id}`, { token })).status).toBe(200);
    expect((await server.get(`${url}?register=factories`, { token })).json.total).toBeGreaterThan(0);
  }
});

test('an approval honours the revision that is sent with it', async ({ server, staff, decide, read }) => {
  const id = await submitCertificate(server, staff.clerk, 'matched');
  await server.post(
    '/api/v1/factories/matched/nominate',
    { ...factory, effectiveOn: '2020-01-10' },
    { token: staff.clerk, headers: seen(0) },
  );
  const stale = await decide('approve', id, staff.reviewer, seen(0));
  refusedAs(stale, 412, 'revision-mismatch');
  expect(stale.json.revision).toBe(1);
  refusedAs(await decide('approve', id, staff.reviewer, { 'if-match': 'yes' }), 400, 'invalid-request');
  expect(await read(id)).toMatchObject({ status: 'pending' });
  expect((await decide('approve', id, staff.reviewer, { 'if-match': 'W/"1"' })).status).toBe(201);
});

test('a submission is read with its entry’s revision', async ({ server, staff }) => {
  const id = await submitCertificate(server, staff.clerk, 'tagged');
  const reply = await server.get(`/api/v1/submissions/${id}`, { token: staff.reviewer });
  expect(reply.headers.get('etag')).toBe('"0"');
  expect(reply.json.submission).toMatchObject({
    id,
    body: { ...factory, ...certificate },
    submittedAt: `${today}T04:00:00.000Z`,
  });
});

test('approving a command that no longer fits gets the command’s own refusal and leaves it pending', async ({
  server,
  staff,
  decide,
  read,
  command,
}) => {
  await nominate(server, staff.clerk, 'overtaken');
  const submitted = await command('overtaken', 'certify', certificate, 0);
  const { id } = submitted.json.submission;
  const [{ id: nomination }] = (await server.get('/api/v1/factories/overtaken/history', { token: staff.auditor })).json
    .events;
  await command('overtaken', 'annul', { events: [nomination], reason: '登记对象有误' }, 1);
  const refused = await decide('approve', id, staff.reviewer);
  refusedAs(refused, 400, 'invalid-request');
  const twice = await submitCertificate(server, staff.clerk, 'overtaken-2');
  const other = await command('overtaken-2', 'certify', { ...factory, ...certificate }, 0);
  await decide('approve', twice, staff.reviewer);
  refusedAs(await decide('approve', other.json.submission.id, staff.reviewer), 409, 'transition-not-allowed');
  for (const pending of [id, other.json.submission.id])
    expect(await read(pending)).toMatchObject({ status: 'pending', impact: [] });
});

test('approving what refers to an enterprise that has left meanwhile is refused and stays pending', async ({
  server,
  staff,
  decide,
  read,
}) => {
  const code = '914403001922038216';
  const enterprise = (name: string, body: object, headers = {}) =>
    server.post(`/api/v1/enterprises/${code}/${name}`, body, { token: staff.clerk, headers });
  await enterprise('enroll', { effectiveOn: '2020-01-01', name: '某企业', sector: 'automobiles', district: 'pudong' });
  const id = await submitCertificate(server, staff.clerk, 'tied', { enterprise: code });
  await enterprise('leave', { effectiveOn: '2020-06-01', reason: '迁出' }, seen(0));
  refusedAs(await decide('approve', id, staff.reviewer), 422, 'unknown-reference');
  expect(await read(id)).toMatchObject({ status: 'pending' });
});

test('an approval whose effect on the counts has changed since needs the current revision', async ({
  server,
  staff,
  decide,
  command,
}) => {
  await nominate(server, staff.clerk, 'changed');
  const { json } = await command('changed', 'certify', certificate, 0);
  const { id } = json.submission;
  await command('changed', 'amend', { effectiveOn: '2020-06-01', district: 'minhang' }, 1);
  const refused = await decide('approve', id, staff.reviewer);
  refusedAs(refused, 412, 'revision-mismatch');
  expect(refused.json.revision).toBe(2);
  refusedAs(await decide('approve', id, staff.reviewer, seen(1)), 412, 'revision-mismatch');
  expect((await decide('approve', id, staff.reviewer, seen(2))).status).toBe(201);
});

test('an approval whose effect has not changed needs no revision, whatever else was recorded', async ({
  server,
  staff,
  decide,
  command,
}) => {
  await nominate(server, staff.clerk, 'unchanged');
  const { json } = await command('unchanged', 'certify', certificate, 0);
  await command('unchanged', 'amend', { effectiveOn: '2020-06-01', name: '新名' }, 1);
  expect((await decide('approve', json.submission.id, staff.reviewer)).status).toBe(201);
});

test('a pending submission carries its impact as of now', async ({ server, staff, decide, read }) => {
  const ids = [
    await submitCertificate(server, staff.clerk, 'now-1'),
    await submitCertificate(server, staff.clerk, 'now-2'),
  ];
  const [first = '', second = ''] = ids;
  const before = async (id: string) => (await read(id)).impact[0].before as number;
  const count = await before(second);
  const { headers } = await decide('approve', first, staff.reviewer);
  await server.get('/api/v1/measures', { headers: { 'registry-position': headers.get('registry-position') ?? '' } });
  expect(await before(second)).toBe(count + 1);
  expect(await read(first)).not.toHaveProperty('impact');
  const { json } = await server.get('/api/v1/submissions?key=now-2', { token: staff.reviewer });
  expect(json.items[0].impact).toEqual((await read(second)).impact);
});

test('a submission that does not exist is not found', async ({ server, staff, decide }) => {
  await nominate(server, staff.clerk, 'no-submission');
  const ids = [
    'factories~no-submission~0',
    'factories~no-submission~9',
    'factories~nobody~0',
    'ships~x~0',
    'x',
    'factories~x',
    `factories~${'x'.repeat(400)}~0`,
  ];
  for (const id of ids) {
    refusedAs(await server.get(`/api/v1/submissions/${id}`, { token: staff.clerk }), 404, 'not-found', id);
    for (const decision of ['approve', 'return'])
      refusedAs(await decide(decision, id, staff.reviewer), 404, 'not-found', id);
    refusedAs(await decide('withdraw', id, staff.clerk), 404, 'not-found', id);
  }
});

test('plans: an admin submits, a reviewer approves, a clerk is refused', async ({ server, staff, decide }) => {
  const body = { effectiveOn: '2021-06-01', target: 'criteria', goal: { min: 60 } };
  const revise = (token: string, headers = {}) =>
    server.post('/api/v1/plans/shanghai-2019-2021/revise', body, { token, headers });
  refusedAs(await revise(staff.clerk, seen(0)), 403, 'forbidden');
  refusedAs(await revise(staff.reviewer, seen(0)), 403, 'forbidden');
  const submitted = await revise(staff.admin, seen(0));
  expect(submitted.status).toBe(202);
  const { id } = submitted.json.submission;
  refusedAs(await decide('approve', id, staff.admin), 403, 'forbidden');
  const approved = await decide('approve', id, staff.reviewer);
  expect(approved.status).toBe(201);
  const { json } = await server.get('/api/v1/targets', { headers: { 'registry-position': approved.json.position } });
  expect(json.targets.find((target: { id: string }) => target.id === 'criteria').goal).toEqual({ min: 60 });
});

test('an admin withdraws what they submitted', async ({ server, staff, decide }) => {
  const body = { effectiveOn: '2021-06-02', target: 'platforms', goal: { min: 2, max: 4 } };
  const { json } = await server.get('/api/v1/plans/shanghai-2019-2021', { token: staff.admin });
  const submitted = await server.post('/api/v1/plans/shanghai-2019-2021/revise', body, {
    token: staff.admin,
    headers: seen(json.revision),
  });
  expect((await decide('withdraw', submitted.json.submission.id, staff.admin)).status).toBe(200);
});

test('the list of submissions is filtered by status, register, key and people', async () => {
  const office = await openOffice();
  try {
    const { clerk, colleague, reviewer, auditor } = await people(office);
    const [a, b, c] = [
      await submitCertificate(office, clerk, 'list-a'),
      await submitCertificate(office, clerk, 'list-b'),
      await submitCertificate(office, colleague, 'list-c'),
    ];
    await office.post(`/api/v1/submissions/${a}/approve`, {}, { token: reviewer });
    const returned = await office.post(`/api/v1/submissions/${b}/return`, { reason: 'x' }, { token: reviewer });
    const headers = { 'registry-position': returned.headers.get('registry-position') ?? '' };
    const listed = async (query: string): Promise<string[]> =>
      (await office.get(`/api/v1/submissions?${query}`, { token: auditor, headers })).json.items.map(
        ({ id }: { id: string }) => id,
      );
    expect(await listed('')).toEqual([a, b, c]);
    expect(await listed('status=pending')).toEqual([c]);
    expect(await listed('status=approved')).toEqual([a]);
    expect(await listed('status=returned')).toEqual([b]);
    expect(await listed('status=withdrawn')).toEqual([]);
    expect(await listed('by=li.wei')).toEqual([a, b]);
    expect(await listed('notBy=li.wei')).toEqual([c]);
    expect(await listed('register=factories&key=LIST-B')).toEqual([b]);
    expect(await listed('register=plans')).toEqual([]);
    expect(await listed('import=none')).toEqual([]);
    for (const wrong of ['status=lost', 'register=ships', 'colour=red', 'limit=0', 'limit=501', 'limit=x', 'cursor=']) {
      refusedAs(await office.get(`/api/v1/submissions?${wrong}`, { token: auditor }), 400, 'invalid-request', wrong);
    }
  } finally {
    await office.close();
  }
});

test('the list of submissions comes in pages that fit together, filters kept', async () => {
  const office = await openOffice();
  try {
    const { clerk, colleague, reviewer } = await people(office);
    const made: string[] = [];
    for (let index = 0; index < 7; index++) {
      made.push(await submitCertificate(office, clerk, `page-${index}`));
      await submitCertificate(office, colleague, `other-${index}`);
    }
    const listed: string[] = [];
    let path: string | undefined = '/api/v1/submissions?by=li.wei&limit=3';
    for (let page = 0; path !== undefined && page < 9; page++) {
      const { json, headers, status }: Reply = await office.get(path, { token: reviewer });
      expect(status).toBe(200);
      expect(json.items.length).toBeLessThanOrEqual(3);
      listed.push(...json.items.map(({ id }: { id: string }) => id));
      path = /^<(\/[^>]+)>; rel="next"$/.exec(headers.get('link') ?? '')?.[1];
    }
    expect(listed).toEqual(made);
  } finally {
    await office.close();
  }
});

test('a cursor that the service did not give is refused', async ({ server, staff }) => {
  const made = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
  for (const cursor of [
    'x',
    made({}),
    made({ after: 'x' }),
    made({ after: 1.5 }),
    made({ after: 1, more: 2 }),
    made([1]),
    made(null),
    '%00',
  ]) {
    const reply = await server.get(`/api/v1/submissions?cursor=${cursor}`, { token: staff.reviewer });
    refusedAs(reply, 400, 'invalid-request', cursor);
    expect(reply.json.errors).toMatchObject([{ in: 'query', name: 'cursor' }]);
  }
});

test('a recorded command is answered as recorded, even if the read model is too far behind to compute the impact', async ({
  server,
  staff,
}) => {
  const { registry } = server;
  const lagging = { ...registry.model, reached: async () => false };
  const commands = commandsOn(registry.store, lagging, registry.questions, () => noon);
  const app = await buildApp({ ...registry, commands, now: () => noon }, pino({ level: 'silent' }));
  const reply = await app.inject({
    method: 'POST',
    url: '/api/v1/factories/lagging/certify',
    headers: { authorization: `Bearer ${staff.clerk}` },
    payload: { ...factory, ...certificate },
  });
  await app.close();
  expect(reply.statusCode).toBe(202);
  expect(reply.json().submission).toMatchObject({ id: 'factories~lagging~0', status: 'pending' });
  expect(reply.json().submission).not.toHaveProperty('impact');
});

test('the queue shows names, what the fields hold now, how many wait, and both orders', async ({
  server,
  staff,
  command,
}) => {
  const first = await submitCertificate(server, staff.clerk, 'q-1', { ...factory, name: '队列一厂' });
  await nominate(server, staff.clerk, 'q-2', { name: '队列二厂' });
  const second = (
    await command('q-2', 'certify', { effectiveOn: '2020-12-22', grade: 'benchmark', name: '队列二厂新名' }, 0)
  ).json.submission.id;
  const queue = async (query: string) =>
    (await server.get(`/api/v1/submissions?register=factories&status=pending${query}`, { token: staff.reviewer })).json;
  const found = await queue('&limit=500');
  expect(found.total).toBe(found.items.length);
  const added = found.items.slice(-2);
  expect(added).toMatchObject([
    { id: first, name: '队列一厂', present: { name: null, sector: null, district: null, grade: null } },
    { id: second, name: '队列二厂', present: { name: '队列二厂', grade: null } },
  ]);
  expect(Object.keys(added[1].present).sort()).toEqual(['grade', 'name']);
  const newest = await queue('&order=desc&limit=1');
  expect([newest.total, newest.items.map(({ id }: { id: string }) => id)]).toEqual([found.total, [second]]);
  const { headers } = await server.get('/api/v1/submissions?register=factories&status=pending&order=desc&limit=1', {
    token: staff.reviewer,
  });
  const next = /<([^>]+)>/.exec(headers.get('link') ?? '')?.[1] ?? '';
  expect((await server.get(next, { token: staff.reviewer })).json.items[0].id).toBe(first);
});

test('a correction shows what the fact says now; a decided submission shows nothing of it', async ({
  server,
  staff,
  command,
  decide,
}) => {
  const certified = await submitCertificate(server, staff.clerk, 'q-3');
  const { json } = await decide('approve', certified, staff.reviewer);
  const correction = {
    event: json.events[0].id,
    effectiveOn: '2020-12-21',
    data: { grade: 'benchmark' },
    reason: '误',
  };
  const { submission } = (await command('q-3', 'correct', correction, 1)).json;
  const list = async () =>
    (await server.get('/api/v1/submissions?key=q-3&order=desc', { token: staff.reviewer })).json.items;
  expect((await list())[0]).toMatchObject({
    id: submission.id,
    name: factory.name,
    present: { effectiveOn: '2020-12-22', grade: 'demonstration' },
  });
  expect((await list())[1].present).toBeUndefined();
});

test('one submission shows what its line in the list shows, and both say when it was decided', async ({
  server,
  staff,
  command,
  decide,
  read,
}) => {
  await nominate(server, staff.clerk, 'q-4');
  const { submission } = (await command('q-4', 'certify', { ...certificate, name: '队列四厂' }, 0)).json;
  const listed = async () => (await server.get('/api/v1/submissions?key=q-4', { token: staff.clerk })).json.items[0];
  expect(await read(submission.id)).toMatchObject({ present: { name: factory.name, grade: null } });
  expect(await read(submission.id)).toEqual(await listed());
  await decide('return', submission.id, staff.reviewer);
  expect(await read(submission.id)).toMatchObject({ status: 'returned', decidedAt: '2021-06-15T04:00:00.000Z' });
  expect(await read(submission.id)).toEqual(await listed());
});

test('a revision of a target shows its goal as it is', async ({ server, staff }) => {
  const body = { effectiveOn: '2020-07-01', target: 'star-listings', goal: { min: 20 } };
  const plan = '/api/v1/plans/shanghai-2019-2021';
  const { headers } = await server.get(plan);
  const call = { token: staff.admin, headers: { 'if-match': headers.get('etag') ?? '' } };
  const { submission } = (await server.post(`${plan}/revise`, body, call)).json;
  const { items } = (await server.get('/api/v1/submissions?register=plans', { token: staff.auditor })).json;
  expect(items.find(({ id }: { id: string }) => id === submission.id)).toMatchObject({
    present: { goal: { min: 10 } },
    name: expect.stringContaining('上海'),
  });
});

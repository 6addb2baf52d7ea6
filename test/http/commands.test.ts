import { expect } from 'vitest';
import {
  certificate,
  enrolment,
  factory,
  nobody,
  nominate,
  nomination,
  test as officeTest,
  refusedAs,
  seen,
  submitCertificate,
  today,
  uscc,
} from './office.ts';
import type { Reply } from './server.ts';

const test = officeTest
  /** A clerk's command on a factory, on the revision given or without one. */
  .extend(
    'command',
    ({ server, staff }) =>
      (key: string, name: string, body: object, revision?: number): Promise<Reply> =>
        server.post(`/api/v1/factories/${key}/${name}`, body, {
          token: staff.clerk,
          headers: revision === undefined ? {} : seen(revision),
        }),
  )
  .extend(
    'approve',
    ({ server, staff }) =>
      (submission: string, headers: Record<string, string> = {}) =>
        server.post(`/api/v1/submissions/${submission}/approve`, {}, { token: staff.reviewer, headers }),
  )
  /** A factory certified on 22 December 2020, at revision 1; resolves to the ids of the fact and of the submission. */
  .extend('certified', ({ server, staff, approve }) => async (key: string) => {
    const submission = await submitCertificate(server, staff.clerk, key);
    const { json } = await approve(submission);
    return { submission, event: json.events[0].id as string };
  });

test('a fact that moves no number is recorded at once, and the answer says in which place', async ({
  server,
  command,
}) => {
  const reply = await command('recorded', 'nominate', { ...nomination, note: '区经信委推荐' });
  expect(reply.status).toBe(201);
  expect(reply.json).toEqual({
    entry: { register: 'factories', key: 'recorded', status: 'nominated', revision: 0, pending: [], ...factory },
    events: [{ id: expect.any(String), type: 'FactoryNominated', revision: 0, entryNumber: expect.any(Number) }],
    position: reply.headers.get('registry-position'),
  });
  expect(reply.headers.get('etag')).toBe('"0"');
  expect(reply.headers.get('location')).toBe('/api/v1/factories/recorded');
  const entry = await server.get('/api/v1/factories/recorded', {
    headers: { 'registry-position': reply.json.position },
  });
  expect(entry.json).toMatchObject({ status: 'nominated', revision: 0 });
  expect(entry.headers.get('etag')).toBe('"0"');
});

test('a command that moves a number is submitted, and no number moves before a second person approves', async ({
  server,
  staff,
  command,
}) => {
  await nominate(server, staff.clerk, 'submitted');
  const reply = await command('submitted', 'certify', certificate, 0);
  expect(reply.status).toBe(202);
  const { submission } = reply.json;
  expect(submission).toMatchObject({
    id: 'factories~submitted~1',
    status: 'pending',
    register: 'factories',
    key: 'submitted',
    command: 'certify',
    body: certificate,
    by: 'li.wei',
    submittedAt: `${today}T04:00:00.000Z`,
  });
  expect(submission.impact).toContainEqual({
    target: 'model-factories',
    plan: 'shanghai-2019-2021',
    on: today,
    before: expect.any(Number),
    after: submission.impact[0].before + 1,
  });
  expect(submission.impact.map(({ on }: { on: string }) => on)).toEqual([today, '2021-12-31']);
  expect(reply.headers.get('location')).toBe('/api/v1/submissions/factories~submitted~1');
  expect(reply.headers.get('etag')).toBe('"1"');
  const headers = { 'registry-position': reply.headers.get('registry-position') ?? '' };
  const entry = await server.get('/api/v1/factories/submitted', { token: staff.clerk, headers });
  expect(entry.json).toMatchObject({ status: 'nominated', revision: 1, pending: [submission.id] });
});

test('a key is the same key in upper and lower case, and keeps the case of its first record', async ({
  server,
  staff,
  command,
}) => {
  await nominate(server, staff.clerk, 'KangQiao');
  const again = await command('kangqiao', 'assess', { effectiveOn: '2020-02-01', panel: '专家组' }, 0);
  expect(again.status).toBe(201);
  expect(again.json.entry).toMatchObject({ key: 'KangQiao', status: 'assessed', revision: 1 });
  expect(again.headers.get('location')).toBe('/api/v1/factories/KangQiao');
});

test('a factory may be recorded straight to its certification, and what came before later', async ({
  command,
  certified,
}) => {
  await certified('straight');
  const late = await command('straight', 'nominate', nomination, 1);
  expect(late.status).toBe(201);
  expect(late.json.entry.status).toBe('certified');
});

test('fields given with a fact hold from it on, and those not given stay as they were', async ({
  server,
  staff,
  command,
}) => {
  await nominate(server, staff.clerk, 'described');
  const amended = await command('described', 'amend', { effectiveOn: '2020-03-01', operator: '上海电气' }, 0);
  expect(amended.json.entry).toMatchObject({ operator: '上海电气', name: factory.name });
  const cleared = await command('described', 'amend', { effectiveOn: '2020-04-01', operator: null, name: '新名' }, 1);
  expect(cleared.json.entry).not.toHaveProperty('operator');
  expect(cleared.json.entry.name).toBe('新名');
  const before = await server.get('/api/v1/factories/described?on=2020-03-15', {
    headers: { 'registry-position': cleared.json.position },
  });
  expect(before.json).toMatchObject({ operator: '上海电气', name: factory.name });
});

test('a required field cannot be cleared', async ({ server, staff, command }) => {
  await nominate(server, staff.clerk, 'named');
  const reply = await command('named', 'amend', { effectiveOn: '2020-03-01', name: null }, 0);
  refusedAs(reply, 400, 'invalid-request');
  expect(reply.json.errors).toMatchObject([{ in: 'body', pointer: '/name' }]);
});

test('a command that the status on its day does not allow says the status and what is allowed', async ({
  server,
  staff,
  command,
}) => {
  await nominate(server, staff.clerk, 'too-early');
  await command('too-early', 'assess', { effectiveOn: '2020-06-01', panel: '专家组' }, 0);
  const announce = (effectiveOn: string) => command('too-early', 'announce', { effectiveOn }, 1);
  const early = await announce('2020-03-01');
  refusedAs(early, 409, 'transition-not-allowed');
  expect(early.json).toMatchObject({
    entryStatus: 'nominated',
    allowed: ['assess', 'certify', 'amend', 'correct', 'annul'],
  });
  expect((await announce('2020-07-01')).status).toBe(201);
});

test('a command on an entry without facts is refused with the status none', async ({ command }) => {
  const bodies = {
    assess: { effectiveOn: '2020-01-01', panel: '专家组' },
    amend: { effectiveOn: '2020-01-01', name: '新名' },
    annul: { events: [nobody], reason: '重复登记' },
  };
  for (const [name, body] of Object.entries(bodies)) {
    const reply = await command('nothing-there', name, body);
    refusedAs(reply, 409, 'transition-not-allowed', name);
    expect(reply.json).toMatchObject({ entryStatus: 'none', allowed: ['nominate', 'certify'] });
  }
});

test('a fact after which a later one would no longer fit is refused and names that one', async ({
  command,
  approve,
  certified,
}) => {
  const { event } = await certified('broken');
  const reply = await command('broken', 'revoke', { effectiveOn: '2020-12-01', reason: '抽查不合格' }, 1);
  refusedAs(reply, 409, 'transition-not-allowed');
  await command('broken', 'nominate', nomination, 1);
  const suspended = await command('broken', 'suspend', { effectiveOn: '2021-03-01', reason: '停产' }, 2);
  const { json } = await approve(suspended.json.submission.id);
  const suspension = json.events[0];
  const revoked = await command('broken', 'revoke', { effectiveOn: '2021-02-01', reason: '抽查不合格' }, 4);
  refusedAs(revoked, 409, 'breaks-history');
  expect(revoked.json.breaks).toEqual({
    event: suspension.id,
    type: 'ModelCertificationSuspended',
    effectiveOn: '2021-03-01',
  });
  const annulled = await command('broken', 'annul', { events: [event], reason: '证书作废' }, 4);
  refusedAs(annulled, 409, 'breaks-history');
  expect(annulled.json.breaks.event).toBe(suspension.id);
  const moved = await command('broken', 'correct', { event, effectiveOn: '2021-04-01', reason: '日期有误' }, 4);
  refusedAs(moved, 409, 'breaks-history');
  expect(moved.json.breaks.event).toBe(suspension.id);
});

test('a certification of the same grade again is refused, of another grade submitted', async ({
  command,
  certified,
}) => {
  await certified('graded');
  const again = (grade: string) => command('graded', 'certify', { effectiveOn: '2021-05-01', grade }, 1);
  refusedAs(await again('demonstration'), 409, 'transition-not-allowed');
  expect((await again('benchmark')).status).toBe(202);
});

test('a correction says what a fact should have said, and is recorded at once if no number moves', async ({
  server,
  staff,
  command,
}) => {
  const event = await nominate(server, staff.clerk, 'corrected', { operator: '上海电气' });
  const body = { event, effectiveOn: '2020-01-20', data: { name: '正确的名称', operator: null }, reason: '抄录有误' };
  const reply = await command('corrected', 'correct', body, 0);
  expect(reply.status).toBe(201);
  expect(reply.json.events).toMatchObject([{ type: 'EventCorrected', revision: 1 }]);
  expect(reply.json.entry).toMatchObject({ name: '正确的名称', sector: 'automobiles' });
  expect(reply.json.entry).not.toHaveProperty('operator');
  const { json } = await server.get('/api/v1/factories/corrected/history', {
    token: staff.auditor,
    headers: { 'registry-position': reply.json.position },
  });
  expect(json.events[0]).toMatchObject({
    id: event,
    effectiveOn: '2020-01-10',
    correctedBy: [reply.json.events[0].id],
  });
});

test('a correction that changes nothing is recorded all the same', async ({ server, staff, command }) => {
  const event = await nominate(server, staff.clerk, 'same');
  expect((await command('same', 'correct', { event, data: {}, reason: '核对无误' }, 0)).status).toBe(201);
});

test('a correction that names neither a day nor data is refused', async ({ server, staff, command }) => {
  const event = await nominate(server, staff.clerk, 'empty-correction');
  refusedAs(await command('empty-correction', 'correct', { event, reason: 'x' }, 0), 400, 'invalid-request');
});

test('a corrected fact must satisfy its schema; all that does not is named', async ({ server, staff, command }) => {
  const event = await nominate(server, staff.clerk, 'misspelt');
  const body = { event, data: { sector: 'fishing', name: null, grade: 'benchmark' }, reason: '抄录有误' };
  const reply = await command('misspelt', 'correct', body, 0);
  refusedAs(reply, 400, 'invalid-request');
  const pointers = reply.json.errors.map(({ pointer }: { pointer: string }) => pointer).sort();
  expect(pointers).toEqual(['/data/grade', '/data/name', '/data/sector']);
  for (const { message } of reply.json.errors) expect(message).toMatch(/\p{Script=Han}/u);
});

test('a correction to a day after today is refused', async ({ server, staff, command }) => {
  const event = await nominate(server, staff.clerk, 'tomorrow');
  const reply = await command('tomorrow', 'correct', { event, effectiveOn: '2021-06-16', reason: '日期有误' }, 0);
  refusedAs(reply, 400, 'invalid-request');
  expect(reply.json.errors).toMatchObject([{ pointer: '/effectiveOn' }]);
});

test('only facts of the entry that are not annulled can be corrected or annulled', async ({
  server,
  staff,
  command,
}) => {
  const elsewhere = await nominate(server, staff.clerk, 'elsewhere');
  const first = await nominate(server, staff.clerk, 'here');
  const amended = await command('here', 'amend', { effectiveOn: '2020-02-01', name: '新名' }, 0);
  const amendment = amended.json.events[0].id;
  const correction = await command('here', 'correct', { event: first, data: {}, reason: '核对' }, 1);
  const annulment = await command('here', 'annul', { events: [amendment], reason: '重复登记' }, 2);
  expect(annulment.status).toBe(201);
  for (const event of [nobody, elsewhere, amendment, correction.json.events[0].id, annulment.json.events[0].id]) {
    refusedAs(await command('here', 'correct', { event, data: {}, reason: 'x' }, 3), 409, 'not-correctable', event);
    refusedAs(await command('here', 'annul', { events: [event], reason: 'x' }, 3), 409, 'not-correctable', event);
    refusedAs(
      await command('here', 'annul', { events: [first, event], reason: 'x' }, 3),
      409,
      'not-correctable',
      event,
    );
  }
  refusedAs(await command('never-there', 'correct', { event: first, data: {}, reason: 'x' }), 409, 'not-correctable');
});

test('facts are annulled together: the history is checked once, after all of them', async ({
  server,
  staff,
  command,
}) => {
  const first = await nominate(server, staff.clerk, 'together');
  const assessed = await command('together', 'assess', { effectiveOn: '2020-02-01', panel: '专家组' }, 0);
  const [{ id: second }] = assessed.json.events;
  refusedAs(await command('together', 'annul', { events: [first], reason: 'x' }, 1), 409, 'breaks-history');
  const both = await command('together', 'annul', { events: [first, second], reason: '登记对象有误' }, 1);
  expect(both.status).toBe(201);
  expect(both.json.entry).toMatchObject({ status: 'none', revision: 2 });
});

test('an annulment has no day of its own and names each fact once', async ({ server, staff, command }) => {
  const event = await nominate(server, staff.clerk, 'no-day');
  const dated = await command('no-day', 'annul', { events: [event], reason: 'x', effectiveOn: '2020-02-01' }, 0);
  refusedAs(dated, 400, 'invalid-request');
  refusedAs(await command('no-day', 'annul', { events: [event, event], reason: 'x' }, 0), 400, 'invalid-request');
  refusedAs(await command('no-day', 'annul', { events: [], reason: 'x' }, 0), 400, 'invalid-request');
});

test('a correction or annulment that moves a number takes a second person', async ({ command, certified }) => {
  const { event } = await certified('moved');
  const corrected = await command('moved', 'correct', { event, effectiveOn: '2021-01-05', reason: '日期有误' }, 1);
  expect(corrected.status).toBe(202);
  const renamed = await command('moved', 'correct', { event, data: { name: '正确的名称' }, reason: '名称有误' }, 2);
  expect(renamed.status).toBe(201);
  const district = await command('moved', 'amend', { effectiveOn: '2021-02-01', district: 'minhang' }, 3);
  expect(district.status).toBe(202);
  expect((await command('moved', 'annul', { events: [event], reason: '证书作废' }, 4)).status).toBe(202);
});

test('a reference to an enterprise holds while it is enrolled and has not left', async ({ server, staff, command }) => {
  const code = '914403001922038216';
  const tied = (effectiveOn: string, key: string) =>
    command(key, 'nominate', { ...nomination, effectiveOn, enterprise: code });
  const unknown = await tied('2020-01-10', 'tied');
  refusedAs(unknown, 422, 'unknown-reference');
  expect(unknown.json).toMatchObject({ pointer: '/enterprise', reference: code });
  const enroll = (name: string, body: object, headers = {}) =>
    server.post(`/api/v1/enterprises/${code}/${name}`, body, { token: staff.clerk, headers });
  await enroll('enroll', { ...enrolment, effectiveOn: '2020-01-10' });
  await enroll('leave', { effectiveOn: '2020-06-01', reason: '迁出' }, seen(0));
  refusedAs(await tied('2020-01-09', 'tied'), 422, 'unknown-reference');
  refusedAs(await tied('2020-06-01', 'tied'), 422, 'unknown-reference');
  expect((await tied('2020-01-10', 'tied')).status).toBe(201);
  expect((await tied('2020-05-31', 'tied-late')).status).toBe(201);
});

test('leads of a criterion are judged one by one', async ({ server, staff }) => {
  await server.post(`/api/v1/enterprises/${uscc}/enroll`, enrolment, { token: staff.clerk });
  const body = {
    effectiveOn: '2020-01-10',
    title: '智能工厂通用技术要求',
    level: 'national',
    leads: [uscc, '9144030071526726XG'],
  };
  const reply = await server.post('/api/v1/criteria/led/propose', body, { token: staff.clerk });
  refusedAs(reply, 422, 'unknown-reference');
  expect(reply.json).toMatchObject({ pointer: '/leads/1', reference: '9144030071526726XG' });
});

test('a dry run says what would happen, with what it would change, and records nothing', async ({
  server,
  staff,
  command,
}) => {
  await nominate(server, staff.clerk, 'dry');
  const size = await server.registry.store.size();
  const assess = { effectiveOn: '2020-02-01', panel: '专家组' };
  const recorded = await command('dry', 'assess?dryRun=true', assess);
  expect(recorded.status).toBe(200);
  expect(recorded.json).toMatchObject({ would: 'record', entry: { status: 'assessed', revision: 0 }, impact: [] });
  const submitted = await command('dry', 'certify?dryRun=true', certificate, 0);
  expect(submitted.json).toMatchObject({ would: 'submit', entry: { status: 'certified', grade: 'demonstration' } });
  expect(submitted.json.impact).toHaveLength(2);
  expect(await server.registry.store.size()).toBe(size);
  expect((await command('dry', 'assess?dryRun=false', assess, 0)).status).toBe(201);
});

test('a dry run makes the same checks', async ({ server, staff, command }) => {
  await nominate(server, staff.clerk, 'dry-refused');
  refusedAs(await command('dry-refused', 'nominate?dryRun=true', nomination), 409, 'transition-not-allowed');
  refusedAs(await command('dry-refused', 'assess?dryRun=true', { effectiveOn: '2020-02-01' }), 400, 'invalid-request');
  const stale = await command('dry-refused', 'assess?dryRun=true', { effectiveOn: '2020-02-01', panel: 'x' }, 7);
  refusedAs(stale, 412, 'revision-mismatch');
  const unknown = { ...nomination, enterprise: '91350200155000000X' };
  refusedAs(await command('dry-unknown', 'nominate?dryRun=true', unknown), 422, 'unknown-reference');
  const anonymous = await server.post('/api/v1/factories/dry-refused/assess?dryRun=true', {});
  refusedAs(anonymous, 401, 'unauthorized');
});

test('a dry run on an entry that nobody has recorded shows it without a revision', async ({
  server,
  staff,
  command,
}) => {
  const { json } = await command('dry-new', 'nominate?dryRun=true', nomination);
  expect(json).toMatchObject({ would: 'record', entry: { status: 'nominated' } });
  expect(json.entry).not.toHaveProperty('revision');
  refusedAs(await server.get('/api/v1/factories/dry-new', { token: staff.clerk }), 404, 'not-found');
});

test('what is wrong is found in the order of the contract', async ({ server, staff }) => {
  await nominate(server, staff.clerk, 'ordered');
  const first = { effectiveOn: '2020-02-01', panel: '专家组' };
  await server.post('/api/v1/factories/ordered/assess', first, {
    token: staff.clerk,
    headers: { ...seen(0), 'idempotency-key': 'ordered' },
  });
  const bad = '{"nonsense":1}';
  const send = (path: string, raw: string, type: string, token?: string, headers: Record<string, string> = {}) =>
    server.call('POST', path, { token, raw, headers: { 'content-type': type, ...headers } });
  const path = '/api/v1/factories/ordered/assess';
  const json = 'application/json';
  const reused = { 'idempotency-key': 'ordered' };
  const elsewhere = { effectiveOn: '2019-01-01', panel: '专家组' };
  refusedAs(await send('/api/v1/factories/no%20key/assess', bad, 'text/plain'), 401, 'unauthorized');
  refusedAs(await send('/api/v1/factories/no%20key/assess', bad, 'text/plain', staff.viewer), 403, 'forbidden');
  refusedAs(await send('/api/v1/factories/no%20key/assess', bad, 'text/plain', staff.clerk), 404, 'not-found');
  refusedAs(await send(path, bad, 'text/plain', staff.clerk, reused), 415, 'unsupported-media-type');
  refusedAs(await send(path, bad, json, staff.clerk, reused), 400, 'invalid-request');
  refusedAs(await send(path, JSON.stringify(elsewhere), json, staff.clerk, reused), 422, 'idempotency-key-reused');
  refusedAs(await send(path, JSON.stringify(elsewhere), json, staff.clerk), 428, 'revision-required');
  refusedAs(await send(path, JSON.stringify(elsewhere), json, staff.clerk, seen(0)), 412, 'revision-mismatch');
  refusedAs(await send(path, JSON.stringify(elsewhere), json, staff.clerk, seen(1)), 409, 'transition-not-allowed');
  expect((await send(path, JSON.stringify(first), json, staff.clerk, reused)).status).toBe(201);
});

test('descriptive fields missing from the start of a history are reported only if the revision is right', async ({
  server,
  staff,
  command,
}) => {
  const event = await nominate(server, staff.clerk, 'restarted');
  await command('restarted', 'annul', { events: [event], reason: '重复登记' }, 0);
  refusedAs(await command('restarted', 'certify', certificate), 428, 'revision-required');
  refusedAs(await command('restarted', 'certify', certificate, 0), 412, 'revision-mismatch');
  refusedAs(await command('restarted', 'certify', certificate, 1), 400, 'invalid-request');
  expect((await command('restarted', 'certify', { ...factory, ...certificate }, 1)).status).toBe(202);
});

test('every record of a plan is submitted by an admin and approved by a reviewer', async ({
  server,
  staff,
  approve,
}) => {
  const body = {
    effectiveOn: '2021-06-01',
    title: { zh: '上海市建设100+智能工厂专项行动方案', en: 'A hundred smart factories' },
    from: '2020-01-01',
    to: '2022-12-31',
    sectors: ['automobiles'],
    core: 'lingang',
    belt: ['pudong'],
    targets: [
      {
        id: 'smart-factories',
        title: { zh: '智能工厂', en: 'Smart factories' },
        measure: 'factories.certified',
        goal: { min: 100 },
      },
    ],
  };
  refusedAs(await server.post('/api/v1/plans/smart-100/adopt', body, { token: staff.clerk }), 403, 'forbidden');
  const adopted = await server.post('/api/v1/plans/smart-100/adopt', body, { token: staff.admin });
  expect(adopted.status).toBe(202);
  refusedAs(await server.get('/api/v1/plans/smart-100'), 404, 'not-found');
  const approved = await approve(adopted.json.submission.id);
  expect(approved.status).toBe(201);
  const headers = { 'registry-position': approved.json.position };
  const { json } = await server.get('/api/v1/targets', { headers });
  expect(json.targets).toContainEqual(expect.objectContaining({ id: 'smart-factories', plan: 'smart-100' }));
  const revised = await server.post(
    '/api/v1/plans/smart-100/revise',
    { effectiveOn: '2021-06-10', target: 'smart-factories', goal: { min: 200 } },
    { token: staff.admin, headers: seen(1) },
  );
  expect(revised.status).toBe(202);
  const unknown = await server.post(
    '/api/v1/plans/smart-100/revise',
    { effectiveOn: '2021-06-10', target: 'no-such-target', goal: null },
    { token: staff.admin, headers: seen(2) },
  );
  refusedAs(unknown, 422, 'unknown-reference');
  refusedAs(
    await server.post(
      '/api/v1/plans/twice/adopt',
      { ...body, targets: [...body.targets, ...body.targets] },
      { token: staff.admin },
    ),
    400,
    'invalid-request',
  );
});

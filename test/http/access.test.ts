import { createPrivateKey, createPublicKey, generateKeyPairSync } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { decodeProtectedHeader, SignJWT } from 'jose';
import { expect } from 'vitest';
import { registers } from '../../domain/registers/index.ts';
import {
  nominate,
  nomination,
  noon,
  test as officeTest,
  openOffice,
  parseRaw,
  refusedAs,
  seen,
  sendRaw,
  submitCertificate,
  uscc,
} from './office.ts';

const open = [
  '/api/v1/targets',
  '/api/v1/measures',
  '/api/v1/factories',
  '/api/v1/plans/shanghai-2019-2021',
  '/health/live',
  '/api/openapi.json',
  '/problems/forbidden',
];

const issuer = 'localhost/upgrade-registry';
const claims = { roles: ['admin', 'reviewer', 'clerk', 'auditor'] };
const foreign = generateKeyPairSync('ed25519').privateKey;
const seconds = Math.floor(noon / 1000);
/** What our tokens say, but for what a test changes: so only that can be why it is refused. */
const draft = (header: { alg: string; kid?: string; typ?: string }, lasts = 3_600) =>
  new SignJWT(claims)
    .setProtectedHeader({ typ: 'at+jwt', ...header })
    .setJti('7a0e5a0c-4a43-4b8e-9d60-6b7a3c1f2d11')
    .setSubject('li.wei')
    .setIssuer(issuer)
    .setAudience(issuer)
    .setIssuedAt(seconds)
    .setExpirationTime(seconds + lasts);

const kidOf = (token: string) => decodeProtectedHeader(token).kid ?? '';

const test = officeTest
  /** Refused with a challenge on every route, even if the route needs no token. */
  .extend('invalidEverywhere', ({ server }) => async (token: string) => {
    for (const path of [...open, '/api/v1/events', '/api/v1/no-such-thing']) {
      const response = await fetch(`${server.url}${path}`, { headers: { authorization: `Bearer ${token}` } });
      expect({ path, status: response.status }).toEqual({ path, status: 401 });
      expect(response.headers.get('www-authenticate')).toMatch(/^Bearer .*error="invalid_token"/);
      expect(await response.json()).toMatchObject({ type: '/problems/unauthorized', status: 401 });
    }
    const command = await server.post('/api/v1/factories/x/nominate', nomination, { token });
    refusedAs(command, 401, 'unauthorized');
    expect(command.headers.get('www-authenticate')).toMatch(/^Bearer /);
  });

test('an expired token is refused everywhere', async ({ server, invalidEverywhere }) => {
  await invalidEverywhere(await server.registry.tokens.sign('li.wei', ['clerk'], -1));
});

test('a token of our key is refused if it has no id, another type, no key id or a life of more than 366 days', async ({
  server,
  staff,
  invalidEverywhere,
}) => {
  const key = createPrivateKey(readFileSync(join(server.folder, 'keys', 'token-signing.pem')));
  const kid = kidOf(staff.clerk);
  const good = await draft({ alg: 'EdDSA', kid }, 366 * 86_400).sign(key);
  expect((await server.get('/api/v1/events', { token: good })).status).toBe(200);
  await invalidEverywhere(await draft({ alg: 'EdDSA', kid }, 366 * 86_400 + 1).sign(key));
  await invalidEverywhere(await draft({ alg: 'EdDSA' }).sign(key));
  await invalidEverywhere(await draft({ alg: 'EdDSA', kid: 'none' }).sign(key));
  await invalidEverywhere(await draft({ alg: 'EdDSA', kid, typ: 'JWT' }).sign(key));
  await invalidEverywhere(await draft({ alg: 'EdDSA', kid }).setJti('').sign(key));
});

test('a token expires while the server runs', async () => {
  let now = noon;
  const office = await openOffice({ now: () => now });
  try {
    const token = await office.token('auditor');
    expect((await office.get('/api/v1/events', { token })).status).toBe(200);
    now += 3_600_001;
    refusedAs(await office.get('/api/v1/events', { token }), 401, 'unauthorized');
  } finally {
    await office.close();
  }
});

test('a token of a foreign key is refused everywhere', async ({ staff, invalidEverywhere }) => {
  await invalidEverywhere(await draft({ alg: 'EdDSA' }).sign(foreign));
  await invalidEverywhere(await draft({ alg: 'EdDSA', kid: kidOf(staff.clerk) }).sign(foreign));
});

test('a token whose roles were changed after signing is refused everywhere', async ({ staff, invalidEverywhere }) => {
  const [head = '', , signature = ''] = staff.viewer.split('.');
  const [, payload = ''] = (await draft({ alg: 'EdDSA' }).sign(foreign)).split('.');
  await invalidEverywhere(`${head}.${payload}.${signature}`);
});

test('a token that says it needs no signature is refused everywhere', async ({ invalidEverywhere }) => {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const payload = { ...claims, sub: 'li.wei', iss: issuer, aud: issuer, iat: seconds, exp: seconds + 3_600 };
  await invalidEverywhere(`${part({ alg: 'none', typ: 'JWT' })}.${part(payload)}.`);
  await invalidEverywhere(`${part({ alg: 'none', typ: 'JWT' })}.${part(payload)}`);
});

test('a token signed with the public key as a shared secret is refused everywhere', async ({
  server,
  staff,
  invalidEverywhere,
}) => {
  const pem = readFileSync(join(server.folder, 'keys', 'token-signing.pem'));
  const secret = createPublicKey(pem).export({ type: 'spki', format: 'pem' });
  await invalidEverywhere(await draft({ alg: 'HS256', kid: kidOf(staff.clerk) }).sign(Buffer.from(secret)));
});

test('a token with anything added to it or written otherwise is refused everywhere', async ({ server, staff }) => {
  const token = staff.clerk;
  const [head = '', payload = '', signature = ''] = token.split('.');
  const last = Buffer.from('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_');
  const next = String.fromCharCode(last[last.indexOf(signature.at(-1) ?? '') + 1] ?? 0);
  const otherwise = [
    ...['=', '==', '.', '~', '+', '/', '..', 'A', '.A'].map((more) => `${token}${more}`),
    `${head}.${payload}.${signature.slice(0, -1)}${next}`,
    `${head}.${payload}=.${signature}`,
    `${head}=.${payload}.${signature}`,
    `=${token}`,
    `${token}, ${token}`,
    `${token} x`,
    ` ${token}`,
    `${token},`,
    `"${token}"`,
  ];
  for (const each of otherwise) {
    const reply = await server.get('/api/v1/targets', { headers: { authorization: `Bearer ${each}` } });
    refusedAs(reply, 401, 'unauthorized', each.replace(token, '…'));
  }
  expect((await server.get('/api/v1/targets', { headers: { authorization: `bearer ${token}` } })).status).toBe(200);
});

test('a token from the future is refused everywhere, but for the seconds by which clocks differ', async ({
  server,
  invalidEverywhere,
}) => {
  const office = await openOffice({ folder: server.folder, now: () => noon + 60_000 });
  const issuedLater = await office.token('auditor');
  await office.close();
  await invalidEverywhere(issuedLater);
  const colleague = await openOffice({ folder: server.folder, now: () => noon + 5_000 });
  const issuedNow = await colleague.token('auditor');
  await colleague.close();
  expect((await server.get('/api/v1/events', { token: issuedNow })).status).toBe(200);
});

test('a header that may be sent only once is refused if it is sent twice, even with the same value', async ({
  server,
  staff,
}) => {
  const send = async (...headers: readonly string[]) =>
    parseRaw(
      await sendRaw(
        server.url,
        `GET /api/v1/targets HTTP/1.1\r\nHost: x\r\nConnection: close\r\n${headers.map((each) => `${each}\r\n`).join('')}\r\n`,
      ),
    );
  const own = `Authorization: Bearer ${staff.clerk}`;
  for (const twice of [
    [own, own],
    [own, `authorization: Bearer ${staff.viewer}`],
    ['Authorization: Bearer guess', own],
    [own, 'AUTHORIZATION: Basic bGk6d2Vp'],
    ['Content-Type: application/json', 'Content-Type: text/plain'],
  ]) {
    const { status, body } = await send(...twice);
    expect({ twice, status, type: JSON.parse(body).type }).toEqual({
      twice,
      status: 400,
      type: '/problems/invalid-request',
    });
  }
  expect((await send(own)).status).toBe(200);
});

test('what is no bearer token at all is refused, not ignored', async ({ server, staff }) => {
  for (const authorization of [
    'Bearer',
    'Bearer ',
    'Bearer x',
    'Basic bGk6d2Vp',
    `Token ${staff.clerk}`,
    staff.clerk,
  ]) {
    const reply = await server.get('/api/v1/targets', { headers: { authorization } });
    refusedAs(reply, 401, 'unauthorized', authorization);
  }
});

test('the scheme may be written in any case', async ({ server, staff }) => {
  const reply = await server.get('/api/v1/events', { headers: { authorization: `bearer ${staff.auditor}` } });
  expect(reply.status).toBe(200);
});

test('a token without a role grants nothing', async ({ server, invalidEverywhere }) => {
  const unsigned = await server.registry.tokens.sign('li.wei', [], 3_600);
  await invalidEverywhere(unsigned);
});

test('anyone reads plans, targets and entries without a token', async ({ server }) => {
  for (const path of open) expect((await server.get(path)).status, path).toBe(200);
});

test('without a token nothing is recorded, submitted, decided or read that needs a role', async ({ server, staff }) => {
  const submission = await submitCertificate(server, staff.clerk, 'no-token');
  for (const path of ['/api/v1/factories/x/nominate', '/api/v1/factories/x/annul', '/api/v1/plans/x/adopt']) {
    const reply = await server.post(path, nomination);
    refusedAs(reply, 401, 'unauthorized', path);
    expect(reply.headers.get('www-authenticate')).toMatch(/^Bearer /);
  }
  for (const decision of ['approve', 'return', 'withdraw']) {
    refusedAs(await server.post(`/api/v1/submissions/${submission}/${decision}`, {}), 401, 'unauthorized', decision);
  }
  for (const path of [
    '/api/v1/submissions',
    `/api/v1/submissions/${submission}`,
    '/api/v1/targets/model-factories/changes?since=0',
    '/api/v1/events',
  ]) {
    refusedAs(await server.get(path), 401, 'unauthorized', path);
  }
});

test('every command of every register needs its role, named the same whether the entry exists or not', async ({
  server,
  staff,
}) => {
  await nominate(server, staff.clerk, 'there');
  const keys: Record<string, readonly string[]> = {
    factories: ['there', 'not-there', 'not a key!'],
    enterprises: [uscc, 'not-a-code'],
    plans: ['shanghai-2019-2021', 'not-there', 'not a key!'],
  };
  for (const { name, role, facts } of registers) {
    const lacking = role === 'admin' ? staff.reviewer : staff.admin;
    for (const { command } of [
      ...facts,
      { command: 'correct' },
      { command: 'annul' },
      { command: 'no-such-command' },
    ]) {
      for (const key of keys[name] ?? ['not-there']) {
        for (const token of [staff.viewer, staff.auditor, lacking]) {
          const reply = await server.post(
            `/api/v1/${name}/${encodeURIComponent(key)}/${command}`,
            { nonsense: 1 },
            { token },
          );
          refusedAs(reply, 403, 'forbidden', `${name}/${key}/${command}`);
          expect(reply.json.role).toBe(role);
        }
      }
    }
  }
});

test('deciding needs a reviewer, whether the submission exists or not', async ({ server, staff }) => {
  const submission = await submitCertificate(server, staff.clerk, 'deciding');
  for (const id of [submission, 'factories~not-there~0', 'nonsense']) {
    for (const token of [staff.viewer, staff.clerk, staff.auditor, staff.admin]) {
      for (const decision of ['approve', 'return']) {
        const reply = await server.post(`/api/v1/submissions/${id}/${decision}`, { reason: 'x' }, { token });
        refusedAs(reply, 403, 'forbidden', `${id} ${decision}`);
        expect(reply.json.role).toBe('reviewer');
      }
    }
    for (const token of [staff.viewer, staff.auditor]) {
      refusedAs(await server.post(`/api/v1/submissions/${id}/withdraw`, {}, { token }), 403, 'forbidden');
    }
  }
});

test('a viewer reads no submission, change or trail, and an auditor reads them all', async ({ server, staff }) => {
  const submission = await submitCertificate(server, staff.clerk, 'audited');
  const paths = [
    '/api/v1/submissions',
    `/api/v1/submissions/${submission}`,
    '/api/v1/targets/model-factories/changes?since=0',
  ];
  for (const path of paths) {
    refusedAs(await server.get(path, { token: staff.viewer }), 403, 'forbidden', path);
    for (const token of [staff.clerk, staff.reviewer, staff.auditor]) {
      expect((await server.get(path, { token })).status, path).toBe(200);
    }
  }
  for (const token of [staff.viewer, staff.clerk, staff.reviewer, staff.admin]) {
    refusedAs(await server.get('/api/v1/events', { token }), 403, 'forbidden');
  }
});

test('an auditor writes nothing', async ({ server, staff }) => {
  const submission = await submitCertificate(server, staff.clerk, 'untouched');
  const before = await server.get('/api/v1/events?limit=500', { token: staff.auditor });
  await server.post('/api/v1/factories/by-auditor/nominate', nomination, { token: staff.auditor });
  await server.post(`/api/v1/submissions/${submission}/approve`, {}, { token: staff.auditor });
  await server.post(`/api/v1/submissions/${submission}/withdraw`, {}, { token: staff.auditor });
  const after = await server.get('/api/v1/events?limit=500', { token: staff.auditor });
  expect(after.json.length).toBe(before.json.length);
});

test('a reviewer may do all that a clerk may', async ({ server, staff }) => {
  await nominate(server, staff.reviewer, 'by-reviewer');
  const submission = await submitCertificate(server, staff.reviewer, 'by-reviewer-2');
  const { status } = await server.post(`/api/v1/submissions/${submission}/withdraw`, {}, { token: staff.reviewer });
  expect(status).toBe(200);
});

test('several roles in one token add up', async ({ server }) => {
  const token = await server.token(['auditor', 'clerk'], 'both');
  await nominate(server, token, 'by-both');
  expect((await server.get('/api/v1/events', { token })).status).toBe(200);
});

test('a register, command or key that cannot exist is not found, provided the role is right', async ({
  server,
  staff,
}) => {
  const paths = [
    '/api/v1/ships/x/nominate',
    '/api/v1/factories/x/paint',
    '/api/v1/factories/not%20a%20key/nominate',
    '/api/v1/factories/-x/nominate',
    `/api/v1/factories/${'x'.repeat(65)}/nominate`,
    `/api/v1/factories/${'x'.repeat(2_000)}/nominate`,
    '/api/v1/factories/%zz/nominate',
    '/api/v1/factories/%ff/nominate',
    '/api/v1/factories/a%2Fb/nominate',
    '/api/v1/factories//nominate',
    '/api/v1/enterprises/9131000013226025/enroll',
    '/api/v1/enterprises/91310000132260250I/enroll',
    '/api/v1/listings/600000/file',
    '/api/v1/listings/6880081/file',
    '/api/v1/submissions/nonsense/approve',
    `/api/v1/submissions/factories~${'x'.repeat(300)}~0/approve`,
    '/api/v1/submissions/factories~not-there~0/approve',
  ];
  for (const path of paths) {
    const reply = await server.post(path, {}, { token: staff.reviewer });
    refusedAs(reply, 404, 'not-found', path);
  }
});

test('what does not exist is first 401, then 403, then 404', async ({ server, staff }) => {
  for (const path of ['/api/v1/ships/x/nominate', '/api/v1/factories/x/paint', '/api/v1/factories/%zz/nominate']) {
    refusedAs(await server.post(path, {}), 401, 'unauthorized', path);
    refusedAs(await server.post(path, {}, { token: staff.viewer }), 403, 'forbidden', path);
    refusedAs(await server.post(path, {}, { token: staff.clerk }), 404, 'not-found', path);
  }
});

test('an entry whose facts were all annulled is shown only to those who may record it and to auditors', async ({
  server,
  staff,
}) => {
  const event = await nominate(server, staff.clerk, 'emptied');
  const annulled = await server.post(
    '/api/v1/factories/emptied/annul',
    { events: [event], reason: '重复登记' },
    { token: staff.clerk, headers: seen(0) },
  );
  expect(annulled.json.entry).toMatchObject({ status: 'none', revision: 1 });
  const headers = { 'registry-position': annulled.headers.get('registry-position') ?? '' };
  for (const token of [staff.clerk, staff.reviewer, staff.auditor]) {
    const reply = await server.get('/api/v1/factories/emptied', { token, headers });
    expect(reply.status).toBe(200);
    expect(reply.json.status).toBe('none');
    expect(reply.headers.get('etag')).toBe('"1"');
  }
  for (const token of [undefined, staff.viewer, staff.admin]) {
    refusedAs(await server.get('/api/v1/factories/emptied', { token, headers }), 404, 'not-found');
  }
  expect((await server.get('/api/v1/factories?limit=500', { headers })).text).not.toContain('emptied');
  const again = await server.post('/api/v1/factories/emptied/nominate', nomination, {
    token: staff.clerk,
    headers: seen(1),
  });
  expect(again.status).toBe(201);
});

test('a key under which nothing was ever recorded is not found by anyone', async ({ server, staff }) => {
  for (const token of [undefined, ...Object.values(staff)]) {
    refusedAs(await server.get('/api/v1/factories/never', { token }), 404, 'not-found');
  }
});

test('people, notes and evidence are shown only to those with a role', async ({ server, staff }) => {
  await nominate(server, staff.clerk, 'noted', { note: '内部备注', evidence: [{ title: '沪经信智〔2020〕1 号' }] });
  const anyone = await server.get('/api/v1/factories/noted');
  expect(anyone.text).not.toMatch(/内部备注|沪经信智|li\.wei/);
  const viewer = await server.get('/api/v1/factories/noted', { token: staff.viewer });
  expect(viewer.text).toMatch(/内部备注/);
  expect(viewer.text).toMatch(/沪经信智/);
  expect(viewer.text).not.toMatch(/li\.wei/);
});

test('an entry tells those who may record which commands are allowed and what is pending', async ({
  server,
  staff,
}) => {
  const submission = await submitCertificate(server, staff.clerk, 'waiting');
  const asked = (token: string) => server.get('/api/v1/factories/waiting', { token });
  expect((await asked(staff.clerk)).json).toMatchObject({ pending: [submission], allowed: ['nominate', 'certify'] });
  expect((await asked(staff.auditor)).json).not.toHaveProperty('allowed');
});

test('an OPTIONS request that is no preflight is a method that the path does not take', async ({ server }) => {
  const reply = await server.call('OPTIONS', '/api/v1/targets');
  expect(reply.status).toBe(405);
  expect(reply.headers.get('allow')).toContain('GET');
  expect(reply.json).toMatchObject({ type: '/problems/method-not-allowed', status: 405 });
});

test('a role that is missing is named once', async ({ server }) => {
  const { json } = await server.get('/api/v1/targets/nothing/changes?since=0', { token: await server.token('viewer') });
  expect(json).toMatchObject({ status: 403, role: 'clerk | auditor' });
});

import { createHmac } from 'node:crypto';
import { exportSPKI, importJWK, type JWTPayload, UnsecuredJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { revoke } from '../../src/identity/revoked.ts';
import { audience, client, type IdentityProvider } from './identity-provider.ts';
import { nomination, openOffice, refusedAs } from './office.ts';
import { type OidcOffice, openOidcOffice } from './oidc-office.ts';
import type { TestServer } from './server.ts';

let office: OidcOffice;
let provider: IdentityProvider;
let server: TestServer;
beforeAll(async () => {
  office = await openOidcOffice();
  ({ provider, server } = office);
});
afterAll(() => office.close());

const seconds = () => Math.floor(Date.now() / 1_000);
/** The claims of an access token that is accepted. */
const good = (more: JWTPayload = {}): JWTPayload => ({
  iss: provider.issuer,
  sub: 'li',
  aud: audience,
  iat: seconds(),
  exp: seconds() + 300,
  realm_access: { roles: ['clerk'] },
  ...more,
});
const without = (name: string): JWTPayload =>
  Object.fromEntries(Object.entries(good()).filter(([each]) => each !== name));
const whoIs = (token: string) => server.get('/api/v1/session', { token });

describe('an access token of the issuer', () => {
  test('is accepted as the provider issues it: the subject is of the issuer, the roles are those of ours', async () => {
    const token = await provider.accessToken(['auditor', 'uma_authorization']);
    const { json } = await whoIs(token);
    expect(json).toMatchObject({ subject: `${provider.issuer}#program`, roles: ['auditor'] });
    expect((await server.get('/api/v1/events', { token })).status).toBe(200);
    refusedAs(await server.post('/api/v1/factories/by-token/nominate', nomination, { token }), 403, 'forbidden');
  });

  test('is accepted in the forms of other providers', async () => {
    const forms = [
      provider.signed(good(), { typ: 'application/at+jwt' }),
      provider.signed(good(), { typ: 'JWT' }),
      provider.signed(good({ aud: ['account', audience] })),
      provider.signed(good({ typ: 'Bearer', azp: 'page', scope: 'openid profile' })),
      provider.signed(without('iat')),
      provider.signed(good({ exp: 1e15 })),
    ];
    for (const token of await Promise.all(forms)) expect((await whoIs(token)).status).toBe(200);
  });

  test('without a role of ours reads what anyone reads, and nothing more', async () => {
    for (const realm_access of [undefined, null, 'clerk', { roles: ['Clerk'] }, { roles: [['clerk']] }]) {
      const token = await provider.signed(good({ realm_access }));
      expect((await whoIs(token)).json).toMatchObject({ roles: [] });
      expect((await server.get('/api/v1/targets', { token })).status).toBe(200);
      refusedAs(await server.get('/api/v1/submissions', { token }), 403, 'forbidden');
    }
  });

  test('may be revoked here: it alone, or all of its subject, in whatever case, with their sessions', async () => {
    provider.people.set('wu', { name: '吴', realm_access: { roles: ['clerk'] } });
    const [one, other] = [
      await provider.signed(good({ sub: 'wu', jti: 'one' })),
      await provider.signed(good({ sub: 'wu' })),
    ];
    const cookie = await office.signedIn('wu');
    const { keysFolder } = server.registry.config;
    const at = new Date().toISOString();
    revoke(keysFolder, { at, id: 'one' });
    await expect.poll(async () => (await whoIs(one)).status).toBe(401);
    expect((await whoIs(other)).status).toBe(200);
    revoke(keysFolder, { at, subject: `${provider.issuer}#WU`, until: seconds() });
    await expect.poll(async () => (await whoIs(other)).status, { timeout: 3_000 }).toBe(401);
    expect((await office.session(cookie)).status).toBe(204);
    expect((await whoIs(await provider.signed(good({ sub: 'wu', iat: seconds() + 5 })))).status).toBe(200);
  });
});

test('two nodes that share keys know the same people and what was revoked; a session is one node’s', async () => {
  provider.people.set('he', { name: '何', realm_access: { roles: ['clerk'] } });
  const { keysFolder } = server.registry.config;
  const other = await openOffice({ now: Date.now, environment: { ...office.environment, REGISTRY_KEYS: keysFolder } });
  const token = await provider.signed(good({ sub: 'he' }));
  const cookie = await office.signedIn('he');
  expect((await office.session(cookie)).json.subject).toBe(`${provider.issuer}#he`);
  expect((await other.get('/api/v1/session', { headers: { cookie } })).status).toBe(204);
  expect((await other.get('/api/v1/session', { token })).json.subject).toBe(`${provider.issuer}#he`);
  revoke(keysFolder, { at: new Date().toISOString(), subject: `${provider.issuer}#he`, until: seconds() });
  await expect.poll(async () => (await other.get('/api/v1/session', { token })).status, { timeout: 3_000 }).toBe(401);
  await other.close();
});

describe('a session and an access token of the same subject', () => {
  test.each(['li', 'LI', 'ｌｉ'])('are one person: who submitted cannot confirm as %s', async (sub) => {
    provider.people.set('li', { name: '李伟', realm_access: { roles: ['clerk'] } });
    const cookie = await office.signedIn('li');
    const body = {
      effectiveOn: '2020-11-03',
      name: `一人一次 ${sub}`,
      sector: 'automobiles',
      district: 'pudong',
      grade: 'benchmark',
    };
    const key = `one-person-${Buffer.from(sub).toString('hex')}`;
    const submitted = await server.post(`/api/v1/factories/${key}/certify`, body, {
      headers: { cookie, 'sec-fetch-site': 'same-origin' },
    });
    expect(submitted.status, submitted.text).toBe(202);
    const path = submitted.headers.get('location') ?? '';
    const reviewing = (sub: string) => provider.signed(good({ sub, realm_access: { roles: ['reviewer'] } }));
    const same = await server.post(`${path}/approve`, {}, { token: await reviewing(sub) });
    refusedAs(same, 403, 'second-person-needed');
    expect((await server.post(`${path}/approve`, {}, { token: await reviewing('zhao') })).status).toBe(201);
  });
});

/** An HMAC with a public key that everybody can read, as a verifier would compute it that trusts the header. */
const withPublicKey = (secret: string | Buffer, header: object = {}) => {
  const encoded = [{ alg: 'HS256', typ: 'at+jwt', kid: provider.publicKey().kid, ...header }, good()]
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.');
  return `${encoded}.${createHmac('sha256', secret).update(encoded).digest('base64url')}`;
};
const asPem = async () =>
  exportSPKI((await importJWK(provider.publicKey(), 'RS256', { extractable: true })) as CryptoKey);
const changed = async () => {
  const [header, , signature] = (await provider.signed(good())).split('.');
  const claims = Buffer.from(JSON.stringify(good({ realm_access: { roles: ['admin'] } }))).toString('base64url');
  return `${header}.${claims}.${signature}`;
};

const refusedTokens: readonly (readonly [string, () => Promise<string> | string])[] = [
  ['for another audience', () => provider.signed(good({ aud: 'https://other.example' }))],
  ['for the audience in another case', () => provider.signed(good({ aud: audience.toUpperCase() }))],
  ['for no audience', () => provider.signed(without('aud'))],
  ['of another issuer', () => provider.signed(good({ iss: 'https://evil.example' }))],
  ['of the issuer with a slash', () => provider.signed(good({ iss: `${provider.issuer}/` }))],
  ['of no issuer', () => provider.signed(without('iss'))],
  ['that has expired', () => provider.signed(good({ exp: seconds() - 1 }))],
  ['that never expires', () => provider.signed(without('exp'))],
  ['that is not valid yet', () => provider.signed(good({ nbf: seconds() + 60 }))],
  ['that was issued in the future', () => provider.signed(good({ iat: seconds() + 60 }))],
  ['without a subject', () => provider.signed(without('sub'))],
  ['with a number as its subject', () => provider.signed({ ...good(), sub: 7 as unknown as string })],
  ['with an empty subject', () => provider.signed(good({ sub: '' }))],
  ['with a subject that the ledger cannot keep', () => provider.signed(good({ sub: 'li\u202e' }))],
  ['with a subject that begins with a space', async () => provider.signed(good({ sub: 'li\u3000' }))],
  ['without a signature', () => new UnsecuredJWT(good()).encode()],
  ['without a signature, whose header names a key', () => withPublicKey('', { alg: 'none' }).replace(/[^.]*$/, '')],
  ['with the public key as a secret, in PEM', async () => withPublicKey(await asPem())],
  [
    'with the public key as a secret, its modulus',
    () => withPublicKey(Buffer.from(provider.publicKey().n ?? '', 'base64url')),
  ],
  ['with the public key as a secret, as a JWK', () => withPublicKey(JSON.stringify(provider.publicKey()))],
  ['signed with the client’s secret', () => withPublicKey(client.secret)],
  ['whose header brings a key of its own', () => withPublicKey('mine', { alg: 'RS256', jwk: provider.publicKey() })],
  ['signed by a key that the issuer has not', () => provider.signed(good(), { kid: 'unknown' })],
  ['whose claims were changed', changed],
  [
    'that is an ID token of the same audience',
    () => provider.signed(good({ nonce: 'n', at_hash: 'h' }), { typ: 'JWT' }),
  ],
  ['that is a logout token', () => provider.signed(good({ events: {} }), { typ: 'logout+jwt' })],
  ['with something behind a part', async () => `${await provider.signed(good())}=`],
];

test.each(refusedTokens)('a token %s is nobody’s', async (_name, token) => {
  const reply = await whoIs(await token());
  refusedAs(reply, 401, 'unauthorized');
  expect(reply.headers.get('www-authenticate')).toMatch(/error="invalid_token"$/);
});

describe('the issuer’s keys', () => {
  test('may be changed: a token of the new key is accepted at once, one of the key before no longer', async () => {
    const before = await provider.signed(good());
    expect((await whoIs(before)).status).toBe(200);
    await provider.rotate();
    expect((await whoIs(await provider.signed(good()))).status).toBe(200);
    refusedAs(await whoIs(before), 401, 'unauthorized');
  });

  test('are asked for once a second at most, however many tokens name unknown ones', async () => {
    const forged = await Promise.all(
      Array.from({ length: 100 }, (_, index) => provider.signed(good(), { kid: `flood-${index}` })),
    );
    const before = provider.keyRequests();
    const began = performance.now();
    const replies = await Promise.all(forged.map(whoIs));
    expect(new Set(replies.map(({ status }) => status))).toEqual(new Set([401]));
    const allowed = 1 + Math.ceil((performance.now() - began) / 1_000);
    expect(provider.keyRequests() - before).toBeLessThanOrEqual(allowed);
    expect((await whoIs(await provider.signed(good()))).status).toBe(200);
  });

  test('stay valid while the issuer is away; whether an unknown key is the issuer’s cannot be told then', async () => {
    const [known, unknown] = [await provider.signed(good()), await provider.signed(good(), { kid: 'unknown' })];
    provider.end();
    expect((await whoIs(known)).status).toBe(200);
    refusedAs(await whoIs(unknown), 503, 'unavailable');
    await provider.begin(server.url);
    refusedAs(await whoIs(unknown), 401, 'unauthorized');
  });

  test('were never had: 503 for the issuer’s tokens, 401 for what is no token of the issuer, and our own tokens are valid', async () => {
    const away = await openOffice({
      now: Date.now,
      environment: { ...office.environment, OIDC_ISSUER: 'http://localhost:1' },
    });
    const reply = await away.get('/api/v1/session', {
      token: await provider.signed(good({ iss: 'http://localhost:1' })),
    });
    refusedAs(reply, 503, 'unavailable');
    expect(Number(reply.headers.get('retry-after'))).toBeGreaterThan(0);
    for (const token of [await provider.signed(good()), 'garbage', withPublicKey('x')])
      refusedAs(await away.get('/api/v1/session', { token }), 401, 'unauthorized');
    expect((await away.get('/api/v1/session', { token: await away.token('clerk') })).status).toBe(200);
    await away.close();
  });
});

test('without OIDC_AUDIENCE no access token of the issuer is accepted', async () => {
  const { OIDC_AUDIENCE: _, ...environment } = office.environment as Record<string, string>;
  const other = await openOffice({ now: Date.now, environment });
  refusedAs(await other.get('/api/v1/session', { token: await provider.signed(good()) }), 401, 'unauthorized');
  await other.close();
});

test('with OIDC_AUDIENCE alone access tokens are accepted, and nobody signs in at the issuer', async () => {
  const {
    OIDC_CLIENT_ID: _id,
    OIDC_CLIENT_SECRET: _secret,
    ...environment
  } = office.environment as Record<string, string>;
  const other = await openOffice({ now: Date.now, environment });
  expect((await other.get('/api/v1/session', { token: await provider.signed(good()) })).status).toBe(200);
  refusedAs(await other.get('/auth/oidc/start'), 404, 'not-found');
  await other.close();
});

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { factory } from '../domain/vocabulary.ts';
import { named, type Recording, startRecording } from './recording.ts';

let recording: Recording;
beforeAll(async () => {
  recording = await startRecording();
  await recording.record(
    named(factory.register, 'kangqiao'),
    factory.nominated('2020-01-10'),
    factory.certified('2020-11-03'),
  );
});
afterAll(() => recording.server.close());

const entry = '/api/v1/factories/kangqiao';
const reads = [
  entry,
  '/api/v1/targets',
  '/api/v1/factories',
  '/api/v1/measures',
  '/api/v1/breakdown?by=sector',
  '/api/v1/targets/model-factories/entries',
  '/api/v1/targets/model-factories/series',
  '/api/v1/exports/targets.csv',
];

describe('caching', () => {
  test('an entry as it is now carries its revision as ETag', async () => {
    expect((await recording.server.get(entry)).headers.get('etag')).toBe('"1"');
    expect((await recording.server.get(`${entry.replace('kang', 'KANG')}`)).headers.get('etag')).toBe('"1"');
  });

  test('an entry on a day or as known at an instant has none, and neither has any other read', async () => {
    for (const query of ['on=2022-03-01', 'knownAt=3', 'on=2022-03-01&knownAt=3'])
      expect((await recording.server.get(`${entry}?${query}`)).headers.get('etag'), query).toBeNull();
    for (const path of reads.slice(1)) expect((await recording.server.get(path)).headers.get('etag'), path).toBeNull();
  });

  test('an entry is never 304, since its ETag describes the entry and not the answer', async () => {
    for (const headers of [
      { 'if-none-match': '"1"' },
      { 'if-none-match': 'W/"1"' },
      { 'if-none-match': '*' },
      { 'if-modified-since': 'Tue, 01 Mar 2050 00:00:00 GMT' },
    ])
      expect((await recording.server.get(entry, { headers })).status).toBe(200);
  });

  test('a read may be kept by its reader only, and asks again each time', async () => {
    for (const path of reads) {
      const { headers } = await recording.server.get(path);
      expect(headers.get('cache-control'), path).toBe('private, no-cache');
      expect(headers.get('vary'), path).toMatch(/^Authorization, Cookie, Accept, Accept-Language(, accept-encoding)?$/);
    }
  });

  test('so does a refusal', async () => {
    for (const path of ['/api/v1/factories/never', '/api/v1/targets?on=x', '/api/v1/events', '/api/v1/robots']) {
      const { status, headers } = await recording.server.get(path);
      expect(status).toBeGreaterThanOrEqual(400);
      expect(headers.get('cache-control'), path).toBe('private, no-cache');
      expect(headers.get('vary'), path).toBe('Authorization, Cookie, Accept, Accept-Language');
    }
  });
});

const origin = { origin: 'https://dashboard.example' };

describe('a page of another origin', () => {
  test('may read what anyone may, and sees ETag, Link and Registry-Position', async () => {
    for (const path of reads) {
      const { headers } = await recording.server.get(path, { headers: origin });
      expect(headers.get('access-control-allow-origin'), path).toBe('*');
      expect(headers.get('access-control-expose-headers'), path).toBe(
        'ETag, Link, Registry-Position, Retry-After, Content-Disposition',
      );
      expect(headers.get('access-control-allow-credentials'), path).toBeNull();
    }
  });

  test('may not read what a token or a session shows', async () => {
    const token = await recording.server.token('auditor');
    for (const path of [...reads, '/api/v1/events']) {
      const { headers } = await recording.server.get(path, { token, headers: origin });
      expect(headers.get('access-control-allow-origin'), path).toBeNull();
      expect(headers.get('access-control-expose-headers'), path).toBeNull();
    }
    const { headers } = await recording.server.get(entry, { headers: { ...origin, cookie: 'session=1' } });
    expect(headers.get('access-control-allow-origin')).toBeNull();
  });

  const preflight = async (method: string, asked?: string) => {
    const { headers } = await fetch(`${recording.server.url}${entry}`, {
      method: 'OPTIONS',
      headers: {
        ...origin,
        'access-control-request-method': method,
        ...(asked === undefined ? {} : { 'access-control-request-headers': asked }),
      },
    });
    return headers;
  };

  test('may send a preflight for a read, and learns which headers it may send', async () => {
    const headers = await preflight('GET', 'registry-position');
    expect(headers.get('access-control-allow-origin')).toBe('*');
    expect(headers.get('access-control-allow-methods')).toBe('GET, HEAD');
    expect(headers.get('access-control-allow-headers')?.toLowerCase()).toContain('registry-position');
  });

  test('may not send a token, and may not record', async () => {
    const headers = await preflight('GET', 'authorization');
    expect(headers.get('access-control-allow-headers')?.toLowerCase()).not.toContain('authorization');
    for (const method of ['POST', 'PUT', 'DELETE']) {
      const refused = await preflight(method, 'content-type');
      expect(refused.get('access-control-allow-origin'), method).toBeNull();
    }
    const posted = await recording.server.post(`${entry}/revoke`, {}, { headers: origin });
    expect(posted.headers.get('access-control-allow-origin')).toBeNull();
  });
});

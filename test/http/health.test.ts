import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { problems } from '../../src/commands/problems.ts';
import { factory } from '../domain/vocabulary.ts';
import { named, type Recording, startRecording } from './recording.ts';

let recording: Recording;
beforeAll(async () => {
  recording = await startRecording();
});
afterAll(() => recording.server.close());

const get = (path: string, headers = {}) => recording.server.get(path, { headers });

describe('health', () => {
  test('the process answers', async () => {
    expect((await get('/health/live')).json).toEqual({ state: 'live' });
  });

  test('the read model is ready once it has folded what the store holds, and says how far it is', async () => {
    const size = await recording.record(named(factory.register, 'kangqiao'), factory.nominated('2020-01-10'));
    const { status, json } = await get('/health/ready');
    expect([status, json]).toEqual([200, { state: 'ready', size, storeSize: size }]);
  });
});

describe('metrics', () => {
  test('are in Prometheus’ format: the process, requests, commands, the ledger and the read model', async () => {
    const token = await recording.server.token('clerk');
    await recording.server.post(
      '/api/v1/factories/measured/nominate',
      { effectiveOn: '2020-01-10', name: '工厂', sector: 'automobiles', district: 'pudong' },
      { token },
    );
    const position = recording.server.registry.model.place().position;
    await get('/api/v1/targets', { 'registry-position': position });
    const { headers, text } = await get('/metrics');
    const { size } = recording.server.registry.model.place();
    expect(headers.get('content-type')).toMatch(/^text\/plain/);
    for (const line of [
      `registry_ledger_size ${size}`,
      `registry_read_model_size ${size}`,
      'registry_read_model_ready 1',
      'registry_commands_total{register="factories",command="nominate",status="201"} 1',
      'registry_http_request_duration_seconds_count{method="GET",route="/api/v1/targets",status="200"} 1',
    ])
      expect(text).toContain(`${line}\n`);
    expect(text).toContain('process_cpu_seconds_total');
  });

  test('name routes and not paths, so that keys do not multiply them', async () => {
    for (let n = 0; n < 5; n++) await get(`/api/v1/factories/some-key-${n}`);
    expect((await get('/metrics')).text).not.toContain('some-key');
  });
});

describe('problem pages', () => {
  test('explain every problem in both languages, without script or anything from elsewhere', async () => {
    for (const [code, { status, title }] of Object.entries(problems)) {
      const { status: found, headers, text } = await get(`/problems/${code}`);
      expect([found, headers.get('content-type')], code).toEqual([200, 'text/html; charset=utf-8']);
      for (const part of [title.zh, title.en, String(status), code]) expect(text).toContain(part);
      expect(text).not.toMatch(/<script|<link|src=|https?:/);
    }
  });

  test('are what a refusal’s type leads to', async () => {
    const { json } = await get('/api/v1/factories/never');
    expect((await get(json.type)).status).toBe(200);
  });

  test('are 404 for a problem that does not exist', async () => {
    for (const code of ['nothing', 'toString', '__proto__', 'constructor'])
      expect((await get(`/problems/${code}`)).status, code).toBe(404);
  });
});

describe('the documentation', () => {
  test('is an OpenAPI 3.1 document that anyone may read', async () => {
    const { json } = await get('/api/openapi.json');
    expect(json.openapi).toMatch(/^3\.1\./);
    expect(Object.keys(json.paths)).toContain('/api/v1/targets/{id}/changes');
  });

  test('is browsed with pages that take nothing from another address', async () => {
    const { url } = recording.server;
    const page = await fetch(`${url}/api/docs`);
    expect(page.status).toBe(200);
    const html = await page.text();
    const links = [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, link = '']) => link);
    expect(links.length).toBeGreaterThan(3);
    const seen = new Set<string>();
    for (const link of links) {
      const address = new URL(link, page.url);
      expect(address.origin, link).toBe(url);
      const asset = await fetch(address);
      expect(asset.status, link).toBe(200);
      seen.add(asset.headers.get('content-type')?.split(';')[0] ?? '');
      const text = await asset.text();
      if (link.includes('initializer')) {
        expect(text).toContain('validatorUrl: null');
        expect(text.replace(/^ *\/\/.*$/gm, '')).not.toMatch(/https?:/);
      }
      if (link.endsWith('.css')) expect(text).not.toMatch(/@import|url\(["']?https?:/);
    }
    const document = await fetch(new URL('json', `${page.url.replace(/\/?$/, '/')}`));
    expect(await document.json()).toEqual((await get('/api/openapi.json')).json);
    expect(seen).toContain('text/css');
    expect([...seen].some((type) => type.endsWith('javascript'))).toBe(true);
  });

  test('forbids its pages to ask any other address, and works without TLS', async () => {
    const { headers } = await fetch(`${recording.server.url}/api/docs`);
    const policy = headers.get('content-security-policy') ?? '';
    expect(policy).toContain("default-src 'self'");
    expect(policy).not.toMatch(/https?:|\bvalidator\b|upgrade-insecure-requests/);
  });
});

import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import pino from 'pino';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { pageIn } from '../../src/page/page.ts';
import { openOffice } from '../http/office.ts';
import type { TestServer } from '../http/server.ts';

let server: TestServer;
beforeAll(async () => {
  server = await openOffice();
});
afterAll(() => server.close());

const silent = pino({ level: 'silent' });
const browser = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' };

const got = async (path: string) => {
  const response = await fetch(`${server.url}${path}`, { headers: browser });
  return { status: response.status, headers: response.headers, text: await response.text() };
};

const bytesOf = async (url: string, encoding: string) => {
  const response = await fetch(url, { headers: { 'accept-encoding': encoding } });
  return { headers: response.headers, bytes: Buffer.from(await response.arrayBuffer()), status: response.status };
};

const assetsIn = (text: string): readonly string[] =>
  [...text.matchAll(/(?:src|href)="([^"]*\/assets\/[^"]+)"/g)].map(([, path = '']) => path);

test.each([
  '/',
  '/targets/star-listings',
  '/registers',
  '/registers/factories',
  '/registers/factories/a-1',
  '/search?q=x',
])('%s gives the page, under a strict policy with a nonce of its own each time', async (path) => {
  const nonces = [];
  for (const _ of [1, 2]) {
    const { status, headers, text } = await got(path);
    expect([status, headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
    expect(headers.get('cache-control')).toBe('no-cache');
    const policy = headers.get('content-security-policy') ?? '';
    const [, nonce = ''] = /'nonce-([\w+/=]{24})'/.exec(policy) ?? [];
    expect(policy).toBe(
      `default-src 'none'; script-src 'self'; style-src 'self' 'nonce-${nonce}'; img-src 'self' data:; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'; require-trusted-types-for 'script'`,
    );
    expect(text).toContain(`<meta property="csp-nonce" nonce="${nonce}">`);
    expect(text).not.toMatch(/<script(?![^>]* src=)|<style|\sstyle=|\son\w+=/);
    nonces.push(nonce);
  }
  expect(new Set(nonces).size).toBe(2);
});

test('its files are kept for ever by browsers, and travel compressed if that saves packets', async () => {
  const { text } = await got('/');
  const assets = assetsIn(text);
  expect(assets.length).toBeGreaterThan(1);
  for (const path of assets) {
    const plain = await bytesOf(`${server.url}${path}`, 'identity');
    expect(plain.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
    expect(plain.headers.get('x-content-type-options')).toBe('nosniff');
    const raw = await fetch(`${server.url}${path}`, { headers: { 'accept-encoding': 'br' } });
    const isSmall = plain.bytes.length < 2_048;
    expect(raw.headers.get('content-encoding'), path).toBe(isSmall ? null : 'br');
    if (!isSmall) expect(raw.headers.get('vary')).toMatch(/(^|, )accept-encoding$/);
    expect(Buffer.from(await raw.arrayBuffer()).equals(plain.bytes)).toBe(true);
  }
  expect((await got('/assets/none.js')).status).toBe(404);
  expect((await got('/assets/..%2Findex.html')).status).toBe(404);
});

test('what is compressed once by the build is the same as what is not', async () => {
  const files = await pageIn(silent).files();
  const compressed = [...(files?.assets.values() ?? [])].filter(
    ({ br, gzip }) => br !== undefined && gzip !== undefined,
  );
  expect(compressed.length).toBeGreaterThan(1);
  for (const { bytes, br = Buffer.alloc(0), gzip = Buffer.alloc(0) } of compressed) {
    expect(brotliDecompressSync(br).equals(bytes)).toBe(true);
    expect(gunzipSync(gzip).equals(bytes)).toBe(true);
  }
});

test('below a base path, the page and its files are there', async () => {
  const below = await openOffice({ environment: { REGISTRY_BASE_PATH: '/offices/registry' } });
  try {
    const { origin } = new URL(below.url);
    const document = await fetch(`${origin}/offices/registry/`, { headers: browser });
    const text = await document.text();
    expect(text).toContain('<meta name="base-path" content="/offices/registry/">');
    const assets = assetsIn(text);
    expect(assets.length).toBeGreaterThan(1);
    for (const path of assets) {
      expect(path).toMatch(/^\/offices\/registry\/assets\//);
      expect((await bytesOf(`${origin}${path}`, 'br')).status).toBe(200);
    }
  } finally {
    await below.close();
  }
});

test('a checkout without Vite has no page, one whose build fails has none, and a shipped build is taken as it is', async () => {
  const root = mkdtempSync(join(tmpdir(), 'upgrade-registry-page-'));
  try {
    mkdirSync(join(root, 'web'));
    writeFileSync(join(root, 'web/index.html'), '<p>sources</p>');
    writeFileSync(join(root, 'package.json'), '{}');
    writeFileSync(join(root, 'package-lock.json'), '{}');
    expect(await pageIn(silent, root).files()).toBeUndefined();

    symlinkSync(join(import.meta.dirname, '../../node_modules'), join(root, 'node_modules'));
    writeFileSync(join(root, 'web/vite.config.ts'), 'throw new Error("broken");');
    expect(await pageIn(silent, root).files()).toBeUndefined();

    rmSync(join(root, 'web'), { recursive: true });
    mkdirSync(join(root, 'web/dist/built/assets'), { recursive: true });
    writeFileSync(join(root, 'web/dist/built/index.html'), '<p>built</p>');
    writeFileSync(join(root, 'web/dist/built/assets/a.js'), '1');
    const files = await pageIn(silent, root).files();
    expect([files?.document, [...(files?.assets.keys() ?? [])]]).toEqual(['<p>built</p>', ['a.js']]);
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
});

test('a build that fails is tried once a minute, however many ask for the page', async () => {
  const root = mkdtempSync(join(tmpdir(), 'upgrade-registry-page-'));
  try {
    mkdirSync(join(root, 'web'));
    writeFileSync(join(root, 'web/index.html'), '<p>sources</p>');
    writeFileSync(join(root, 'web/vite.config.ts'), 'throw new Error("broken");');
    writeFileSync(join(root, 'package.json'), '{}');
    symlinkSync(join(import.meta.dirname, '../../node_modules'), join(root, 'node_modules'));
    let nowMs = 0;
    const lines: string[] = [];
    const page = pageIn(pino({}, { write: (line) => lines.push(line) }), root, () => nowMs);
    const builds = () => lines.filter((line) => line.includes('could not be built')).length;
    for (const _ of [1, 2, 3]) expect(await Promise.all([page.files(), page.files()])).toEqual([undefined, undefined]);
    expect(builds()).toBe(1);
    nowMs += 59_999;
    await page.files();
    expect(builds()).toBe(1);
    nowMs += 1;
    await page.files();
    expect(builds()).toBe(2);
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
});

test('a build removes older ones and what a killed one left, but not one that another process has under way', async () => {
  const root = mkdtempSync(join(tmpdir(), 'upgrade-registry-page-'));
  try {
    mkdirSync(join(root, 'web/dist'), { recursive: true });
    writeFileSync(
      join(root, 'web/index.html'),
      '<!doctype html><title>new</title><script type="module" src="a.ts"></script>',
    );
    writeFileSync(join(root, 'web/a.ts'), 'document.title += "";');
    writeFileSync(join(root, 'web/vite.config.ts'), 'export default { root: import.meta.dirname };');
    writeFileSync(join(root, 'package.json'), '{"type":"module"}');
    symlinkSync(join(import.meta.dirname, '../../node_modules'), join(root, 'node_modules'));
    for (const name of ['older', 'unfinished-killed', 'unfinished-under-way']) mkdirSync(join(root, 'web/dist', name));
    const longAgo = new Date(Date.now() - 3_600_000);
    utimesSync(join(root, 'web/dist/unfinished-killed'), longAgo, longAgo);
    expect((await pageIn(silent, root).files())?.document).toContain('<title>new</title>');
    const left = readdirSync(join(root, 'web/dist'));
    expect(left).toEqual([expect.stringMatching(/^[0-9a-f]{16}$/), 'unfinished-under-way']);
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
});

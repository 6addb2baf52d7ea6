import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest';
import yauzl from 'yauzl';
import { folderAt } from '../../src/bundle/folder-on-disk.ts';
import { verifyBundle } from '../../src/bundle/verify.ts';
import { ledgerKeyOf } from '../../src/ledger/opening.ts';
import { eraseTexts } from '../../src/maintenance/erasing.ts';
import { erasingOn } from '../../src/maintenance/recording-erasures.ts';
import { nominate, openOffice, people, refusedAs, submitCertificate } from './office.ts';
import type { TestServer } from './server.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

let server: TestServer;
let staff: Awaited<ReturnType<typeof people>>;
/** Enough for a full tile, and for two pages of events. */
const nominations = 520;
/** With the plan, and two factories that two people have certified. */
const size = nominations + 5;
const path = '/api/v1/exports/bundle.zip';

beforeAll(async () => {
  server = await openOffice({ inThread: true });
  staff = await people(server);
  for (const key of ['a', 'b']) {
    const id = await submitCertificate(server, staff.clerk, key, { note: `电话核实 ${key}` });
    await server.post(`/api/v1/submissions/${id}/approve`, {}, { token: staff.reviewer });
  }
  for (let n = 0; n < nominations; n += 40)
    await Promise.all(
      Array.from({ length: 40 }, (_, each) => nominate(server, staff.clerk, `f-${n + each}`, { note: '初次申报' })),
    );
  expect(await server.registry.ledger.reached(size, 60_000)).toBe(true);
});
afterAll(() => server?.close());

const fetched = async (query = '', token = staff.auditor) => {
  const response = await fetch(`${server.url}${path}${query}`, { headers: { authorization: `Bearer ${token}` } });
  return { response, bytes: Buffer.from(await response.arrayBuffer()) };
};

/** Unpacks a ZIP into a folder of its own, and gives the one folder that is in it. */
const unpacked = async (bytes: Buffer): Promise<{ readonly folder: string; readonly names: readonly string[] }> => {
  const at = mkdtempSync(join(tmpdir(), 'upgrade-registry-zip-'));
  onTestFinished(() => rmSync(at, { recursive: true }));
  const zip = await yauzl.fromBufferPromise(bytes, { lazyEntries: true });
  const names: string[] = [];
  for await (const entry of zip.eachEntry()) {
    const target = join(at, entry.fileName);
    mkdirSync(dirname(target), { recursive: true });
    const stream = await zip.openReadStreamPromise(entry);
    const pieces: Buffer[] = [];
    for await (const piece of stream) pieces.push(piece);
    writeFileSync(target, Buffer.concat(pieces));
    names.push(entry.fileName);
  }
  return { folder: join(at, names[0]?.split('/')[0] ?? ''), names };
};

const pinned = () => ({ keys: [ledgerKeyOf(server.registry.config).verifier], witnesses: [] });

test('an auditor fetches the folder as a ZIP, and it is verified offline; the checkpoint comes last', async () => {
  const { response, bytes } = await fetched('?on=2020-12-31');
  expect(response.headers.get('content-type')).toBe('application/zip');
  expect(response.headers.get('content-disposition')).toBe(`attachment; filename="bundle-${size}.zip"`);
  const { folder, names } = await unpacked(bytes);
  expect(verifyBundle(folderAt(folder), pinned())).toMatchObject({
    faults: [],
    isAnchored: true,
    size,
    statements: 20,
    texts: 524,
  });
  expect(names.at(-1)).toBe(`bundle-${size}/checkpoint`);
  const readme = readFileSync(join(folder, 'README.md'), 'utf8');
  expect(readme).toContain('verify.html');
  expect(readFileSync(join(folder, 'verify.html'), 'utf8')).toContain('Content-Security-Policy');
});

test('without texts nothing that somebody wrote is in it', async () => {
  const { folder, names } = await unpacked((await fetched('?texts=false')).bytes);
  expect(names.filter((name) => name.includes('texts'))).toEqual([]);
  expect(verifyBundle(folderAt(folder), pinned()).faults).toEqual([]);
  expect(readFileSync(join(folder, 'events.ndjson'), 'utf8')).not.toContain('电话核实');
});

test('texts that were erased a moment ago are not in it, and the folder says that two people erased them', async () => {
  const office = await openOffice({ inThread: true });
  onTestFinished(() => office.close());
  const { clerk, auditor } = await people(office);
  const event = await nominate(office, clerk, 'a', { note: '电话核实 机密' });
  const { registry } = office;
  const erased = await eraseTexts(erasingOn(registry.config, registry.store, registry.model), {
    event,
    names: ['note'],
    basis: '个人信息保护法',
    by: 'li.wei',
    approvedBy: 'wang.fang',
  });
  expect(erased).toMatchObject({ isRepeated: false });
  await vi.waitFor(() => expect(registry.ledger.published()).toBeDefined(), 10_000);
  const response = await fetch(`${office.url}${path}`, { headers: { authorization: `Bearer ${auditor}` } });
  const { folder } = await unpacked(Buffer.from(await response.arrayBuffer()));
  const key = ledgerKeyOf(registry.config).verifier;
  expect(verifyBundle(folderAt(folder), { keys: [key], witnesses: [] })).toMatchObject({
    faults: [],
    size: 3,
    erased: 1,
  });
  expect(readFileSync(join(folder, 'texts.ndjson'), 'utf8')).not.toContain('机密');
});

test('it is for auditors alone, and who fetched it stands in the access log', async () => {
  refusedAs(await server.get(path), 401, 'unauthorized');
  for (const role of ['viewer', 'clerk', 'reviewer', 'admin'] as const)
    refusedAs(await server.get(path, { token: staff[role] }), 403, 'forbidden', role);
  refusedAs(await server.get(`${path}?texts=no`, { token: staff.auditor }), 400, 'invalid-request');
  await fetched();
  await vi.waitFor(() => {
    const log = readFileSync(join(server.folder, 'access.log'), 'utf8');
    expect(log).toMatch(/zhao\.lei.*bundle\.zip|bundle\.zip.*zhao\.lei/);
  });
});

test('before the first checkpoint there is none', async () => {
  const young = await openOffice();
  onTestFinished(() => young.close());
  refusedAs(await young.get(path, { token: await young.token('auditor') }), 404, 'not-found');
});

test('a reader who leaves in the middle or takes nothing holds up nobody, and may come again', async () => {
  for (let n = 0; n < 5; n++) {
    const left = new AbortController();
    const response = await fetch(`${server.url}${path}`, {
      headers: { authorization: `Bearer ${staff.auditor}` },
      signal: left.signal,
    });
    await response.body?.getReader().read();
    left.abort();
    await vi.waitFor(async () => expect((await server.get('/health/live')).status).toBe(200));
    await pause(0);
  }
  await vi.waitFor(async () => expect((await fetched()).response.status).toBe(200), 20_000);
});

import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { copyOf, get } from '../cli/command-line.ts';
import { attack, attacked, type Bounds, folderWith, officeIn } from './bystander.ts';

/** What nobody in particular can do over HTTP, and how long somebody who records a fact waits meanwhile. */

let filled: string;
beforeAll(async () => {
  filled = await folderWith(2_000);
}, 120_000);
afterAll(() => rmSync(filled, { recursive: true, force: true }));

/** A server with the settings that a new node has. */
const openServer = (settings: Readonly<Record<string, string>> = {}) =>
  officeIn(copyOf(filled), { REGISTRY_RATE_LIMIT: '100', ...settings });

/** What nobody in particular may cost: nothing of it stays. */
const bounds: Bounds = { cpuSeconds: 10, peakMib: 700, ledgerBytes: 0 };

const opened = async (url: string, times: number, text: string): Promise<readonly Socket[]> => {
  const { hostname, port } = new URL(url);
  const sockets = Array.from({ length: times }, () => connect(Number(port), hostname).on('error', () => {}));
  await Promise.all(sockets.map((socket) => once(socket, 'connect')));
  for (const socket of sockets) socket.resume().write(text);
  return sockets;
};

const command = 'POST /api/v1/factories/held/nominate HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n';

const stalling = {
  'announce a body without a token and send none of it': `${command}Content-Length: 200\r\n\r\n`,
  'announce a body with a wrong token': `${command}Authorization: Bearer x\r\nContent-Length: 200\r\n\r\n`,
  'begin a chunked body and stop': `${command}Transfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\n`,
  'send half a header': 'GET /api/v1/targets HTTP/1.1\r\nHost: x\r\nX-',
  'send half a command': command,
};

test('hundreds of connections on which no whole request comes refuse nobody a command, and most are closed', async () => {
  const office = await openServer();
  for (const [what, text] of Object.entries(stalling)) {
    // This process takes a while for opening them, in which it sends no command.
    const sockets = await opened(office.url, 600, text);
    await attacked(office, what, bounds, () => Promise.resolve());
    const open = () => sockets.filter(({ closed }) => !closed).length;
    await expect.poll(open, { timeout: 10_000, message: what }).toBeLessThanOrEqual(128);
    for (const socket of sockets) socket.destroy();
  }
});

const exportPaths = {
  'the same for all, as CSV': '/api/v1/exports/factories.csv',
  'another for each, as CSV': '/api/v1/exports/factories.csv?on={day}',
  'another for each, as XLSX': '/api/v1/exports/factories.xlsx?on={day}',
};

test('hundreds of exports asked for at once by nobody in particular make no command wait', async () => {
  const office = await openServer();
  const { url, folder } = office;
  for (const [what, path] of Object.entries(exportPaths)) {
    const statuses = await attacked(office, what, bounds, () => attack(folder, url, '300', path));
    // The kind of refusal depends on whether the queue is full before the address has used up its requests.
    const { 200: made, ...refused } = statuses;
    expect(made, what).toBeGreaterThan(0);
    expect(['429', '503'], what).toEqual(expect.arrayContaining(Object.keys(refused)));
  }
});

const readPaths = {
  'long series': '/api/v1/targets/model-factories/series?from=2012-01-01&to=2025-06-01&step=day&knownAt=1000',
  'lists of 500': '/api/v1/factories?limit=500&sort=-name&on={day}',
  'searches for sixty words': `/api/v1/factories?limit=500&q=${encodeURIComponent('康 桥 数 字 化 '.repeat(12))}&on={day}`,
};

test('a hundred long reads asked for at once by nobody in particular make no command wait', {
  timeout: 120_000,
}, async () => {
  const office = await openServer();
  const { url, folder } = office;
  for (const [what, path] of Object.entries(readPaths)) {
    const statuses = await attacked(office, what, bounds, () => attack(folder, url, '100', path));
    const { 200: answered, ...refused } = statuses;
    expect(answered, what).toBeGreaterThan(0);
    expect(['429', '503'], what).toEqual(expect.arrayContaining(Object.keys(refused)));
  }
});

test('the exports of readers who have left are not made', async () => {
  const office = await openServer();
  const { url, folder } = office;
  // A hundred exports would take 50 s.
  const reader = await attacked(office, 'readers who leave', { ...bounds, cpuSeconds: 8 }, async () => {
    for (let round = 0; round < 20; round++) {
      const path = `/api/v1/exports/factories.xlsx?on=2020-04-${String(round + 1).padStart(2, '0')}`;
      const sockets = await opened(url, 5, `GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`);
      for (const socket of sockets) socket.destroy();
    }
    return attack(folder, url, '1', '/api/v1/exports/factories.csv');
  });
  expect(reader).toEqual({ 200: 1 });
});

test('a flood of requests is refused with 429 and makes neither commands nor health checks wait', async () => {
  const office = await openServer({ REGISTRY_RATE_LIMIT: '10' });
  const { url, folder } = office;
  const statuses = await attacked(office, 'a flood', bounds, () => attack(folder, url, '1500', '/api/v1/targets'));
  expect(statuses['429']).toBeGreaterThan(500);
  for (const path of ['/health/live', '/health/ready', '/metrics']) expect((await fetch(url + path)).status).toBe(200);
});

test('the first who asks for the OpenAPI document makes no command wait', async () => {
  const office = await openServer();
  const what = 'the first OpenAPI document';
  const document = await attacked(office, what, bounds, () => get(`${office.url}/api/openapi.json`));
  expect(document.openapi).toBe('3.1.0');
});

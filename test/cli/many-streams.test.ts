import { connect, type Socket } from 'node:net';
import { expect, test } from 'vitest';
import { get, newFolder, serve, tokenFor } from './command-line.ts';

const dashboards = 2_000;
const atOnce = 100;
const bytesEach = 128 * 1_024;
const counted = '"model-factories"';

type Dashboard = { readonly socket: Socket; readonly told: (word: string) => Promise<void> };

/** Opens a live stream and waits for its first message. */
const open = async (url: string): Promise<Dashboard> => {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname).setEncoding('utf8');
  let received = '';
  let heard = () => {};
  let failed: (error: Error) => void = () => {};
  socket.on('data', (text: string) => {
    received += text;
    heard();
  });
  socket.on('error', (error) => failed(error));
  socket.on('close', () => failed(new Error(`The stream has ended after ${received}`)));
  const told = (word: string) =>
    new Promise<void>((resolve, reject) => {
      failed = reject;
      heard = () => {
        if (!received.includes(word)) return;
        received = '';
        resolve();
      };
      heard();
    });
  socket.write('GET /api/v1/live HTTP/1.1\r\nHost: x\r\nAccept: text/event-stream\r\n\r\n');
  await told(counted);
  return { socket, told };
};

test('two thousand listening dashboards cost little memory, are all updated within seconds, and do not slow clerks down', async () => {
  const folder = newFolder();
  const { url } = await serve(folder);
  const clerk = await tokenFor(folder, 'clerk', 'li.wei');
  const reviewer = await tokenFor(folder, 'reviewer', 'wang.fang');
  const post = (path: string, token: string, body?: object, headers: Readonly<Record<string, string>> = {}) =>
    fetch(`${url}${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', ...headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  const figure = async (name: string) =>
    Number(new RegExp(`^${name} (\\d+)`, 'm').exec(await (await fetch(`${url}/metrics`)).text())?.[1]);
  const more = async (count: number) => {
    const opened: Dashboard[] = [];
    while (opened.length < count) opened.push(...(await Promise.all(Array.from({ length: atOnce }, () => open(url)))));
    return opened;
  };

  const first = await more(atOnce); // so that what a server allocates for its first streams is not counted
  const before = await figure('process_resident_memory_bytes');
  const open2000 = [...first, ...(await more(dashboards - atOnce))];
  const after = await figure('process_resident_memory_bytes');
  expect((after - before) / (dashboards - atOnce)).toBeLessThan(bytesEach);

  const body = { effectiveOn: '2020-12-22', name: '康桥', sector: 'automobiles', district: 'pudong' };
  const submitted = await post('/api/v1/factories/kangqiao/certify', clerk, { ...body, grade: 'demonstration' });
  const { submission } = (await submitted.json()) as { submission: { id: string } };
  const all = Promise.all(open2000.map(({ told }) => told(counted)));
  const began = performance.now();
  expect((await post(`/api/v1/submissions/${submission.id}/approve`, reviewer)).status).toBe(201);
  await all;
  expect(performance.now() - began).toBeLessThan(15_000);

  const answers = await Promise.all(
    Array.from({ length: 20 }, (_, index) => post(`/api/v1/factories/f${index}/nominate`, clerk, body)),
  );
  expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 20 }, () => 201));

  for (const { socket } of open2000) socket.destroy();
  await expect
    .poll(() => figure('nodejs_active_resources\\{type="TCPSocketWrap"\\}'), { timeout: 15_000 })
    .toBeLessThan(atOnce);
  expect(await get(`${url}/health/live`)).toEqual({ state: 'live' });
}, 120_000);

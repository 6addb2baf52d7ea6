import { execFileSync } from 'node:child_process';
import { existsSync, utimesSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { join } from 'node:path';
import { setTimeout as after } from 'node:timers/promises';
import { expect, onTestFinished, test, vi } from 'vitest';
import { openTokens } from '../../src/identity/tokens.ts';
import { ended, ending, get, newFolder, serve, start } from '../cli/command-line.ts';
import { csv } from '../imports/spreadsheet.ts';

const boundary = 'rows';
const rows = csv(['编号', '工厂名称', '行业', '区', '日期'], ['q1', '第一厂', '汽车', '浦东', '2020-12-22']);
const upload = `--${boundary}\r\ncontent-disposition: form-data; name="file"; filename="a.csv"\r\n\r\n${rows}\r\n--${boundary}--\r\n`;

test('a server without a file descriptor left records commands on open connections, refuses the rest with 503, and carries on once there are some', async () => {
  const folder = newFolder();
  const { child, url } = await serve(folder, { REGISTRY_DELAY_LIMIT: '60000' });
  const tokens = openTokens(join(folder, 'data', 'keys'), 'localhost/upgrade-registry', Date.now);
  const clerk = `Bearer ${await tokens.sign('li.wei', ['clerk'], 600)}`;
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  onTestFinished(() => agent.destroy());
  /** A request on one connection that stays open: the status, Retry-After and body of its answer. */
  const ask = (method: string, path: string, type = '', body = '') =>
    new Promise<{ readonly status: number | undefined; readonly wait: string | undefined; readonly text: string }>(
      (resolve, reject) => {
        const headers = {
          authorization: clerk,
          ...(type && { 'content-type': type, 'content-length': Buffer.byteLength(body) }),
        };
        request(`${url}${path}`, { method, agent, headers }, async (answer) => {
          const text = (await answer.setEncoding('utf8').toArray()).join('');
          resolve({ status: answer.statusCode, wait: answer.headers['retry-after'], text });
        })
          .on('error', reject)
          .end(body);
      },
    );
  const nominate = (key: string) => {
    const body = { effectiveOn: '2020-01-10', name: key, sector: 'automobiles', district: 'pudong' };
    return ask('POST', `/api/v1/factories/${key}/nominate`, 'application/json', JSON.stringify(body));
  };
  const limit = (count: number) =>
    execFileSync('prlimit', ['--pid', String(child.pid), `--nofile=${count}:4096`], { stdio: 'pipe' });
  const heavy = [
    () => ask('GET', '/api/openapi.json'),
    () => ask('GET', '/api/v1/exports/factories.csv'),
    () => ask('POST', '/api/v1/imports/factories', `multipart/form-data; boundary=${boundary}`, upload),
  ];

  expect((await nominate('f1')).status).toBe(201);
  limit(10); // fewer than it has open
  for (const each of heavy)
    expect(await each()).toMatchObject({ status: 503, wait: '1', text: expect.stringContaining('文件描述符') });
  expect((await nominate('f2')).status).toBe(201);
  expect((await ask('GET', '/metrics')).status).toBe(200);
  const outside = get(`${url}/api/v1/factories`); // its connection waits to be accepted, past several measures of the load
  expect(await Promise.race([outside, after(2_500, 'waits')])).toBe('waits');
  expect((await ask('GET', '/health/ready')).status).toBe(200);
  const now = new Date();
  utimesSync(join(folder, 'data', 'keys'), now, now); // so the keys must be read again, which cannot be done now
  const withoutKeys = await vi.waitUntil(
    async () => {
      const answer = await ask('GET', '/metrics');
      return answer.status === 200 ? undefined : answer;
    },
    { timeout: 10_000 },
  );
  expect(withoutKeys).toMatchObject({ status: 503, wait: '1', text: expect.stringContaining('文件描述符') });

  limit(4_096);
  expect((await outside).items).toHaveLength(2);
  const again = await Promise.all(heavy.map((each) => each()));
  expect(again.map(({ status }) => status)).toEqual([200, 200, 202]);
  expect((await nominate('f3')).status).toBe(201);
  child.kill('SIGTERM');
  expect(await ended(child)).toBe(0);
});

test('with too few file descriptors to start, nothing starts and one line says so', async () => {
  const starting = async (limit: number) => {
    const folder = newFolder();
    const child = start('bash', ['-c', `ulimit -n ${limit} && exec ./registry status`], folder);
    return { ...(await ending(child)), folder };
  };
  for (const limit of [14, 20, 22, 26, 30, 33, 36, 50, 63]) {
    const { code, stdout, stderr, folder } = await starting(limit);
    expect({ limit, code, stdout }).toEqual({ limit, code: 78, stdout: '' });
    expect(stderr).toMatch(
      new RegExp(`^registry: this shell allows ${limit} open files, too few to start; [^\\n]+\\n$`),
    );
    expect(existsSync(join(folder, 'data'))).toBe(false);
  }
  expect((await starting(64)).stderr).not.toContain('open files');
});

import { connect } from 'node:net';
import { test as base, expect } from 'vitest';
import { type Reply, startServer, type TestServer } from './server.ts';

/** The people of an office and what they send, for tests that speak to a server over its socket. */

/** A Tuesday within the plan: today and the plan's last day are different days. */
export const today = '2021-06-15';
export const noon = Date.parse(`${today}T04:00:00Z`);

export const openOffice = (options: Parameters<typeof startServer>[0] = {}): Promise<TestServer> =>
  startServer({ now: () => noon, ...options });

export const people = async (server: TestServer) => ({
  viewer: await server.token('viewer', 'sun.li'),
  clerk: await server.token('clerk', 'li.wei'),
  colleague: await server.token('clerk', 'zhang.min'),
  reviewer: await server.token('reviewer', 'wang.fang'),
  second: await server.token('reviewer', 'chen.jie'),
  auditor: await server.token('auditor', 'zhao.lei'),
  admin: await server.token('admin', 'he.yan'),
});

/** Tests of one file share an office: its server, and a token for each of its people. */
export const test = base
  // biome-ignore lint/correctness/noEmptyPattern: vitest reads from the pattern which fixtures this one needs
  .extend('server', { scope: 'file' }, async ({}, { onCleanup }) => {
    const server = await openOffice();
    onCleanup(() => server.close());
    return server;
  })
  .extend('staff', { scope: 'file' }, ({ server }) => people(server));

export const factory = { name: '康桥数字化工厂', sector: 'automobiles', district: 'pudong' };
export const nomination = { effectiveOn: '2020-01-10', ...factory };
export const certificate = { effectiveOn: '2020-12-22', grade: 'demonstration' };
export const enrolment = {
  effectiveOn: '2019-07-01',
  name: '上海电气集团股份有限公司',
  sector: 'high-end-manufacturing',
  district: 'xuhui',
};
export const uscc = '91310000132260250X';
export const nobody = '7a0e5a0c-4a43-5b8e-9d60-6b7a3c1f2d11';

export const seen = (revision: number) => ({ 'if-match': `"${revision}"` });

/** The status and the problem of a refusal; `what` names the case, if a test tries several. */
export const refusedAs = (reply: Reply, status: number, code: string, what = '', basePath = ''): void => {
  const type = `${basePath}/problems/${code}`;
  expect({ what, status: reply.status, type: reply.json?.type }).toEqual({ what, status, type });
  expect(reply.headers.get('content-type')).toMatch(/^application\/problem\+json/);
};

/** Nominates a factory, which is then at revision 0; resolves to the id of the fact. */
export const nominate = async (server: TestServer, token: string, key: string, body: object = {}): Promise<string> => {
  const { json, status, text } = await server.post(
    `/api/v1/factories/${key}/nominate`,
    { ...nomination, ...body },
    { token },
  );
  if (status !== 201) throw new Error(text);
  return json.events[0].id;
};

/** Submits a factory's certification; resolves to the submission's id. */
export const submitCertificate = async (
  server: TestServer,
  token: string,
  key: string,
  body: object = {},
): Promise<string> => {
  const { json, status, text } = await server.post(
    `/api/v1/factories/${key}/certify`,
    { ...factory, ...certificate, ...body },
    { token },
  );
  if (status !== 202) throw new Error(text);
  return json.submission.id;
};

/** Sends bytes as they are; resolves to all that comes back until the server closes. */
export const sendRaw = (url: string, ...parts: readonly (string | Uint8Array)[]): Promise<string> =>
  new Promise((resolve, reject) => {
    const { hostname, port } = new URL(url);
    const socket = connect(Number(port), hostname);
    const answer: Buffer[] = [];
    socket.on('data', (bytes: Buffer) => answer.push(bytes));
    socket.on('error', reject);
    socket.on('close', () => resolve(Buffer.concat(answer).toString()));
    for (const part of parts) socket.write(part);
  });

/** The status, the headers in lower case and the body of a raw answer. */
export const parseRaw = (answer: string) => {
  const [head = '', body = ''] = answer.split('\r\n\r\n');
  const [line = '', ...lines] = head.split('\r\n');
  const headers = new Map(
    lines.map((each) => {
      const [name = '', ...value] = each.split(':');
      return [name.toLowerCase(), value.join(':').trim()];
    }),
  );
  return { status: Number(line.split(' ')[1]), headers, body };
};

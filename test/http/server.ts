import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import pino, { type Logger } from 'pino';
import { readConfig } from '../../src/config.ts';
import { documentationInThread } from '../../src/http/openapi.ts';
import type { Role } from '../../src/identity/identity.ts';
import type { AuditTimes } from '../../src/ledger/self-audit.ts';
import { openRegistry, type Registry } from '../../src/registry.ts';
import { checkerOf, type OpenApi } from './openapi.ts';

export type Reply = {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The body, if it is JSON. */
  // biome-ignore lint/suspicious/noExplicitAny: answers are checked against the OpenAPI document, not by the compiler
  readonly json: any;
};

export type Call = {
  readonly token?: string | undefined;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as it is, instead of `body` as JSON. */
  readonly raw?: string | Uint8Array<ArrayBuffer> | FormData;
};

export type TestServer = {
  /** With the base path, if there is one. */
  readonly url: string;
  readonly folder: string;
  readonly registry: Registry;
  /** Sends a request over a real socket and checks the answer against the served OpenAPI document. */
  readonly call: (method: string, path: string, call?: Call) => Promise<Reply>;
  readonly get: (path: string, call?: Call) => Promise<Reply>;
  readonly post: (path: string, body: unknown, call?: Call) => Promise<Reply>;
  /** A token for a subject, by default named after the first role. */
  readonly token: (role: Role | readonly Role[], subject?: string) => Promise<string>;
  /** How many connections are open. */
  readonly connections: () => Promise<number>;
  readonly close: () => Promise<void>;
};

export type ServerOptions = {
  readonly now?: () => number;
  readonly folder?: string;
  readonly environment?: Readonly<Record<string, string>>;
  /** Folds in a thread, as `serve` does, so that the next request may come before what was recorded is folded. */
  readonly inThread?: boolean;
  readonly log?: Logger;
  /** Nothing is recorded until this is fulfilled. */
  readonly sound?: Promise<void>;
  /** When the self-audit begins; by default as in `serve`. If it is given, the ledger is looked after more often, too. */
  readonly auditTimes?: AuditTimes;
};

/** What every server serves, by its base path; made once for a file. */
const documents = new Map<string, Promise<OpenApi>>();

const documentFor = (basePath: string): Promise<OpenApi> => {
  const made = async () => {
    const { document } = await documentationInThread(basePath);
    return JSON.parse(Buffer.from(document.bytes).toString());
  };
  const document = documents.get(basePath) ?? made();
  documents.set(basePath, document);
  return document;
};

/** A registry of its own in a new folder, on a free port of 127.0.0.1. */
export const startServer = async ({
  now = Date.now,
  folder,
  environment = {},
  inThread = false,
  log,
  sound = Promise.resolve(),
  auditTimes,
}: ServerOptions = {}): Promise<TestServer> => {
  const home = folder ?? mkdtempSync(join(tmpdir(), 'upgrade-registry-test-'));
  const { config } = readConfig({
    PORT: '0',
    REGISTRY_DATA: home,
    REGISTRY_DELAY_LIMIT: 'off', // the test keeps this process's event loop busy, too
    REGISTRY_RATE_LIMIT: 'off', // all people of a test share one address
    LOG_LEVEL: 'silent',
    ...environment,
  });
  const registry = await openRegistry(config, log ?? pino({ level: config.logLevel }), now, {
    inThread,
    sound,
    ...(auditTimes && { auditTimes, swapLookMs: 100 }),
  });
  await registry.model.caughtUp;
  const app = await registry.app();
  const url = `${await app.listen({ host: config.host, port: 0 })}${config.basePath}`;
  const check = checkerOf(await documentFor(config.basePath));

  const call: TestServer['call'] = async (method, path, { token, body, headers = {}, raw } = {}) => {
    const sent = raw ?? (body === undefined ? undefined : JSON.stringify(body));
    const response = await fetch(`${url}${path}`, {
      method,
      redirect: 'manual',
      headers: {
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(raw === undefined && body !== undefined ? { 'content-type': 'application/json' } : {}),
        ...headers,
      },
      ...(sent === undefined ? {} : { body: sent }),
    });
    const text = await response.text();
    const type = response.headers.get('content-type') ?? '';
    const json = type.includes('json') && !type.includes('ndjson') && text !== '' ? JSON.parse(text) : undefined;
    check({ method, path, status: response.status, type, headers: response.headers, body: json ?? text });
    return { status: response.status, headers: response.headers, text, json };
  };

  return {
    url,
    folder: home,
    registry,
    call,
    get: (path, options) => call('GET', path, options),
    post: (path, body, options) => call('POST', path, { ...options, body }),
    token: (role, subject) => {
      const granted = [role].flat() as readonly Role[];
      return registry.tokens.sign(subject ?? `a.${granted[0]}`, granted, 3_600);
    },
    connections: () => promisify(app.server.getConnections.bind(app.server))(),
    close: async () => {
      await app.close();
      await registry.close();
      if (folder === undefined) rmSync(home, { recursive: true, force: true });
    },
  };
};

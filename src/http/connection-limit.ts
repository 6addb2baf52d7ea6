import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { Config } from '../config.ts';
import { addressOf } from './addresses.ts';
import type { App } from './context.ts';
import { Problem, rawAnswer } from './problem.ts';

/** Connections of one address that may wait for a request, or for the rest of one, without a valid token. */
const waitingLimit = 128;

/**
 * Keeps an address from holding connections open on which nothing comes. If one more than the limit waits, the one that
 * has waited longest is closed, so that a new one always gets to say what it wants. A connection whose last request
 * carried a valid token does not count, nor does any behind a proxy, which has limits of its own.
 */
export const connectionLimit = (app: App, { trustProxy, basePath }: Pick<Config, 'trustProxy' | 'basePath'>): void => {
  if (trustProxy.length > 0) return;
  const waiting = new Map<string, Set<Socket>>();

  const addresses = new WeakMap<Socket, string>();
  const leave = (socket: Socket): void => {
    const address = addresses.get(socket) ?? '';
    const own = waiting.get(address);
    own?.delete(socket);
    if (own?.size === 0) waiting.delete(address);
  };
  const wait = (socket: Socket): void => {
    if (socket.destroyed) return;
    const address = addresses.get(socket) ?? '';
    const own = waiting.get(address) ?? new Set();
    waiting.set(address, own.add(socket));
    const [longest] = own;
    if (own.size <= waitingLimit || longest === undefined) return;
    own.delete(longest);
    longest.end(refusal(basePath));
    longest.destroySoon();
  };

  app.server.on('connection', (socket) => {
    addresses.set(socket, addressOf(socket.remoteAddress ?? ''));
    wait(socket);
    socket.once('close', () => leave(socket));
  });
  app.addHook('onRequest', ({ raw, identity }, reply, done) => {
    const { socket } = raw;
    if (identity !== undefined || !hasBody(raw)) leave(socket);
    if (identity === undefined) reply.raw.once('finish', () => wait(socket));
    done();
  });
};

/** Whether a request announces a body. */
export const hasBody = ({ headers }: IncomingMessage): boolean =>
  headers['content-length'] !== undefined || headers['transfer-encoding'] !== undefined;

const refusal = (basePath: string): string =>
  rawAnswer(new Problem('too-many-requests', {}, undefined, { 'retry-after': '1' }), basePath);

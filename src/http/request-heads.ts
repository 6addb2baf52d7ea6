import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Config } from '../config.ts';
import type { App } from './context.ts';
import { isRepeated, repeated } from './credentials.ts';
import { invalid, Problem, rawAnswer } from './problem.ts';

/** Whether a text is what Host may be (RFC 9110 §7.2): a name or an address, maybe with a port, or nothing. */
const isHost = (text: string): boolean =>
  text === '' || (/^(?:\[[\da-f:.]+\]|[\w.~%!$&'()*+,;=-]+)(?::\d*)?$/i.test(text) && URL.canParse(`http://${text}`));

/** Refuses requests whose head can be read in two ways, or has no route in any server of HTTP: RFC 9112 §3.2, RFC 9110 §9.3.6. */
export const requestHeads = (app: App, { basePath }: Pick<Config, 'basePath'>): void => {
  app.addHook('onRequest', (request, _reply, done) => {
    const { httpVersion, headers, url = '' } = request.raw;
    if (isRepeated(request, 'host')) return done(repeated('host'));
    if (headers.host === undefined && httpVersion !== '1.0')
      return done(invalid({ in: 'header', name: 'host', zh: '须给出 Host', en: 'Must be sent' }));
    if (headers.host !== undefined && !isHost(headers.host))
      return done(invalid({ in: 'header', name: 'host', zh: '不是有效的主机名', en: 'Is not a host' }));
    if (headers['transfer-encoding'] !== undefined && !/^chunked$/i.test(headers['transfer-encoding'].trim()))
      return done(
        invalid({ in: 'header', name: 'transfer-encoding', zh: '只支持 chunked', en: 'Only chunked is supported' }),
      );
    if (!/^(\/|https?:\/\/)/i.test(url) && request.method !== 'OPTIONS')
      return done(invalid({ in: 'path', zh: '地址须以 / 开头', en: 'The address must begin with /' }));
    if (url.includes('#'))
      return done(
        invalid({
          in: 'path',
          zh: '地址中不得有片段（# 及其后的部分）；属于地址的 # 请写作 %23',
          en: 'The address must have no fragment (# and what follows); write a # that belongs to it as %23',
        }),
      );
    done();
  });
  // Node would close the connection of a CONNECT without an answer.
  app.server.on('connect', (_request: IncomingMessage, socket: Duplex) => {
    socket.end(
      rawAnswer(
        new Problem('method-not-allowed', {}, undefined, { allow: 'GET, HEAD, POST, PATCH, DELETE' }),
        basePath,
      ),
    );
  });
};

import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import { isDeepStrictEqual } from 'node:util';
import { compile } from '@fastify/proxy-addr';
import type { Config } from '../config.ts';
import type { App } from './context.ts';
import { canonical, type Hop, hopsOf, nodeOf } from './forwarded.ts';
import { invalid, type Problem } from './problem.ts';

/** Who sends a request, as the outermost proxy that is trusted says: the address, the scheme and the host asked for. */
type Sender = { readonly address: string; readonly proto: string; readonly host: string };

const refused = new WeakMap<IncomingMessage, Problem>();

/**
 * Settles who sends a request before anything asks, if a proxy of `REGISTRY_TRUST_PROXY` passes it on: by `Forwarded`
 * (RFC 7239), by `X-Forwarded-*`, or by both if they say the same. Fastify then reads that from `X-Forwarded-*`.
 */
export const settleSender = ({ trustProxy }: Pick<Config, 'trustProxy'>): ((request: IncomingMessage) => void) => {
  if (trustProxy.length === 0) return () => {};
  const isProxy = compile([...trustProxy]);
  const trusts = (address: string): boolean => isIP(address) !== 0 && isProxy(address, 0);
  return (request) => {
    const { headers, socket } = request;
    const direct: Sender = { address: socket.remoteAddress ?? '', proto: 'http', host: headers.host ?? '' };
    if (!trusts(direct.address)) return;
    const { forwarded = '' } = headers;
    const hops = hopsOf(forwarded);
    const standard = hops && senderBy(hops, direct, trusts);
    const customary = senderBy(customaryHops(headers), direct, trusts);
    if (hops === undefined) refused.set(request, unreadable(forwarded));
    else if (standard !== undefined && customary !== undefined && !isDeepStrictEqual(standard, customary))
      refused.set(request, contradiction(standard, customary));
    const sender = standard ?? customary;
    if (sender === undefined) return;
    headers['x-forwarded-for'] = sender.address;
    headers['x-forwarded-proto'] = sender.proto;
    headers['x-forwarded-host'] = sender.host;
  };
};

/** Refuses a request of which proxies say two things, or something that cannot be read. */
export const refuseUnsettled = (app: App): void => {
  app.addHook('onRequest', ({ raw }, _reply, done) => done(refused.get(raw)));
};

/** `X-Forwarded-*` as `Forwarded` would say it; scheme and host are the nearest proxy's, as is customary. */
const customaryHops = (headers: IncomingHttpHeaders): readonly Hop[] => {
  const listed = (name: string) =>
    String(headers[name] ?? '')
      .split(',')
      .map((each) => each.trim());
  const present = ['x-forwarded-for', 'x-forwarded-proto', 'x-forwarded-host'].some(
    (name) => headers[name] !== undefined,
  );
  if (!present) return [];
  const [proto, host] = [listed('x-forwarded-proto').at(-1)?.toLowerCase(), listed('x-forwarded-host').at(-1)];
  const addresses = headers['x-forwarded-for'] === undefined ? [undefined] : listed('x-forwarded-for');
  return addresses.map((each) => ({
    ...(each === undefined ? {} : { address: nodeOf(each) ?? canonical(each) ?? 'unknown' }),
    ...(proto ? { proto } : {}),
    ...(host ? { host } : {}),
  }));
};

/**
 * What hops say, the nearest last: each is believed if a trusted proxy has written it. Scheme and host are those of the
 * outermost that is believed, or of the next one inwards that tells. `undefined` without a hop.
 */
const senderBy = (hops: readonly Hop[], direct: Sender, trusts: (address: string) => boolean): Sender | undefined => {
  if (hops.length === 0) return undefined;
  const outermost = hops.findLastIndex(({ address }) => address === undefined || !trusts(address));
  const believed = hops.slice(Math.max(outermost, 0));
  const found = (name: keyof Hop): string | undefined => believed.find((hop) => hop[name] !== undefined)?.[name];
  return {
    address: believed[0]?.address ?? direct.address,
    proto: found('proto') ?? direct.proto,
    host: found('host') ?? direct.host,
  };
};

const unreadable = (forwarded: string): Problem =>
  invalid({
    in: 'header',
    name: 'forwarded',
    zh: `“${forwarded}”不符合 RFC 7239 的写法，如 for=192.0.2.60;proto=https;host=registry.example`,
    en: `"${forwarded}" is not written as RFC 7239 says, such as for=192.0.2.60;proto=https;host=registry.example`,
  });

const contradiction = (standard: Sender, customary: Sender): Problem => {
  const said = ({ address, proto, host }: Sender) => `${address} ${proto}://${host}`;
  return invalid({
    in: 'header',
    name: 'forwarded',
    zh: `与 X-Forwarded-* 不一致：前者为 ${said(standard)}，后者为 ${said(customary)}；代理须同时设置两者，或删除其一`,
    en: `Contradicts X-Forwarded-*: ${said(standard)} here, ${said(customary)} there; the proxy must set both, or remove one`,
  });
};

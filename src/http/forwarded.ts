import { isIPv4, isIPv6, SocketAddress } from 'node:net';
import { parse } from 'forwarded-parse';

/** What one proxy says of the request that it received; `address` may be `unknown` or a name that begins with `_`. */
export type Hop = { readonly address?: string; readonly proto?: string; readonly host?: string };

/**
 * The hops of a header `Forwarded` (RFC 7239 §4), the nearest last; none if it is empty, `undefined` if it is not well
 * formed. Other parameters than for, proto and host say nothing here.
 */
export const hopsOf = (header: string): readonly Hop[] | undefined => {
  if (header.trim() === '') return [];
  const elements = elementsOf(header);
  const hops = elements?.map(hopOf) ?? [];
  return elements === undefined || hops.includes(undefined) ? undefined : hops.filter((hop) => hop !== undefined);
};

const elementsOf = (header: string): readonly Readonly<Record<string, string>>[] | undefined => {
  try {
    const elements = parse(header);
    // The parser takes the last of two parameters with one name; each may stand once (§4).
    const said = header
      .replace(/"(?:[^"\\]|\\.)*"/g, '')
      .split(',')
      .map((each) => each.split(';').length);
    return elements.every((each, index) => Object.keys(each).length === said[index]) ? elements : undefined;
  } catch {
    return undefined;
  }
};

const hopOf = ({ for: node, proto, host }: Readonly<Record<string, string>>): Hop | undefined => {
  const address = node === undefined ? undefined : nodeOf(node);
  if (node !== undefined && address === undefined) return undefined;
  if (proto !== undefined && !/^https?$/i.test(proto)) return undefined;
  if (host !== undefined && !isHost(host)) return undefined;
  return {
    ...(address === undefined ? {} : { address }),
    ...(proto === undefined ? {} : { proto: proto.toLowerCase() }),
    ...(host === undefined ? {} : { host }),
  };
};

/** A node without its port (§6): an IPv4 address, an IPv6 address in brackets, `unknown` or a name that begins with `_`. */
export const nodeOf = (node: string): string | undefined => {
  const [, name = ''] = /^(\[.*\]|[^:]*)(?::(?:\d{1,5}|_[\w.-]+))?$/.exec(node) ?? [];
  const bare = name.startsWith('[') ? name.slice(1, -1) : name;
  if (/^_[\w.-]+$/.test(name)) return name;
  if (name.toLowerCase() === 'unknown') return 'unknown';
  if (name === bare) return isIPv4(bare) ? bare : undefined;
  return canonical(bare);
};

/** An IPv6 address in the one way of writing it (RFC 5952); undefined for anything else. */
export const canonical = (address: string): string | undefined =>
  isIPv6(address) && !address.includes('%') ? new SocketAddress({ address, family: 'ipv6' }).address : undefined;

/** A host as the header Host has it: a name or an address, perhaps with a port (RFC 9110 §7.2). */
const isHost = (host: string): boolean => {
  const [, name = '', port = '0'] = /^(\[.*\]|[^:]*)(?::(\d{1,5}))?$/.exec(host) ?? [];
  const isName = name.startsWith('[') ? isIPv6(name.slice(1, -1)) : /^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*\.?$/.test(name);
  return isName && Number(port) <= 65_535;
};

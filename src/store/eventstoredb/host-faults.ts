import { readFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import { connect, type DetailedPeerCertificate, type PeerCertificate, type TLSSocket } from 'node:tls';
import { parseConnectionString } from '@eventstore/db-client/dist/Client/parseConnectionString.js';

/**
 * Why the hosts of a connection string cannot be used, found by asking them directly: if there are several, the client
 * says only that it found no node, whatever the reason.
 */

/** How long a host may take to answer. */
const answerMs = 1_000;

type HostFault = { readonly isAway: boolean; readonly text: string };

/** How long what the hosts have said is good for. */
const askAgainMs = 2_000;

/**
 * Asks the hosts: one sentence in plain words; undefined if they can be reached and, as far as TLS goes, used. Calls that
 * fail at the same time ask once.
 */
export const hostsAsked = (connectionString: string): (() => Promise<string | undefined>) => {
  let asked: { readonly at: number; readonly fault: Promise<string | undefined> } | undefined;
  return () => {
    if (asked === undefined || performance.now() - asked.at > askAgainMs)
      asked = { at: performance.now(), fault: hostsFault(connectionString).catch(() => undefined) };
    return asked.fault;
  };
};

const hostsFault = async (connectionString: string): Promise<string | undefined> => {
  const { hosts, tls = true, tlsCAFile } = parseConnectionString(connectionString);
  const ca = tls && tlsCAFile !== undefined ? await readFile(tlsCAFile).catch(() => undefined) : undefined;
  const faults = await Promise.all(hosts.map(({ address, port }) => faultOf(address, port, tls, ca)));
  const found = faults.filter((fault) => fault !== undefined);
  const unusable = found.find(({ isAway }) => !isAway);
  if (unusable) return unusable.text;
  return found.length < hosts.length ? undefined : found.map(({ text }) => text).join('; ');
};

/** The client (@grpc/grpc-js 1.14.7) names a host to TLS by its address, and Node 26 refuses that for an IP address. */
export const needsName = 'TLS needs a host name that is in the certificate';

/** Certificates are checked after the handshake and not during it, so that one that is refused can be described. */
const faultOf = (host: string, port: number, tls: boolean, ca: Buffer | undefined): Promise<HostFault | undefined> =>
  new Promise((resolve) => {
    const name = `${host}:${port}`;
    const isAddress = isIP(host) !== 0;
    if (tls && isAddress) return resolve({ isAway: false, text: `${name} is an IP address, and ${needsName}` });
    const servername = isAddress ? {} : { servername: host };
    const certificates = ca === undefined ? {} : { ca };
    const socket = connect({
      host,
      port,
      rejectUnauthorized: false,
      ALPNProtocols: ['h2'],
      ...servername,
      ...certificates,
    });
    const end = (fault?: HostFault): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(fault);
    };
    const timer = setTimeout(() => end({ isAway: true, text: `${name} does not answer` }), answerMs);
    socket.on('secureConnect', () => end(tls ? certificateFault(name, socket) : saysTls(name)));
    socket.on('error', (error: NodeJS.ErrnoException) => {
      const away = awayOf(error);
      if (away !== undefined) end({ isAway: true, text: `${name} cannot be reached: ${away}` });
      else end(tls ? { isAway: false, text: `${name} does not speak TLS; does it need tls=false?` } : undefined);
    });
  });

const saysTls = (name: string): HostFault => ({
  isAway: false,
  text: `${name} speaks TLS, and the connection string says tls=false`,
});

const certificateFault = (name: string, socket: TLSSocket): HostFault | undefined => {
  if (socket.authorized) return undefined;
  const code = String(socket.authorizationError);
  return { isAway: false, text: `the certificate of ${name} ${whyRefused(code, socket.getPeerCertificate())}` };
};

/** By the codes of Node, which are those of OpenSSL's `X509_V_ERR_`. */
const whyRefused = (code: string, certificate: PeerCertificate | DetailedPeerCertificate): string => {
  switch (code) {
    case 'CERT_NOT_YET_VALID':
      return `is not valid yet, only from ${certificate.valid_from}; check the clock of this machine`;
    case 'CERT_HAS_EXPIRED':
      return `has expired: it was valid until ${certificate.valid_to}`;
    case 'ERR_TLS_CERT_ALTNAME_INVALID':
      return `is not for that host but for ${certificate.subjectaltname ?? 'no host'}`;
    case 'DEPTH_ZERO_SELF_SIGNED_CERT':
    case 'SELF_SIGNED_CERT_IN_CHAIN':
    case 'UNABLE_TO_GET_ISSUER_CERT':
    case 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY':
    case 'UNABLE_TO_VERIFY_LEAF_SIGNATURE':
      return 'was issued by an authority that this node does not trust; give its certificate as tlsCAFile';
    default:
      return `is refused (${code})`;
  }
};

/** Why nothing answers at an address; undefined if something does. */
const awayOf = ({ code = '' }: NodeJS.ErrnoException): string | undefined => {
  switch (code) {
    case 'ECONNREFUSED':
      return 'the connection is refused';
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return 'its name cannot be resolved';
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
    case 'ETIMEDOUT':
      return 'there is no way to it';
    default:
      return undefined;
  }
};

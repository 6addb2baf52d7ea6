import { afterEach, expect, onTestFinished, test } from 'vitest';
import { StoreUnavailable } from '../../src/store/event-store.ts';
import { openEventStoreDb } from '../../src/store/eventstoredb/store.ts';
import { get, lineOf, newFolder, registry, start, tokenFor } from '../cli/command-line.ts';
import { closeAll, startServer } from './esdb-wire/stores.ts';
import { newEvent } from './events.ts';
import { certificatePath, tlsFront } from './tls-front.ts';

/** What an operator is told if TLS is in the way of the store; the store is the wire server of the tests. */

afterEach(closeAll);

const authority = `tlsCAFile=${certificatePath('authority.crt')}`;
const otherAuthority = `tlsCAFile=${certificatePath('other-authority.crt')}`;
const soon = 'maxDiscoverAttempts=2&discoveryInterval=10';

/** The ports of so many servers, each behind TLS if a certificate is given. */
const portsOf = async (count: number, certificate?: string): Promise<readonly number[]> => {
  const { port } = await startServer();
  return Promise.all(Array.from({ length: count }, () => (certificate ? tlsFront(certificate, port) : port)));
};

const addressOf = (ports: readonly number[], options: string): string =>
  `esdb://registry:secret@${ports.map((port) => `localhost:${port}`).join(',')}?${options}&${soon}`;

const whyAway = async (ports: readonly number[], options: string): Promise<string> => {
  const store = openEventStoreDb({ connectionString: addressOf(ports, options) });
  onTestFinished(() => store.close());
  const error: unknown = await store.size().catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(StoreUnavailable);
  return String(error);
};

const faults: readonly (readonly [string, string | undefined, string, RegExp])[] = [
  [
    'a certificate of an authority that nobody named',
    'valid.crt',
    'tls=true',
    /the certificate of localhost:\d+ was issued by an authority that this node does not trust; give its certificate as tlsCAFile\.$/,
  ],
  [
    'a certificate of another authority than the one named',
    'valid.crt',
    otherAuthority,
    /the certificate of localhost:\d+ was issued by an authority that this node does not trust/,
  ],
  [
    'a certificate that is not valid yet',
    'future.crt',
    authority,
    /the certificate of localhost:\d+ is not valid yet, only from Jan +1 00:00:00 2999 GMT; check the clock of this machine\.$/,
  ],
  [
    'a certificate that has expired',
    'expired.crt',
    authority,
    /the certificate of localhost:\d+ has expired: it was valid until Jan +1 00:00:00 2021 GMT\.$/,
  ],
  [
    'a certificate for other hosts',
    'elsewhere.crt',
    authority,
    /the certificate of localhost:\d+ is not for that host but for DNS:store-1, DNS:store-2\.$/,
  ],
  [
    'TLS, and tls=false',
    'valid.crt',
    'tls=false',
    /localhost:\d+ speaks TLS, and the connection string says tls=false\.$/,
  ],
  ['no TLS, and tls=true', undefined, authority, /localhost:\d+ does not speak TLS; does it need tls=false\?\.$/],
];

test.each(faults)(
  'a store with %s is named so, whether the connection string has one host or three',
  async (...row) => {
    const [, certificate, options, says] = row;
    const ports = await portsOf(3, certificate);
    expect(await whyAway(ports.slice(0, 1), options)).toMatch(says);
    const why = await whyAway(ports, options);
    expect(why).toMatch(says);
    expect(why).not.toContain('secret');
  },
);

test('one host whose certificate is wrong is named even if the others are away', async () => {
  const [dead] = await portsOf(1);
  await closeAll();
  const [port] = await portsOf(1, 'future.crt');
  expect(await whyAway([dead ?? 0, port ?? 0], authority)).toContain(
    `the certificate of localhost:${port} is not valid yet`,
  );
});

test('hosts that are all away are named, each with why', async () => {
  const ports = [...(await portsOf(1)), ...(await portsOf(1))];
  await closeAll();
  for (const options of ['tls=false', authority])
    expect(await whyAway(ports, options)).toMatch(
      /unavailable: (localhost:\d+ cannot be reached: the connection is refused(; |\.$)){2}/,
    );
});

test('a store that is named by an IP address over TLS is told that it needs a name', async () => {
  const ports = await portsOf(3, 'valid.crt');
  for (const count of [1, 3]) {
    const hosts = ports.slice(0, count).map((port) => `127.0.0.1:${port}`);
    const store = openEventStoreDb({ connectionString: `esdb://${hosts}?${authority}&${soon}` });
    onTestFinished(() => store.close());
    await expect(store.size()).rejects.toThrow(
      'is an IP address, and TLS needs a host name that is in the certificate.',
    );
  }
});

test('a store whose certificate is good is used through TLS, and is not blamed if it finds no node', async () => {
  const [port = 0, other = 0] = await portsOf(2, 'valid.crt');
  const store = openEventStoreDb({ connectionString: addressOf([port], authority) });
  onTestFinished(() => store.close());
  expect(await store.append('upgrade.tls-1', 'none', [newEvent()])).toMatchObject({ appended: true });
  expect(await whyAway([port, other], authority)).toContain('Failed to discover'); // the wire server has no gossip
});

test('the log, the health that auditors see, and status say which certificate is refused', async () => {
  const folder = newFolder();
  const ports = await portsOf(3, 'valid.crt');
  const settings = { REGISTRY_STORE: `${addressOf(ports, otherAuthority)}&defaultDeadline=1000` };
  const says = /the certificate of localhost:\d+ was issued by an authority that this node does not trust/;
  const status = await registry(folder, ['status'], settings);
  expect(status).toMatchObject({ code: 1, stdout: '', stderr: expect.stringMatching(says) });

  const server = start('./registry', ['serve'], folder, settings);
  const address = lineOf(server, /^listening on (http:\/\/\S+)$/);
  const logged = lineOf(server, says);
  const [, url = ''] = await address;
  expect((await logged)[0]).not.toContain('secret');
  const token = await tokenFor(folder, 'auditor');
  const health = async () =>
    (await fetch(`${url}/health/ready`, { headers: { authorization: `Bearer ${token}` } })).json();
  await expect.poll(health, { timeout: 20_000 }).toMatchObject({ detail: expect.stringMatching(says) });
  await expect(get(`${url}/health/ready`)).rejects.toThrow(/^503 \{"state":"store-away","size":0\}$/);
});

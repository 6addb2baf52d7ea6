import { expect } from 'vitest';
import { hopsOf } from '../../src/http/forwarded.ts';
import { openOffice, refusedAs, test } from './office.ts';
import type { TestServer } from './server.ts';
import { addAccount, password } from './signing-in.ts';

/** The test speaks from 127.0.0.1; 10.0.0.0/8 are proxies behind the one that it stands for. */
const open = (trusted = 'loopback,10.0.0.0/8'): Promise<TestServer> =>
  openOffice({ environment: { REGISTRY_TRUST_PROXY: trusted } });

type Headers = Readonly<Record<string, string>>;

/** Who sends a request with these headers, as the access log, the cookie and the check of Origin have it. */
const senderOf = async (server: TestServer, headers: Headers, origin: string) => {
  const auditor = await server.token('auditor');
  const id = `request-${Math.random()}`;
  const read = await server.get('/api/v1/events?limit=1', {
    token: auditor,
    headers: { ...headers, 'x-request-id': id },
  });
  if (read.status !== 200) return read;
  const { text } = await server.get('/api/v1/logs/access', { token: auditor });
  const lines = text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  const { address } = lines.find(({ requestId }) => requestId === id);
  const signedIn = await server.post(
    '/api/v1/session',
    { name: 'li.wei', password },
    { headers: { ...headers, origin } },
  );
  return { address, isSecure: signedIn.headers.get('set-cookie')?.includes('Secure'), status: signedIn.status };
};

// biome-ignore lint/correctness/noEmptyPattern: vitest reads from the pattern which fixtures this one needs
const office = test.extend('proxied', { scope: 'file' }, async ({}, { onCleanup }) => {
  const server = await open();
  onCleanup(() => server.close());
  await addAccount(server, 'li.wei', 'clerk');
  return server;
});

const own = 'http://registry.example';
const secure = 'https://registry.example';

office('Forwarded says who sends a request, if proxies that are trusted have written it', async ({ proxied }) => {
  const table: readonly (readonly [header: string, address: string, origin: string])[] = [
    ['for=192.0.2.60;proto=https;host=registry.example', '192.0.2.60', secure],
    ['For=192.0.2.60;Proto=HTTPS;HOST=registry.example', '192.0.2.60', secure],
    ['for="192.0.2.60:47011";proto=http;host=registry.example', '192.0.2.60', own],
    ['for="[2001:db8:cafe::17]:4711";proto=https;host=registry.example', '2001:db8:cafe:0', secure],
    ['for="[2001:DB8:CAFE:0::17]";proto=https;host="registry.example"', '2001:db8:cafe:0', secure],
    ['for=unknown;proto=https;host=registry.example', 'unknown', secure],
    ['for=_hidden;proto=https;host=registry.example', '_hidden', secure],
    ['for="_gazonk:_port";proto=https;host=registry.example', '_gazonk', secure],
    ['for=192.0.2.60; proto=https; host="registry.example:8443"', '192.0.2.60', `${secure}:8443`],
    ['for="192.0.2.60";by=10.1.2.3;proto=https;host=registry.example;secret=x', '192.0.2.60', secure],
    ['proto=https;host=registry.example', '127.0.0.1', secure],
    ['for=192.0.2.60;proto=https;host=registry.example, for=10.0.0.7', '192.0.2.60', secure],
    ['for=192.0.2.60;proto=https;host=registry.example,for=10.0.0.7;proto=http;host=inner', '192.0.2.60', secure],
    ['for=192.0.2.60, for=10.0.0.7;proto=https;host=registry.example', '192.0.2.60', secure],
    [
      'for=6.6.6.6;proto=http;host=evil.example, for=192.0.2.60;proto=https;host=registry.example',
      '192.0.2.60',
      secure,
    ],
    [
      'for=10.0.0.9;host=evil.example, for=192.0.2.60;proto=https;host=registry.example, for=10.0.0.7',
      '192.0.2.60',
      secure,
    ],
    ['for=6.6.6.6, for=unknown;proto=https;host=registry.example', 'unknown', secure],
    ['for=10.0.0.9;proto=https;host=registry.example, for=10.0.0.7', '10.0.0.9', secure],
  ];
  for (const [header, address, origin] of table) {
    const seen = await senderOf(proxied, { forwarded: header }, origin);
    expect(seen, header).toEqual({ address, isSecure: origin.startsWith('https'), status: 200 });
    const foreign = await senderOf(proxied, { forwarded: header }, 'https://evil.example');
    expect(foreign, header).toMatchObject({ status: 403 });
  }
});

office(
  'a Forwarded that is not well formed is refused with the header as it came, and nothing is guessed',
  async ({ proxied }) => {
    const table = [
      ...[
        'nonsense',
        'for',
        'for=',
        'for=;proto=https',
        '=192.0.2.60',
        'for=192.0.2.60;',
        'for=192.0.2.60,',
        ',for=192.0.2.60',
      ],
      ...[
        'for=192.0.2.60,,for=10.0.0.7',
        'for=[2001:db8::1]',
        'for="2001:db8::1"',
        'for="2001:db8::1:80"',
        'for="[2001:db8::1"',
      ],
      ...[
        'for=192.0.2.60:80',
        'for="192.0.2.60:http"',
        'for="192.0.2.256"',
        'for=registry.example',
        'for="192.0.2.60, 6.6.6.6"',
      ],
      ...[
        'for=192.0.2.60;for=6.6.6.6',
        'for=192.0.2.60;proto=https;proto=http',
        'for=192.0.2.60;FOR=192.0.2.60',
        'for="192.0.2.60',
      ],
      ...['proto=ftp', 'host="registry.example/x"', 'host="a b"', 'host="registry.example:99999"', 'host=""', 'for=_'],
      ...[
        'for=192.0.2.60 proto=https',
        'for = 192.0.2.60',
        'for="[2001:db8::1%eth0]"',
        '192.0.2.60',
        'for="192.0.2.60" x',
      ],
    ];
    for (const forwarded of table) {
      expect(hopsOf(forwarded), forwarded).toBe(undefined);
      const reply = await proxied.get('/api/v1/targets', { headers: { forwarded, 'accept-language': 'en' } });
      refusedAs(reply, 400, 'invalid-request', forwarded);
      expect(reply.json.errors).toEqual([
        {
          in: 'header',
          name: 'forwarded',
          message: expect.stringContaining(`"${forwarded}" is not written as RFC 7239 says`),
        },
      ]);
    }
    expect((await proxied.get('/api/v1/targets', { headers: { forwarded: ' ' } })).status).toBe(200);
  },
);

office(
  'Forwarded and X-Forwarded-* may say the same; if they differ, both readings are told and neither is taken',
  async ({ proxied }) => {
    const forwarded = 'for="[2001:db8::17]:4711";proto=https;host=registry.example';
    const same = {
      'x-forwarded-for': '2001:DB8:0::17',
      'x-forwarded-proto': 'https',
      'x-forwarded-host': 'registry.example',
    };
    expect(await senderOf(proxied, { forwarded, ...same }, secure)).toMatchObject({ isSecure: true, status: 200 });
    const different: readonly Headers[] = [
      { ...same, 'x-forwarded-for': '192.0.2.60' },
      { ...same, 'x-forwarded-proto': 'http' },
      { ...same, 'x-forwarded-host': 'evil.example' },
      { 'x-forwarded-for': '2001:db8::17' },
      { 'x-forwarded-proto': 'https' },
    ];
    for (const headers of different) {
      const reply = await proxied.get('/api/v1/targets', {
        headers: { forwarded, ...headers, 'accept-language': 'en' },
      });
      refusedAs(reply, 400, 'invalid-request', JSON.stringify(headers));
      expect(reply.json.errors[0].message).toContain('2001:db8::17 https://registry.example here');
    }
  },
);

office('X-Forwarded-For says an address, whatever port stands behind it', async ({ proxied }) => {
  const table = [
    ['192.0.2.60', '192.0.2.60'],
    ['192.0.2.60:51234', '192.0.2.60'],
    ['2001:db8:cafe::17', '2001:db8:cafe:0'],
    ['[2001:db8:cafe::17]:51234', '2001:db8:cafe:0'],
    ['6.6.6.6, 192.0.2.60:51234, 10.0.0.7:80', '192.0.2.60'],
    ['6.6.6.6, some where', 'unknown'],
  ] as const;
  for (const [forwardedFor, address] of table) {
    const headers = {
      'x-forwarded-for': forwardedFor,
      'x-forwarded-proto': 'https',
      'x-forwarded-host': 'registry.example',
    };
    expect(await senderOf(proxied, headers, secure), forwardedFor).toEqual({ address, isSecure: true, status: 200 });
  }
});

test('Forwarded of anybody but a trusted proxy says nothing, well formed or not', async () => {
  for (const trusted of ['off', '10.0.0.0/8']) {
    const server = await open(trusted);
    try {
      await addAccount(server, 'li.wei', 'clerk');
      for (const forwarded of ['for=192.0.2.60;proto=https;host=registry.example', 'nonsense']) {
        const { host } = new URL(server.url);
        const seen = await senderOf(server, { forwarded, 'x-forwarded-for': '6.6.6.6' }, `http://${host}`);
        expect(seen, `${trusted} ${forwarded}`).toEqual({ address: '127.0.0.1', isSecure: false, status: 200 });
      }
    } finally {
      await server.close();
    }
  }
});

import { expect } from 'vitest';
import { openOffice, test } from './office.ts';

const securityHeaders = {
  'content-security-policy': "default-src 'none';base-uri 'none';frame-ancestors 'none'",
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'cross-origin',
  'origin-agent-cluster': '?1',
  'permissions-policy': 'camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-dns-prefetch-control': 'off',
  'x-download-options': 'noopen',
  'x-frame-options': 'SAMEORIGIN',
  'x-permitted-cross-domain-policies': 'none',
  'x-xss-protection': '0',
};

test('every answer carries exactly these headers about security, a refusal too', async ({ server }) => {
  const known = new Set([
    ...[
      'access-control-allow-origin',
      'access-control-expose-headers',
      'cache-control',
      'connection',
      'content-encoding',
      'content-language',
    ],
    ...['content-length', 'content-type', 'date', 'etag', 'keep-alive', 'registry-position', 'vary', 'x-request-id'],
  ]);
  for (const path of ['/api/v1/targets', '/health/live', '/problems/not-found', '/api/v1/nothing']) {
    const { headers } = await server.get(path);
    const others = [...headers].filter(([name]) => !known.has(name));
    expect(Object.fromEntries(others), path).toEqual(securityHeaders);
  }
});

test('REGISTRY_HSTS makes browsers insist on TLS for as long as it says', async () => {
  const office = await openOffice({ environment: { REGISTRY_HSTS: '31536000' } });
  try {
    const { headers } = await office.get('/health/live');
    expect(headers.get('strict-transport-security')).toBe('max-age=31536000');
  } finally {
    await office.close();
  }
});

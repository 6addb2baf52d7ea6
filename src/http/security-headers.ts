import type { Config } from '../config.ts';

/**
 * What every answer says to browsers: the defaults of helmet 8, but for three. No answer of the API is a page, so nothing
 * may be loaded or framed; pages of other origins may read what everybody may read; and only `REGISTRY_HSTS` makes browsers insist on TLS, which a
 * proxy ends.
 */
const always = {
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
} as const;

export const securityHeaders = ({ hstsSeconds }: Pick<Config, 'hstsSeconds'>): Readonly<Record<string, string>> => ({
  ...always,
  ...(hstsSeconds === undefined ? {} : { 'strict-transport-security': `max-age=${hstsSeconds}` }),
});

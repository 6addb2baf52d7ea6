import { randomBytes } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { PageFile } from '../page/files.ts';
import type { App, Context } from './context.ts';
import { Problem } from './problem.ts';

/** The addresses that the page's own router knows; every other one is the API's, or nobody's. */
const pages = [
  '/',
  '/targets/:id',
  '/registers',
  '/registers/:register',
  '/registers/:register/:key',
  '/registers/:register/:key/:command',
  '/record/:register/:command',
  '/search',
  '/imports',
  '/imports/:id',
  '/review',
  '/audit',
  '/audit/compare',
  '/audit/replay/:target',
  '/sign-in',
  '/sign-up',
  '/account',
  '/admin/accounts',
  '/admin/plans',
];

const foreverSeconds = 31_536_000;

/**
 * What the page may do: load the registry's own scripts and styles, and nothing of any other host. Styles that a script
 * makes need the nonce of the answer; no script makes markup of a text.
 */
const policyWith = (nonce: string): string =>
  [
    "default-src 'none'",
    "script-src 'self'",
    `style-src 'self' 'nonce-${nonce}'`,
    "img-src 'self' data:",
    "connect-src 'self'",
    "form-action 'self'",
    "frame-ancestors 'none'",
    "base-uri 'none'",
    "require-trusted-types-for 'script'",
  ].join('; ');

/** The page for browsers. Its files have names that change with what is in them, so browsers keep them for ever. */
export const pageRoutes = (app: App, { page, isMadeUp }: Pick<Context, 'page' | 'isMadeUp'>): void => {
  for (const path of pages) {
    app.get(
      path,
      { config: { produces: ['text/html'], vital: true }, schema: { hide: true }, logLevel: 'warn' },
      async (_request, reply) => {
        const files = await page.files();
        return files === undefined ? notBuilt(app, reply) : sendDocument(app, reply, files.document, isMadeUp);
      },
    );
  }
  app.get(
    '/assets/*',
    { config: { produces: ['*/*'], vital: true }, schema: { hide: true }, logLevel: 'warn' },
    async (request, reply) => {
      const { '*': name = '' } = request.params as { '*'?: string };
      const file = (await page.files())?.assets.get(name);
      if (file === undefined) throw new Problem('not-found');
      reply.header('cache-control', `public, max-age=${foreverSeconds}, immutable`).type(file.type);
      return sendCompressed(request, reply, file);
    },
  );
};

const sendDocument = (app: App, reply: FastifyReply, document: string, isMadeUp: boolean): FastifyReply => {
  const nonce = randomBytes(16).toString('base64');
  const base = `${app.basePath}/`;
  const text = document
    .replace('<meta property="csp-nonce" nonce="">', `<meta property="csp-nonce" nonce="${nonce}">`)
    .replace('<meta name="base-path" content="/">', `<meta name="base-path" content="${base}">`)
    .replace('<meta name="made-up" content="no">', `<meta name="made-up" content="${isMadeUp ? 'yes' : 'no'}">`)
    .replaceAll(/(src|href)="\.\//g, `$1="${base}`);
  return reply
    .header('content-security-policy', policyWith(nonce))
    .header('cache-control', 'no-cache')
    .type('text/html; charset=utf-8')
    .send(text);
};

const sendCompressed = ({ headers }: FastifyRequest, reply: FastifyReply, file: PageFile): FastifyReply => {
  const accepted = headers['accept-encoding'] ?? '';
  if (file.br !== undefined && /\bbr\b/.test(accepted)) return reply.header('content-encoding', 'br').send(file.br);
  if (file.gzip !== undefined && /\bgzip\b/.test(accepted))
    return reply.header('content-encoding', 'gzip').send(file.gzip);
  return reply.send(file.bytes);
};

/** Without a build there is no page; what the API offers is one click away. */
const notBuilt = (app: App, reply: FastifyReply): FastifyReply =>
  reply
    .code(503)
    .header('retry-after', '60')
    .type('text/html; charset=utf-8')
    .send(
      `<!doctype html><html lang="zh-CN"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>智能制造登记簿</title></head><body><main><h1>页面尚未构建</h1><p>请先运行 npm ci 安装开发依赖，再重新启动。接口照常可用：<a href="${app.basePath}/api/docs">接口文档</a>。</p><p lang="en">The page has not been built. Run npm ci with development packages, then start again. The API works all the same: <a href="${app.basePath}/api/docs">its documentation</a>.</p></main></body></html>`,
    );

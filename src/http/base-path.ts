import type { Config } from '../config.ts';
import type { App } from './context.ts';

/**
 * The path under which a proxy serves the registry, whether the proxy keeps it in what it passes on or takes it away:
 * routes are asked without it, and answers have it wherever they name a path.
 */
export const basePaths = (app: App, { basePath }: Pick<Config, 'basePath'>): void => {
  app.decorate('basePath', basePath);
  if (basePath === '') return;
  app.addHook('onSend', async (_request, reply) => {
    const { location, link } = reply.getHeaders();
    if (typeof location === 'string') reply.header('location', under(basePath, location));
    if (typeof link === 'string')
      reply.header(
        'link',
        link.replace(/^<([^>]*)>/, (_, path) => `<${under(basePath, path)}>`),
      );
  });
};

/** A path of this server as readers know it; anything else as it is. */
export const under = (basePath: string, path: string): string =>
  /^\/(?!\/)/.test(path) && withoutBasePath(path, basePath) === path ? `${basePath}${path}` : path;

/** What a request asks for, without the base path. */
export const withoutBasePath = (url: string, basePath: string): string => {
  const [, server = '', path = ''] = /^(https?:\/\/[^/?#]*)?(.*)$/is.exec(url) ?? [];
  const rest = path.slice(basePath.length);
  if (basePath === '' || !path.startsWith(basePath) || !/^([/?#]|$)/.test(rest)) return url;
  return `${server}${rest.startsWith('/') ? '' : '/'}${rest}`;
};

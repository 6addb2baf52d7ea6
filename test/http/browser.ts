/** A browser as far as navigation and cookies go: SameSite as in RFC 6265bis §5.2 and §5.6.7.1, redirects as in Fetch. */

export type Page = { readonly url: string; readonly status: number; readonly headers: Headers; readonly text: string };

export type Browser = {
  /** Opens an address, as typed or, with `from`, as a page of that address makes it do; follows redirects. */
  readonly open: (address: string, from?: string) => Promise<Page>;
  readonly submit: (address: string, form: Readonly<Record<string, string>>, from: string) => Promise<Page>;
  /** Opens where a page's refresh leads; undefined if it has none. */
  readonly refreshed: (page: Page) => Promise<Page> | undefined;
  /** Has a cookie as a host sets it. */
  readonly set: (host: string, line: string) => void;
  /** The cookies of a host, by name, with their attributes. */
  readonly cookies: (host: string) => ReadonlyMap<string, Cookie>;
};
export type Cookie = { readonly value: string; readonly attributes: string; readonly sameSite: string };

/** Ports and schemes make no other site here. */
const siteOf = (address: string): string => new URL(address).hostname;

export const newBrowser = (): Browser => {
  const jars = new Map<string, Map<string, Cookie>>();
  const jarOf = (host: string) => {
    const jar = jars.get(host) ?? new Map<string, Cookie>();
    jars.set(host, jar);
    return jar;
  };

  const sent = (address: string, method: string, isSameSite: boolean): string =>
    [...jarOf(siteOf(address))]
      .filter(([, { sameSite }]) => isSameSite || (sameSite === 'Lax' && method === 'GET'))
      .map(([name, { value }]) => `${name}=${value}`)
      .join('; ');

  const set = (host: string, ...lines: readonly string[]): void => {
    const jar = jarOf(host);
    for (const line of lines) {
      const [, name = '', value = '', attributes = ''] = /^([^=]+)=([^;]*)(.*)$/.exec(line) ?? [];
      const sameSite = /samesite=(\w+)/i.exec(attributes)?.[1]?.toLowerCase();
      if (/max-age=0|expires=thu, 01 jan 1970/i.test(attributes)) jar.delete(name);
      else jar.set(name, { value, attributes, sameSite: sameSite === 'strict' ? 'Strict' : 'Lax' });
    }
  };

  const navigate = async (address: string, from: string | undefined, form?: URLSearchParams): Promise<Page> => {
    const sites = new Set(from === undefined ? [] : [siteOf(from)]);
    let [url, body] = [address, form];
    for (let hops = 0; hops < 20; hops++) {
      sites.add(siteOf(url));
      const method = body === undefined ? 'GET' : 'POST';
      const cookie = sent(url, method, sites.size === 1);
      const response = await fetch(url, {
        method,
        redirect: 'manual',
        headers: {
          accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8',
          'accept-language': 'en',
          'sec-fetch-site': from === undefined ? 'none' : sites.size === 1 ? 'same-origin' : 'cross-site',
          ...(cookie === '' ? {} : { cookie }),
        },
        ...(body === undefined ? {} : { body }),
      });
      set(siteOf(url), ...response.headers.getSetCookie());
      const location = response.headers.get('location');
      if (response.status < 300 || response.status > 399 || location === null)
        return { url, status: response.status, headers: response.headers, text: await response.text() };
      await response.arrayBuffer();
      url = new URL(location, url).href;
      body = undefined;
    }
    throw new Error(`${address} redirects without an end`);
  };

  return {
    open: (address, from) => navigate(address, from),
    submit: (address, form, from) => navigate(address, from, new URLSearchParams(form)),
    refreshed: ({ url, text }) => {
      const to = /<meta http-equiv="refresh" content="0; url=([^"]*)"/.exec(text)?.[1];
      return to === undefined ? undefined : navigate(new URL(to.replaceAll('&amp;', '&'), url).href, url);
    },
    set,
    cookies: (host) => jarOf(host),
  };
};

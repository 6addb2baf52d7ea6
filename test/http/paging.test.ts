import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { factory, listing } from '../domain/vocabulary.ts';
import { named, type Recording, startRecording } from './recording.ts';

let recording: Recording;
const at = (key: string) => named(factory.register, key);

beforeAll(async () => {
  recording = await startRecording();
  for (let n = 10; n < 35; n++) {
    const day = `2020-01-${String((n % 5) + 1).padStart(2, '0')}`;
    await recording.record(at(`f${n}`), factory.nominated(day, { name: `工厂 ${n % 7}` }));
  }
});
afterAll(() => recording.server.close());

const nextOf = (headers: Headers): string | undefined => /^<(\/.+)>; rel="next"$/.exec(headers.get('link') ?? '')?.[1];
const keysOf = (json: { items: { key: string }[] }) => json.items.map(({ key }) => key);

/** All keys from a path on, page after page; `between` happens after each page. */
const walk = async (path: string, between: () => Promise<unknown> = async () => {}): Promise<readonly string[][]> => {
  const pages: string[][] = [];
  for (let next: string | undefined = path; next !== undefined; ) {
    const { status, json, headers } = await recording.server.get(next);
    expect(status, next).toBe(200);
    pages.push(keysOf(json));
    next = nextOf(headers);
    await between();
  }
  return pages;
};

describe('a list', () => {
  test('comes in pages of the limit, each entry once, in the order of the whole', async () => {
    for (const sort of ['key', '-key', 'name', '-name', 'status', 'since', '-since']) {
      const [whole] = await walk(`/api/v1/factories?sort=${sort}&limit=500`);
      expect(whole).toHaveLength(25);
      for (const limit of [1, 7, 24, 25]) {
        const pages = await walk(`/api/v1/factories?sort=${sort}&limit=${limit}`);
        expect(pages.flat(), `${sort} ${limit}`).toEqual(whole);
        expect(pages.slice(0, -1).every((page) => page.length === limit)).toBe(true);
      }
    }
  });

  test('has 50 entries a page by default', async () => {
    for (let n = 0; n < 51; n++)
      await recording.record(named(listing.register, `6880${10 + n}`), listing.listed('2020-01-01', listing.described));
    const pages = await walk('/api/v1/listings');
    expect(pages.map(({ length }) => length)).toEqual([50, 1]);
  });

  test('keeps the filters of its first page', async () => {
    const pages = await walk('/api/v1/factories?q=f1&sector=high-end-manufacturing&limit=4');
    expect(pages.map(([key]) => key)).toEqual(['f10', 'f14', 'f18']);
  });

  test('has the same pages while entries are recorded, renamed and move between them', async () => {
    const [whole] = await walk('/api/v1/factories?sort=name&limit=500');
    let n = 0;
    const pages = await walk('/api/v1/factories?sort=name&limit=5', async () => {
      n += 1;
      await recording.record(at(`a-new-${n}`), factory.nominated('2020-01-01', { name: `工厂 ${n}` }));
      await recording.record(at(`f${9 + n}`), factory.amended('2020-02-01', { name: n % 2 ? 'A' : '龟' }));
    });
    expect(pages.flat()).toEqual(whole);
    expect((await walk('/api/v1/factories?limit=500')).flat()).toHaveLength(25 + n);
  });

  test('keeps the day of its first page when midnight passes', async () => {
    const { headers } = await recording.server.get('/api/v1/factories?limit=1');
    recording.clock.set('2022-03-02T20:00:00Z');
    const { json } = await recording.server.get(nextOf(headers) ?? '');
    expect(json.on).toBe('2022-03-01');
  });
});

test.each([
  ['a word', 'next'],
  ['nothing', ''],
  ['base64 of no JSON', Buffer.from('{').toString('base64url')],
  ['another list’s', Buffer.from('{"after":3}').toString('base64url')],
  ['of a day that is none', Buffer.from('{"on":"2020-02-30","size":1,"after":["a","a"]}').toString('base64url')],
  ['of a negative size', Buffer.from('{"on":"2020-02-01","size":-1,"after":["a","a"]}').toString('base64url')],
  [
    'of a size beyond the ledger',
    Buffer.from('{"on":"2020-02-01","size":9999,"after":["a","a"]}').toString('base64url'),
  ],
  ['of too few values', Buffer.from('{"on":"2020-02-01","size":1,"after":["a"]}').toString('base64url')],
  ['of other values', Buffer.from('{"on":"2020-02-01","size":1,"after":[1,null]}').toString('base64url')],
  ['of more than there is', Buffer.from('{"on":"2020-02-01","size":1,"after":["a","a"],"x":1}').toString('base64url')],
  ['padded', `${Buffer.from('{"on":"2020-02-01","size":1,"after":["a","a"]}').toString('base64')}=`],
])('a made-up cursor is refused: %s', async (_, cursor) => {
  for (const path of ['/factories', '/targets/model-factories/entries']) {
    const { status, json } = await recording.server.get(`/api/v1${path}?cursor=${encodeURIComponent(cursor)}`);
    expect(status, path).toBe(400);
    expect(json.errors, path).toMatchObject([{ in: 'query', name: 'cursor' }]);
  }
});

test('a cursor belongs to the question of its first page: under another it is refused, with what differs', async () => {
  const { server } = recording;
  const auditor = { token: await server.token('auditor') };
  const cursorFrom = async (path: string) => {
    const { headers } = await server.get(path, auditor);
    return new URL(nextOf(headers) ?? '', server.url).searchParams.get('cursor') ?? '';
  };
  const list = '/api/v1/factories?limit=2&sort=name&sector=high-end-manufacturing&on=2021-01-01';
  const cursor = await cursorFrom(list);
  const listed = new URLSearchParams(list.split('?')[1]);
  const changed: readonly (readonly [string, string | undefined])[] = [
    ['sort', '-name'],
    ['sort', 'key'],
    ['sort', undefined],
    ['sector', 'automobiles'],
    ['sector', undefined],
    ['on', '2020-06-01'],
    ['on', undefined],
    ['knownAt', '12'],
    ['knownAt', '2021-01-01T00:00:00Z'],
    ['q', '工厂'],
    ['status', 'nominated'],
    ['district', 'pudong'],
    ['area', 'core'],
    ['flag', 'dangling'],
    ['enterprise', '91310000132260250X'],
  ];
  for (const [name, value] of changed) {
    const query = new URLSearchParams(listed);
    query.set('cursor', cursor);
    if (value === undefined) query.delete(name);
    else query.set(name, value);
    const english = { headers: { 'accept-language': 'en' } };
    const { status, json } = await server.get(`/api/v1/factories?${query}`, english);
    expect([status, json.errors?.[0].in, json.errors?.[0].name], `${name}=${value}`).toEqual([400, 'query', 'cursor']);
    expect(json.errors[0].message).toContain(` ${name} differed`);
  }
  for (const free of ['limit=5', 'facets=status'])
    expect((await server.get(`${list}&cursor=${cursor}&${free}`.replace(/limit=2&(.*limit)/, '$1'))).status).toBe(200);

  const first = await cursorFrom('/api/v1/factories?limit=2');
  for (const path of [
    '/api/v1/listings',
    '/api/v1/suppliers',
    '/api/v1/targets/model-factories/entries',
    '/api/v1/submissions',
  ])
    expect((await server.get(`${path}?limit=2&cursor=${first}`, auditor)).json.errors, path).toMatchObject([
      { in: 'query', name: 'cursor', message: expect.stringContaining('另一个列表') },
    ]);
});

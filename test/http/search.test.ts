import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { corrected } from '../domain/given.ts';
import { criterion, enterprise, factory, listing, solution } from '../domain/vocabulary.ts';
import { named, type Recording, startRecording } from './recording.ts';

let recording: Recording;
let before = 0;
const electric = named(enterprise.register, '91310000132260250X');

beforeAll(async () => {
  recording = await startRecording();
  const { record } = recording;
  await record(
    electric,
    enterprise.enrolled('2019-01-01', { name: '上海电气（集团）总公司', nameEn: 'Shanghai Electric Group' }),
  );
  await record(
    named(enterprise.register, '914403001922038216'),
    enterprise.enrolled('2019-01-01', { name: '华为技术有限公司', nameEn: 'Huawei Technologies "HQ" & Co.' }),
  );
  await record(
    named(factory.register, 'kangqiao-1'),
    factory.certified('2020-01-01', {
      ...factory.described,
      name: '康桥 5G 工厂',
      operator: '上海电气',
      certificateNo: 'SH-2020/001',
    }),
  );
  await record(
    named(criterion.register, 'GB-T-39116-2020'),
    criterion.published('2020-10-11', { ...criterion.described, titleEn: 'Maturity model', number: 'GB/T 39116-2020' }),
  );
  await record(named(listing.register, '688012'), listing.listed('2019-07-22', { name: '中微公司', nameEn: 'AMEC' }));
  await record(named(listing.register, '689077'), listing.listed('2019-07-22', { name: '!!' }));
  before = await record(
    named(solution.register, 'jakarta'),
    solution.signed('2020-01-01', { supplier: '某集成商', client: 'PT Maju_100% (雅加达)', destination: '印度尼西亚' }),
  );
});
afterAll(() => recording.server.close());

const found = async (register: string, q: string, query = ''): Promise<readonly string[]> => {
  const { status, json } = await recording.server.get(`/api/v1/${register}?q=${encodeURIComponent(q)}&${query}`);
  expect(status, q).toBe(200);
  return json.items.map(({ key }: { key: string }) => key);
};

describe('a search', () => {
  test.each([
    ['enterprises', '电', [electric.key]],
    ['enterprises', '电气', [electric.key]],
    ['enterprises', '上海电', [electric.key]],
    ['enterprises', '海电气（集', [electric.key]],
    ['enterprises', '公司', [electric.key, '914403001922038216']],
    ['enterprises', '气电', []],
    ['enterprises', 'e', [electric.key, '914403001922038216']],
    ['enterprises', 'el', [electric.key]],
    ['enterprises', 'ELECTRIC', [electric.key]],
    ['enterprises', 'group shanghai', [electric.key]],
    ['enterprises', '电气 Group', [electric.key]],
    ['enterprises', 'group huawei', []],
    ['enterprises', 'ｓｈａｎｇｈａｉ', [electric.key]],
    ['enterprises', '91310000132260250X', [electric.key]],
    ['enterprises', '260250x', [electric.key]],
    ['enterprises', '(集团)', [electric.key]],
    ['factories', '5G', ['kangqiao-1']],
    ['factories', 'kangqiao', ['kangqiao-1']],
    ['factories', '上海电气', ['kangqiao-1']],
    ['factories', 'SH-2020/001', ['kangqiao-1']],
    ['criteria', '39116', ['GB-T-39116-2020']],
    ['criteria', 'gb/t', ['GB-T-39116-2020']],
    ['criteria', '/T', ['GB-T-39116-2020']],
    ['criteria', 'maturity', ['GB-T-39116-2020']],
    ['criteria', '能力成熟度', ['GB-T-39116-2020']],
    ['listings', '688012', ['688012']],
    ['listings', '88', ['688012']],
    ['listings', 'amec', ['688012']],
    ['solutions', '集成', ['jakarta']],
    ['solutions', '印', ['jakarta']],
    ['solutions', 'maju_100%', ['jakarta']],
    ['plans', '行动计划', ['shanghai-2019-2021']],
    ['plans', 'action plan', ['shanghai-2019-2021']],
  ])('of %s for %s', async (register, q, expected) => {
    expect(await found(register, q)).toEqual(expected);
  });

  test('of an empty text, as a form sends it, is as if nothing were asked', async () => {
    expect(await found('enterprises', '')).toHaveLength(2);
    const token = await recording.server.token('auditor');
    const trail = async (query: string) =>
      (await recording.server.get(`/api/v1/events?limit=500${query}`, { token })).json;
    expect(await trail('&q=')).toEqual(await trail(''));
    const file = async (query: string) =>
      (await recording.server.get(`/api/v1/exports/enterprises.csv?lang=en${query}`, { headers: { accept: '*/*' } }))
        .text;
    expect(await file('&q=')).toBe(await file(''));
  });

  test.each([
    ['a space', ' '],
    ['spaces', '   '],
    ['a tab and an ideographic space', '\t\u3000'],
    ['a line break', '\n'],
    ['a no-break space', '\u00a0'],
    ['a zero-width space', '\u200b'],
    ['a byte order mark', '\ufeff'],
    ['a soft hyphen', '\u00ad'],
    ['a bidirectional control', '\u202e'],
    ['a variation selector', '\ufe0f'],
    ['a Hangul filler', '\u3164'],
    ['a blank Braille pattern', '\u2800'],
    ['a quote', '"'],
    ['two quotes', '""'],
    ['an apostrophe', "'"],
    ['quotation marks', '“”‘’'],
    ['guillemets', '«»'],
    ['dots within names', '·•・'],
    ['a lone combining accent', '\u0301'],
    ['quotes and spaces', ' " " '],
  ])('of nothing but %s is refused with what is missing, wherever words are looked for', async (_, q) => {
    const token = await recording.server.token('auditor');
    for (const path of [
      'search',
      'enterprises',
      'plans',
      'events',
      'exports/enterprises.csv',
      'exports/enterprises.xlsx',
      'events.csv',
      'events.xlsx',
    ]) {
      const reply = await recording.server.get(`/api/v1/${path}?q=${encodeURIComponent(q)}`, {
        token,
        headers: { accept: '*/*', 'accept-language': 'en' },
      });
      const [error] = reply.json?.errors ?? [];
      expect([path, reply.status, error?.name], path).toEqual([path, 400, 'q']);
      expect(error.message).toMatch(/nothing to search for: enter a letter, a digit or a Chinese character/);
    }
  });

  test('joins with the other filters', async () => {
    expect(await found('factories', '康桥', 'status=certified&sort=-name')).toEqual(['kangqiao-1']);
    expect(await found('factories', '康桥', 'status=nominated')).toEqual([]);
  });
});

test.each([
  ['quotes', '"HQ"'],
  ['an unclosed quote', '"HQ'],
  ['an apostrophe and a comment', "'; DROP TABLE entry; --"],
  ['operators', 'AND OR NOT NEAR'],
  ['an operator alone', 'AND'],
  ['a near group', 'NEAR(a b, 5)'],
  ['a column filter', 'text : huawei'],
  ['an exclusion', '- {text} : huawei'],
  ['a star', '*'],
  ['a prefix', 'huaw*'],
  ['a caret', '^huawei'],
  ['a plus', 'a + b'],
  ['parentheses', '((('],
  ['a percent sign', '%'],
  ['an underscore', '_'],
  ['a backslash', '\\'],
  ['an emoji', '🏭'],
  ['two emojis', '🏭🏭'],
  ['200 characters', '工'.repeat(200)],
])('%s in a search is looked for and harms nothing', async (_, q) => {
  for (const register of ['enterprises', 'solutions']) {
    const { status } = await recording.server.get(`/api/v1/${register}?q=${encodeURIComponent(q)}`);
    expect(status).toBe(200);
  }
});

test('what looks like an operator finds only what is written so', async () => {
  expect(await found('enterprises', '"HQ"')).toEqual(['914403001922038216']);
  expect(await found('enterprises', '&')).toEqual(['914403001922038216']);
  expect(await found('enterprises', '*')).toEqual([]);
  expect(await found('enterprises', 'AND')).toEqual([]);
  expect(await found('enterprises', 'huaw*')).toEqual([]);
  expect(await found('solutions', '_')).toEqual(['jakarta']);
  expect(await found('solutions', '%')).toEqual(['jakarta']);
  expect(await found('solutions', '(')).toEqual(['jakarta']);
  expect(await found('listings', '%')).toEqual([]);
});

test.each(['★', '☆', '？', '*', '+', '🏭', '_', '……'])(
  'a search of all registers for %s does not find an entry whose name is other signs',
  async (q) => {
    const search = async (text: string) => {
      const { json } = await recording.server.get(`/api/v1/search?q=${encodeURIComponent(text)}`);
      return json.items.map(({ key }: { key: string }) => key);
    };
    expect(await search(q)).not.toContain('689077');
    expect(await search('！！')).toEqual(['689077']);
  },
);

test('bytes that are no text, and searches of more than 200 characters, are refused or find nothing', async () => {
  for (const q of ['%ff', '%c3%28', '%', '%zz'])
    expect([200, 400]).toContain((await recording.server.get(`/api/v1/enterprises?q=${q}`)).status);
  expect((await recording.server.get(`/api/v1/enterprises?q=${'x'.repeat(201)}`)).status).toBe(400);
});

test('an entry is found by the name that it had on the day, as known then', async () => {
  const renamed = await recording.record(
    electric,
    enterprise.amended('2021-01-01', { name: '海派重工', nameEn: null }),
  );
  expect(await found('enterprises', '海派', 'on=2020-12-31')).toEqual([]);
  expect(await found('enterprises', '电气', 'on=2020-12-31')).toEqual([electric.key]);
  expect(await found('enterprises', '海派', 'on=2021-01-01')).toEqual([electric.key]);
  expect(await found('enterprises', '电气', 'on=2021-01-01')).toEqual([]);
  expect(await found('enterprises', '电气', `on=2021-01-01&knownAt=${before}`)).toEqual([electric.key]);
  await recording.record(electric, corrected(1, { data: { name: '沪上重工' } }));
  expect(await found('enterprises', '沪上重')).toEqual([electric.key]);
  expect(await found('enterprises', '海派')).toEqual([]);
  expect(await found('enterprises', '海派', `on=2021-01-01&knownAt=${renamed}`)).toEqual([electric.key]);
});

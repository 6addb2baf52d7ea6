import { afterAll, beforeAll, expect, test } from 'vitest';
import { startServer, type TestServer } from '../http/server.ts';
import { csv, imported, trailOf } from './spreadsheet.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.close());

const list = (...rows: readonly (readonly string[])[]) =>
  csv(['编号', '供应商名称', '推荐日期'], ...rows.map(([key = '', name = '']) => [key, name, '2020-09-27']));

/** Two spellings of one name, each pair of another name. */
const pairs: readonly (readonly [string, string])[] = [
  ['星辰系统', '星\uFE0F辰系统'],
  ['上海车联', '上海⻋联'],
  ['沪上车联', '沪上⾞联'],
  ['葛城装备', '葛\u{E0100}城装备'],
  ['阿尔法·贝塔', '阿尔法•贝塔'],
  ['伽马·德尔塔', '伽马・德尔塔'],
  ['浦江 智造', '浦江智造'],
  ['黄浦\u00A0智造', '黄浦智造'],
  ["Jing'an Works", 'Jing’an Works'],
  ['“星火”工厂', '"星火"工厂'],
  ['中国重工', '中國重工'],
  ['台湾积体电路', '臺灣積體電路'],
  ['Usine Citroen', 'Usine Citroën'],
  ['Peugeot Électrique', 'PEUGEOT Electrique'],
  ['Maersk Ost', 'Maersk Øst'],
  ['ＡＢＢ（上海）', 'ABB(上海)'],
  ['Auto-mation', 'Automation'],
  ['奉贤齿轮', '奉贤⻮轮'],
  ['龙华电气', '龍華電氣'],
  ['乌鲁木齐工业', '烏魯木齊工業'],
];

test('two spellings of one name are likely duplicates of each other, and what is recorded stays as typed', async () => {
  const rows = pairs.flatMap(([a, b], index) => [
    [`${index}-a`, a],
    [`${index}-b`, b],
  ]);
  const done = await imported(server, 'suppliers', list(...rows));
  expect(done.refusals.map(({ row }: { row: number }) => row)).toEqual(pairs.map((_, index) => 2 * index + 2));
  const allowed = await imported(server, 'suppliers', list(...rows), { set: { duplicates: 'allow' } });
  expect(allowed).toMatchObject({ recorded: pairs.length, alreadyThere: pairs.length, refused: 0 });
  const names = (await trailOf(server, allowed.id)).flatMap(
    ({ type, data }: { type: string; data: { data: object } }) => (type === 'SupplierNominated' ? [data.data] : []),
  );
  expect(names).toEqual(pairs.map(([, name]) => ({ name })));
});

test('a search for either spelling finds both', async () => {
  const size = String(await server.registry.store.size());
  for (const [index, pair] of pairs.entries())
    for (const q of pair.map((each) => each.replaceAll(/[\s-]/g, ' '))) {
      const path = `/api/v1/suppliers?q=${encodeURIComponent(q)}`;
      const { json } = await server.get(path, { headers: { 'registry-position': size } });
      const keys = json.items.map(({ key }: { key: string }) => key);
      // A space or hyphen parts words, which a search then finds in any order but not run together.
      const expected = /[\s-]/.test(pair[0]) !== /[\s-]/.test(pair[1]) ? [] : [`${index}-a`, `${index}-b`];
      expect(keys, q).toEqual(expect.arrayContaining(expected));
    }
});

test.each(['\u3164', '\u2800', '\uFE0F', '\u115F', '\u{E0100}', '\u0301', '\u180B', '\u3164\u2800'])(
  'a name of which nothing can be seen (%j) is refused over REST and in an import',
  async (name) => {
    const token = await server.token('clerk');
    const reply = await server.post(
      '/api/v1/suppliers/unseen/nominate',
      { effectiveOn: '2020-09-27', name },
      { token },
    );
    expect(reply.status).toBe(400);
    expect(reply.json.errors).toMatchObject([{ pointer: '/name' }]);
    expect(await imported(server, 'suppliers', list(['unseen', name]))).toMatchObject({ recorded: 0, refused: 1 });
  },
);

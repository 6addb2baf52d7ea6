import { afterAll, beforeAll, expect, test } from 'vitest';
import { registers } from '../../domain/registers/index.ts';
import { startServer, type TestServer } from '../http/server.ts';
import { csv, imported } from './spreadsheet.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.close());

test('all that is wrong with a row is told at once, each with its column, header, value and reason', async () => {
  const headers = ['编号', '工厂名称', '行业', '区', '认定日期', '等级'];
  const text = csv(headers, ['不是编号', '甲'.repeat(501), '渔业', '浦东', '2020-02-30', '']);
  const done = await imported(server, 'factories', text, { query: 'command=certify' });
  const [{ line, faults }] = done.refusals;
  expect(line).toBe(2);
  const places = faults.map(({ column, header, value }: Record<string, unknown>) => [column, header, value]);
  expect(places.sort()).toEqual([
    [1, '编号', '不是编号'],
    [2, '工厂名称', `${'甲'.repeat(60)}…`],
    [3, '行业', '渔业'],
    [5, '认定日期', '2020-02-30'],
    [6, '等级', ''],
  ]);
  for (const { reason } of faults) expect(reason).toMatch(/\w/);
});

const commands = registers.flatMap((register) => register.facts.map((kind) => ({ register, kind })));

test.each(commands.map(({ register, kind }) => [register.name, kind.command, register, kind] as const))(
  'no reason for which a row of %s %s is rejected holds a pattern or a code',
  async (name, command, register, kind) => {
    const fields = Object.values(kind.takes);
    const headers = [register.key.title.zh, '生效日期', ...fields.map(({ title }) => title.zh)];
    const lines = ['x y', '!!', '-1', 'a'.repeat(600), '["x"]'].map((cell) => headers.map(() => cell));
    const { refusals } = await imported(server, name, csv(headers, ...lines), {
      query: `command=${command}`,
      role: register.role,
    });
    expect(refusals.length).toBe(lines.length);
    for (const { faults } of refusals)
      for (const { reason } of faults) expect(reason).not.toMatch(/\^|\\d|\[A-Z|>=|string|must match|invalid_/i);
  },
);

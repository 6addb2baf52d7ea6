import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { factories } from '../../domain/registers/factories.ts';
import { openFile } from '../../src/imports/reading/file.ts';
import { startServer, type TestServer } from '../http/server.ts';
import { newFile } from '../spreadsheets/files.ts';
import { sheet, xlsx } from '../spreadsheets/workbooks.ts';
import { csv, ended, post } from './spreadsheet.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.close());

const headers = ['编号', '工厂名称', '行业', '区', '推荐日期'];
const row = ['a', '甲厂', '汽车', '浦东', '2020-03-01'];
const kind = factories.factOf.get('nominate');

const opened = async (content: string | Uint8Array, more: { readonly sheet?: string } = {}) => {
  if (kind === undefined) throw new Error('no nominate');
  const request = { register: factories, kind, path: newFile(content), sheet: more.sheet, set: {} };
  const answer = await openFile(request, newFile());
  return 'fault' in answer ? { at: answer.at, fault: answer.fault.en } : answer;
};

test('a file with more rows or columns than a list has is refused as such', { timeout: 60_000 }, async () => {
  expect(await opened(`${headers.join()}\n${'a,b\n'.repeat(100_001)}`)).toHaveProperty(
    'fault',
    expect.stringContaining('more than 100000 rows'),
  );
  const wide = Array.from({ length: 501 }, (_, index) => `列${index}`);
  for (const file of [csv([...headers, ...wide]), sheet([...headers, ...wide])])
    expect(await opened(file)).toHaveProperty('fault', 'The sheet has more than 500 columns');
});

test('a file that is not a spreadsheet is refused, and so is one without a row of headers', async () => {
  expect(await opened('%PDF-1.7\n')).toEqual({
    at: 'file',
    fault: 'The file is PDF; save it as XLSX and import that file',
  });
  for (const empty of ['', xlsx({ sheets: { S: [] } })])
    expect(await opened(empty)).toEqual({
      at: 'file',
      fault: 'The file has no row of headers; add one above the list',
    });
});

test('if the headers of several sheets fit, one must be named; a sheet that is not there is answered with those that are', async () => {
  const file = xlsx({ sheets: { 去年: [headers, row], 今年: [headers, row], 空: [] } });
  expect(await opened(file)).toEqual({
    at: 'sheet',
    fault: 'The headers of several sheets fit (去年, 今年); choose one with sheet',
  });
  expect(await opened(file, { sheet: '明年' })).toEqual({
    at: 'sheet',
    fault: 'There is no sheet “明年”; the sheets are 去年, 今年, 空',
  });
  expect(await opened(file, { sheet: '今年' })).toMatchObject({ sheet: '今年', total: 1 });
  const missing = xlsx({
    sheets: {
      去年: [
        ['编号', '工厂名称'],
        ['a', '甲厂'],
      ],
      今年: [['无']],
    },
  });
  expect(await opened(missing)).toEqual({
    at: 'file',
    fault: 'Missing columns: Sector, District, Effective on; the headers of sheet 去年 are: 编号, 工厂名称',
  });
});

const good = [sheet(headers, row), new Uint8Array(Buffer.from(csv(headers, row)))];

/** Random bytes, or a good file with some bytes changed. */
const bytes = fc.oneof(
  fc.uint8Array({ maxLength: 600 }),
  fc.uint8Array({ maxLength: 600 }).map((rest) => new Uint8Array([0x50, 0x4b, 3, 4, ...rest])),
  fc
    .string({ maxLength: 300, unit: 'binary' })
    .map((text) => new Uint8Array(Buffer.from(`${headers.join()}\n${text}`))),
  fc
    .tuple(fc.constantFrom(...good), fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 12 }), fc.nat())
    .map(([file, changes, length]) => {
      const changed = Uint8Array.from(file);
      for (const [place, byte] of changes) changed[place % changed.length] = byte;
      return changed.subarray(0, length % 3 === 0 ? length % changed.length : changed.length);
    }),
);

test('a file is opened or refused with a reason, whatever its bytes', { timeout: 60_000 }, async () => {
  const property = fc.asyncProperty(bytes, async (content) => {
    const answer = await opened(content);
    expect('total' in answer ? answer.total : answer.fault.length).toBeGreaterThanOrEqual(0);
  });
  await fc.assert(property, { numRuns: 300 });
});

test('the server answers 202 or a problem and goes on, whatever the bytes', { timeout: 60_000 }, async () => {
  const property = fc.asyncProperty(bytes, async (content) => {
    const answer = await post(server, 'factories', new Uint8Array(content), { query: 'dryRun=true' });
    if (answer.status === 202) await ended(server, answer.json.import.id);
    else
      expect({ status: answer.status, type: answer.json.type }).toEqual({
        status: 400,
        type: '/problems/invalid-request',
      });
  });
  await fc.assert(property, { numRuns: 60 });
  expect((await server.get('/health/ready')).status).toBe(200);
});

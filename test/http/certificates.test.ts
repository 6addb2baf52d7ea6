import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import pino from 'pino';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import type { JsonObject } from '../../domain/json.ts';
import { readConfig } from '../../src/config.ts';
import { openCheckpoint } from '../../src/ledger/checkpoint.ts';
import { ledgerKeyOf } from '../../src/ledger/opening.ts';
import { checkProof, parseProof } from '../../src/ledger/proof.ts';
import { checkInclusion, leafHash } from '../../src/ledger/tree.ts';
import { openRegistry } from '../../src/registry.ts';
import { annulled, approvedBy, corrected, submittedBy } from '../domain/given.ts';
import { breakthrough, criterion, enterprise, factory, listing, platform, supplier } from '../domain/vocabulary.ts';
import { goVerifies, needsGo } from '../ledger/go.ts';
import { sound } from '../ledger/signing.ts';
import { refusedAs } from './office.ts';
import { needsPdfTools, type Pdf, readPdf } from './pdf-tools.ts';
import { named, type Recording, startRecording } from './recording.ts';
import { startServer } from './server.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const origin = 'registry.example.org/ledger';
/** A subject that must be nowhere in what the public gets. */
const reviewer = 'wang.fang.of.the.office';
let recording: Recording;
let auditor: string;

beforeEach(needsPdfTools);
beforeAll(async () => {
  recording = await startRecording('2022-03-01T02:00:00Z', { REGISTRY_ORIGIN: origin }, { inThread: true });
  auditor = await recording.server.token('auditor');
  const certify = factory.certified('2020-12-22', {
    ...factory.described,
    name: '康桥“数字”智能工厂',
    operator: '上海电气集团股份有限公司',
    lingang: true,
    grade: 'benchmark',
    certificateNo: 'SH-2020-0007',
  });
  await recording.record(
    named(factory.register, 'KangQiao'),
    submittedBy('li.wei', certify),
    approvedBy(reviewer, 0, 'li.wei', certify),
  );
});
afterAll(() => recording?.server.close());

const pathOf = (register: string, key: string): string => `/api/v1/${register}/${key}/certificate.pdf`;
const kangqiao = pathOf('factories', 'KangQiao');

type Asked = { readonly token?: string; readonly headers?: Readonly<Record<string, string>> };
const fetched = async (path: string, { token, headers = {} }: Asked = {}) => {
  const authorization = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const answer = await fetch(`${recording.server.url}${path}`, { headers: { ...authorization, ...headers } });
  return { status: answer.status, headers: answer.headers, bytes: Buffer.from(await answer.arrayBuffer()) };
};
/** A certificate, which must be there. */
const certificateAt = async (path: string, asked?: Asked): Promise<Pdf> => {
  const { status, bytes } = await fetched(path, asked);
  if (status !== 200) throw new Error(`${status} ${bytes}`);
  return readPdf(bytes);
};
const feed = async (): Promise<readonly string[]> => {
  const headers = { accept: 'application/x-ndjson' };
  const { text } = await recording.server.get('/api/v1/events', { token: auditor, headers });
  return text.trimEnd().split('\n');
};
/** A text without the spaces at which it may break. */
const compact = (text: string): string => text.replaceAll(' ', '');
const key = () => ledgerKeyOf(recording.server.registry.config);
const trust = () => ({ origin, keys: [key().verifier] });

describe('a certificate', () => {
  test('is one printable page in both languages with an embedded part of one font, in less than 100 kB', async () => {
    const { bytes } = await fetched(kangqiao);
    const { text, pages, title, fonts } = readPdf(bytes);
    expect(pages).toBe(1);
    expect(title).toBe('智能工厂认定证书 康桥“数字”智能工厂');
    expect(fonts).toEqual([{ name: expect.stringMatching(/^[A-Z]{6}\+NotoSansHans-Regular$/), flags: 'yes yes yes' }]);
    expect(bytes.length).toBeLessThan(100_000);
    for (const said of [
      '智能工厂认定证书',
      'Smart Factory Certificate',
      '康桥“数字”智能工厂',
      '已于 2020年12月22日认定；截至 2022年3月1日，其状态为“已认定”',
      'was recorded as "Certified" with effect from 22 December 2020',
      'on 1 March 2022 its status is "Certified"',
      '编号 Key KangQiao',
      '等级 Grade 标杆 Benchmark',
      '证书编号 Certificate number SH-2020-0007',
      '上海电气集团股份有限公司',
      '浦东新区 Pudong',
      '上海市智能制造行动计划（2019—2021年）',
      `台账 ${origin} 的前 3 条记录，截至 2022-03-01 10:00:00（北京时间）`,
      'It rests on ledger entry 2, recorded at 2022-03-01 10:00:00.',
    ])
      expect(compact(text)).toContain(compact(said));
  });

  test('has a QR code that leads to the entry’s page, as the reader knows it', async () => {
    const { code, text } = await certificateAt(kangqiao);
    expect(code).toBe(`${recording.server.url}/registers/factories/KangQiao`);
    expect(compact(text)).toContain(code);
  });

  test('leads to the address of the proxy, and says so if its entry is invented', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'registry-proxied-'));
    const environment = { REGISTRY_BASE_PATH: '/upgrade', REGISTRY_TRUST_PROXY: 'loopback', REGISTRY_DATA: folder };
    const { config } = readConfig({ ...environment, PORT: '0', LOG_LEVEL: 'silent' });
    const made = await openRegistry(config, pino({ level: 'silent' }), Date.now, { inThread: true, isMadeUp: true });
    const app = await made.app();
    const url = await app.listen({ host: config.host, port: 0 });
    const token = await made.tokens.sign('li.wei', ['clerk'], 600);
    const post = (path: string, body: object, by: string) =>
      fetch(`${url}/api/v1${path}`, {
        method: 'POST',
        headers: { authorization: `Bearer ${by}`, 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
    await post('/listings/688012/list', { effectiveOn: '2019-07-22', name: '中微公司' }, token);
    const second = await made.tokens.sign('wang.fang', ['reviewer'], 600);
    expect((await post('/submissions/listings~688012~0/approve', {}, second)).status).toBe(201);
    await made.ledger.reached(3, 60_000);
    const headers = { forwarded: 'for=192.0.2.60;proto=https;host=registry.example.org' };
    const answer = await fetch(`${url}/upgrade${pathOf('listings', '688012')}`, { headers });
    const { code, text } = readPdf(Buffer.from(await answer.arrayBuffer()));
    expect(code).toBe('https://registry.example.org/upgrade/registers/listings/688012');
    expect(text).toContain('演示数据，登记项为虚构 Demonstration: the entry is invented');
    await app.close();
    await made.close();
    rmSync(folder, { recursive: true, force: true });
  });

  test('has the proof that the signed ledger has its fact, and for the public the hash of the leaf alone', async () => {
    const { files, plain, text } = await certificateAt(kangqiao);
    expect([...files.keys()].sort()).toEqual(['event-2.leaf-hash', 'event-2.tlog-proof']);
    const leaf = Buffer.from((await feed())[2] ?? '');
    const hash = leafHash(leaf).toString('hex');
    expect(files.get('event-2.leaf-hash')?.toString()).toBe(`${hash}\n`);
    expect(text).toContain(hash);
    const {
      hashes = [],
      checkpoint = Buffer.of(),
      index,
    } = parseProof(files.get('event-2.tlog-proof') ?? Buffer.of()) ?? {};
    const tree = sound(openCheckpoint(checkpoint, trust()));
    expect([index, checkInclusion(hashes, 2, Buffer.from(hash, 'hex'), tree)]).toEqual([2, true]);
    for (const unsaid of [reviewer, 'li.wei', 'bodySha256']) {
      expect(plain).not.toContain(unsaid);
      expect(leaf.toString()).toContain(unsaid);
    }
  });

  test('has the leaf itself for auditors, who have it from the feed, and that they read it is written down', async () => {
    const { files } = await certificateAt(kangqiao, { token: auditor });
    expect([...files.keys()].sort()).toEqual(['event-2.json', 'event-2.tlog-proof']);
    const leaf = files.get('event-2.json') ?? Buffer.of();
    expect(leaf.toString()).toBe((await feed())[2]);
    const proof = files.get('event-2.tlog-proof') ?? Buffer.of();
    expect(checkProof(proof, { leaf, index: 2 }, trust())).toMatchObject({ origin });
    const { text } = await recording.server.get('/api/v1/logs/access', { token: auditor });
    expect(text).toContain(`"path":"${kangqiao}"`);
    for (const role of ['viewer', 'clerk', 'reviewer', 'admin'] as const) {
      const other = await certificateAt(kangqiao, { token: await recording.server.token(role) });
      expect([role, ...other.files.keys()].sort()).toEqual([role, 'event-2.leaf-hash', 'event-2.tlog-proof'].sort());
    }
  });

  test('convinces Go’s sumdb, which nobody here wrote', async ({ skip }) => {
    needsGo({ skip });
    const { files } = await certificateAt(kangqiao, { token: auditor });
    const leaf = String(files.get('event-2.json'));
    const inGo = (line: string) =>
      goVerifies(['proof', origin, key().verifierKey, '2', line], files.get('event-2.tlog-proof') ?? Buffer.of());
    expect(inGo(leaf)).toEqual({ said: '' });
    expect(inGo(leaf.replace('benchmark', 'demonstration'))).toHaveProperty('refused');
  });

  test('is the same to the byte as long as nothing is recorded, and then costs no answer', async () => {
    const { headers, bytes } = await fetched(kangqiao);
    const etag = headers.get('etag') ?? '';
    expect(headers.get('content-type')).toBe('application/pdf');
    expect(headers.get('content-disposition')).toBe('inline; filename="certificate-factories-KangQiao.pdf"');
    expect(headers.get('cache-control')).toBe('private, no-cache');
    expect((await fetched(kangqiao)).bytes.equals(bytes)).toBe(true);
    const again = await fetched(pathOf('factories', 'kangqiao'), { headers: { 'if-none-match': etag } });
    expect([again.status, again.bytes.length, again.headers.get('etag')]).toEqual([304, 0, etag]);
    const others = await fetched(kangqiao, { token: auditor, headers: { 'if-none-match': etag } });
    expect(others.status).toBe(200);
    await recording.record(named(enterprise.register, '914403001922038216'), enterprise.enrolled('2020-01-01'));
    const later = await fetched(kangqiao, { headers: { 'if-none-match': etag } });
    expect(later.status).toBe(200);
    expect(readPdf(later.bytes).text).toContain('的前 4 条记录');
  });

  test('is no JSON, and has no dials: it is always about now', async () => {
    const json = await recording.server.get(kangqiao, { headers: { accept: 'application/json' } });
    refusedAs(json, 406, 'not-acceptable');
    for (const query of ['on=2021-01-01', 'knownAt=3'])
      refusedAs(await recording.server.get(`${kangqiao}?${query}`), 400, 'invalid-request', query);
  });

  test('shows a corrected fact as corrected, with the leaves of both', async () => {
    const about = named(factory.register, 'corrected');
    await recording.record(about, factory.certified('2021-01-05', { ...factory.described, grade: 'benchmark' }));
    const size = await recording.record(
      about,
      corrected(0, { effectiveOn: '2021-02-06', data: { grade: 'demonstration' } }),
    );
    const { text, files } = await certificateAt(pathOf('factories', 'corrected'), { token: auditor });
    expect(text).toContain('等级 Grade 示范 Demonstration');
    expect(text).toContain('with effect from 6 February 2021');
    expect(text).toContain(`It rests on ledger entry ${size - 2}`);
    expect(text).toContain(`corrected by ${size - 1}`);
    expect(files.size).toBe(4);
    for (const index of [size - 2, size - 1]) {
      const leaf = files.get(`event-${index}.json`) ?? Buffer.of();
      expect(
        checkProof(files.get(`event-${index}.tlog-proof`) ?? Buffer.of(), { leaf, index }, trust()),
      ).toHaveProperty('root');
    }
  });
});

const attesting = [
  ['智能制造标准登记证明', criterion, 'publish', ['GB/T 39116-2020', '国家标准 National', '发布日期']],
  ['首台套（首版次）突破认定证书', breakthrough, 'verify', ['智能制造装备 Equipment', '认定日期']],
  ['系统解决方案供应商认定证书', supplier, 'designate', ['10亿元规模 1 billion yuan']],
  ['公共服务平台认定证书', platform, 'designate', ['国家级 National', '上海电气']],
  ['科创板上市登记证明', listing, 'list', ['688012', '上市日期 With effect from 2020年5月6日 6 May 2020']],
] as const;

describe('the certificate of another register', () => {
  beforeAll(async () => {
    for (const [, words, command] of attesting)
      await recording.record(words, words.word(command)('2020-05-06', words.described));
  });

  test.each(attesting)('%s says what it attests', async (title, { register, key: name }, _, said) => {
    const path = pathOf(register.name, name);
    expect((await recording.server.get(path)).status).toBe(200);
    const { text, code, pages } = await certificateAt(path);
    expect(pages).toBe(1);
    for (const each of [title, name, ...said]) expect(text).toContain(each);
    expect(code).toBe(`${recording.server.url}/registers/${register.name}/${name}`);
  });

  test('has the leaf for everybody if it names nobody: the subjects of local accounts are opaque', async () => {
    const [by = '', second = ''] = ['a', 'b'].map((letter) => `p-${letter.repeat(22)}`);
    const list = listing.word('list')('2020-07-16', listing.described);
    await recording.record(named(listing.register, '688981'), submittedBy(by, list), approvedBy(second, 0, by, list));
    const { files } = await certificateAt(pathOf('listings', '688981'));
    const [[name = '', leaf = Buffer.of()] = []] = [...files].filter(([each]) => each.endsWith('.json'));
    const proof = files.get(name.replace('.json', '.tlog-proof')) ?? Buffer.of();
    expect(checkProof(proof, { leaf, index: Number(/\d+/.exec(name)) }, trust())).toMatchObject({ origin });
    expect(JSON.parse(String(leaf))).toMatchObject({ data: { metadata: { by, approvedBy: second } } });
  });
});

describe('there is no certificate', () => {
  const factoryAt = (name: string) => named(factory.register, name);
  const refusedOn = async (name: string, entryStatus: string, since: string) => {
    const path = pathOf('factories', name);
    const [zh, en] = await Promise.all(
      ['zh', 'en'].map((language) => recording.server.get(path, { headers: { 'accept-language': language } })),
    );
    for (const reply of [zh, en]) {
      if (reply === undefined) return expect.fail();
      refusedAs(reply, 404, 'no-certificate', name);
      expect(reply.json).toMatchObject({ entryStatus, since });
      expect(reply.json.detail).toContain(since);
    }
    return [zh?.json.detail, en?.json.detail];
  };

  test('while an entry is suspended, and once it is revoked: the refusal says so and since when', async () => {
    const about = factoryAt('to-and-fro');
    await recording.record(about, factory.certified('2020-12-22', factory.described));
    expect((await certificateAt(pathOf('factories', about.key))).text).toContain('22 December 2020');
    await recording.record(about, factory.suspended('2021-03-01'));
    expect(await refusedOn(about.key, 'suspended', '2021-03-01')).toEqual([
      expect.stringContaining('自 2021-03-01 起为“已暂停”，证书不再有效'),
      expect.stringContaining('Since 2021-03-01 the entry has been "Suspended", so its certificate no longer holds'),
    ]);
    await recording.record(about, factory.reinstated('2021-04-01'));
    expect((await certificateAt(pathOf('factories', about.key))).text).toContain('with effect from 22 December 2020');
    await recording.record(about, factory.revoked('2021-05-01'));
    await refusedOn(about.key, 'revoked', '2021-05-01');
    const again = { ...factory.described, grade: 'benchmark' };
    await recording.record(about, factory.nominated('2021-06-01'), factory.certified('2021-07-01', again));
    expect((await certificateAt(pathOf('factories', about.key))).text).toContain('with effect from 1 July 2021');
  });

  test('once the fact on which it rested is annulled: the refusal says so', async () => {
    const about = factoryAt('mistaken');
    await recording.record(about, factory.nominated('2020-01-10'), factory.certified('2020-12-22', factory.described));
    expect((await recording.server.get(pathOf('factories', about.key))).status).toBe(200);
    await recording.record(about, annulled(1));
    expect(await refusedOn(about.key, 'nominated', '2020-01-10')).toEqual([
      expect.stringContaining('证书所依据的记录已作废，证书无效；该登记项自 2020-01-10 起为“已推荐”'),
      expect.stringContaining('The record on which its certificate rested was annulled'),
    ]);
  });

  test('before an entry is certified', async () => {
    await recording.record(factoryAt('hopeful'), factory.nominated('2020-01-10'));
    expect(await refusedOn('hopeful', 'nominated', '2020-01-10')).toEqual([
      expect.stringContaining('尚无证书'),
      expect.stringContaining('no certificate yet'),
    ]);
  });

  test.each([
    ['factories', 'never'],
    ['factories', 'a%20b'],
    ['enterprises', '914403001922038216'],
    ['solutions', 'x'],
    ['plans', 'shanghai-2019-2021'],
    ['robots', 'x'],
    ['targets', 'model-factories'],
  ])('of %s/%s: it is not there, or attests nothing', async (register, name) => {
    refusedAs(await recording.server.get(pathOf(register, name)), 404, 'not-found');
  });

  test('while the ledger is not what was signed, in the store or as this node reads it', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'registry-doubtful-'));
    const doubtful = await startServer({ folder, inThread: true, auditTimes: { firstMs: 0, restMs: 50 } });
    const [clerk, reviewer] = [await doubtful.token('clerk'), await doubtful.token('reviewer')];
    const body = { ...factory.described, effectiveOn: '2020-12-22', grade: 'demonstration' };
    await doubtful.post('/api/v1/factories/f/certify', body, { token: clerk });
    await doubtful.post('/api/v1/submissions/factories~f~0/approve', {}, { token: reviewer });
    await doubtful.registry.ledger.reached(3, 60_000);
    const change = (file: string, sql: string) => {
      const db = new DatabaseSync(join(folder, file), { timeout: 5_000 });
      db.exec(sql);
      db.close();
    };
    const asks = () => doubtful.get(pathOf('factories', 'f'));
    expect((await asks()).status).toBe(200);
    const regrade = (from: string, to: string) =>
      `UPDATE event SET data = replace(data, '"${from}"', '"${to}"') WHERE entry_number = 2`;
    change('readmodel/current.db', regrade('demonstration', 'benchmark'));
    refusedAs(await asks(), 503, 'unavailable', 'another leaf');
    change('readmodel/current.db', regrade('benchmark', 'demonstration'));
    expect((await asks()).status).toBe(200);
    change('events.db', 'UPDATE events SET data = replace(data, 2021, 2022) WHERE entry_number = 0');
    await expect.poll(async () => (await asks()).status).toBe(503);
    expect((await asks()).json.detail).toContain('台账核查发现问题');
    await doubtful.close();
    rmSync(folder, { recursive: true, force: true });
  });

  test('without a proof: a ledger that nobody signs has none', async () => {
    const unsigned = await startRecording('2022-03-01T00:00:00Z', { REGISTRY_SIGNS: 'off' }, { inThread: true });
    await unsigned.record(factoryAt('f'), factory.certified('2020-12-22', factory.described));
    const reply = await unsigned.server.get(pathOf('factories', 'f'));
    refusedAs(reply, 503, 'unavailable');
    expect(reply.headers.get('retry-after')).toBe('1');
    await unsigned.server.close();
  });
});

/** What an entry may be called, and how that is printed. */
const names = [
  ['<img src=x onerror=alert(1)> (a) \\) Tj', '<img src=x onerror=alert(1)> (a) \\) Tj'],
  ['Kangqiao Smart Factory No. 1 & Sons, Ltd.', 'Kangqiao Smart Factory No. 1 & Sons, Ltd.'],
  ['䶮𬬻𫠜㐂朤镕喆燊堃智能工厂', '䶮𬬻𫠜㐂朤镕喆燊堃智能工厂'],
  ['𠮷野工厂', '〔U+20BB7〕野工厂'],
  ['工厂\u202Egnp.exe', '工厂〔U+202E〕gnp.exe'],
  ['工厂\u0007\u200B\u2028线', '工厂〔U+0007〕〔U+200B〕〔U+2028〕线'],
  ['🏭 العربية', '〔U+1F3ED〕 〔U+0627〕〔U+0644〕〔U+0639〕〔U+0631〕〔U+0628〕〔U+064A〕〔U+0629〕'],
  // One glyph for both: the second must not be read as the first.
  ['⼀厂', '⼀厂'],
  ['一厂', '一厂'],
] as const;

describe('whatever an entry is called', () => {
  const long = '上海电气康桥临港数字化智能工厂'.repeat(70).slice(0, 1_000);
  const [operator, certificateNo] = ['Heavy Machinery '.repeat(31), '9'.repeat(500)];

  beforeAll(async () => {
    const called = (key: string, fields: JsonObject) =>
      recording.record(
        named(factory.register, key),
        factory.certified('2020-12-22', { ...factory.described, ...fields }),
      );
    for (const [index, [name]] of names.entries()) await called(`named-${index}`, { name });
    await called('named-long', { name: long, operator, certificateNo });
  });

  test('its certificate is one page on which all of it stands, however long that is', async () => {
    const { text, pages, code } = await certificateAt(pathOf('factories', 'named-long'));
    expect(pages).toBe(1);
    expect(compact(text)).toContain(long);
    expect(compact(text)).toContain(compact(operator));
    expect(text.match(/9/g)?.length).toBeGreaterThanOrEqual(500);
    expect(compact(text)).toContain('浦东新区');
    expect(code).toContain('/registers/factories/named-long');
  });

  test.each(names.map(([name, printed], index) => [JSON.stringify(name), printed, index] as const))(
    '%s is printed as %s: no character is left out, hidden or an empty box',
    async (_, printed, index) => {
      const { text, title } = await certificateAt(pathOf('factories', `named-${index}`));
      expect(compact(text)).toContain(compact(printed));
      expect(compact(title)).toContain(compact(printed));
      expect(text.includes('stands for a character that the font lacks')).toBe(printed.includes('〔'));
      expect(text).not.toMatch(/[\p{Cf}\p{Zl}\uFFFD]/u);
    },
  );
});

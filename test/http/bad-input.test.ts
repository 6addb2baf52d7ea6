import { expect } from 'vitest';
import { registers } from '../../domain/registers/index.ts';
import {
  enrolment,
  factory,
  nominate,
  nomination,
  test as officeTest,
  openOffice,
  parseRaw,
  refusedAs,
  seen,
  sendRaw,
  today,
  uscc,
} from './office.ts';
import type { Reply } from './server.ts';

let fresh = 0;

const places = ({ json }: Reply): string[] =>
  json.errors.map((each: { in: string; pointer?: string; name?: string }) => `${each.in} ${each.pointer ?? each.name}`);

const wrongCheck = '913100001322602501';
const evidence = [{ title: '登记机关出具的证明' }];

const test = officeTest
  /** Nominates a factory that nobody has recorded yet. */
  .extend(
    'nominating',
    ({ server, staff }) =>
      (body: object) =>
        server.post(`/api/v1/factories/new-${fresh++}/nominate`, body, { token: staff.clerk }),
  )
  .extend(
    'nominatingRaw',
    ({ server, staff }) =>
      (raw: string | Uint8Array<ArrayBuffer>, type = 'application/json') =>
        server.call('POST', `/api/v1/factories/new-${fresh++}/nominate`, {
          token: staff.clerk,
          raw,
          headers: { 'content-type': type },
        }),
  )
  .extend(
    'enrolling',
    ({ server, staff }) =>
      (code: string, body: object) =>
        server.post(`/api/v1/enterprises/${code}/enroll`, { ...enrolment, ...body }, { token: staff.clerk }),
  );

test('a code with a wrong check character is refused', async ({ enrolling }) => {
  refusedAs(await enrolling(wrongCheck, {}), 422, 'check-character');
});

test('a code with a wrong check character is refused if it is confirmed without evidence', async ({ enrolling }) => {
  refusedAs(await enrolling(wrongCheck, { codeConfirmed: true }), 422, 'check-character');
  refusedAs(await enrolling(wrongCheck, { codeConfirmed: true, evidence: [] }), 422, 'check-character');
});

test('a code with a wrong check character is refused if there is evidence but no confirmation', async ({
  enrolling,
}) => {
  refusedAs(await enrolling(wrongCheck, { evidence }), 422, 'check-character');
  refusedAs(await enrolling(wrongCheck, { codeConfirmed: false, evidence }), 422, 'check-character');
});

test('a code with a wrong check character is accepted if it is confirmed with evidence', async ({ enrolling }) => {
  expect((await enrolling(wrongCheck, { codeConfirmed: true, evidence })).status).toBe(201);
});

test('an identity-card number in place of a code is refused, confirmed or not', async ({ enrolling }) => {
  refusedAs(await enrolling('11010519491231002X', {}), 422, 'check-character');
  refusedAs(await enrolling('11010519491231002X', { codeConfirmed: true, evidence }), 422, 'check-character');
});

test('a code in lower case and full-width characters is the same code', async ({ enrolling }) => {
  const { status, json } = await enrolling(encodeURIComponent('９１３１００００１３２２６０２５０x'), {});
  expect(status).toBe(201);
  expect(json.entry.key).toBe(uscc);
});

test('30 February is no day', async ({ nominating }) => {
  const reply = await nominating({ ...nomination, effectiveOn: '2020-02-30' });
  refusedAs(reply, 400, 'invalid-request');
  expect(places(reply)).toEqual(['body /effectiveOn']);
});

test('a day of long ago is taken over REST, where an import would refuse it; the year 0 is none', async ({
  nominating,
}) => {
  for (const effectiveOn of ['1989-12-31', '1899-12-31', '0001-01-01'])
    expect((await nominating({ ...nomination, effectiveOn })).status, effectiveOn).toBe(201);
  for (const effectiveOn of ['0000-01-01', '0000-12-31', '-0001-01-01'])
    expect(places(await nominating({ ...nomination, effectiveOn })), effectiveOn).toEqual(['body /effectiveOn']);
});

test('29 February is a day only in leap years', async ({ nominating }) => {
  expect((await nominating({ ...nomination, effectiveOn: '2020-02-29' })).status).toBe(201);
  refusedAs(await nominating({ ...nomination, effectiveOn: '2021-02-29' }), 400, 'invalid-request');
});

test('a text that is no day is said to be none, and not to lie in the future', async ({ nominating }) => {
  for (const effectiveOn of [
    '2099-02-30',
    'tomorrow',
    '2021/06/15',
    '2021-6-15',
    '20210615',
    `${today}T00:00:00Z`,
    '',
  ]) {
    const reply = await nominating({ ...nomination, effectiveOn });
    refusedAs(reply, 400, 'invalid-request');
    expect(places(reply), effectiveOn).toEqual(['body /effectiveOn']);
  }
});

test('a day after today is refused and today is not', async ({ nominating }) => {
  const reply = await nominating({ ...nomination, effectiveOn: '2021-06-16' });
  refusedAs(reply, 400, 'invalid-request');
  expect(places(reply)).toEqual(['body /effectiveOn']);
  expect((await nominating({ ...nomination, effectiveOn: today })).status).toBe(201);
});

test('at 16:00 UTC on 31 December 2021 it is already 1 January 2022 in Shanghai, and a millisecond before it is not', async () => {
  let now = Date.parse('2021-12-31T15:59:59.999Z');
  const office = await openOffice({ now: () => now });
  try {
    const token = await office.token('clerk');
    const newYear = { ...nomination, effectiveOn: '2022-01-01' };
    refusedAs(await office.post('/api/v1/factories/late/nominate', newYear, { token }), 400, 'invalid-request');
    now += 1;
    expect((await office.post('/api/v1/factories/late/nominate', newYear, { token })).status).toBe(201);
  } finally {
    await office.close();
  }
});

test('an unknown field is refused by its name', async ({ nominating }) => {
  const reply = await nominating({ ...nomination, colour: 'red' });
  refusedAs(reply, 400, 'invalid-request');
  expect(places(reply)).toEqual(['body /colour']);
});

test('a field that only another command takes is unknown', async ({ nominating }) => {
  expect(places(await nominating({ ...nomination, grade: 'benchmark' }))).toEqual(['body /grade']);
});

test('a value of the wrong type is refused, with its place', async ({ nominating }) => {
  for (const [field, value] of Object.entries({
    name: 7,
    sector: ['automobiles'],
    lingang: 'yes',
    evidence: {},
    note: null,
  })) {
    const reply = await nominating({ ...nomination, [field]: value });
    refusedAs(reply, 400, 'invalid-request');
    expect(places(reply)).toEqual([`body /${field}`]);
  }
});

test('all that is wrong with a request is listed at once, each with its place', async ({ server, staff }) => {
  const reply = await server.call('POST', '/api/v1/factories/many/nominate?dryRun=perhaps&colour=red', {
    token: staff.clerk,
    headers: { 'if-match': '3', 'idempotency-key': 'with space' },
    body: {
      effectiveOn: '2099-01-01',
      sector: 'fishing',
      lingang: 1,
      'a/b~c': 1,
      evidence: [{ title: '文件' }, { title: '', sha256: 'XYZ' }],
    },
  });
  refusedAs(reply, 400, 'invalid-request');
  expect(places(reply).sort()).toEqual([
    'body /a~1b~0c',
    'body /district',
    'body /effectiveOn',
    'body /evidence/1/sha256',
    'body /evidence/1/title',
    'body /lingang',
    'body /name',
    'body /sector',
    'header idempotency-key',
    'header if-match',
    'query colour',
    'query dryRun',
  ]);
});

test('all descriptive fields that are missing from the command that starts a history are named', async ({
  server,
  staff,
}) => {
  const reply = await server.post(
    '/api/v1/factories/bare/certify',
    { effectiveOn: '2020-12-22', grade: 'benchmark' },
    { token: staff.clerk },
  );
  refusedAs(reply, 400, 'invalid-request');
  expect(places(reply).sort()).toEqual(['body /district', 'body /name', 'body /sector']);
});

test('a body that nests deeper than any command needs is refused', async ({ nominatingRaw }) => {
  const deep = (opening: string, closing: string, levels: number) =>
    nominatingRaw(`{"data":${opening.repeat(levels)}1${closing.repeat(levels)}}`);
  for (const reply of [await deep('[', ']', 100_000), await deep('{"a":', '}', 200), await deep('[', ']', 32)]) {
    refusedAs(reply, 400, 'invalid-request');
    expect(places(reply)).toEqual(['body ']);
  }
});

test('brackets inside of a text are no nesting', async ({ nominating }) => {
  expect((await nominating({ ...nomination, note: '[{"'.repeat(300) })).status).toBe(201);
});

test('an unfinished text of a quarter of a megabyte is refused at once', async ({ nominatingRaw }) => {
  const began = performance.now();
  refusedAs(await nominatingRaw(`{"name":"${'\\"'.repeat(130_000)}`), 400, 'invalid-request');
  expect(performance.now() - began).toBeLessThan(1_000);
});

test('a body that is not UTF-8 is refused', async ({ nominatingRaw }) => {
  const bytes = new Uint8Array(Buffer.from(JSON.stringify({ ...nomination, name: 'AB' })));
  bytes.set([0xff, 0xfe], Buffer.from(bytes).indexOf('AB'));
  refusedAs(await nominatingRaw(bytes), 400, 'invalid-request');
});

test('a name in GB18030 is refused rather than recorded as something else', async ({ nominatingRaw }) => {
  const [before = '', after = ''] = JSON.stringify({ ...nomination, name: '?' }).split('?');
  const name = Uint8Array.of(0xbf, 0xb5, 0xc7, 0xc5);
  refusedAs(
    await nominatingRaw(new Uint8Array(Buffer.concat([Buffer.from(before), name, Buffer.from(after)]))),
    400,
    'invalid-request',
  );
});

test('a body that is not JSON is refused', async ({ nominatingRaw }) => {
  for (const raw of [
    '{',
    '{"name":}',
    'name=康桥',
    "{'name':1}",
    '{"a":1}{"b":2}',
    '{"a":NaN}',
    'undefined',
    '\u0000',
  ]) {
    refusedAs(await nominatingRaw(raw), 400, 'invalid-request');
  }
});

test('a body that is JSON and no object is refused', async ({ nominatingRaw }) => {
  for (const raw of ['null', '[]', '"text"', '7', 'true', '']) {
    const reply = await nominatingRaw(raw);
    refusedAs(reply, 400, 'invalid-request');
    expect(places(reply)).toEqual(['body ']);
  }
});

test('a command without a body is refused', async ({ server, staff }) => {
  const reply = await server.call('POST', '/api/v1/factories/empty/nominate', { token: staff.clerk });
  refusedAs(reply, 400, 'invalid-request');
});

test('a member named __proto__ is refused, at the top, within and as a parameter', async ({
  server,
  staff,
  nominatingRaw,
}) => {
  const whole = JSON.stringify(nomination);
  refusedAs(await nominatingRaw(`{"__proto__":{"role":"admin"},${whole.slice(1)}`), 400, 'invalid-request');
  refusedAs(await nominatingRaw(`{"\\u005f_proto__":{},${whole.slice(1)}`), 400, 'invalid-request');
  refusedAs(await nominatingRaw(`{"evidence":[{"title":"x","__proto__":1}],${whole.slice(1)}`), 400, 'invalid-request');
  refusedAs(await nominatingRaw(`{"constructor":{"prototype":{}},${whole.slice(1)}`), 400, 'invalid-request');
  const reply = await server.call('POST', '/api/v1/factories/proto/nominate?__proto__=1', {
    token: staff.clerk,
    body: nomination,
  });
  refusedAs(reply, 400, 'invalid-request');
  expect(Object.hasOwn(Object.prototype, 'role')).toBe(false);
});

test('valid JSON is not said to be none', async ({ nominatingRaw }) => {
  const whole = JSON.stringify(nomination).slice(1);
  for (const member of ['"__proto__":{}', '"__proto__":null', '"\\u005f_proto__":1', '"constructor":{"prototype":1}']) {
    const { json } = await nominatingRaw(`{${member},${whole}`);
    expect(json.errors, member).toEqual([
      { in: 'body', pointer: '', message: '含有不接受的字段：__proto__，或 constructor 中的 prototype' },
    ]);
  }
  for (const text of ['{', '{"a":NaN}', "{'a':1}", `{"__proto__":1,${whole},`]) {
    const { json } = await nominatingRaw(text);
    expect(json.errors, text).toEqual([{ in: 'body', pointer: '', message: '不是有效的 JSON' }]);
  }
});

test('a correction cannot smuggle a __proto__ into a fact', async ({ server, staff }) => {
  const event = await nominate(server, staff.clerk, 'smuggled');
  const reply = await server.call('POST', '/api/v1/factories/smuggled/correct', {
    token: staff.clerk,
    headers: { 'content-type': 'application/json', ...seen(0) },
    raw: `{"event":"${event}","reason":"x","data":{"__proto__":{"name":"y"}}}`,
  });
  refusedAs(reply, 400, 'invalid-request');
});

test('keys named like members of every object are looked up as keys', async ({ server, staff }) => {
  for (const key of ['constructor', 'toString', 'hasOwnProperty']) {
    await nominate(server, staff.clerk, key);
    expect((await server.get(`/api/v1/factories/${key}`)).json.key).toBe(key);
  }
  refusedAs(
    await server.post('/api/v1/factories/__proto__/nominate', nomination, { token: staff.clerk }),
    404,
    'not-found',
  );
  for (const name of ['constructor', '__proto__']) {
    refusedAs(await server.post(`/api/v1/factories/x/${name}`, {}, { token: staff.clerk }), 404, 'not-found');
    refusedAs(await server.post(`/api/v1/${name}/x/nominate`, {}, { token: staff.clerk }), 404, 'not-found');
  }
});

test('a member that a body has twice is refused, wherever it is and however it is written', async ({
  nominatingRaw,
}) => {
  const rest = JSON.stringify(nomination).slice(1);
  for (const twice of [
    '"name":"另一家工厂",',
    '"n\\u0061me":"另一家工厂",',
    '"name" : null ,',
    '"\\u006eame":"康桥数字化工厂",',
    '"effectiveOn":"2020-01-10",',
    '"evidence":[{"title":"x","title":"y"}],',
    '"evidence":[{"title":"x"},{"title":"y","uri":"https://a.cn/","\\u0074itle":"z"}],',
    '"evidence":[],"evidence":[],',
    '"note":"a","note":"a",',
    '"unknown":{"a":{"b":1,"b":1}},',
    '"unknown":[[{"a":1,"a":2}]],',
    '"":1,"":1,',
  ]) {
    const reply = await nominatingRaw(`{${twice}${rest}`);
    refusedAs(reply, 400, 'invalid-request', twice);
    expect(reply.json.errors[0].message).toMatch(/出现两次/);
  }
});

test('the same name in different objects, or as a text, is not twice', async ({ nominatingRaw }) => {
  const evidence = '[{"title":"name","uri":"https://a.cn/"},{"title":"\\"name\\":1,\\"name\\""}]';
  const raw = `{"evidence":${evidence},${JSON.stringify(nomination).slice(1)}`;
  expect((await nominatingRaw(raw)).status).toBe(201);
});

test('a number is recorded as it was sent or not at all: none is rounded into its range', async ({ server, staff }) => {
  let revision = 0;
  await nominate(server, staff.clerk, 'scored');
  const assess = (score: string) =>
    server.call('POST', '/api/v1/factories/scored/assess', {
      token: staff.clerk,
      headers: { 'content-type': 'application/json', ...seen(revision) },
      raw: `{"effectiveOn":"2020-02-01","panel":"a","score":${score}}`,
    });
  for (const score of [
    '100.00000000000000001',
    '99.99999999999999999999',
    '1e400',
    '-1e400',
    '1e-400',
    '-1e-400',
    '0.1000000000000000055511151231257827',
    '12345678901234567890',
    '9007199254740993',
    '1.00000000000000000000000000000000000001',
    `1.${'0'.repeat(60_000)}1`,
    '2.4703282292062327e-324',
  ]) {
    const reply = await assess(score);
    refusedAs(reply, 400, 'invalid-request', score.slice(0, 50));
    expect(places(reply)).toEqual(['body /score']);
    expect(reply.json.errors[0].message).toContain(score.slice(0, 40));
    expect(reply.text.length).toBeLessThan(1_000);
  }
  for (const score of [
    '1.50',
    '1e2',
    '0.1',
    '0',
    '-0',
    '0.0',
    '0e999',
    '100.000',
    '1E+1',
    '99.99',
    '5e-324',
    '0.0001e5',
  ]) {
    const reply = await assess(score);
    expect([score, reply.status]).toEqual([score, 201]);
    revision += 1;
  }
  const { json } = await server.get('/api/v1/factories/scored/history', { token: staff.auditor });
  expect(json.events.slice(1).map((event: { data: { score: number } }) => event.data.score)).toEqual([
    1.5, 100, 0.1, 0, 0, 0, 0, 100, 10, 99.99, 5e-324, 10,
  ]);
});

/** Names that no field of a factory has, as they are escaped in JSON. */
const noFields = [
  ...['notAField', 'constructor', 'prototype', '__proto__', 'toString', 'hasOwnProperty', 'length', '0', '', ' '],
  ...['\\u0000', '\\u0001', '\\u007f', '\\u200b', '\\u202e', '\\u2066', '\\ufeff', '\\ufffe', '\\uffff'],
  ...['\\ud800', '\\udfff', '\\udc00\\ud800', 'name\\ud83d', 'Name', 'name ', 'ｎａｍｅ', '名称', 'name.zh', '/name'],
  ...['grade', 'score', 'title', 'key', 'status', 'id', 'by', 'approvedBy', 'recordedAt', 'revision', 'submission'],
];

test('neither a correction nor an amendment can name what no field is, even with null, and records nothing', async ({
  server,
  staff,
}) => {
  const event = await nominate(server, staff.clerk, 'null-patch');
  const send = (command: string, raw: string) => {
    const headers = { 'content-type': 'application/json', ...seen(0) };
    return server.call('POST', `/api/v1/factories/null-patch/${command}`, { token: staff.clerk, headers, raw });
  };
  for (const name of noFields)
    for (const value of ['null', '"x"', '{"name":null}']) {
      const patch = `"${name}":${value}`;
      const corrected = await send('correct', `{"event":"${event}","reason":"x","data":{${patch}}}`);
      refusedAs(corrected, 400, 'invalid-request', patch);
      const amended = await send('amend', `{"effectiveOn":"2020-02-01","operator":"甲",${patch}}`);
      refusedAs(amended, 400, 'invalid-request', patch);
    }
  expect((await server.get('/api/v1/factories/null-patch')).headers.get('etag')).toBe('"0"');
});

const tenMebibytes = new Uint8Array(10 * 1_048_576).fill(0x20);

test('a body of 10 MiB is refused, and a client that sends it all reads why', async ({ nominatingRaw }) => {
  const reply = await nominatingRaw(tenMebibytes);
  refusedAs(reply, 413, 'payload-too-large');
});

test('a body of 10 MiB without a stated length is refused, and the client can read why', async ({ server, staff }) => {
  const response = await fetch(`${server.url}/api/v1/factories/stream/nominate`, {
    method: 'POST',
    headers: { authorization: `Bearer ${staff.clerk}`, 'content-type': 'application/json' },
    body: new Blob([tenMebibytes]).stream(),
    duplex: 'half',
  });
  expect(response.status).toBe(413);
  expect(await response.json()).toMatchObject({ type: '/problems/payload-too-large' });
});

test('a simple client that writes 10 MiB before it reads gets the refusal and not a broken connection', async ({
  server,
  staff,
}) => {
  for (const authorization of [`Authorization: Bearer ${staff.clerk}\r\n`, '']) {
    const head = `POST /api/v1/factories/raw/nominate HTTP/1.1\r\nHost: registry\r\nConnection: close\r\n${authorization}Content-Type: application/json\r\nContent-Length: ${tenMebibytes.length}\r\n\r\n`;
    const { status, body } = parseRaw(await sendRaw(server.url, head, tenMebibytes));
    expect(status).toBe(authorization === '' ? 401 : 413);
    expect(JSON.parse(body)).toMatchObject({ status });
  }
});

test('an event that would exceed 65,535 bytes is refused, in a dry run too', async ({ server, staff, nominating }) => {
  const uri = (index: number) => `https://example.org/${index}/${'a'.repeat(1_900)}`;
  const evidence = Array.from({ length: 20 }, (_, index) => ({ title: '证'.repeat(500), uri: uri(index) }));
  refusedAs(await nominating({ ...nomination, evidence }), 413, 'payload-too-large');
  const tried = await server.post(
    '/api/v1/factories/huge/nominate?dryRun=true',
    { ...nomination, evidence },
    { token: staff.clerk },
  );
  refusedAs(tried, 413, 'payload-too-large');
  expect((await nominating({ ...nomination, evidence: evidence.slice(0, 15) })).status).toBe(201);
});

test('control, bidirectional and invisible characters in a name are refused', async ({ nominating }) => {
  for (const hidden of [
    '\u0000',
    '\u0007',
    '\u001b',
    '\u007f',
    '\u0085',
    '\u200b',
    '\u200e',
    '\u202e',
    '\u2028',
    '\u2066',
    '\ufeff',
    '\n',
    '\t',
    '\uffff',
    '\ufdd0',
  ]) {
    const reply = await nominating({ ...nomination, name: `康桥${hidden}工厂` });
    refusedAs(reply, 400, 'invalid-request');
    expect(places(reply)).toEqual(['body /name']);
  }
});

test('half of a surrogate pair is no character', async ({ nominatingRaw }) => {
  for (const half of ['\\ud83d', '\\ude00', '\\ude00\\ud83d']) {
    const raw = JSON.stringify(nomination).replace('康桥', `${half}`);
    const reply = await nominatingRaw(raw);
    refusedAs(reply, 400, 'invalid-request');
    expect(places(reply)).toEqual(['body /name']);
  }
  refusedAs(await nominatingRaw(JSON.stringify(nomination).replace('{', '{"\\ud83d":1,')), 400, 'invalid-request');
});

test('characters beyond the first plane and names in many scripts are accepted unchanged', async ({ nominating }) => {
  for (const name of ['𠮷野家智能工厂', 'Ünïcode & Söhne', '工厂🏭', 'مصنع']) {
    const { status, json } = await nominating({ ...nomination, name });
    expect(status).toBe(201);
    expect(json.entry.name).toBe(name);
  }
});

test('names take 500 characters and no more, notes 2,000', async ({ nominating }) => {
  expect((await nominating({ ...nomination, name: '厂'.repeat(500), note: '记'.repeat(2_000) })).status).toBe(201);
  const reply = await nominating({ ...nomination, name: '厂'.repeat(501), note: '记'.repeat(2_001) });
  expect(places(reply)).toEqual(['body /name', 'body /note']);
  expect(places(await nominating({ ...nomination, name: '   ' }))).toEqual(['body /name']);
});

test('21 pieces of evidence are one too many', async ({ nominating }) => {
  const pieces = (count: number) => Array.from({ length: count }, (_, index) => ({ title: `文件 ${index}` }));
  expect((await nominating({ ...nomination, evidence: pieces(20) })).status).toBe(201);
  expect(places(await nominating({ ...nomination, evidence: pieces(21) }))).toEqual(['body /evidence']);
});

test('a web address of evidence is kept as it was pasted, also with Chinese characters, and fits its description', async ({
  nominating,
  server,
  staff,
}) => {
  const uris = [
    'https://www.sheitc.sh.gov.cn/',
    'HTTPS://WWW.SHEITC.SH.GOV.CN/A',
    'http://192.0.2.1:8080/a?b=c#d',
    'http://[2001:db8::1]/',
    'https://例子.中国/',
    'https://www.shanghai.gov.cn/智能工厂/名单.pdf',
    'https://a.cn/%E6%99%BA?名=值',
    'https://a.cn/?filter[year]=2020',
    'https://a.cn/a|b',
    'https://a.cn/（公示）',
    'https://a.cn/𠮷',
    'https://a.cn/100%',
  ];
  for (const uri of uris) {
    const reply = await nominating({ ...nomination, evidence: [{ title: '名单', uri }] });
    expect([uri, reply.status]).toEqual([uri, 201]);
    const { events } = (
      await server.get(new URL(`${reply.headers.get('location')}/history`, server.url).pathname, {
        token: staff.auditor,
      })
    ).json;
    expect(events[0].evidence).toEqual([{ title: '名单', uri }]);
  }
});

test('an address of evidence that is no web address is refused', async ({ nominating }) => {
  const others = [
    'javascript:alert(1)',
    'ftp://example.org/',
    'example.org',
    'https://',
    'https://a b.cn/',
    '//a.cn/',
    'https://a.cn:99999/',
    'file:///etc/passwd',
  ];
  for (const uri of others) {
    expect(places(await nominating({ ...nomination, evidence: [{ title: '文件', uri }] }))).toEqual([
      'body /evidence/0/uri',
    ]);
  }
});

test('values that are not numbers, too large or fractional are refused for whole yuan', async ({ server, staff }) => {
  const starting = (investmentCny: string) =>
    server.call('POST', `/api/v1/enterprises/${uscc}/start-upgrade`, {
      token: staff.clerk,
      headers: { 'content-type': 'application/json', ...seen(0) },
      raw: `{"effectiveOn":"2020-01-01","project":"数字化车间","investmentCny":${investmentCny}}`,
    });
  for (const wrong of ['-1', '1.5', '1e400', '9007199254740993', '"1"', 'null', '[]']) {
    const reply = await starting(wrong);
    refusedAs(reply, 400, 'invalid-request');
    expect(places(reply), wrong).toEqual(['body /investmentCny']);
  }
});

test('a factory in Lingang lies in Pudong', async ({ nominating }) => {
  const reply = await nominating({ ...nomination, district: 'minhang', lingang: true });
  refusedAs(reply, 400, 'invalid-request');
  expect(places(reply)).toEqual(['body /lingang']);
  expect((await nominating({ ...nomination, district: 'pudong', lingang: true })).status).toBe(201);
});

test('If-Match and Idempotency-Key that are malformed are refused', async ({ server, staff }) => {
  await nominate(server, staff.clerk, 'headed');
  const amending = (headers: Record<string, string>) =>
    server.post(
      '/api/v1/factories/headed/amend',
      { effectiveOn: '2020-02-01', name: '新名' },
      { token: staff.clerk, headers },
    );
  for (const wrong of ['0', '*', '"x"', '"-1"', '""', '"0", "1"', 'w/"0"', '"0']) {
    const reply = await amending({ 'if-match': wrong });
    refusedAs(reply, 400, 'invalid-request');
    expect(places(reply), wrong).toEqual(['header if-match']);
    expect(reply.json.errors[0].message).toBe('须为一个带引号的修订号，如 "3"；不接受 * 和多个值');
  }
  for (const wrong of ['', 'two words', 'k'.repeat(256), 'schlüssel']) {
    const reply = await amending({ ...seen(0), 'idempotency-key': wrong });
    refusedAs(reply, 400, 'invalid-request');
    expect(places(reply), wrong).toEqual(['header idempotency-key']);
  }
  expect((await amending({ ...seen(0), 'idempotency-key': 'k'.repeat(255) })).status).toBe(201);
});

test('what is no JSON by its media type is refused as such', async ({ server, staff, nominatingRaw }) => {
  const body = JSON.stringify(nomination);
  for (const type of [
    'text/plain',
    'application/x-www-form-urlencoded',
    'application/xml',
    'application/jsonp',
    'nonsense',
  ]) {
    refusedAs(await nominatingRaw(body, type), 415, 'unsupported-media-type');
  }
  expect((await nominatingRaw(body, 'application/json; charset=utf-8')).status).toBe(201);
  const form = new FormData();
  form.set('name', factory.name);
  const multipart = await server.call('POST', '/api/v1/factories/form/nominate', { token: staff.clerk, raw: form });
  refusedAs(multipart, 415, 'unsupported-media-type');
});

test('a body is UTF-8, and one that declares another encoding is refused', async ({ nominatingRaw }) => {
  const body = JSON.stringify(nomination);
  for (const charset of [
    'gbk',
    'GB18030',
    'utf-16',
    'UTF-16LE',
    'iso-8859-1',
    'us-ascii',
    'big5',
    '"gbk"',
    '',
    'utf-88',
  ])
    for (const type of [`application/json; charset=${charset}`, `application/json ; a=b;Charset=${charset}`]) {
      const reply = await nominatingRaw(body, type);
      refusedAs(reply, 415, 'unsupported-media-type', type);
      expect(reply.json.detail).toContain('UTF-8');
    }
  refusedAs(await nominatingRaw(body, 'application/json; charset=utf-8; charset=gbk'), 415, 'unsupported-media-type');
  for (const charset of ['utf-8', 'UTF-8', '"utf-8"', 'Utf8'])
    expect((await nominatingRaw(body, `application/json;charset=${charset}`)).status, charset).toBe(201);
});

test('a compressed body is refused as such', async ({ server, staff }) => {
  const packed = new Blob([JSON.stringify(nomination)]).stream().pipeThrough(new CompressionStream('gzip'));
  const reply = await server.call('POST', '/api/v1/factories/packed/nominate', {
    token: staff.clerk,
    raw: new Uint8Array(await new Response(packed).arrayBuffer()),
    headers: { 'content-type': 'application/json', 'content-encoding': 'gzip' },
  });
  refusedAs(reply, 415, 'unsupported-media-type');
});

test('an address with characters that are not encoded is refused with the reason', async ({ server }) => {
  for (const path of ['/api/v1/factories?q=上海', '/api/v1/factories/康桥', '/北京', '/api/v1/targets?on=二〇二〇']) {
    const bytes = Buffer.from(`GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`);
    const { status, headers, body } = parseRaw(await sendRaw(server.url, bytes));
    expect({ path, status }).toEqual({ path, status: 400 });
    expect(headers.get('content-type')).toBe('application/problem+json');
    expect(JSON.parse(body).errors).toEqual([{ in: 'path', message: expect.stringContaining('百分号编码') }]);
  }
});

test('a header Expect that is not understood is refused with a problem', async ({ server }) => {
  for (const expectation of ['200-ok', 'a', 'x; y=z']) {
    const head = `POST /api/v1/factories/e/nominate HTTP/1.1\r\nHost: a\r\nExpect: ${expectation}\r\nContent-Length: 2\r\n\r\n`;
    const { status, headers, body } = parseRaw(await sendRaw(server.url, head));
    expect({ expectation, status }).toEqual({ expectation, status: 417 });
    expect(headers.get('content-type')).toBe('application/problem+json');
    expect(JSON.parse(body)).toMatchObject({ type: '/problems/expectation-failed', status: 417 });
  }
});

test('a request whose head can be read in two ways is refused with a problem', async ({ server }) => {
  const head = (line: string, ...headers: string[]) =>
    sendRaw(server.url, `${[line, ...headers].join('\r\n')}\r\n\r\n`);
  const close = 'Connection: close';
  const line = 'GET /api/v1/registers HTTP/1.1';
  for (const [status, ...request] of [
    [400, line, 'Host: a', 'Host: b', close],
    [400, line, 'Host: a', 'host: a', close],
    [400, line, close],
    [400, 'GET /api/v1/factories#x HTTP/1.1', 'Host: a', close],
    [400, 'GET /api/v1/factories?q=a#limit=1 HTTP/1.1', 'Host: a', close],
    [400, 'GET /#/api/v1/factories HTTP/1.1', 'Host: a', close],
    ...['a b', 'a/b', 'user@a', 'a?b', 'a:99999', 'a:b', ':80', '[::1', 'a\\b', '"a"'].map(
      (host) => [400, line, `Host: ${host}`, close] as const,
    ),
    [400, 'GET * HTTP/1.1', 'Host: a', close],
    [400, 'GET ftp://a/api/v1/registers HTTP/1.1', 'Host: a', close],
    [405, 'CONNECT a:80 HTTP/1.1', 'Host: a:80'],
  ] as const) {
    const answer = parseRaw(await head(...(request as unknown as [string])));
    expect([request, answer.status]).toEqual([request, status]);
    expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/);
    expect(JSON.parse(answer.body).status).toBe(status);
  }
  for (const coding of ['gzip, chunked', 'identity, chunked', 'chunked, chunked', 'x, chunked']) {
    const sent = `${line}\r\nHost: a\r\n${close}\r\nTransfer-Encoding: ${coding}\r\n\r\n0\r\n\r\n`;
    expect([coding, parseRaw(await sendRaw(server.url, sent)).status]).toEqual([coding, 400]);
  }
  for (const host of ['a', 'a:80', '127.0.0.1:3000', '[::1]:3000', 'registry-1.example.cn', '', 'a_b'])
    expect([host, parseRaw(await head(line, `Host: ${host}`, close)).status]).toEqual([host, 200]);
  const absolute = 'GET http://a/api/v1/registers HTTP/1.1';
  expect(parseRaw(await head(absolute, 'Host: a', close)).status).toBe(200);
  expect(parseRaw(await head('GET /api/v1/registers HTTP/1.0')).status).toBe(200);
});

test('a mistyped filter is refused, and does not look like an empty answer', async ({ server, staff }) => {
  const token = staff.auditor;
  for (const [query, name, choice] of [
    ['events?register=nope', 'register', 'imports'],
    ['events?register=Factories', 'register', 'factories'],
    ['events?type=Nope', 'type', 'FactoryNominated'],
    ['events?from=2021-01-01&to=2020-12-31', 'to', 'from'],
    ['events?from=2021-01-01T00:00:01Z&to=2021-01-01T00:00:00Z', 'to', 'from'],
    ['events?effectiveFrom=2021-01-01&effectiveTo=2020-12-31', 'effectiveTo', 'effectiveFrom'],
    ['events.csv?from=2021-01-01&to=2020-12-31', 'to', 'from'],
    ['events?type=factorynominated', 'type', 'ImportStarted'],
    ['events?q=%00', 'q', '控制字符'],
    ['factories?q=%00', 'q', '控制字符'],
    ['factories?q=a%1f', 'q', '控制字符'],
    ['search?q=%7f', 'q', '控制字符'],
    ['search?q=%C2%85', 'q', '控制字符'],
    ['factories?q=%B1%B1%BE%A9', 'q', 'UTF-8'],
    ['search?q=%FF', 'q', 'UTF-8'],
    ['submissions?by=%E5%8C', 'by', 'UTF-8'],
    ['events?q=50%', 'q', 'UTF-8'],
    ['factories?knownAt=01', 'knownAt', '事件数'],
    ['factories?knownAt=00', 'knownAt', '事件数'],
    ['factories?limit=007', 'limit', '整数'],
    ['events?after=01', 'after', '整数'],
    ['events?after=-0', 'after', '整数'],
    ['events?before=-01', 'before', '整数'],
  ] as const) {
    const reply = await server.get(`/api/v1/${query}`, { token });
    refusedAs(reply, 400, 'invalid-request', query);
    expect(places(reply), query).toEqual([`query ${name}`]);
    expect(reply.json.errors[0].message).toContain(choice);
  }
  const resumed = await server.get('/api/v1/events', { token, headers: { 'last-event-id': '00' } });
  expect(places(resumed)).toEqual(['header last-event-id']);
  for (const query of [
    'register=imports',
    'register=plans',
    'type=ImportStarted',
    'type=SupplierNominated',
    'after=-1',
  ])
    expect((await server.get(`/api/v1/events?${query}`, { token })).status, query).toBe(200);
});

test('a parameter that a route does not know is refused everywhere, also if the route knows none', async ({
  server,
}) => {
  const { json } = await server.get('/api/openapi.json');
  const token = await server.token(['clerk', 'reviewer', 'auditor', 'admin']);
  const keys: Record<string, string> = { enterprises: uscc, listings: '688012' };
  const calls = Object.entries<Record<string, object>>(json.paths).flatMap(([template, methods]) => {
    const [, , , register = ''] = template.split('/');
    const path = template.replace('{key}', keys[register] ?? 'kangqiao').replace(/\{\w+\}/g, 'x');
    return template.startsWith('/api/v1/') ? Object.keys(methods).map((method) => ({ method, path })) : [];
  });
  expect(calls.length).toBeGreaterThan(150);
  for (const { method, path } of calls) {
    const body = method === 'get' || path.startsWith('/api/v1/imports/') ? {} : { body: '{}' };
    const answer = await fetch(`${server.url}${path}?distrct=pudong`, {
      method: method.toUpperCase(),
      headers: {
        authorization: `Bearer ${token}`,
        'content-type': 'application/json',
        'sec-fetch-site': 'same-origin',
      },
      ...body,
    });
    const text = await answer.text();
    const isForm = answer.status === 415; // an import, whose query is read with its form
    expect(isForm || text.includes('"distrct"'), `${method} ${path}: ${answer.status} ${text.slice(0, 200)}`).toBe(
      true,
    );
  }
});

test('a command that can start an entry names all that it lacks at once, and what only a start needs only at a start', async ({
  server,
  nominating,
}) => {
  const token = await server.token(['clerk', 'admin']);
  const keys: Record<string, string> = { enterprises: '914403001922038216', listings: '688999' };
  const missing = async (register: string, key: string, command: string, body: object) =>
    places(await server.post(`/api/v1/${register}/${key}/${command}`, body, { token })).sort();
  const pointers = (names: Iterable<string>) => [...new Set(names)].map((name) => `body /${name}`).sort();
  let tried = 0;
  for (const register of registers)
    for (const { command, moves, required, requiredToStart } of register.facts) {
      if (moves.none === undefined) continue;
      tried += 1;
      const key = keys[register.name] ?? `starts-${command}`;
      expect(await missing(register.name, key, command, {}), `${register.name} ${command}`).toEqual(
        pointers(['effectiveOn', ...required, ...requiredToStart]),
      );
    }
  expect(tried).toBeGreaterThan(12);
  const { key } = (await nominating(nomination)).json.entry;
  expect(await missing('factories', key, 'certify', {})).toEqual(pointers(['effectiveOn', 'grade']));
  expect(await missing('factories', 'starts-partly', 'certify', { name: '甲厂', grade: 'gold' })).toEqual(
    pointers(['district', 'effectiveOn', 'grade', 'sector']),
  );
});

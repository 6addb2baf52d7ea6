import { expect } from 'vitest';
import { refusedAs, test } from './office.ts';
import type { TestServer } from './server.ts';

/** Each part of an import's form is what its sender wrote, or the form is refused: no part is dropped or read otherwise. */

const table = '工厂名称,行业,推荐日期\n甲厂,汽车,2020-01-01\n';
const file = [
  'Content-Disposition: form-data; name="file"; filename="rows.csv"\r\nContent-Type: text/csv',
  table,
] as const;
const value = (head: string, content: string | Buffer) => [head, content] as const;
const named = 'Content-Disposition: form-data; name="set.district"';
const gbk = Buffer.from([0xc6, 0xd6, 0xb6, 0xab]); // 浦东

type Part = readonly [head: string | Buffer, content: string | Buffer];
const formed = (parts: readonly Part[]): Buffer =>
  Buffer.concat([
    ...parts.flatMap(([head, content]) => [
      Buffer.from('--b\r\n'),
      Buffer.from(head),
      Buffer.from('\r\n\r\n'),
      Buffer.from(content),
      Buffer.from('\r\n'),
    ]),
    Buffer.from('--b--\r\n'),
  ]);

const refusals: readonly (readonly [what: string, part: Part, message: RegExp])[] = [
  ['in GBK, and says so', value(`${named}\r\nContent-Type: text/plain; charset=gbk`, gbk), /UTF-8.*gbk/],
  [
    'in GBK as a quoted charset',
    value(`${named}\r\nContent-Type: text/plain; charset="GB18030"`, gbk),
    /UTF-8.*GB18030/,
  ],
  [
    'in UTF-16, and says so',
    value(`${named}\r\nContent-Type: text/plain;charset=utf-16le`, Buffer.from('浦东', 'utf16le')),
    /UTF-8.*utf-16le/,
  ],
  [
    'in Latin 1, and says so',
    value(`${named}\r\nContent-Type: text/plain; charset=iso-8859-1`, '浦东'),
    /UTF-8.*iso-8859-1/,
  ],
  ['in GBK, and does not say so', value(named, gbk), /UTF-8/],
  ['cut within a character', value(named, Buffer.from('浦东').subarray(0, 5)), /UTF-8/],
  [
    'in Base64',
    value(`${named}\r\nContent-Transfer-Encoding: base64`, Buffer.from('浦东').toString('base64')),
    /base64/,
  ],
  [
    'quoted-printable',
    value(`${named}\r\nContent-Transfer-Encoding: Quoted-Printable`, '=E6=B5=A6=E4=B8=9C'),
    /Quoted-Printable/,
  ],
  ['in an unknown encoding', value(`${named}\r\nContent-Transfer-Encoding: x-uuencode`, '浦东'), /x-uuencode/],
  ['JSON', value(`${named}\r\nContent-Type: application/json`, '"pudong"'), /text\/plain.*application\/json/],
  ['a JSON object', value(`${named}\r\nContent-Type: application/json`, '{"a":1}'), /text\/plain.*application\/json/],
  ['HTML', value(`${named}\r\nContent-Type: text/html`, '<b>浦东</b>'), /text\/plain.*text\/html/],
  ['a file', value(`${named}; filename="x.txt"`, '浦东'), /not a file|one file only/],
  ['bytes', value(`${named}\r\nContent-Type: application/octet-stream`, '浦东'), /not a file|one file only/],
  ['named twice', value('Content-Disposition: form-data; name="set.district"; name="set.sector"', '浦东'), /one name/],
  [
    'named twice, first as another',
    value('Content-Disposition: form-data; name="set.sector"; NAME=set.district', '浦东'),
    /one name/,
  ],
  ['named in two ways', value(`${named}; name*=UTF-8''set.sector`, '浦东'), /one name/],
  ['without a name', value('Content-Disposition: form-data', '浦东'), /one name/],
  ['without a disposition', value('Content-Type: text/plain', '浦东'), /one name/],
  ['an attachment', value('Content-Disposition: attachment; name="set.district"', '浦东'), /one name/],
  [
    'of two dispositions',
    value(`${named}\r\nContent-Disposition: form-data; name="set.sector"`, '浦东'),
    /two content-disposition/,
  ],
  [
    'of two types',
    value(`${named}\r\nContent-Type: text/plain\r\nContent-Type: text/html`, '浦东'),
    /two content-type/,
  ],
  [
    'of two encodings',
    value(`${named}\r\nContent-Transfer-Encoding: 8bit\r\nContent-Transfer-Encoding: base64`, '浦东'),
    /two content-transfer/,
  ],
  ['a file that is sent as a value', value('Content-Disposition: form-data; name="file"', '浦东'), /sent as a file/],
];

const sent = (server: TestServer, token: string, parts: readonly Part[]) =>
  server.call('POST', '/api/v1/imports/factories', {
    token,
    raw: new Uint8Array(formed(parts)),
    headers: { 'content-type': 'multipart/form-data; boundary=b', 'accept-language': 'en' },
  });

test.for(refusals)(
  'a form with a value that is %s is refused, whether it comes before or after the file',
  async ([what, part, message], { server, staff }) => {
    for (const parts of [
      [part, file],
      [file, part],
    ]) {
      const reply = await sent(server, staff.clerk, parts);
      refusedAs(reply, 400, 'invalid-request', what);
      expect(reply.json.errors[0].message).toMatch(message);
    }
  },
);

test('a file whose name is not UTF-8, or is given twice, is refused, for its name may say a unit', async ({
  server,
  staff,
}) => {
  const head = (filename: Buffer) =>
    Buffer.concat([
      Buffer.from('Content-Disposition: form-data; name="file"; filename="'),
      filename,
      Buffer.from('.csv"'),
    ]);
  const district = value(named, '浦东');
  const damaged = await sent(server, staff.clerk, [[head(gbk), table], district]);
  expect([damaged.status, damaged.json.errors?.[0].message]).toEqual([400, 'The file’s name is not in UTF-8']);
  const twice = await sent(server, staff.clerk, [
    ['Content-Disposition: form-data; name="file"; filename="a.csv"; filename="b.csv"', table],
    district,
  ]);
  expect([twice.status, twice.json.errors?.[0].message]).toEqual([400, 'A part has two file names']);
  const encoded = await sent(server, staff.clerk, [
    [
      'Content-Disposition: form-data; name="file"; filename="a.csv"\r\nContent-Transfer-Encoding: base64',
      Buffer.from(table).toString('base64'),
    ],
    district,
  ]);
  expect(encoded.json.errors?.[0].message).toMatch(/base64 is not supported/);
});

test('a form whose boundary can be read in two ways, or is none, is refused', async ({ server, staff }) => {
  const encoded = value(`${named}\r\nContent-Transfer-Encoding: base64`, 'pudong');
  for (const type of [
    'multipart/form-data; x="; boundary=evil"; boundary=b',
    'multipart/form-data; x="; boundary=evil"; boundary="b"',
    `multipart/form-data; boundary=${'b'.repeat(10_000)}`,
    'multipart/form-data; boundary=""',
    'multipart/form-data',
  ]) {
    const headers = { 'content-type': type };
    const raw = new Uint8Array(formed([encoded, file]));
    const reply = await server.call('POST', '/api/v1/imports/factories', { token: staff.clerk, raw, headers });
    refusedAs(reply, 400, 'invalid-request', type);
  }
});

test('what browsers and curl send is taken, under any name of the file’s part', async ({ server, staff }) => {
  const forms: readonly (readonly Part[])[] = [
    [file, value(named, '浦东')],
    [value(`${named}\r\nContent-Type: text/plain`, '浦东'), file],
    [value(`${named}\r\nContent-Type: text/plain; charset=UTF-8`, '浦东'), file],
    [value(`${named}\r\nContent-Type: text/plain;charset="utf-8"\r\nContent-Transfer-Encoding: 8bit`, '浦东'), file],
    [value(`${named}\r\nContent-Type: text/plain; charset=US-ASCII`, 'pudong'), file],
    [value('content-disposition: FORM-DATA; NAME=set.district', '浦东'), file],
    [
      value(named, '浦东'),
      [
        'Content-Disposition: form-data; name="upload"; filename="名单; name=x.csv"\r\nContent-Transfer-Encoding: binary',
        table,
      ],
    ],
    [value(named, '浦东'), ['Content-Disposition: form-data; name=""; filename="rows.csv"', table]],
    [
      value(named, '浦东'),
      ['Content-Disposition: form-data; name="rows"\r\nContent-Type: application/octet-stream', table],
    ],
  ];
  for (const [index, parts] of forms.entries()) {
    const reply = await sent(server, staff.clerk, parts);
    expect([index, reply.status, reply.json.errors]).toEqual([index, 202, undefined]);
  }
});

test.for([
  ['effectiveOn', '43000', '2017-09-22'],
  ['effectiveOn', '01/05/2021', '2021-01-05'],
  ['effectiveOn', '44076', '2020-09-02'],
  ['effectiveOn', ' 44076 ', '2020-09-02'],
  ['effectiveOn', '４４０７６', '2020-09-02'],
  ['effectiveOn', '44076.5', '2020-09-02'],
] as const)(
  'set.%s=%s is not surely a day, and the day that it might be is named',
  async ([name, text, day], { server, staff }) => {
    const reply = await sent(server, staff.clerk, [
      file,
      value(`Content-Disposition: form-data; name="set.${name}"`, text),
    ]);
    refusedAs(reply, 400, 'invalid-request');
    expect(reply.json.errors[0]).toMatchObject({
      pointer: `/set.${name}`,
      message: expect.stringMatching(`write .*${day}`),
    });
  },
);

test.for(['#02', '#0', '#01', '# 1', '#1 ', '#１', '#+1', '#1.0', '#99', '#-1', '#'])(
  'map.%s is no column',
  async (name, { server, staff }) => {
    const reply = await sent(server, staff.clerk, [
      file,
      value(`Content-Disposition: form-data; name="map.${name}"`, 'name'),
    ]);
    refusedAs(reply, 400, 'invalid-request', name);
    expect(reply.json.errors[0].message).toMatch(/The file has no column .*column 1 \(A\)/);
  },
);

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { encodingOf } from '../../src/spreadsheets/encoding.ts';
import { SheetFault } from '../../src/spreadsheets/sheet.ts';

const folder = mkdtempSync(join(tmpdir(), 'encodings-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The bytes of each character in a legacy encoding, found by decoding every one and two bytes. */
const encoderFor = (label: string) => {
  const decoder = new TextDecoder(label);
  const bytesOf = new Map<string, readonly number[]>();
  for (let lead = 255; lead >= 0x80; lead--) {
    for (let trail = 255; trail >= 0x30; trail--) {
      const text = decoder.decode(Uint8Array.of(lead, trail));
      if ([...text].length === 1 && !text.includes('\uFFFD')) bytesOf.set(text, [lead, trail]);
    }
  }
  for (let byte = 0; byte < 256; byte++) {
    const text = decoder.decode(Uint8Array.of(byte));
    if ([...text].length === 1 && text !== '\uFFFD') bytesOf.set(text, [byte]);
  }
  return (text: string): Buffer =>
    Buffer.from(
      [...text].flatMap((character) => {
        const bytes = bytesOf.get(character);
        if (bytes === undefined) throw new Error(`${label} has no ${character}`);
        return bytes;
      }),
    );
};

const found = async (bytes: Uint8Array): Promise<string> => {
  const path = join(folder, 'list.csv');
  writeFileSync(path, bytes);
  try {
    return await encodingOf(path);
  } catch (error) {
    if (!(error instanceof SheetFault)) throw error;
    return error.fault.en;
  }
};

const gb = encoderFor('gb18030');
const list = '编号,工厂名称,行业,区,推荐日期\r\nf-1,上海汽车零部件厂,汽车,浦东,2020-09-27\r\n';
const utf8 = Buffer.from(list);
const without = (bytes: Buffer, index: number) => Buffer.concat([bytes.subarray(0, index), bytes.subarray(index + 1)]);
const mark = Buffer.from('\uFEFF');

test.each<readonly [what: string, bytes: Uint8Array, encoding: string]>([
  ['plain ASCII', Buffer.from('Key,Name\nf-1,Works\n'), 'utf-8'],
  ['nothing', Buffer.from(''), 'utf-8'],
  ['UTF-8', utf8, 'utf-8'],
  ['UTF-8 with a mark', Buffer.concat([mark, utf8]), 'utf-8'],
  ['UTF-8 beyond the first plane', Buffer.from('编号,名称\n1,𠮷野\n'), 'utf-8'],
  ['UTF-8 with accents alone', Buffer.from('Key,Name\n1,Usine Citroën\n'), 'utf-8'],
  ['UTF-16 LE with a mark', Buffer.from(`\uFEFF${list}`, 'utf16le'), 'utf-16le'],
  ['UTF-16 BE with a mark', Buffer.from(`\uFEFF${list}`, 'utf16le').swap16(), 'utf-16be'],
  ['GB 2312', gb(list), 'gb18030'],
  ['a single Chinese cell in GB 2312', gb('key,name\n1,汽车\n'), 'gb18030'],
  ['GBK with a rare character', gb(`${list}f-2,朱镕厂,汽车,浦东,2020-09-27\r\n`), 'gb18030'],
  ['GB 2312 with full-width punctuation', gb('名称，单位：（万元）\n上海“一”厂；二厂\n'), 'gb18030'],
  ['GB 2312 with a trailing Ctrl-Z', Buffer.concat([gb(list), Buffer.of(0x1a)]), 'gb18030'],
  [
    'GB 2312 after many lines of ASCII',
    Buffer.concat([Buffer.from('f-1,Works\n'.repeat(40_000)), gb(list)]),
    'gb18030',
  ],
  ['a large GB 2312', gb(list.repeat(20_000)), 'gb18030'],
])('%s is read as it is', async (_, bytes, encoding) => {
  expect(await found(bytes)).toBe(encoding);
});

/** What a list with English headers and one name, or several, is read as. */
const english = 'Name,District,Sector,Effective on\n';
const listOf = (name: Buffer, rows: number): Buffer =>
  Buffer.concat([
    Buffer.from(english),
    ...Array.from({ length: rows }, () => [name, Buffer.from(',Pudong,Automobiles,2020-12-22\n')]).flat(),
  ]);

test.each<readonly [label: string, name: string]>([
  ['euc-jp', '上海三菱電機工場'],
  ['euc-jp', 'トヨタ自動車'],
  ['euc-jp', '東京工場'],
  ['euc-kr', '삼성전자상해공장'],
  ['euc-kr', '현대자동차'],
  ['euc-kr', '공장'],
  ['windows-1253', 'Εργοστάσιο Σαγκάη'],
  ['windows-1253', 'Αθήνα'],
  ['iso-8859-7', 'Εργοστάσιο'],
  ['windows-1256', 'مصنع شنغهاي'],
  ['windows-1256', 'شركة'],
  ['iso-8859-6', 'مصنع'],
  ['windows-874', 'โรงงานเซี่ยงไฮ้'],
  ['windows-874', 'บริษัท'],
  ['windows-1251', 'Завод Шанхай'],
  ['koi8-r', 'Завод Шанхай'],
  ['ibm866', 'Завод'],
  ['windows-1250', 'Škoda řada'],
  ['windows-1254', 'Şanghay fabrikası'],
  ['windows-1255', 'מפעל שנגחאי'],
  ['windows-1258', 'Nhà tư'],
  ['macintosh', 'Müller Géant'],
  ['big5', '上海光華電子廠'],
  ['big5', '光華廠'],
  ['shift_jis', '上海三菱電機'],
  ['shift_jis', 'トヨタ'],
])('%s is refused, whether it has one row or many: %s', async (label, name) => {
  for (const rows of [1, 6, 300])
    expect(await found(listOf(encoderFor(label)(name), rows)), String(rows)).toMatch(/not surely GB18030/);
});

test.each(['上海光华电子厂', '康桥智能工厂', '东方有限公司', '汽车'])(
  'GB18030 is read, also with one row: %s',
  async (name) => {
    for (const rows of [1, 6, 300]) expect(await found(listOf(gb(name), rows)), String(rows)).toBe('gb18030');
  },
);

test.each<readonly [what: string, text: string]>([
  ['HZ', "Key,Name\n1,~{IO:#9b;*5gWS3'~}\n"],
  ['HZ in one cell', "Key,Name\n1,~{9$3'~}A\n"],
  ['UTF-7', 'Key,Name\n1,+TgptdzV1bFc-\n'],
  ['UTF-7 without an end', 'Key,Name\n1,+TgptdzV1bFc,a\n'],
  ['ISO-2022-JP', 'Key,Name\n1,\x1B$B9)>l\x1B(B\n'],
  ['ISO-2022-KR', '\x1B$)C\nKey,Name\n1,\x0E0xGe\x0F\n'],
])('%s is refused', async (_, text) => {
  expect(await found(Buffer.from(text))).toMatch(/neither XLSX nor XLS nor CSV/);
});

test.each(['A+B,C+D/E-F', '5G+AIoT', 'C++/CLI+Qt-5', '~{}', 'a~b{c}~', '+8613800000000', '+Industry40-'])(
  'plain text is no encoding of seven bits: %s',
  async (text) => {
    expect(await found(Buffer.from(`Key,Name\n1,${text}\n`))).toBe('utf-8');
  },
);

test('a row in UTF-8 among rows in GB18030 is refused with its line, wherever it stands', async () => {
  const row = (index: number) => `f-${index},上海汽车零部件厂,汽车,浦东,2020-09-27\r\n`;
  const rows = Array.from({ length: 300 }, (_, index) => gb(row(index)));
  for (const at of [0, 150, 300])
    for (const text of [row(999), 'f-999,康桥,,,\r\n', '康桥\r\n'])
      expect(
        await found(Buffer.concat([gb('编号,工厂名称\r\n'), ...rows.toSpliced(at, 0, Buffer.from(text))])),
      ).toMatch(
        new RegExp(
          `^The file is GB18030, but line ${at + 2} may be UTF-8: as GB18030 it reads “.*”, as UTF-8 “.*康?.*”`,
        ),
      );
});

test('a long Big5 file is not taken for GB18030 because of a few words that its bytes happen to make', async () => {
  const some = encoderFor('big5')('編號,工廠名稱,行業,區\n1,上海汽車零件廠,汽車,浦東\n');
  expect(await found(Buffer.concat([...Array.from({ length: 2_000 }, () => some), gb('公司')]))).toMatch(/not surely/);
});

test.each<readonly [what: string, bytes: Uint8Array, why: RegExp]>([
  [
    'UTF-8 with one cut character',
    without(utf8, utf8.indexOf('车')),
    /^The file is UTF-8, but line 2 has damaged characters/,
  ],
  [
    'UTF-8 with a mark and one cut character',
    Buffer.concat([mark, without(utf8, utf8.indexOf('区'))]),
    /UTF-8, but line 1 /,
  ],
  ['UTF-8 that ends within a character', utf8.subarray(0, utf8.indexOf('浦') + 2), /UTF-8, but line 2 /],
  [
    'UTF-8 with a byte of Latin 1 in line 3',
    Buffer.concat([utf8, Buffer.from('f-2,Citro\xebn\n', 'latin1')]),
    /UTF-8, but line 3 /,
  ],
  ['UTF-8 with a mark and GB 2312 behind it', Buffer.concat([mark, gb(list)]), /UTF-8, but line 1 /],
  [
    'UTF-16 that ends within a character',
    Buffer.from(`\uFEFF${list}x`, 'utf16le').subarray(0, -1),
    /UTF-16, but line 3 /,
  ],
  ['a lone surrogate in UTF-16', Buffer.from('\uFEFFa\n\ud800b', 'utf16le'), /UTF-16, but line 2 /],
  ['UTF-16 without a mark', Buffer.from(list, 'utf16le'), /neither XLSX nor XLS nor CSV/],
  ['bytes of all kinds', Buffer.from(Array.from({ length: 512 }, (_, i) => (i * 37) % 256)), /neither|not surely/],
  ['Windows-1252', encoderFor('windows-1252')('Key,Name\ncp-1,Usine Citroën\n'), /as Windows-1252 “.*Citroën/],
  [
    'Windows-1252 in French',
    encoderFor('windows-1252')('Clé,Société\n1,Générale d’équipements à Besançon\n'),
    /not surely GB18030/,
  ],
  [
    'Windows-1252 with two accents side by side',
    encoderFor('windows-1252')('Key,Name\n1,Théàtre\n'),
    /as Windows-1252 “.*Théàtre/,
  ],
  [
    'Windows-1252 after many lines of ASCII',
    Buffer.concat([Buffer.from('f-1,Works\n'.repeat(40_000)), encoderFor('windows-1252')('1,Théàtre\n')]),
    /as Windows-1252 “.*Théàtre/,
  ],
  ['UTF-8 with a character that was lost before', Buffer.from('编号,名称\n1,汽\uFFFD厂\n'), /UTF-8, but line 2 /],
  [
    'UTF-8 made of GB 2312 as if it were Latin 1',
    Buffer.from(gb('编号,名称\n').toString('latin1').replace(/±/, '\x81')),
    /UTF-8, but line 1 /,
  ],
  ['Big5', encoderFor('big5')('編號,工廠名稱,行業,區\n1,上海汽車零件廠,汽車,浦東\n'), /Big5 “.*編號/],
  ['Shift_JIS', encoderFor('shift_jis')('番号,工場名,業種\n1,東京部品工場カブシキ,自動車\n'), /Shift_JIS “.*番号/],
  ['EUC-KR', encoderFor('euc-kr')('번호,공장이름,업종\n1,서울자동차부품공장,자동차\n'), /EUC-KR “.*번호/],
  ['GB 2312 with one cut character', without(gb(list), gb(list).indexOf(gb('车')) + 1), /not surely GB18030|GB18030/],
  ['GB18030 with characters that are nobody’s', Buffer.concat([gb(list), Buffer.of(0xaa, 0xa1)]), /not surely GB18030/],
  ['a NUL in UTF-8', Buffer.from('key,name\n1,汽\u0000b\n'), /neither XLSX nor XLS nor CSV/],
])('%s is refused, with what it seems to be', async (_, bytes, why) => {
  expect(await found(bytes)).toMatch(why);
});

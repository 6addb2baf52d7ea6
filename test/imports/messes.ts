import { createHash } from 'node:crypto';
import { organisationCheckCharacter, usccCheckCharacter } from '../../domain/identifiers.ts';
import { gb18030, type Made, partsOf, sheet, xls, xlsx, zipOf } from '../spreadsheets/workbooks.ts';

/** Spreadsheets of the kinds that offices send, each with what must become of its rows. */

/** What a row's event says, or the header of the column and a part of the reason for which it is rejected. */
export type Result =
  | Readonly<Record<string, unknown>>
  | { readonly refused: string | null; readonly why: string }
  | 'already there';

export type Mess = {
  readonly name: string;
  readonly file: () => Uint8Array<ArrayBuffer> | Promise<Uint8Array<ArrayBuffer>>;
  readonly register: string;
  readonly command?: string;
  readonly set?: Readonly<Record<string, string>>;
  readonly sheet?: string;
  readonly ignored?: readonly string[];
  /** Lines that are not rows. */
  readonly skippedLines?: readonly number[];
  readonly rows: readonly Result[];
};

const headers = ['编号', '工厂名称', '行业', '区', '推荐日期'];
const text = (content: string) => () => new Uint8Array(Buffer.from(content));
const on = '2020-09-27';
const serial = 44_101;
const row = (key: string, day: Made = on): Made[] => [key, `${key} 厂`, '汽车', '浦东', day];
const recorded = (key: string, more: object = {}) => ({
  key,
  effectiveOn: on,
  name: `${key} 厂`,
  sector: 'automobiles',
  district: 'pudong',
  ...more,
});
const csv = (...rows: readonly (readonly string[])[]): string =>
  rows.map((cells) => `${cells.map((each) => (each.includes(',') ? `"${each}"` : each)).join(',')}\n`).join('');
const madeOf = (...names: readonly string[]): string =>
  `n-${createHash('sha256').update(names.join('\n')).digest('hex').slice(0, 12)}`;
const strings = (cells: readonly Made[]) => cells.map(String);

/** A code that passes every check. */
export const uscc = (number: number): string => {
  const eight = String(number).padStart(8, '0');
  const first = `91310000${eight}${organisationCheckCharacter(eight)}`;
  return `${first}${usccCheckCharacter(first)}`;
};
/** One of digits alone, as a number would hold it. */
const digitsOnly = (from: number): string => {
  for (let number = from; ; number++) if (/^\d{18}$/.test(uscc(number))) return uscc(number);
};

const enrolHeaders = ['统一社会信用代码', '企业名称', '行业', '区', '入库日期'];
const enrolled = (key: string, name: string) => ({
  key,
  effectiveOn: on,
  name,
  sector: 'biomedicine',
  district: 'minhang',
});
const tierHeaders = ['编号', '供应商名称', '规模', '认定日期'];
const tier = (key: string): Made[] => [key, `${key} 公司`, '10亿元', on];
const designated = (key: string, revenueCny: number) => ({
  key,
  effectiveOn: on,
  name: `${key} 公司`,
  tier: '1bn',
  revenueCny,
});

export const messes: readonly Mess[] = [
  {
    name: 'CSV in UTF-8 with a byte order mark',
    register: 'factories',
    file: text(`\uFEFF${csv(headers, strings(row('bom-1')), strings(row('bom-2')))}`),
    rows: [recorded('bom-1'), recorded('bom-2')],
  },
  {
    name: 'CSV in GB18030, with a comma between cells',
    register: 'factories',
    file: () => gb18030(csv(headers, strings(row('gb-1', '2020年9月27日')))),
    rows: [recorded('gb-1')],
  },
  {
    name: 'CSV in GB18030, with a semicolon between cells, commas within them and CR LF',
    register: 'factories',
    file: () => gb18030(`${headers.join(';')}\r\nsemi-1;"甲,乙 厂";汽车;浦东;2020/9/27\r\n`),
    rows: [recorded('semi-1', { name: '甲,乙 厂' })],
  },
  {
    name: 'text with tabs in UTF-16, as a spreadsheet saves Unicode text',
    register: 'factories',
    file: () => new Uint8Array(Buffer.from(`\uFEFF${headers.join('\t')}\n${row('tab-1').join('\t')}\n`, 'utf16le')),
    rows: [recorded('tab-1')],
  },
  {
    name: 'a title and a line of particulars above the headers, blank lines, a sum and notes under the table',
    register: 'factories',
    file: () =>
      xlsx({
        sheets: {
          名单: [
            ['2020 年度智能工厂推荐名单'],
            ['填报单位：浦东新区科经委', null, null, null, '2020年10月'],
            [],
            ['序号', ...headers],
            [1, ...row('title-1')],
            [],
            [2, ...row('title-2')],
            ['合 计', null, '2 家'],
            ['注：1. 名单由各区推荐。'],
            ['2. 排名不分先后'],
            ['填表人：李伟', null, '审核人：王芳'],
          ],
        },
        merges: { 名单: ['A1:F1', 'A9:F9'] },
      }),
    skippedLines: [8, 9, 10, 11],
    rows: [recorded('title-1'), recorded('title-2')],
  },
  {
    name: 'headings of sections and sums within the table, and headers printed again on every page',
    register: 'factories',
    file: () =>
      sheet(
        headers,
        ['一、浦东新区'],
        row('part-1'),
        ['小计：1 家'],
        headers,
        ['（二）闵行区'],
        ['part-2', 'part-2 厂', '汽车', '闵行', on],
        ['Total', '2'],
      ),
    skippedLines: [2, 4, 6, 8],
    rows: [recorded('part-1'), recorded('part-2', { district: 'minhang' })],
  },
  {
    name: 'cells merged downwards',
    register: 'factories',
    file: () =>
      xlsx({
        sheets: {
          Sheet1: [
            headers,
            ['merge-1', 'merge-1 厂', '汽车', '浦东', { v: serial, z: 'yyyy/m/d' }],
            ['merge-2', 'merge-2 厂', null, null, null],
            ['merge-3', 'merge-3 厂', '生物医药', null, null],
            ['merge-4', 'merge-4 厂', '汽车', null, on],
          ],
        },
        merges: { Sheet1: ['C2:C3', 'D2:D4', 'E2:E4'] },
      }),
    rows: [
      recorded('merge-1'),
      recorded('merge-2'),
      recorded('merge-3', { sector: 'biomedicine' }),
      { refused: '区', why: 'District is missing' },
    ],
  },
  {
    name: 'headers in two tiers, merged across and downwards',
    register: 'factories',
    file: () =>
      xlsx({
        sheets: {
          Sheet1: [['编号', '基本信息', null, null, '推荐日期'], [null, '工厂名称', '行业', '区', null], row('tier-1')],
        },
        merges: { Sheet1: ['A1:A2', 'B1:D1', 'E1:E2'] },
      }),
    rows: [recorded('tier-1')],
  },
  {
    name: 'several sheets, one with headers that fit and a hidden one',
    register: 'factories',
    file: () =>
      xlsx({
        sheets: {
          说明: [['本表由各区填报'], ['联系人', '李伟']],
          旧名单: [headers, row('hidden-1')],
          '2020': [headers, row('sheets-1')],
          行业: [['行业'], ['汽车']],
        },
        hidden: ['旧名单'],
      }),
    rows: [recorded('sheets-1')],
  },
  {
    name: 'several sheets with the same headers, one of them named',
    register: 'factories',
    sheet: '2020',
    file: () => xlsx({ sheets: { '2019': [headers, row('named-1')], '2020': [headers, row('named-2')] } }),
    rows: [recorded('named-2')],
  },
  {
    name: 'full-width digits, letters and spaces, zero-width characters and trailing blanks',
    register: 'factories',
    file: () =>
      sheet(
        ['编　号', '＊工厂名称', '行业（必填）', ' 区 ', '推荐\n日期'],
        ['ｗｉｄｅ－１', 'wide-1 厂　', '汽\u200B车', '\uFEFF浦东　', '２０２０．９．２７'],
        ['wide\u200B-2 ', '\u2060wide-2\n厂', ' 汽车', '浦东\u00A0', '２０２０年９月２７日'],
      ),
    rows: [recorded('wide-1'), recorded('wide-2')],
  },
  {
    name: 'every way to write a day',
    register: 'factories',
    file: () =>
      sheet(
        headers,
        ...[
          '2020-09-27',
          '2020年9月27日',
          '2020/9/27',
          '2020.09.27',
          '20200927',
          20200927,
          serial,
          '44101',
          '2020 年 9 月 27 日',
          '2020-09-27 23:59:59',
          '2020-09-26T16:00:00Z',
          '2020-09-26T19:00:00-05:00',
        ].map((day, index) => row(`day-${index}`, day)),
        row('day-bad', '27/9/2020'),
        row('day-none', '2020-02-30'),
        row('day-future', '2099-01-01'),
        row('day-month', '2020年9月'),
      ),
    rows: [
      ...Array.from({ length: 12 }, (_, index) => recorded(`day-${index}`)),
      { refused: '推荐日期', why: '“27/9/2020” may be 2020-09-27' },
      { refused: '推荐日期', why: '“2020-02-30” is not a valid value' },
      { refused: '推荐日期', why: 'Must not be later than today' },
      { refused: '推荐日期', why: '“2020年9月” is not a valid value' },
    ],
  },
  {
    name: 'cells typed as days, in the 1900 system, with times up to a second before midnight',
    register: 'factories',
    file: () =>
      sheet(
        headers,
        row('typed-1', { v: serial, z: 'yyyy-mm-dd' }),
        row('typed-2', { v: serial, z: 'yyyy"年"m"月"d"日"' }),
        row('typed-3', { v: serial, z: '[$-804]yyyy/m/d;@' }),
        row('typed-4', { v: serial + 86_399 / 86_400, z: 'yyyy-mm-dd hh:mm:ss' }),
        row('typed-5', { v: serial + 0.9999999, z: 'm/d/yy' }),
        row('typed-6', { v: serial, z: 'm/d/yy' }),
        row('typed-7', { v: serial, f: 'DATE(2020,9,27)', z: 'm/d/yy' }),
      ),
    rows: Array.from({ length: 7 }, (_, index) => recorded(`typed-${index + 1}`)),
  },
  {
    name: 'days in the 1904 system, typed and as bare numbers',
    register: 'factories',
    file: () =>
      xlsx({
        date1904: true,
        sheets: {
          Sheet1: [
            headers,
            row('mac-1', { v: serial - 1_462, z: 'yyyy-mm-dd' }),
            row('mac-2', { v: serial - 1_462 + 86_399 / 86_400, z: 'yyyy-mm-dd hh:mm' }),
            row('mac-3', serial - 1_462),
          ],
        },
      }),
    rows: [recorded('mac-1'), recorded('mac-2'), recorded('mac-3')],
  },
  {
    name: 'days as ISO 8601 in cells of their own type, texts with readings, parts with prefixes',
    register: 'factories',
    file: () =>
      zipOf(
        partsOf(
          `<x:worksheet xmlns:x="urn:x"><x:sheetData>
            <x:row><x:c t="inlineStr"><x:is><x:t>编号</x:t></x:is></x:c><x:c t="s"><x:v>0</x:v></x:c><x:c t="s"><x:v>1</x:v></x:c><x:c t="inlineStr"><x:is><x:r><x:t>区</x:t></x:r></x:is></x:c><x:c t="str"><x:f>"a"</x:f><x:v>推荐日期</x:v></x:c></x:row>
            <x:row r="7"><x:c r="A7" t="inlineStr"><x:is><x:t>iso-1</x:t></x:is></x:c><x:c r="E7" t="d"><x:v>2020-09-27T00:00:00</x:v></x:c><x:c r="B7" t="inlineStr"><x:is><x:t>iso-1_x0020_厂</x:t></x:is></x:c><x:c r="C7" t="inlineStr"><x:is><x:t><![CDATA[汽车]]></x:t></x:is></x:c><x:c r="D7" t="inlineStr"><x:is><x:t>浦东</x:t></x:is></x:c></x:row>
            <x:row r="9"><x:c r="A9" t="inlineStr"><x:is><x:t>iso-2</x:t></x:is></x:c><x:c r="B9" t="inlineStr"><x:is><x:t>iso-2 厂</x:t></x:is></x:c><x:c r="C9" t="inlineStr"><x:is><x:t>汽车</x:t></x:is></x:c><x:c r="D9" t="inlineStr"><x:is><x:t>浦东</x:t></x:is></x:c><x:c r="E9" t="d"><x:v>2020-09-26T16:00:00.000Z</x:v></x:c></x:row>
          </x:sheetData></x:worksheet>`,
          {
            'xl/shared.xml':
              '<sst><si><r><t>工厂</t></r><r><t>名称</t></r><rPh sb="0" eb="2"><t>gongchang</t></rPh></si><si><t>行业</t></si></sst>',
          },
        ),
      ),
    rows: [recorded('iso-1'), recorded('iso-2')],
  },
  {
    name: 'a legacy XLS with a title, merged cells, typed days and numbers',
    register: 'factories',
    command: 'certify',
    set: { grade: '示范' },
    file: () =>
      xls({
        sheets: {
          名单: [
            ['示范性智能工厂名单'],
            ['编号', '工厂名称', '行业', '区', '认定日期', '证书编号'],
            ['xls-1', 'xls-1 厂', '汽车', '浦东', { v: serial, z: 'yyyy-mm-dd' }, '0012'],
            ['xls-2', 'xls-2 厂', '汽车', null, { v: serial + 0.99999, z: 'm/d/yy' }, null],
            ['xls-3', 'xls-3 厂', '汽车', '浦东', serial, 12],
          ],
        },
        merges: { 名单: ['A1:F1', 'D3:D4'] },
      }),
    rows: [
      recorded('xls-1', { grade: 'demonstration', certificateNo: '0012' }),
      recorded('xls-2', { grade: 'demonstration' }),
      { refused: '证书编号', why: 'turned into a number' },
    ],
  },
  {
    name: 'a legacy XLS in the 1904 system',
    register: 'factories',
    file: () =>
      xls({
        date1904: true,
        sheets: {
          A: [headers, row('xls04-1', { v: serial - 1_462, z: 'yyyy-mm-dd' }), row('xls04-2', serial - 1_462)],
        },
      }),
    rows: [recorded('xls04-1'), recorded('xls04-2')],
  },
  {
    name: 'codes that a spreadsheet has turned into numbers, in XLSX',
    register: 'enterprises',
    file: () =>
      sheet(
        enrolHeaders,
        [uscc(1), '码一公司', '生物医药', '闵行', on],
        [Number(digitsOnly(2)), '码二公司', '生物医药', '闵行', on],
        ['9.13E+17', '码三公司', '生物医药', '闵行', on],
        [`${digitsOnly(2).slice(0, 15)}000`, '码四公司', '生物医药', '闵行', on],
        [digitsOnly(2).slice(1), '码五公司', '生物医药', '闵行', on],
        [{ v: 1, z: '000000000000000000' }, '码六公司', '生物医药', '闵行', on],
      ),
    rows: [
      enrolled(uscc(1), '码一公司'),
      { refused: '统一社会信用代码', why: 'turned into a number' },
      { refused: '统一社会信用代码', why: '“9.13E+17” was turned into a number' },
      { refused: '统一社会信用代码', why: 'turned into a number' },
      { refused: '统一社会信用代码', why: 'fewer than 18 digits' },
      { refused: '统一社会信用代码', why: 'turned into a number' },
    ],
  },
  {
    name: 'codes that a spreadsheet has turned into numbers, in CSV, and one that was protected from it',
    register: 'enterprises',
    file: text(
      `${enrolHeaders.join(',')}\n1.23E+17,码七公司,生物医药,闵行,${on}\n="${digitsOnly(50)}",码八公司,生物医药,闵行,${on}\n${uscc(9).toLowerCase()},码九公司,生物医药,闵行,${on}\n`,
    ),
    rows: [
      { refused: '统一社会信用代码', why: '“1.23E+17” was turned into a number' },
      enrolled(digitsOnly(50), '码八公司'),
      enrolled(uscc(9), '码九公司'),
    ],
  },
  {
    name: 'stock codes as numbers, which lose nothing, and one that is not a code',
    register: 'listings',
    command: 'list',
    file: () =>
      sheet(
        ['股票代码', '证券简称', '上市日期'],
        [688_701, '数一科技', { v: serial, z: 'yyyy-mm-dd' }],
        ['６８８７０２', '数二科技', on],
        [600_000, '数三银行', on],
        ['8703', '数四科技', on],
      ),
    rows: [
      { key: '688701', effectiveOn: on, name: '数一科技' },
      { key: '688702', effectiveOn: on, name: '数二科技' },
      { refused: '股票代码', why: '“600000” is not a valid STAR code' },
      { refused: '股票代码', why: 'fewer than 6 digits' },
    ],
  },
  {
    name: 'amounts in ten thousands and hundred millions of yuan, in headers and in cells',
    register: 'suppliers',
    command: 'designate',
    file: () =>
      sheet(
        [...tierHeaders, '主营业务收入（万元）'],
        [...tier('wan-1'), 120_000],
        [...tier('wan-2'), '12.5亿元'],
        [...tier('wan-3'), '１２０，０００'],
        [...tier('wan-4'), { v: 120_000.5, z: '#,##0.00' }],
        [...tier('wan-5'), '约 12 亿'],
        [...tier('wan-6'), 0.00001],
      ),
    rows: [
      designated('wan-1', 1_200_000_000),
      designated('wan-2', 1_250_000_000),
      designated('wan-3', 1_200_000_000),
      designated('wan-4', 1_200_005_000),
      { refused: '主营业务收入（万元）', why: '“约 12 亿” is not a valid value' },
      { refused: '主营业务收入（万元）', why: 'must be in whole yuan' },
    ],
  },
  {
    name: 'a unit for all amounts above the table',
    register: 'suppliers',
    command: 'designate',
    file: () =>
      sheet(
        ['供应商名单'],
        [null, null, null, '单位：亿元'],
        [...tierHeaders, '收入'],
        [...tier('yi-1'), 12.3],
        [...tier('yi-2'), '1,230,000,000元'],
      ),
    rows: [designated('yi-1', 1_230_000_000), designated('yi-2', 1_230_000_000)],
  },
  {
    name: 'amounts with commas between thousands and signs of the currency, in CSV',
    register: 'suppliers',
    command: 'designate',
    file: text(
      csv(
        [...tierHeaders, '收入（元）'],
        [...strings(tier('yuan-1')), '￥1,200,000,000'],
        [...strings(tier('yuan-2')), '1200000000.00'],
      ),
    ),
    rows: [designated('yuan-1', 1_200_000_000), designated('yuan-2', 1_200_000_000)],
  },
  {
    name: 'short and full names of districts and sectors in both languages, and codes of districts',
    register: 'factories',
    file: () =>
      sheet(
        headers,
        ...[
          ['汽车', '浦东新区'],
          ['Automobiles', 'Pudong New Area'],
          ['automobiles', 'pudong'],
          ['汽车制造业', '上海市浦东新区'],
          ['汽车产业', 'Pudong'],
          ['Automotive', '310115'],
          ['汽车行业', 'Pudong District'],
        ].map(([sector = '', district = ''], index) => [`name-${index}`, `name-${index} 厂`, sector, district, on]),
        ['name-8', 'name-8 厂', '电子信息产业', 'Jingan', on],
        ['name-9', 'name-9 厂', '高端装备制造业', '静安', on],
        ['name-bad', 'name-bad 厂', '纺织', '静安', on],
        ['name-out', 'name-out 厂', '汽车', '苏州', on],
      ),
    rows: [
      ...Array.from({ length: 7 }, (_, index) => recorded(`name-${index}`)),
      recorded('name-8', { sector: 'information-engineering', district: 'jingan' }),
      recorded('name-9', { sector: 'high-end-manufacturing', district: 'jingan' }),
      { refused: '行业', why: '“纺织” is not a valid value' },
      { refused: '区', why: '“苏州” is not a valid value' },
    ],
  },
  {
    name: 'English headers in another order, and headers that are not recognised',
    register: 'factories',
    file: () =>
      sheet(
        ['Effective on', 'Remarks', 'District', 'Telephone', 'Name', 'Sector', 'KEY', 'In Lingang'],
        [on, 'first batch', 'Pudong', '021-1', 'english-1 厂', 'Automobiles', 'english-1', 'Yes'],
        [on, null, 'Minhang', null, 'english-2 厂', 'Automobiles', 'english-2', '是'],
      ),
    ignored: ['Telephone'],
    rows: [
      recorded('english-1', { lingang: true, note: 'first batch' }),
      { refused: 'In Lingang', why: 'Lingang is part of Pudong' },
    ],
  },
  {
    name: 'the same row twice, and another for the same entry',
    register: 'factories',
    file: () => sheet(headers, row('twice-a'), row('TWICE-A').with(1, 'twice-a 厂'), row('twice-a', '2020-10-01')),
    rows: [recorded('twice-a'), 'already there', { refused: null, why: 'the status is "Nominated"' }],
  },
  {
    name: 'a name under two keys',
    register: 'factories',
    file: () => sheet(headers, row('same-1'), ['same-2', 'same-1　厂', '汽车', '浦东', on]),
    rows: [recorded('same-1'), { refused: '工厂名称', why: 'Has the same name as same-1 and is probably a duplicate' }],
  },
  {
    name: 'errors, and texts that begin as formulas do',
    register: 'factories',
    file: () =>
      sheet(
        headers,
        ['calc-1', { t: 's', v: 'calc-1 厂', f: 'A2&" 厂"' }, '汽车', '浦东', on],
        ['calc-2', { t: 'e', v: 42, f: 'VLOOKUP(A3,X:Y,2)' }, '汽车', '浦东', on],
        ['calc-3', '=HYPERLINK("http://x","y")', '汽车', '浦东', on],
        ['calc-4', '#REF!', '汽车', '浦东', on],
        ['calc-5', '########', '汽车', '浦东', on],
      ),
    rows: [
      recorded('calc-1'),
      { refused: '工厂名称', why: 'the error “#N/A”' },
      recorded('calc-3', { name: '=HYPERLINK("http://x","y")' }),
      { refused: '工厂名称', why: 'the error “#REF!”' },
      { refused: '工厂名称', why: 'the error “########”' },
    ],
  },
  {
    name: 'formulas that were never calculated',
    register: 'factories',
    file: () =>
      zipOf(
        partsOf(
          `<worksheet><sheetData><row>${headers.map((header) => `<c t="inlineStr"><is><t>${header}</t></is></c>`).join('')}</row>
            <row>${['never-1', 'never-1 厂', '汽车', '浦东'].map((cell) => `<c t="inlineStr"><is><t>${cell}</t></is></c>`).join('')}<c><f>TODAY()</f></c></row></sheetData></worksheet>`,
        ),
      ),
    rows: [{ refused: '推荐日期', why: 'without its value' }],
  },
  {
    name: 'names that a spreadsheet would calculate, in CSV',
    register: 'factories',
    file: text(
      `${headers.join(',')}\nsign-1,=1+1,汽车,浦东,${on}\nsign-2,+SUM(A1),汽车,浦东,${on}\nsign-3,-A1,汽车,浦东,${on}\nsign-4,@AVG(A1),汽车,浦东,${on}\nsign-5,@某 厂,汽车,浦东,${on}\n`,
    ),
    rows: ['=1+1', '+SUM(A1)', '-A1', '@AVG(A1)', '@某 厂'].map((name, index) =>
      recorded(`sign-${index + 1}`, { name }),
    ),
  },
  {
    name: 'dashes for nothing, missing cells, and cells beyond the last header',
    register: 'factories',
    file: () =>
      sheet(
        [...headers, '企业名称', '备注'],
        [...row('dash-1'), '——', '/'],
        [...row('dash-2'), '-', null, '表外'],
        ['dash-3', '—', '汽车', '浦东', on],
        ['dash-4', 'dash-4 厂'],
        [null, 'dash-5 厂', '汽车', '浦东', on],
        [null, null, null, null, null, null, null, '表外'],
      ),
    skippedLines: [7],
    rows: [
      recorded('dash-1'),
      { refused: null, why: 'Column 8 has no header, but this row has “表外” in it' },
      { refused: '工厂名称', why: 'Name is missing' },
      { refused: '推荐日期', why: 'Effective on, Sector, District are missing' },
      {
        key: madeOf('factories', '', 'dash-5 厂'),
        effectiveOn: on,
        name: 'dash-5 厂',
        sector: 'automobiles',
        district: 'pudong',
      },
    ],
  },
  {
    name: 'a row whose numbers are shown per cent or as days',
    register: 'factories',
    command: 'assess',
    set: { panel: '专家组' },
    file: () =>
      sheet(
        ['编号', '得分', '评估日期'],
        ['title-1', 95.5, on],
        ['title-2', { v: 0.95, z: '0%' }, on],
        ['bom-1', { v: 44_101, z: 'yyyy-mm-dd' }, on],
        ['bom-2', 101, on],
      ),
    rows: [
      { key: 'title-1', effectiveOn: on, panel: '专家组', score: 95.5 },
      { refused: '得分', why: '“95%” is not a valid value' },
      { refused: '得分', why: 'holds the day “2020-09-27”' },
      { refused: '得分', why: 'is not a valid value' },
    ],
  },
  {
    name: 'standards by their numbers, full-width and with other dashes',
    register: 'criteria',
    command: 'publish',
    set: { level: '国标' },
    file: () =>
      sheet(
        ['标准编号', '标准名称', '发布日期', '实施日'],
        ['ＧＢ／Ｔ ９００１－２０２０', '全角标准', on, { v: serial, z: 'yyyy-mm-dd' }],
        [39_116, '数字标准', on, null],
      ),
    rows: [
      {
        key: 'GB-T-9001-2020',
        effectiveOn: on,
        number: 'GB/T 9001-2020',
        title: '全角标准',
        level: 'national',
        implementedOn: on,
      },
      { refused: '标准编号', why: 'turned into a number' },
    ],
  },
];

import { isUtf8 } from 'node:buffer';
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { analyse } from 'chardet';
import { SheetFault } from './sheet.ts';

/** How the text of a file is encoded, by the labels of the WHATWG Encoding Standard. */
export type Encoding = 'utf-8' | 'utf-16le' | 'utf-16be' | 'gb18030';

/** A byte order mark settles the encoding (Unicode 16, §23.8). */
const marks: readonly (readonly [Encoding, readonly number[]])[] = [
  ['utf-8', [0xef, 0xbb, 0xbf]],
  ['utf-16le', [0xff, 0xfe]],
  ['utf-16be', [0xfe, 0xff]],
];

/** So much of a file's text beyond ASCII is looked at to guess its encoding. */
const guessedBytes = 262_144;
/** A file that is UTF-8 but for fewer characters than one in so many is a damaged UTF-8 file, and no GB18030. */
const damagedShare = 0.2;
/** Words that lists have, in headers, names and addresses. Bytes of another encoding make none of them but by accident. */
const words = new RegExp(
  [
    '名称|编号|序号|单位|公司|有限|股份|集团|企业|工厂|科技|技术|智能|制造|上海|中国|新区|浦东|闵行|嘉定|宝山|松江|临港|行业',
    '等级|级别|类别|日期|时间|地址|电话|联系|备注|说明|项目|标准|证书|代码|认定|推荐|示范|标杆|评估|公示|汽车|电子|信息|生物',
    '医药|医疗|装备|材料|航空|航天|高端|工业|机械|设备|软件|研究|中心|大学|国家|市级|产品|数据|系统|服务|平台|供应|营业|收入',
    '万元|合计|证券|简称|股票|上市|机器|自动|数字|能源|环保|电气|电器|精密|实业|发展|动力|仪器|仪表|芯片|半导体|首批|名单',
  ].join('|'),
  'g',
);
/** Of the characters beyond ASCII at least so many are in such words. */
const wordShare = 0.02;

/**
 * The encoding of a file of text: what its byte order mark says, UTF-8 if all of it is, or GB18030, which holds GBK and
 * GB 2312, if it has Chinese words. Throws `SheetFault` if the file is in another encoding, or could be in two.
 */
export const encodingOf = async (path: string): Promise<Encoding> => {
  const sample = await sampleOf(path);
  const marked = marks.find(([, mark]) => mark.every((byte, index) => sample[index] === byte))?.[0];
  const fault = await faultIn(path, marked ?? 'utf-8');
  if (fault === undefined) return marked ?? 'utf-8';
  if (marked === undefined && (sample.length === 0 || sample.includes(0))) throw notText();
  if (marked !== undefined || isMostlyUtf8(sample)) throw damaged(marked ?? 'utf-8', fault.line);
  if (!hasWords(sample) || (await faultIn(path, 'gb18030')) !== undefined) throw unclear(sample);
  const other = await utf8LineIn(path);
  if (other !== undefined) throw mixed(other);
  return 'gb18030';
};

/** The first bytes of a file from the first piece on that has one beyond ASCII; none if there is no such piece. */
const sampleOf = async (path: string): Promise<Buffer> => {
  const pieces: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of createReadStream(path)) {
    const piece: Buffer = chunk;
    if (bytes === 0 && piece.every((byte) => byte < 0x80)) continue;
    pieces.push(piece);
    bytes += piece.length;
    if (bytes >= guessedBytes) break;
  }
  return Buffer.concat(pieces);
};

/** The line of the first bytes that are no text of an encoding, or hold what no text has; undefined if all of it is. */
const faultIn = async (path: string, encoding: Encoding): Promise<{ readonly line: number } | undefined> => {
  const decoder = new TextDecoder(encoding, { fatal: true });
  let line = 1;
  for await (const chunk of createReadStream(path)) {
    const bytes: Buffer = chunk;
    try {
      const text = decoder.decode(bytes, { stream: true });
      const at = text.search(foreign[encoding]);
      if (encoding === 'utf-8' && isInSevenBits(text)) return { line };
      if (at !== -1) return { line: line + linesIn(text.slice(0, at)) };
      line += linesIn(text);
    } catch {
      return { line: line + linesIn(new TextDecoder(encoding).decode(bytes).split('\uFFFD')[0] ?? '') };
    }
  }
  try {
    decoder.decode();
    return undefined;
  } catch {
    return { line };
  }
};

/** Whether a text is Chinese or Japanese in seven bits: by ISO 2022's escapes and shifts, HZ (RFC 1843) or UTF-7 (RFC 2152). */
const isInSevenBits = (text: string): boolean =>
  ['\x0E', '\x0F', '\x1B'].some((control) => text.includes(control)) ||
  /~\{(?:[!-w][!-~])+~\}/.test(text) ||
  [...text.matchAll(/\+([A-Za-z0-9+/]{6,})/g)].some(([, letters = '']) => {
    const bytes = Buffer.from(letters, 'base64');
    return /^\p{sc=Han}{2,}$/u.test(
      bytes
        .subarray(0, bytes.length & ~1)
        .swap16()
        .toString('utf16le'),
    );
  });

/**
 * What no text has: NUL, the characters that stand for lost ones, what Latin 1 has for bytes that mean nothing, and in
 * GB18030 the characters that are nobody's, which other encodings turn into.
 */
const foreign: Readonly<Record<Encoding, RegExp>> = {
  'utf-8': /[\0\x80-\x9f\uFFFD]/,
  'utf-16le': /[\0\x80-\x9f\uFFFD]/,
  'utf-16be': /[\0\x80-\x9f\uFFFD]/,
  gb18030: /[\0\x80-\x9f\uFFFD\p{Co}\p{Cn}]/u,
};

const linesIn = (text: string): number => text.split(/\r\n|\n|\r/).length - 1;

/** Whether the characters beyond ASCII are UTF-8 but for a few. */
const isMostlyUtf8 = (bytes: Buffer): boolean => {
  const text = new TextDecoder('utf-8').decode(bytes);
  const wrong = text.split('\uFFFD').length - 1;
  const right = [...text].filter((character) => character > '\x7F' && character !== '\uFFFD').length;
  return right > 0 && wrong / (right + wrong) < damagedShare;
};

/** Whether bytes, read as GB18030, are made of words and not only of characters. */
const hasWords = (bytes: Buffer): boolean => {
  const text = new TextDecoder('gb18030').decode(bytes);
  const characters = [...text].filter((character) => character > '\x7F').length;
  const found = (text.match(words) ?? []).join('').length;
  return found > 0 && found >= characters * wordShare;
};

/** The first line of a GB18030 file that is Chinese in UTF-8, too; undefined if none is. */
const utf8LineIn = async (path: string): Promise<{ readonly line: number; readonly bytes: Buffer } | undefined> => {
  let line = 0;
  for await (const text of createInterface({
    input: createReadStream(path, 'latin1'),
    crlfDelay: Number.POSITIVE_INFINITY,
  })) {
    line += 1;
    if (!/^[^\x80-\xff]*[\xc2-\xf4]/.test(text)) continue;
    const bytes = Buffer.from(text, 'latin1');
    if (isUtf8(bytes) && /\p{sc=Han}/u.test(bytes.toString('utf8'))) return { line, bytes };
  }
  return undefined;
};

const names: Readonly<Record<Encoding, string>> = {
  'utf-8': 'UTF-8',
  'utf-16le': 'UTF-16',
  'utf-16be': 'UTF-16',
  gb18030: 'GB18030',
};

const damaged = (encoding: Encoding, line: number): SheetFault =>
  new SheetFault(
    `文件为 ${names[encoding]} 编码，但第 ${line} 行有损坏的字符；请由原表重新导出`,
    `The file is ${names[encoding]}, but line ${line} has damaged characters; export it again from the original`,
  );

const notText = (): SheetFault =>
  new SheetFault(
    '文件既不是 XLSX、XLS，也不是 UTF-8 或 GB18030 编码的 CSV；请另存为 XLSX',
    'The file is neither XLSX nor XLS nor CSV in UTF-8 or GB18030; save it as XLSX',
  );

/** The other encodings that are told, and what the detector says of any that could be. */
const isOther = /^(Big5|Shift_JIS|EUC-|windows-|KOI8|ISO-8859-)/;
const noConfidence = 10;

/** Says both what the file seems to be and how it would read as GB18030. */
const unclear = (bytes: Buffer): SheetFault => {
  const guess = analyse(bytes).find(({ name, confidence }) => isOther.test(name) && confidence > noConfidence);
  const other = guess === undefined || guess.name === 'ISO-8859-1' ? 'Windows-1252' : guess.name;
  const at = Math.max(0, bytes.findIndex((byte) => byte >= 0x80) - 10);
  const sample = bytes.subarray(at, at + 40);
  const [ours, theirs] = ['gb18030', other].map((label) => readAs(sample, label));
  return new SheetFault(
    `文件不是 UTF-8 编码，也不能确定是 GB18030：按 GB18030 读作“${ours}”，按 ${other} 读作“${theirs}”；请另存为 UTF-8 编码或 XLSX`,
    `The file is not UTF-8 and not surely GB18030: as GB18030 it reads “${ours}”, as ${other} “${theirs}”; save it as UTF-8 or XLSX`,
  );
};

const mixed = ({ line, bytes }: { readonly line: number; readonly bytes: Buffer }): SheetFault => {
  const [ours, theirs] = ['gb18030', 'utf-8'].map((label) => readAs(bytes.subarray(0, 90), label));
  return new SheetFault(
    `文件为 GB18030 编码，但第 ${line} 行可能是 UTF-8：按 GB18030 读作“${ours}”，按 UTF-8 读作“${theirs}”；请将各行统一后另存为 UTF-8 编码或 XLSX`,
    `The file is GB18030, but line ${line} may be UTF-8: as GB18030 it reads “${ours}”, as UTF-8 “${theirs}”; mend the line and save the file as UTF-8 or XLSX`,
  );
};

const readAs = (bytes: Buffer, label: string): string =>
  new TextDecoder(label)
    .decode(bytes)
    .replace(/[\p{C}\s\uFFFD]+/gu, ' ')
    .trim();

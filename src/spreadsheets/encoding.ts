import { createReadStream } from 'node:fs';
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
/** Of GB18030's characters those of GB 2312 are nearly all that names and addresses take. */
const rareShare = 0.1;

/**
 * The encoding of a file of text: what its byte order mark says, UTF-8 if all of it is, or GB18030, which holds GBK and
 * GB 2312, if it can be nothing else. Throws `SheetFault` if the file is in another encoding, or could be in two.
 */
export const encodingOf = async (path: string): Promise<Encoding> => {
  const sample = await sampleOf(path);
  const marked = marks.find(([, mark]) => mark.every((byte, index) => sample[index] === byte))?.[0];
  const fault = await faultIn(path, marked ?? 'utf-8');
  if (fault === undefined) return marked ?? 'utf-8';
  if (marked === undefined && (sample.length === 0 || sample.includes(0))) throw notText();
  if (marked !== undefined || isMostlyUtf8(sample)) throw damaged(marked ?? 'utf-8', fault.line);
  const guesses = analyse(sample);
  const own = guesses.find(({ name }) => name === 'GB18030')?.confidence ?? 0;
  const other = guesses.find(({ name, confidence }) => isOther.test(name) && confidence > noConfidence);
  const isLikely = hasWord(sample) && rareIn(sample) <= rareShare && own >= (other?.confidence ?? 0);
  if (!isLikely || (await faultIn(path, 'gb18030')) !== undefined) throw unclear(sample, other?.name);
  return 'gb18030';
};

/** The other encodings whose characters take two bytes, and what the detector says of any of them that could be. */
const isOther = /^(Big5|Shift_JIS|EUC-|ISO-2022)/;
const noConfidence = 10;

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

/** Whether two Chinese characters stand side by side: in Windows-1252 two accented letters may, but hardly ever four. */
const hasWord = (bytes: Buffer): boolean => /[\x80-\xff]{4}/.test(bytes.toString('latin1'));

/** Of the characters beyond ASCII, read as GB18030, the share that is not in GB 2312. */
const rareIn = (bytes: Buffer): number => {
  let [common, rare] = [0, 0];
  for (let index = 0; index < bytes.length; index++) {
    const lead = bytes[index] ?? 0;
    if (lead < 0x80) continue;
    index += 1;
    const isCommon = lead >= 0xa1 && lead <= 0xf7 && (bytes[index] ?? 0) >= 0xa1;
    if (isCommon) common += 1;
    else rare += 1;
  }
  return rare / Math.max(1, common + rare);
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
    '文件既不是 XLSX、XLS，也不是 UTF-8 或 GB18030 编码的 CSV',
    'The file is neither XLSX nor XLS nor CSV in UTF-8 or GB18030',
  );

/** Says both what the file seems to be and how it would read as GB18030. */
const unclear = (bytes: Buffer, guessed: string | undefined): SheetFault => {
  const other = guessed ?? 'Windows-1252';
  const at = Math.max(0, bytes.findIndex((byte) => byte >= 0x80) - 10);
  const sample = bytes.subarray(at, at + 40);
  const [ours, theirs] = ['gb18030', other].map((label) => readAs(sample, label));
  return new SheetFault(
    `文件不是 UTF-8 编码，也不能确定是 GB18030：按 GB18030 读作“${ours}”，按 ${other} 读作“${theirs}”；请另存为 UTF-8 编码或 XLSX`,
    `The file is not UTF-8 and not surely GB18030: as GB18030 it reads “${ours}”, as ${other} “${theirs}”; save it as UTF-8 or XLSX`,
  );
};

const readAs = (bytes: Buffer, label: string): string =>
  new TextDecoder(label)
    .decode(bytes)
    .replace(/[\p{C}\s\uFFFD]+/gu, ' ')
    .trim();

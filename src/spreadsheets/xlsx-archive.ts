import { pipeline, type Readable, Transform } from 'node:stream';
import type { Entry, ZipFile } from 'yauzl';
import { SheetFault } from './sheet.ts';
import { asFault, notValid } from './xml.ts';

/** The archive that an XLSX is (ECMA-376 part 2), read within limits. */

/** Of all parts, and of all reads of them together: a list of 100,000 rows and 30 columns takes a quarter of this. */
const unpackedLimitBytes = 512 * 1_048_576;
const partsLimit = 10_000;

export const bomb = () =>
  new SheetFault(
    `文件解压后超过 ${unpackedLimitBytes / 1_048_576} MiB，不予读取`,
    `The file is larger than ${unpackedLimitBytes / 1_048_576} MiB once unpacked, so it is not read`,
  );

export type Parts = ReadonlyMap<string, Entry>;

/** The workbook's parts by name, if their declared sizes are within the limit; yauzl checks that they are true. */
export const partsOf = async (zip: ZipFile): Promise<Parts> => {
  if (zip.entryCount > partsLimit) throw notValid();
  const parts = new Map<string, Entry>();
  let unpackedBytes = 0;
  await asFault(async () => {
    for await (const entry of zip.eachEntry()) {
      if (entry.isEncrypted()) throw locked();
      const isRead = /\.(xml|rels)$/i.test(entry.fileName);
      if (isRead) unpackedBytes += entry.uncompressedSize;
      if (unpackedBytes > unpackedLimitBytes) throw bomb();
      const name = entry.fileName.toLowerCase();
      if (parts.has(name)) throw notValid(); // programs take the first of both, or the last
      parts.set(name, entry);
    }
  });
  return parts;
};

const locked = () =>
  new SheetFault('文件有密码保护；请取消密码后另存', 'The file is protected by a password; save it without one');

export type Open = (part: Entry) => Promise<Readable>;

/** Opens parts for reading, until all that was read of them together exceeds the limit. */
export const openerOf = (zip: ZipFile): Open => {
  let readBytes = 0;
  return async (part) => {
    if (part.uncompressedSize > unpackedLimitBytes) throw bomb(); // a part may have any name
    const metered = new Transform({
      transform: (chunk: Buffer, _, done) => {
        readBytes += chunk.length;
        done(readBytes > unpackedLimitBytes ? bomb() : null, chunk);
      },
    });
    const stream = await zip.openReadStreamPromise(part);
    pipeline(stream, metered, () => {}); // its reader learns of its errors
    return metered;
  };
};

import { open } from 'node:fs/promises';
import { openCsv } from './csv.ts';
import { SheetFault, type Workbook } from './sheet.ts';
import { openXls, tooOld } from './xls.ts';
import { openXlsx } from './xlsx.ts';

const startsWith = (bytes: Uint8Array, ...start: readonly number[]): boolean =>
  start.every((byte, index) => bytes[index] === byte);

/**
 * Opens a spreadsheet by its bytes, whatever its name. Throws `SheetFault` if they are not a spreadsheet.
 */
export const openWorkbook = async (path: string): Promise<Workbook> => {
  const bytes = await beginningOf(path);
  if (startsWith(bytes, 0x50, 0x4b, 0x03, 0x04)) return openXlsx(path);
  if (startsWith(bytes, 0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1)) return openXls(path);
  // Excel 2, 3, 4 and 5 without a compound file begin with the record BOF, whose length is below 256.
  if ([0, 2, 4, 8].some((version) => startsWith(bytes, 0x09, version)) && bytes[3] === 0) throw tooOld();
  if (bytes.subarray(0, 4).equals(Buffer.from('%PDF'))) throw saveAsXlsx('PDF');
  // Many systems name a web page .xls.
  const isMarkup = /^\uFEFF?\s*<(!doctype|html|\?xml|table|head|meta)/i.test(bytes.toString('utf8'));
  if (isMarkup) throw saveAsXlsx('HTML/XML');
  return openCsv(path);
};

const beginningOf = async (path: string): Promise<Buffer> => {
  const file = await open(path);
  try {
    const { bytesRead, buffer } = await file.read(Buffer.alloc(512), 0, 512, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
};

const saveAsXlsx = (what: string): SheetFault =>
  new SheetFault(`文件是 ${what}，请另存为 XLSX 后再导入`, `The file is ${what}; save it as XLSX and import that file`);

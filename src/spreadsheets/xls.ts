import { stat } from 'node:fs/promises';
import { Worker } from 'node:worker_threads';
import { type Sheet, SheetFault, type Workbook } from './sheet.ts';
import type { LegacyAnswer } from './xls-worker.ts';

/** Enough for this format, whose sheets have at most 65,536 rows of 256 columns. */
const memoryLimitMib = 1_024;
/** A sound file is read at several MiB a second; one that takes far longer is damaged or malicious. */
const timeLimitMs = (bytes: number): number => 10_000 + (bytes / 2 ** 20) * 2_000;

/**
 * Opens a legacy XLS (BIFF8 in a compound file, Excel 97 and later). The library reads the whole file at once, so it runs in a thread of its
 * own with limited memory and time: a hostile file brings down that thread, not the server.
 */
export const openXls = async (path: string): Promise<Workbook> => {
  const answer = await answerOf(path, (await stat(path)).size);
  if ('fault' in answer) throw faults[answer.fault]();
  return {
    date1904: answer.date1904,
    close: async () => {},
    sheets: answer.sheets.map(
      ({ name, isHidden, rows, merges, around, hiddenColumns }): Sheet => ({
        name,
        ...(isHidden ? { isHidden } : {}),
        merges: async () => merges,
        around: async () => around,
        hiddenColumns: async () => hiddenColumns,
        rows: async function* () {
          yield* rows;
        },
      }),
    ),
  };
};

export const tooOld = (): SheetFault =>
  new SheetFault(
    '文件是 Excel 95 或更早版本的格式，其中的文字无法可靠读取；请用 Excel 或 WPS 打开后另存为 XLSX',
    'The file is in the format of Excel 95 or earlier, whose text cannot be read reliably; open it in Excel or WPS and save it as XLSX',
  );

const faults = {
  locked: () =>
    new SheetFault('文件有密码保护；请取消密码后另存', 'The file is protected by a password; save it without one'),
  'too-old': tooOld,
  'not-valid': () =>
    new SheetFault(
      '文件不是有效的 XLS；请用 Excel 或 WPS 打开后另存为 XLSX',
      'The file is not a valid XLS; open it in Excel or WPS and save it as XLSX',
    ),
} as const;

const answerOf = (path: string, bytes: number): Promise<LegacyAnswer> =>
  new Promise((resolve, reject) => {
    const worker = new Worker(new URL('./xls-worker.ts', import.meta.url), {
      workerData: path,
      resourceLimits: { maxOldGenerationSizeMb: memoryLimitMib },
      // Keeps the library's warnings about broken files out of the log.
      stdout: true,
      stderr: true,
    });
    const end = () => void worker.terminate();
    const late = setTimeout(end, timeLimitMs(bytes));
    const tooMuch = new SheetFault(
      '文件过大或过于复杂，无法读取；请另存为 XLSX，或拆分后导入',
      'The file is too large or too complex to read; save it as XLSX, or split it',
    );
    worker.once('message', resolve);
    worker.once('error', (error) => reject('syscall' in Object(error) ? error : tooMuch));
    worker.once('exit', () => {
      clearTimeout(late);
      reject(tooMuch);
    });
  });

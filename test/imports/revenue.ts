import { suppliers } from '../../domain/registers/suppliers.ts';
import { openFile } from '../../src/imports/reading/file.ts';
import { rowsOf } from '../../src/imports/reading/kept-table.ts';
import { newFile } from '../spreadsheets/files.ts';

/** What each row of a list of designated suppliers gives as its revenue in yuan, or why it, or the file, is refused. */
export const revenuesIn = async (content: string | Uint8Array, name = '名单.csv'): Promise<readonly unknown[]> => {
  const table = newFile();
  const kind = suppliers.factOf.get('designate');
  if (kind === undefined) throw new Error('no designate');
  const request = { register: suppliers, kind, path: newFile(content), name, sheet: undefined, set: {} };
  const opened = await openFile(request, table);
  if ('fault' in opened) return [`file: ${opened.fault.en}`];
  return (await Array.fromAsync(rowsOf(table, request))).map(({ read }) => {
    const row = read('2021-06-15');
    return 'body' in row ? row.body.revenueCny : `refused: ${row.reason.zh}`;
  });
};

/** The same for the first row. */
export const revenueIn = async (content: string | Uint8Array, name?: string): Promise<unknown> =>
  (await revenuesIn(content, name))[0];

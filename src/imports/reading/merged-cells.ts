import { columnLimit, type Merge, type Sheet, type SheetRow } from '../../spreadsheets/sheet.ts';

/** A sheet as a person sees it: of merged cells only the first, for spreadsheets keep what the others held before. */
export const asShown = (sheet: Sheet): Sheet => ({ ...sheet, rows: () => shownRows(sheet) });

async function* shownRows(sheet: Sheet): AsyncIterable<SheetRow> {
  const waiting = [...(await sheet.merges())].sort((a, b) => b.top - a.top);
  /** The merged cells that are open at the line, by column. */
  const open = new Map<number, Merge>();
  for await (const row of sheet.rows()) {
    for (const [column, { bottom }] of open) if (bottom < row.line) open.delete(column);
    for (let next = waiting.at(-1); next !== undefined && next.top <= row.line; next = waiting.at(-1)) {
      waiting.pop();
      if (next.bottom < row.line) continue;
      for (let column = next.left; column <= Math.min(next.right, columnLimit); column += 1) open.set(column, next);
    }
    const isHidden = (index: number) => {
      const merge = open.get(index + 1);
      return merge !== undefined && (merge.top < row.line || merge.left < index + 1);
    };
    yield open.size === 0 ? row : { ...row, cells: row.cells.map((cell, index) => (isHidden(index) ? '' : cell)) };
  }
}

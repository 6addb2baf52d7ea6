import { createReadStream } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { foldImport } from '../../domain/import-record.ts';
import { eventFromRow, streamEvents } from '../../projections/trail.ts';
import type { ImportContext } from './context.ts';
import { dryRunOf } from './dry-runs.ts';
import { importStream } from './records.ts';
import { importOfFile, removeRows, tablePath } from './refused-file.ts';

/**
 * Removes what this node keeps of the rows of some imports, and of others, dry runs included, in whose files one of the
 * texts stands. Imports that run keep their files.
 */
export const removeRowsWith = async (
  folder: string,
  { texts, imports }: { readonly texts: readonly string[]; readonly imports: readonly string[] },
  model: Pick<ImportContext['model'], 'all' | 'place'>,
): Promise<void> => {
  if (texts.length === 0) return;
  const isId = (name: string) => /^[0-9a-f-]{36}(\.[a-z.]+)?$/.test(name);
  const names = (await readdir(folder).catch(() => [])).filter(isId);
  for (const [id, files] of Map.groupBy(names, importOfFile)) {
    const has =
      imports.includes(id) ||
      (await anyHas(
        files.map((name) => tablePath(folder, name)),
        texts,
      ));
    if (has && !(await runs(folder, id, model))) await removeRows(folder, id);
  }
};

const runs = async (folder: string, id: string, model: Pick<ImportContext['model'], 'all' | 'place'>) => {
  const events = model.all(streamEvents(importStream(id), model.place().size)).map(eventFromRow);
  const record = (await dryRunOf(folder, id)) ?? foldImport(id, events);
  return record?.state === 'running';
};

const anyHas = async (paths: readonly string[], texts: readonly string[]): Promise<boolean> => {
  for (const path of paths) if (await fileHas(path, texts)) return true;
  return false;
};

/** Whether a file has one of the texts, as it is or as JSON writes it. Only a piece of the file is in memory. */
const fileHas = async (path: string, texts: readonly string[]): Promise<boolean> => {
  const wanted = texts.flatMap((text) => [text, JSON.stringify(text).slice(1, -1)]).map((text) => Buffer.from(text));
  const overlap = Math.max(...wanted.map(({ length }) => length)) - 1;
  let rest = Buffer.alloc(0);
  for await (const piece of createReadStream(path)) {
    const bytes = Buffer.concat([rest, piece as Buffer]);
    if (wanted.some((each) => bytes.includes(each))) return true;
    rest = overlap > 0 ? bytes.subarray(-overlap) : Buffer.alloc(0);
  }
  return false;
};

import type { ChosenFile } from './chosen-folder.ts';

/** A folder that somebody chose or dropped, with all that is in it. */
export type ChosenFolder = { readonly name: string; readonly files: readonly ChosenFile[] };

/** What `<input webkitdirectory>` gives: each path begins with the folder. */
export const chosenIn = (list: FileList): ChosenFolder => {
  const files = [...list].map((file) => ({ path: file.webkitRelativePath.replace(/^[^/]*\//, ''), file }));
  return { name: list[0]?.webkitRelativePath.split('/')[0] ?? '', files };
};

/** The folder among what was dropped; undefined if there is none. */
export const droppedIn = async (items: DataTransferItemList): Promise<ChosenFolder | undefined> => {
  // Both are gone once the event is over.
  const [item] = items;
  const entry = item?.webkitGetAsEntry();
  const handle = await (item as Partial<WithHandle> | undefined)?.getAsFileSystemHandle?.();
  if (handle !== undefined)
    return handle?.kind === 'directory' ? { name: handle.name, files: await filesBelow(handle) } : undefined;
  return entry?.isDirectory === true
    ? { name: entry.name, files: await filesOf(entry as FileSystemDirectoryEntry) }
    : undefined;
};

/** Chromium’s way, which alone of the two reads folders for a page that is a file itself. */
type Handle =
  | { readonly kind: 'file'; readonly name: string; readonly getFile: () => Promise<File> }
  | { readonly kind: 'directory'; readonly name: string; readonly values: () => AsyncIterable<Handle> };
type WithHandle = { readonly getAsFileSystemHandle: () => Promise<Handle | null> };

const filesBelow = async (folder: Handle & { readonly kind: 'directory' }, at = ''): Promise<readonly ChosenFile[]> => {
  const files: ChosenFile[] = [];
  for await (const each of folder.values())
    if (each.kind === 'file') files.push({ path: `${at}${each.name}`, file: await each.getFile() });
    else files.push(...(await filesBelow(each, `${at}${each.name}/`)));
  return files;
};

/** Every other browser’s way. */
const filesOf = async (folder: FileSystemDirectoryEntry, at = ''): Promise<readonly ChosenFile[]> => {
  const files: ChosenFile[] = [];
  const reader = folder.createReader();
  for (;;) {
    const some = await new Promise<readonly FileSystemEntry[]>((done, fail) => reader.readEntries(done, fail));
    if (some.length === 0) return files;
    for (const each of some)
      if (each.isDirectory) files.push(...(await filesOf(each as FileSystemDirectoryEntry, `${at}${each.name}/`)));
      else files.push({ path: `${at}${each.name}`, file: await fileOf(each as FileSystemFileEntry) });
  }
};

const fileOf = (entry: FileSystemFileEntry): Promise<File> => new Promise((done, fail) => entry.file(done, fail));

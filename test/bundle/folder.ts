import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { leafOf } from '../../domain/leaf.ts';
import { folderAt } from '../../src/bundle/folder-on-disk.ts';
import { type Pinned, verifyBundle } from '../../src/bundle/verify.ts';
import { formatCheckpoint } from '../../src/ledger/checkpoint.ts';
import { signNote } from '../../src/ledger/note.ts';
import { tiling } from '../../src/ledger/tiling.ts';
import { leafHash, type Tree } from '../../src/ledger/tree.ts';
import { exportBundle } from '../../src/maintenance/export.ts';
import { type EventStore, start } from '../../src/store/event-store.ts';
import { newLogKey } from '../ledger/signing.ts';

/** A registry’s key, and what it signs. */
export const keyNamed = (name: string) => {
  const key = newLogKey(name);
  const signed = (tree: Tree) => signNote(formatCheckpoint({ origin: name, ...tree }), [key.signer]);
  return { ...key, name, signed };
};
export type Key = ReturnType<typeof keyNamed>;

/** The tree of a store’s first events. */
export const treeOf = async (store: EventStore, size: number) => {
  const tree = tiling();
  for (const event of (await store.readAll(start, 10_000)).slice(0, size)) {
    const made = leafOf(event);
    if ('leaf' in made) tree.add(leafHash(Buffer.from(made.leaf)));
  }
  return { size: tree.size(), root: tree.root() };
};

export const newFolder = (): string => mkdtempSync(join(tmpdir(), 'upgrade-registry-bundle-'));

/** A folder with all of a store, signed by a key. */
export const exported = async (store: EventStore, key: Key, verifier?: Uint8Array): Promise<string> => {
  const folder = newFolder();
  const tree = await treeOf(store, await store.size());
  const checkpoint = { origin: key.name, ...tree };
  const { verifierKey } = key;
  const days = ['2020-12-31', '2022-03-01'];
  const what = { note: key.signed(tree), checkpoint, verifierKey, withTexts: true, verifier, days };
  const done = await exportBundle(folder, store, what);
  if ('refused' in done) throw new Error(done.refused);
  return folder;
};

/** The faults of a copy of a folder after something was done to it. */
export const faultsAfter = (folder: string, tamper: (copy: string) => void, pinned: Pinned) => {
  const copy = copyAfter(folder, tamper);
  try {
    return verifyBundle(folderAt(copy), pinned).faults;
  } finally {
    rmSync(copy, { recursive: true });
  }
};

/** A copy of a folder after something was done to it. */
export const copyAfter = (folder: string, tamper: (copy: string) => void): string => {
  const copy = newFolder();
  cpSync(folder, copy, { recursive: true });
  tamper(copy);
  return copy;
};

/** Changes the lines of a file, which end with a line feed each. */
export const withLines =
  (name: string, change: (lines: string[]) => readonly string[]) =>
  (folder: string): void => {
    const path = join(folder, name);
    const lines = change(readFileSync(path, 'utf8').split('\n').slice(0, -1));
    writeFileSync(path, lines.map((line) => `${line}\n`).join(''));
  };

/** Changes the bytes of a file. */
export const withBytes =
  (name: string, change: (bytes: Buffer) => Uint8Array) =>
  (folder: string): void => {
    const path = join(folder, name);
    writeFileSync(path, change(readFileSync(path)));
  };

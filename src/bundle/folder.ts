/** A folder for auditors, wherever it lies: on a disk, or chosen in a browser. */
export type Folder = {
  /** Where a file of it lies, for people. */
  readonly pathOf: (name: string) => string;
  /** Undefined if there is no such file. */
  readonly open: (name: string) => OpenFile | undefined;
};

export type OpenFile = {
  readonly sizeBytes: number;
  /** Fills a buffer from a place of the file on, as far as the file goes; the number of bytes read. */
  readonly read: (into: Uint8Array, at: number) => number;
  readonly close: () => void;
};

/** All bytes of a file; undefined if there is none. */
export const bytesIn = (folder: Folder, name: string): Buffer | undefined => {
  const file = folder.open(name);
  if (file === undefined) return undefined;
  try {
    const bytes = Buffer.alloc(file.sizeBytes);
    return bytes.subarray(0, file.read(bytes, 0));
  } finally {
    file.close();
  }
};

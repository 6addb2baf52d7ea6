import type { Text } from '../../../domain/field.ts';
import type { ImportColumn } from '../../../domain/import-events.ts';

/** Why a file cannot be imported at all, and what is wrong: the file, the command, the sheet, a `set.FIELD` or a `map.HEADER`. */
export type FileFault = {
  readonly fault: Text;
  readonly at: string;
  /** The columns as they are understood, if choosing what they give may settle it. */
  readonly columns?: readonly ImportColumn[];
  /** The sheets of which one can be chosen, if that may settle it. */
  readonly sheets?: readonly string[];
};

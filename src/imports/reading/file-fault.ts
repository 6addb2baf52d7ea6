import type { Text } from '../../../domain/field.ts';

/** Why a file cannot be imported at all, and what is wrong: the file, the command, the sheet, a `set.FIELD` or a `map.HEADER`. */
export type FileFault = { readonly fault: Text; readonly at: string };

import type { Text } from '../../domain/field.ts';
import type { CellFault } from '../../domain/import-events.ts';
import type { Register } from '../../domain/register.ts';
import type { Rejection } from '../../domain/rejection.ts';
import { reasonOf } from '../commands/refusal-texts.ts';
import type { Row } from './reading/kept-table.ts';

/** What is wrong with a row by what is recorded already. */

export const likelyDuplicate = (key: string): Text => ({
  zh: `与 ${key} 名称相同，疑似重复；如确为不同的登记项，请以 set.duplicates=allow 导入`,
  en: `Has the same name as ${key} and is probably a duplicate; if it is a different entry, import with set.duplicates=allow`,
});

/** What a rejection finds wrong with a row, by column; nothing about fields of which something else is wrong. */
export const faultsOfRejection = (
  rejection: Rejection,
  register: Register,
  row: Row,
  unsure: ReadonlySet<string>,
): readonly CellFault[] => {
  if (rejection.code !== 'invalid-request') return [row.faultIn(nameIn(rejection), reasonOf(rejection, register))];
  return rejection.errors
    .map((error) => ({ error, name: nameAt(error.pointer) }))
    .filter(({ name }) => !unsure.has(name))
    .map(({ error, name }) => row.faultIn(name, reasonOf({ ...rejection, errors: [error] }, register)));
};

/** The name of what a rejection is about; no column has the empty name. */
const nameIn = (rejection: Rejection): string => {
  if (rejection.code === 'unknown-reference') return nameAt(rejection.pointer);
  return rejection.code === 'check-character' ? 'key' : '';
};

const nameAt = (pointer = ''): string => pointer.split('/')[1] ?? '';

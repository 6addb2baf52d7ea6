import type { Text } from '../domain/field.ts';
import { districts, sectors } from '../domain/places.ts';
import { measureId } from '../domain/register.ts';
import { registers } from '../domain/registers/index.ts';
import type { Projection } from './projection.ts';

/** The titles of what other tables hold by name, for programs that read the file: they follow from the declarations. */
const titled: readonly (readonly [kind: string, id: string, title: Text])[] = [
  ...registers.flatMap((register) => [
    ['register', register.name, register.title] as const,
    ...Object.entries(register.statuses).map(
      ([status, title]) => ['status', `${register.name}.${status}`, title] as const,
    ),
    ...register.facts.map(({ command, title }) => ['command', `${register.name}.${command}`, title] as const),
    ...Object.entries(register.measures).map(
      ([name, { title }]) => ['measure', measureId(register, name), title] as const,
    ),
  ]),
  ...Object.entries(sectors).map(([sector, title]) => ['sector', sector, title] as const),
  ...Object.entries(districts).map(([district, title]) => ['district', district, title] as const),
];

const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`;

/** The titles of a column's values as two more columns, `…_zh` and `…_en`. */
export const titlesOf = (kind: string, id: string, column: string): string =>
  ['zh', 'en']
    .map(
      (language) => `(SELECT ${language} FROM v_titles WHERE kind = '${kind}' AND id = ${id}) AS ${column}_${language}`,
    )
    .join(', ');

export const titles: Projection = {
  name: 'titles',
  version: 1,
  tables: `
    CREATE TABLE title (kind TEXT NOT NULL, id TEXT NOT NULL, zh TEXT NOT NULL, en TEXT NOT NULL,
      PRIMARY KEY (kind, id)) STRICT, WITHOUT ROWID;
    INSERT INTO title VALUES ${titled
      .map(([kind, id, { zh, en }]) => `(${[kind, id, zh, en].map(quoted).join(', ')})`)
      .join(',\n      ')};
    CREATE VIEW v_titles AS SELECT kind, id, zh, en FROM title;
  `,
  compared: { title: 'kind, id' },
  *writes() {},
};

import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { registerNamed } from '../../domain/registers/index.ts';
import { columnFinder, nameOf } from '../../src/imports/reading/columns.ts';

/** Every header that release 0.1.0 understood: register, commands, column, headers; `*` stands for all of them. */
const earlier = readFileSync(new URL('earlier-headers.csv', import.meta.url), 'utf8')
  .trim()
  .split('\n')
  .slice(1)
  .map((line) => {
    const [register = '', commands = '', column = '', headers = ''] = line.split(',');
    return { register, commands: commands.split(' '), column, headers: headers.split('|') };
  });

/** A register that was added later had no headers then. */
const registersThen = new Set(earlier.map(({ register }) => register).filter((name) => name !== '*'));

test.each([...registersThen])('spreadsheets headed by the titles that %s had before are still understood', (then) => {
  const register = registerNamed(then);
  if (register === undefined) throw new Error(`there is no register ${then} any more`);
  for (const kind of register.facts) {
    const find = columnFinder({ register, kind });
    const rows = earlier.filter(({ register: name, commands }) =>
      name === '*' ? true : name === register.name && commands.includes(kind.command),
    );
    const expected = rows.flatMap(({ column, headers }) => headers.map((header) => [header, column]));
    const found = expected.map(([header = '']) => {
      const column = find(header);
      return [header, column && nameOf(column)];
    });
    expect(found, kind.command).toEqual(expected);
  }
});

/** What docs/counting.md says in tables, read from the page, so that a counter has nothing that the page lacks. */
export type Rules = {
  readonly version: number;
  readonly registers: Readonly<Record<string, readonly Row[]>>;
  readonly measures: readonly Measure[];
};

/** A type of facts, in its place in the register's table. */
export type Row = {
  readonly type: string;
  readonly moves: Readonly<Record<string, string>>;
  readonly another?: string;
};

export type Measure = {
  readonly id: string;
  readonly statuses: readonly string[];
  readonly field?: { readonly name: string; readonly value: string | boolean; readonly isNot: boolean };
};

/** The rows of the tables in a section, cell by cell, without their heads. */
const rowsOf = (section: string): readonly (readonly string[])[] =>
  section
    .split('\n')
    .filter((line) => line.startsWith('| ') && !line.startsWith('| ---'))
    .slice(1)
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );

const bare = (text: string): string => text.replaceAll('`', '');

const rowFrom = ([type = '', moves = '']: readonly string[]): Row => {
  const another = /, another (\w+)$/.exec(moves)?.[1];
  const each = moves
    .replace(/, another \w+$/, '')
    .split('; ')
    .flatMap((move) => {
      const [from = '', to = ''] = move.split(' → ');
      return from.split(', ').map((status) => [status, to] as const);
    });
  return { type: bare(type), moves: Object.fromEntries(each), ...(another === undefined ? {} : { another }) };
};

const measureFrom = ([id = '', statuses = '', and = '']: readonly string[]): Measure => {
  const [, name, not, value = ''] = /^`(\w+)` is (not )?`?([\w]+)`?$/.exec(and) ?? [];
  if ((name === undefined) !== (and === '')) throw new Error(`The page says something else of ${id}: ${and}`);
  const field = name && { name, value: value === 'false' ? false : value, isNot: not !== undefined };
  return { id: bare(id), statuses: statuses.split(', '), ...(field ? { field } : {}) };
};

export const rulesIn = (page: string): Rules => {
  const sections = new Map(
    page.split(/^##+ /m).map((section) => {
      const [title = ''] = section.split('\n', 1);
      return [title, section] as const;
    }),
  );
  const registers = [...sections].filter(([, section]) => section.includes('| type | from → to |'));
  return {
    version: Number(/^# Counting rules (\d+)$/m.exec(page)?.[1]),
    registers: Object.fromEntries(registers.map(([name, section]) => [name, rowsOf(section).map(rowFrom)])),
    measures: rowsOf(sections.get('Measures') ?? '').map(measureFrom),
  };
};

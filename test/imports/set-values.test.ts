import { expect, test } from 'vitest';
import type { FactKind, Register } from '../../domain/register.ts';
import { registers } from '../../domain/registers/index.ts';
import { fieldExample } from '../../src/commands/examples.ts';
import { openFile } from '../../src/imports/reading/file.ts';
import { isValue } from '../../src/imports/reading/values.ts';
import { newFile } from '../spreadsheets/files.ts';

/** Refusals of what is set for a whole file, and of missing columns, name things by their titles. */

const kinds = registers.flatMap((register) =>
  register.facts.map((kind) => [register.name, kind.command, register, kind] as const),
);

const faultOf = async (register: Register, kind: FactKind, set: Readonly<Record<string, string>>) => {
  const opened = await openFile({ register, kind, path: newFile('x,y\n1,2\n'), sheet: undefined, set }, newFile());
  if (!('fault' in opened)) throw new Error('no fault');
  return opened;
};

/** The names of fields that no person would write: investmentCny, effectiveOn. */
const rawName = /[a-z](?:On|Cny|En|No|Size|Level|Until|Kind|Confirmed)\b|effectiveOn/;

test.each(kinds)('%s, %s: an unknown field is refused with the titles of all fields', async (_, __, register, kind) => {
  const { at, fault } = await faultOf(register, kind, { colour: 'red' });
  expect(at).toBe('set.colour');
  for (const { title } of Object.values(kind.takes)) {
    expect(fault.zh).toContain(title.zh);
    expect(fault.en).toContain(title.en);
  }
  expect(fault.zh).toContain(`${register.key.title.zh}、生效日期、佐证、备注`);
  expect(fault.en).not.toMatch(rawName);
  expect(fault.zh).not.toMatch(rawName);
});

test.each(kinds)(
  '%s, %s: a value that is not valid is refused with the title of its field',
  async (_, __, register, kind) => {
    const fields = Object.entries(kind.takes).filter(
      ([, field]) => !['text', 'titles', 'targets', 'range'].includes(field.kind),
    );
    const titles = [...fields.map(([name, { title }]) => [name, title] as const), ['key', register.key.title] as const];
    for (const [name, title] of [...titles, ['effectiveOn', { zh: '生效日期', en: 'Effective on' }] as const]) {
      const { at, fault } = await faultOf(register, kind, { [name]: '\u0001 no such value' });
      expect(at).toBe(`set.${name}`);
      expect(fault.zh).toMatch(new RegExp(`不是“${title.zh}”的有效值`));
      expect(fault.en).toContain(`is not a valid value for ${title.en}`);
      for (const { zh, en } of Object.values(kind.takes[name]?.options ?? {})) {
        expect(fault.zh).toContain(zh);
        expect(fault.en).toContain(en);
      }
    }
  },
);

test.each(kinds)('%s, %s: columns that are missing are named by their titles', async (_, __, register, kind) => {
  const { fault } = await faultOf(register, kind, {});
  expect(fault.zh).toContain('缺少列：');
  expect(fault.zh).toContain('生效日期；');
  expect(fault.en).not.toMatch(rawName);
  expect(fault.zh).not.toMatch(rawName);
});

/** A list with the columns that a command needs and one more, in which both rows have `cell`. */
const listWith = (register: Register, { required, takes }: FactKind, name: string, cell: string): string => {
  const titles: Readonly<Record<string, string>> = {
    key: register.key.title.en,
    ...{ effectiveOn: 'Effective on', evidence: 'Evidence', note: 'Note' },
  };
  const names = [...new Set(['key', 'effectiveOn', ...required, name])];
  const headers = names.map((each) => takes[each]?.title.en ?? titles[each]);
  const row = names.map((each) => (each === name ? cell : 'x'));
  return `${[headers, row, row].map((cells) => cells.join('\t')).join('\n')}\n`;
};

test.each(kinds)(
  '%s, %s: what is set for a whole file fills gaps, and is said to be unused if every row has its own',
  async (_, __, register, kind) => {
    const examples: Readonly<Record<string, string>> = {
      ...{ key: register.key.example, effectiveOn: '2020-12-22', evidence: '文件', note: '说明' },
      ...Object.fromEntries(
        Object.entries(kind.takes).map(([name, field]) => {
          const example = field.kind === 'references' ? '91310000132260250X' : fieldExample(name, field);
          return [name, typeof example === 'object' ? JSON.stringify(example) : String(example)];
        }),
      ),
    };
    for (const [name, value] of Object.entries(examples)) {
      const opened = (cell: string) =>
        openFile(
          {
            ...{ register, kind, sheet: undefined },
            path: newFile(listWith(register, kind, name, cell)),
            set: { [name]: value },
          },
          newFile(),
        );
      if (!isValue(register, kind, name, value)) continue;
      expect(await opened('own'), name).toMatchObject({ total: 2, unusedSet: [name] });
      expect(await opened(''), name).not.toHaveProperty('unusedSet');
      expect(await opened(''), name).toMatchObject({ total: 2 });
    }
  },
);

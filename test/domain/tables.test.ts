import { describe, expect, test } from 'vitest';
import type { Day } from '../../domain/calendar.ts';
import type { JsonObject } from '../../domain/json.ts';
import { measureId, type Register } from '../../domain/register.ts';
import { registers } from '../../domain/registers/index.ts';
import { count, given, type Known, nothingOf, recorded, stateAt, when } from './given.ts';
import { counting, type Table, tables } from './tables.ts';
import { everyEntry, factory, platform, supplier } from './vocabulary.ts';

const day = (count: number): Day => `2020-01-${String(count + 1).padStart(2, '0')}`;
const lastDay = '2020-12-31';

/** The contract's nine registers; its tables say nothing of others that are declared. */
const ofContract = registers.filter(({ name }) => Object.hasOwn(tables, name));

test('the registers, their commands, events and fields are those of the contract', () => {
  expect(ofContract.map(({ name }) => name).sort()).toEqual(Object.keys(tables).sort());
  for (const register of ofContract) {
    const table = tableOf(register);
    expect(Object.keys(register.commands)).toEqual(Object.keys(table.commands));
    expect([...Object.keys(register.statuses), 'none'].sort()).toEqual([...table.statuses].sort());
    for (const [command, row] of Object.entries(table.commands)) {
      const kind = register.factOf.get(command);
      const starts = row.leads.none !== undefined;
      const descriptive = starts ? [...table.descriptive.required, ...table.descriptive.optional] : [];
      expect(kind?.event).toBe(row.event);
      expect(Object.keys(kind?.takes ?? {}).sort()).toEqual([...descriptive, ...row.required, ...row.optional].sort());
    }
  }
});

test('the measures are those of the contract', () => {
  const declared = ofContract.flatMap((register) =>
    Object.keys(register.measures).map((name) => measureId(register, name)),
  );
  expect(declared.sort()).toEqual(Object.keys(counting).sort());
});

describe.each(everyEntry.map((entry) => [entry.register.name, entry] as const))(
  '%s',
  (_, { register, key, described, word }) => {
    const table = tableOf(register);
    /** An entry brought to a status by the shortest way of the contract's table, the last fact on the last day. */
    const brought = (status: string): Known => {
      const ways = new Map<string, readonly string[]>([['none', []]]);
      for (const [from, way] of ways)
        for (const [command, { leads }] of Object.entries(table.commands)) {
          const to = leads[from];
          if (to !== undefined && !ways.has(to)) ways.set(to, [...way, command]);
        }
      const way = ways.get(status);
      if (way === undefined) throw new Error(`No way leads to ${status}`);
      const [start, ...rest] = way.map((command, index) => word(command)(day(index), index === 0 ? described : {}));
      return start === undefined ? nothingOf(register, key) : given(start, ...rest);
    };

    const possible = (status: string): readonly string[] => [
      ...Object.keys(table.commands).filter((command) => table.commands[command]?.leads[status] !== undefined),
      ...(status === 'none' ? [] : ['amend', 'correct', 'annul']),
    ];

    test.each(table.statuses)(
      'from status %s the commands of the table lead where it says, the others are refused',
      (status) => {
        const known = brought(status);
        expect(stateAt(known, lastDay).status).toBe(status);
        for (const [command, { leads, another }] of Object.entries(table.commands)) {
          const to = leads[status];
          const fields = { ...(status === 'none' && to !== undefined ? described : {}), ...other(another) };
          const result = when(known, word(command)(lastDay, fields));
          if (to === undefined) {
            expect(result, command).toEqual({
              rejection: { code: 'transition-not-allowed', entryStatus: status, allowed: possible(status) },
            });
          } else {
            expect('rejection' in result ? result.rejection : stateAt(result, lastDay).status, command).toBe(to);
          }
        }
      },
    );

    test.each(table.statuses)(
      'an amendment keeps status %s, and is refused where there is nothing to amend',
      (status) => {
        const [name = ''] = Object.keys(described);
        const result = when(brought(status), word('amend')(lastDay, { [name]: described[name] ?? null }));
        if (status === 'none') {
          expect(result).toEqual({
            rejection: { code: 'transition-not-allowed', entryStatus: 'none', allowed: possible('none') },
          });
        } else {
          expect('rejection' in result ? result.rejection : stateAt(result, lastDay).status).toBe(status);
        }
      },
    );

    test('each status counts for the measures of the table and for no other', () => {
      for (const status of table.statuses)
        for (const [measure, statuses] of Object.entries(counting))
          expect(count(brought(status), measure, { on: lastDay }), `${status} for ${measure}`).toBe(
            statuses.includes(status) && measure.startsWith(`${register.name}.`) ? 1 : 0,
          );
    });

    test('every own field that the table requires is required, and unknown ones are refused', () => {
      for (const [command, { required }] of Object.entries(table.commands)) {
        const body = { ...word(command)(lastDay).body(brought('none')) };
        for (const name of required) {
          const { [name]: _left, ...without } = body;
          expect(register.factOf.get(command)?.body.safeParse(without).success, `${command} without ${name}`).toBe(
            false,
          );
        }
        expect(register.factOf.get(command)?.body.safeParse({ ...body, colour: 'red' }).success).toBe(false);
      }
    });

    test('the first command always requires the descriptive fields, whatever the status', () => {
      for (const name of table.descriptive.required) {
        const { [name]: _left, ...without } = described;
        const body = { effectiveOn: lastDay, ...without };
        expect(register.factOf.get(table.first)?.body.safeParse(body).success, `without ${name}`).toBe(false);
      }
      expect(register.factOf.get(table.first)?.body.safeParse({ effectiveOn: lastDay, ...described }).success).toBe(
        true,
      );
    });

    test('a command that starts a history without being the first requires the descriptive fields there', () => {
      const starting = Object.entries(table.commands).filter(([, { leads }]) => leads.none !== undefined);
      for (const [command] of starting.filter(([name]) => name !== table.first)) {
        expect(when(nothingOf(register, key), word(command)(lastDay))).toMatchObject({
          rejection: {
            code: 'invalid-request',
            errors: table.descriptive.required.map((name) => ({ pointer: `/${name}` })),
          },
        });
        expect(
          stateAt(recorded(nothingOf(register, key), word(command)(lastDay, described)), lastDay).fields,
        ).toMatchObject(described);
      }
    });
  },
);

test.each([
  ['factory', given(factory.certified('2020-11-03', factory.described)), factory.certify, 'grade', 'benchmark'],
  ['supplier', given(supplier.designated('2020-11-03', supplier.described)), supplier.designate, 'tier', '10bn'],
  ['platform', given(platform.designated('2020-11-03', platform.described)), platform.designate, 'level', 'municipal'],
] as const)('a %s is recognised again only in another way than before', (_, known, again, field, another) => {
  expect(when(known, again('2021-11-03'))).toMatchObject({ rejection: { code: 'transition-not-allowed' } });
  const upgraded = recorded(known, again('2021-11-03', { [field]: another }));
  expect(stateAt(upgraded, '2021-11-03').fields[field]).toBe(another);
  expect(when(upgraded, again('2022-01-03', { [field]: another }))).toMatchObject({
    rejection: { code: 'transition-not-allowed' },
  });
});

const tableOf = (register: Register): Table => {
  const table = tables[register.name];
  if (table === undefined) throw new Error(`The contract has no register ${register.name}`);
  return table;
};

const others: JsonObject = { grade: 'benchmark', tier: '10bn', level: 'municipal' };
const other = (field: string | undefined): JsonObject =>
  field === undefined ? {} : { [field]: others[field] ?? null };

import { describe, expect, test } from 'vitest';
import { faultsOf } from '../../domain/faults.ts';
import type { Text } from '../../domain/field.ts';
import { isObject, type Json, type JsonObject } from '../../domain/json.ts';
import { districts, sectors } from '../../domain/places.ts';
import { bodyOf, commandsOf, type Register } from '../../domain/register.ts';
import { measureIds, registers } from '../../domain/registers/index.ts';
import { commandExample } from '../../src/commands/examples.ts';
import { detailOf, reasonOf } from '../../src/commands/refusal-texts.ts';

/** What people read when a value is refused: words in both languages, no codes and no patterns. */

const wrongValues: readonly Json[] = [
  null,
  true,
  -1,
  0,
  1.5,
  1e300,
  'x',
  '',
  '   ',
  '\u202e',
  'Ünïcode /"|'.repeat(300),
  [],
  [1],
  [null, 'x', 'x'],
  [{}],
  Array(300).fill('x'),
  {},
  { zh: 1 },
  { min: -1, max: 'x' },
  { min: 5, max: 1 },
];

/** Values in which one member of an object, or one of a list, is wrong. */
const variants = (value: Json | undefined): readonly Json[] => {
  if (Array.isArray(value)) {
    const [first] = value;
    return variants(first).map((each) => [each]);
  }
  if (!isObject(value)) return wrongValues;
  const names = Object.keys(value);
  const changed = names.flatMap((name) => variants(value[name] as Json).map((each) => ({ ...value, [name]: each })));
  const without = names.map((name) => Object.fromEntries(Object.entries(value).filter(([other]) => other !== name)));
  return [...wrongValues, ...changed, ...without, { ...value, unknown: 1 }] as Json[];
};

/** The codes of a field's options that must not be read where they have titles, as words by themselves. */
const codesOf = (register: Register): readonly string[] => {
  const fields = [register.descriptive, ...Object.values(register.commands).map((command) => command.fields ?? {})];
  const options = fields.flatMap((each) => Object.values(each)).map((field) => field.options ?? {});
  const titled = [sectors, districts, register.statuses, ...options];
  return [...titled.flatMap((list) => Object.keys(list)), ...measureIds];
};

const notForPeople: readonly RegExp[] = [
  /string|undefined|null|NaN|\[object|regex/i,
  /[<>]=?|"\|"/,
  /\/[\^[(].*\/|\\d|\{\d+,\d*\}/,
  /Invalid|Too (small|big)|expected|received|Unrecognized|pattern|无效输入|期望|实际接收|数值过[大小]|无效选项/,
];

const bodiesOf = (register: Register, command: string): readonly Json[] => {
  const example = commandExample(register, command);
  const kind = register.factOf.get(command);
  const names = new Set([...Object.keys(example), ...Object.keys(kind?.takes ?? {}), 'note', 'evidence', 'data']);
  const evidence = [{ title: '文件', sha256: 'a'.repeat(64), uri: 'https://example.org/' }];
  const given: JsonObject = { ...example, ...(kind === undefined ? {} : { evidence }) };
  return [...names].flatMap((name) => [
    Object.fromEntries(Object.entries(given).filter(([other]) => other !== name)),
    ...variants(given[name]).map((value) => ({ ...given, [name]: value })),
  ]);
};

const check = (words: Text, codes: readonly string[], what: string): void => {
  for (const text of [words.zh, words.en]) {
    for (const pattern of notForPeople) expect(text, what).not.toMatch(pattern);
    const isRead = codes.find((code) => new RegExp(`(?<![\\w.-])${RegExp.escape(code)}(?![\\w.-])`).test(text));
    expect(isRead, `${what}: ${text}`).toBeUndefined();
  }
  expect(words.zh, what).toMatch(/\p{Script=Han}/u);
  expect(words.en, what).toMatch(/^[\x20-\x7e–’]+$/);
};

describe.each(registers.map((register) => [register.name, register] as const))('the fields of %s', (_, register) => {
  test.each(commandsOf(register).map(({ command }) => command))('are refused in words by %s', (command) => {
    const schema = bodyOf(register, command);
    const codes = codesOf(register);
    const messages = new Set<string>();
    for (const body of bodiesOf(register, command)) {
      const parsed = schema?.safeParse(body);
      if (parsed?.success !== false) continue;
      const faults = faultsOf(parsed.error, 'body', body);
      for (const fault of faults) {
        const line = `${fault.zh} ${fault.en}`;
        if (messages.has(line)) continue;
        messages.add(line);
        check(fault, codes, `${command} ${fault.pointer}`);
      }
      const rejection = { code: 'invalid-request', errors: faults } as const;
      for (const words of [detailOf(rejection, register), reasonOf(rejection, register)]) {
        expect(words?.zh).not.toMatch(/undefined/);
      }
    }
    expect(messages.size).toBeGreaterThan(3);
  });
});

test('a choice names its options by their titles', () => {
  const [factories] = registers.filter(({ name }) => name === 'factories');
  const body = { effectiveOn: '2020-12-22', grade: 'best' };
  const parsed = factories?.factOf.get('certify')?.body.safeParse(body);
  expect(parsed?.error && faultsOf(parsed.error, 'body', body)).toEqual([
    {
      in: 'body',
      pointer: '/grade',
      zh: '取值不在可选范围内；可选：示范、标杆',
      en: 'Must be one of: Demonstration, Benchmark',
    },
  ]);
});

describe.each(registers.map((register) => [register.name, register] as const))('a refusal of %s', (_, register) => {
  const codes = [...codesOf(register), ...commandsOf(register).map(({ command }) => command)];

  test('names statuses and commands by their titles', () => {
    for (const status of ['none', ...Object.keys(register.statuses)]) {
      const allowed = commandsOf(register).map(({ command }) => command);
      const detail = detailOf({ code: 'transition-not-allowed', entryStatus: status, allowed }, register);
      check(detail ?? { zh: '', en: '' }, codes, status);
    }
  });

  test('names facts and references by their titles', () => {
    for (const { event: type } of register.facts) {
      const breaks = { event: '7a0e5a0c-4a43-5b8e-9d60-6b7a3c1f2d11', type, effectiveOn: '2020-11-01' };
      const detail = detailOf({ code: 'breaks-history', breaks }, register);
      check(detail ?? { zh: '', en: '' }, [...codes, type, breaks.event], type);
    }
    for (const name of Object.keys(register.descriptive)) {
      const detail = detailOf({ code: 'unknown-reference', pointer: `/data/${name}`, reference: 'k-1' }, register);
      check(detail ?? { zh: '', en: '' }, [...codes, name], name);
    }
  });
});

test('a text in place of a list is said to be no list, and not to be too long', () => {
  const [factories] = registers.filter(({ name }) => name === 'factories');
  const body = { ...(factories && commandExample(factories, 'nominate')), evidence: 'x'.repeat(100) };
  const parsed = factories?.factOf.get('nominate')?.body.safeParse(body);
  expect(parsed?.error && faultsOf(parsed.error, 'body', body)).toEqual([
    { in: 'body', pointer: '/evidence', zh: '此项须为列表', en: 'Must be a list' },
  ]);
});

import { describe, expect, test } from 'vitest';
import type { DeclaredRegister } from '../../web/answers.ts';
import {
  bodyOf,
  factAsCorrected,
  fieldsOf,
  formKindOf,
  missingOf,
  placeFaults,
  shownIn,
} from '../../web/desk/record/body.ts';
import { clashesOf, withTheirs } from '../../web/desk/record/conflict.ts';
import { draftPlace, dropDraft, keepDraft, newIdempotencyKey, readDraft } from '../../web/desk/record/drafts.ts';
import { type FieldKind, sentAs, type Typed, typedAs } from '../../web/desk/record/typed.ts';

const title = { zh: '', en: '' };
const titles = { effectiveOn: title, reason: title, events: title, evidence: title, note: title };
const declaredField = (name: string, kind: 'text' | 'choice' | 'money', optional: boolean) => ({
  name,
  kind,
  optional,
  title,
});

/** A register of no kind that there is. */
const parks: DeclaredRegister = {
  name: 'parks',
  title,
  role: 'clerk',
  key: { kind: 'slug', pattern: '.*', example: 'p-1', title },
  named: 'name',
  fields: [declaredField('name', 'text', false), declaredField('area', 'money', true)],
  lasting: [],
  filters: [],
  statuses: [{ id: 'open', title }],
  commands: [
    {
      name: 'open',
      title,
      event: 'ParkOpened',
      moves: { none: 'open', open: 'open' },
      fields: [
        declaredField('name', 'text', true),
        declaredField('area', 'money', true),
        declaredField('grade', 'choice', false),
      ],
      requiredToStart: ['name'],
    },
    {
      name: 'amend',
      title,
      event: 'ParkAmended',
      moves: { open: 'open' },
      fields: [declaredField('name', 'text', true), declaredField('area', 'money', true)],
      requiredToStart: [],
    },
  ],
  corrections: [],
  measures: [],
};
const fields = (command: string, isStart: boolean, factType?: string) =>
  fieldsOf({ register: parks, command, isStart, factType, titles }) ?? [];

test.each<readonly [FieldKind, Typed, unknown]>([
  ['text', '  ', undefined],
  ['text', ' a ', ' a '],
  ['number', '92.5', 92.5],
  ['number', '９２．５', 92.5],
  ['number', '92,5', '92,5'],
  ['number', '1e3', '1e3'],
  ['integer', '0x10', '0x10'],
  ['integer', '', undefined],
  ['money', '12000000', 12_000_000],
  ['money', '12,000,000', 12_000_000],
  ['money', '1,2', '1,2'],
  ['money', '1,200.5', '1,200.5'],
  ['money', '12345678901234567890', '12345678901234567890'],
  ['number', '1,200', '1,200'],
  ['day', '2020年1月2日', '2020-01-02'],
  ['day', '2/1/2020', '2/1/2020'],
  ['boolean', 'yes', true],
  ['boolean', 'no', false],
  ['boolean', '', undefined],
  ['choices', [], undefined],
  ['references', ['a', 'b'], ['a', 'b']],
  ['titles', { zh: '', en: '' }, undefined],
  ['titles', { zh: '甲', en: '' }, { zh: '甲' }],
  ['range', { min: '2', max: '3' }, { min: 2, max: 3 }],
  ['range', { none: 'yes', min: '2' }, null],
  ['range', { min: '', max: '' }, undefined],
  ['evidence', [], undefined],
  ['evidence', [{}], [{}]],
  ['evidence', [{ title: '文', uri: '' }], [{ title: '文' }]],
  ['targets', [{ id: 'a', goal: { none: 'yes' } }], [{ id: 'a', title: {}, goal: null }]],
])('%s: what is typed as %j is sent as %j, and never as another number or day', (kind, typed, sent) => {
  expect(sentAs(kind, typed)).toEqual(sent);
});

test.each<readonly [FieldKind, unknown]>([
  ['text', '名称'],
  ['number', 92.5],
  ['money', 0],
  ['boolean', false],
  ['boolean', true],
  ['day', '2020-01-02'],
  ['choices', ['a', 'b']],
  ['titles', { zh: '甲', en: 'A' }],
  ['range', { min: 2, max: 3 }],
  ['range', { min: 2 }],
  ['range', null],
  ['references', ['a']],
  ['targets', [{ id: 'a', title: { zh: '甲', en: 'A' }, measure: 'm', goal: { min: 1 }, sector: 's' }]],
])('%s: what the registry holds comes back from its control as it was: %j', (kind, value) => {
  expect(sentAs(kind, typedAs(kind, value))).toEqual(value);
});

describe('a form', () => {
  test('asks for all that describes an entry where the command begins it, and sets it apart where it does not', () => {
    const parts = (isStart: boolean) =>
      fields('open', isStart).map(({ name, part, isRequired }) => [name, part, isRequired]);
    expect(parts(true)).toEqual([
      ['effectiveOn', 'when', true],
      ['name', 'own', true],
      ['area', 'own', false],
      ['grade', 'own', true],
      ['evidence', 'about', false],
      ['note', 'about', false],
    ]);
    expect(parts(false)).toEqual([
      ['effectiveOn', 'when', true],
      ['grade', 'own', true],
      ['name', 'describes', false],
      ['area', 'describes', false],
      ['evidence', 'about', false],
      ['note', 'about', false],
    ]);
    expect(fieldsOf({ register: parks, command: 'close', isStart: true, titles })).toBe(undefined);
  });

  test('of a change sends what is otherwise than before and nothing else; what is emptied is cleared', () => {
    const before = { name: '甲园', area: 5 };
    const given = { kind: formKindOf('amend'), fields: fields('amend', false), before };
    expect(bodyOf({ ...given, typed: { effectiveOn: '2020-01-02', name: '甲园', area: '5' } })).toEqual({
      effectiveOn: '2020-01-02',
    });
    expect(bodyOf({ ...given, typed: { name: '乙园', area: '' } })).toEqual({ name: '乙园', area: null });
    const [, name] = given.fields;
    expect(name && shownIn('amend', name, {}, before)).toBe('甲园');
  });

  test('of a correction names the fact, and its day only if that is to be another', () => {
    const before = { name: '甲园', effectiveOn: '2020-01-02' };
    const given = { kind: formKindOf('correct'), fields: fields('correct', false, 'ParkOpened'), before, event: 'e' };
    expect(bodyOf({ ...given, typed: { reason: '笔误', effectiveOn: '2020-01-02' } })).toEqual({
      event: 'e',
      reason: '笔误',
    });
    expect(bodyOf({ ...given, typed: { reason: '笔误', effectiveOn: '2020/1/3', grade: 'a', note: 'n' } })).toEqual({
      event: 'e',
      effectiveOn: '2020-01-03',
      data: { grade: 'a' },
      reason: '笔误',
      note: 'n',
    });
  });

  test('shows each fault at the control that it points into, and loses none', () => {
    const shown = [
      ...fields('open', true),
      { name: 'title', title, kind: 'titles', isRequired: true, pointer: '/title', part: 'own' } as const,
    ];
    const fault = (pointer: string) => ({ in: 'body', pointer, message: pointer });
    const typed = { evidence: [{}, {}] };
    const faults = ['/name', '/evidence', '/evidence/1/uri', '/evidence/1/sha256', '/title/zh', '/unknown', ''].map(
      fault,
    );
    const { at, rest } = placeFaults(faults, shown, typed);
    expect(Object.fromEntries(at)).toEqual({
      '/name': ['/name'],
      '/evidence': ['/evidence', '/evidence/1/sha256'],
      '/evidence/1/uri': ['/evidence/1/uri'],
      '/title/zh': ['/title/zh'],
    });
    expect(rest.map(({ pointer }) => pointer)).toEqual(['/unknown', '']);
    expect(missingOf(shown, typed, { at, rest }).map(({ name }) => name)).toEqual(['name']);
  });
});

test('a fact is shown as all its corrections have it, in their order', () => {
  const event = (id: string, data: Record<string, unknown>, more: object = {}) =>
    ({ id, type: 'ParkOpened', entryNumber: 0, revision: 0, recordedAt: '', data, evidence: [], ...more }) as never;
  const events = [
    event('f', { name: '甲', area: 5 }, { effectiveOn: '2020-01-02', correctedBy: ['c1', 'c2'] }),
    event('c2', { effectiveOn: '2020-01-04', data: { name: '丙' } }),
    event('c1', { effectiveOn: '2020-01-03', data: { name: '乙', area: null } }),
  ];
  expect(factAsCorrected({ events }, 'f')?.said).toEqual({ name: '丙', effectiveOn: '2020-01-04' });
  expect(factAsCorrected({ events }, 'x')).toBe(undefined);
});

test('two people clash over a field only if both changed it and not alike', () => {
  const seen = { fields: fields('amend', false), typed: { name: '我的', area: '7' } };
  expect(clashesOf(seen, { name: '原', area: 5 }, { name: '原', area: 5 })).toEqual([]);
  expect(clashesOf(seen, { name: '原', area: 5 }, { name: '原', area: 7 })).toEqual([]);
  const clashes = clashesOf(seen, { name: '原', area: 5 }, { name: '他的' });
  expect(clashes.map(({ field, began, theirs, mine }) => [field.name, began, theirs, mine])).toEqual([
    ['name', '原', '他的', '我的'],
    ['area', 5, undefined, 7],
  ]);
  expect(withTheirs(seen.typed, clashes, (name) => name === 'area')).toEqual({ name: '我的', area: '' });
});

test('a draft is its owner’s alone, and what cannot be read is no draft', () => {
  const kept = new Map<string, string>();
  const storage = {
    getItem: (place: string) => kept.get(place) ?? null,
    setItem: (place: string, text: string) => void kept.set(place, text),
    removeItem: (place: string) => void kept.delete(place),
  };
  const draft = {
    key: 'a',
    typed: { name: '甲' },
    idempotencyKey: newIdempotencyKey(),
    keptAt: '2021-06-15T04:00:00Z',
  };
  const place = draftPlace('p-1', 'parks', 'open', 'a/b', '');
  expect(keepDraft(storage, place, draft)).toBe(true);
  expect(readDraft(storage, place)).toEqual(draft);
  expect(readDraft(storage, draftPlace('p-2', 'parks', 'open', 'a/b', ''))).toBe(undefined);
  expect(draftPlace('p-1', 'a', 'b/c')).not.toBe(draftPlace('p-1', 'a/b', 'c'));
  for (const text of ['', '{', '7', '{"key":1}', '{"key":"a","typed":null,"idempotencyKey":"x","keptAt":""}']) {
    kept.set(place, text);
    expect(readDraft(storage, place), text).toBe(undefined);
  }
  dropDraft(storage, place);
  expect(kept.size).toBe(0);
  const full = {
    ...storage,
    setItem: () => {
      throw new Error('QuotaExceededError');
    },
  };
  expect(keepDraft(full, place, draft)).toBe(false);
});

import { expect, test } from 'vitest';
import { differencesOf, sameEffect } from '../../web/desk/review/differences.ts';
import { type Pressed, singleKey } from '../../web/parts/keys.ts';
import { test as officeTest } from '../http/office.ts';

const press = (key: string, more: Partial<Pressed> = {}): Pressed => ({
  key,
  ctrlKey: false,
  metaKey: false,
  altKey: false,
  shiftKey: false,
  repeat: false,
  isComposing: false,
  defaultPrevented: false,
  ...more,
});

test.each<readonly [string, Pressed, boolean, string | undefined]>([
  ['a letter', press('a'), false, 'a'],
  ['a letter with Caps Lock', press('A'), false, 'a'],
  ['a letter with Shift', press('A', { shiftKey: true }), false, undefined],
  ['a question mark, which takes Shift', press('?', { shiftKey: true }), false, '?'],
  ['a slash', press('/'), false, '/'],
  ['a letter while one types', press('a'), true, undefined],
  ['a letter that an input method composes', press('a', { isComposing: true }), false, undefined],
  ['a letter that is held down', press('a', { repeat: true }), false, undefined],
  ['Control and a letter', press('a', { ctrlKey: true }), false, undefined],
  ['Command and a letter', press('r', { metaKey: true }), false, undefined],
  ['Alt and a letter', press('r', { altKey: true }), false, undefined],
  ['a letter that something else has taken', press('j', { defaultPrevented: true }), false, undefined],
])('%s acts by itself, or not', (_, pressed, isTyping, key) => {
  expect(singleKey(pressed, isTyping)).toBe(key);
});

const title = { zh: '生效日期', en: 'Effective on' };

officeTest(
  'a command is compared field by field with what the entry holds, a correction with its fact',
  async ({ server }) => {
    const register = (await server.get('/api/v1/registers/factories')).json;
    const rows = (given: Parameters<typeof differencesOf>[1]) =>
      differencesOf(register, given, title).map(({ field, now, proposed, isSame }) => [
        field.title.en,
        now,
        proposed,
        isSame,
      ]);
    const body = { effectiveOn: '2020-12-22', grade: 'demonstration', district: 'minhang', certificateNo: 'A1' };
    const present = { grade: null, district: 'minhang' };
    expect(rows({ command: 'certify', body, present })).toEqual([
      ['District', 'minhang', 'minhang', true],
      ['Grade', null, 'demonstration', false],
      ['Certificate number', undefined, 'A1', false],
    ]);
    const correction = { event: 'e', effectiveOn: '2020-12-21', data: { certificateNo: null }, reason: 'x' };
    expect(
      rows({ command: 'correct', body: correction, present: { effectiveOn: '2020-12-22', certificateNo: 'A1' } }),
    ).toEqual([
      ['Effective on', '2020-12-22', '2020-12-21', false],
      ['Certificate number', 'A1', null, false],
    ]);
    expect(rows({ command: 'annul', body: { events: ['e'], reason: 'x' }, present: {} })).toEqual([]);
  },
);

test('a submission does the same if only the counts of other entries have moved', () => {
  const impact = (before: number) => [{ target: 't', plan: 'p', on: '2021-12-31', before, after: before + 1 }];
  const shown = {
    ...({ id: 'i', status: 'pending', register: 'factories', key: 'k', command: 'certify' } as const),
    ...{ body: {}, by: 'p', revision: 0, contribution: [], present: { district: 'minhang' } },
  };
  expect(sameEffect({ ...shown, impact: impact(3) }, { ...shown, impact: impact(7) })).toBe(true);
  expect(sameEffect({ ...shown, impact: impact(3) }, { ...shown, impact: [] })).toBe(false);
  expect(sameEffect(shown, { ...shown, present: { district: 'pudong' } })).toBe(false);
});

import { expect, test } from 'vitest';
import { setBy } from '../../web/pages/set-by.ts';

type Event = Parameters<typeof setBy>[1][number];

const title = { zh: '', en: '' };
const register = {
  commands: ['Nominated', 'Certified'].map((event) => ({ name: event, event, title })),
  corrections: [
    { name: 'amend', event: 'Amended', title },
    { name: 'correct', event: 'EventCorrected', title },
    { name: 'annul', event: 'EventsAnnulled', title },
  ],
} as unknown as Parameters<typeof setBy>[0];

const event = (id: string, type: string, effectiveOn: string | undefined, data: object, more: object = {}): Event =>
  ({ id, type, effectiveOn, data, revision: Number(id), ...more }) as unknown as Event;

const setters = (events: readonly Event[], on = '2021-01-01') =>
  Object.fromEntries([...setBy(register, events, on)].map(([name, { id }]) => [name, id]));

test('a value was given by the last fact that says it, in the order of days and not of recording', () => {
  const events = [
    event('0', 'Certified', '2020-12-22', { grade: 'demonstration' }),
    event('1', 'Nominated', '2020-01-10', { name: '甲', district: 'pudong' }),
    event('2', 'Amended', '2020-12-22', { district: 'minhang' }),
  ];
  expect(setters(events)).toEqual({ grade: '0', name: '1', district: '2' });
  expect(setters(events, '2020-12-21')).toEqual({ name: '1', district: '1' });
  expect(setters(events, '2020-01-09')).toEqual({});
});

test('on one day a change comes after what it changes, whichever was recorded first', () => {
  const events = [
    event('0', 'Amended', '2020-05-01', { name: '乙' }),
    event('1', 'Nominated', '2020-05-01', { name: '甲' }),
  ];
  expect(setters(events)).toEqual({ name: '0' });
});

test('what a correction says was given by the correction, from the day that it says', () => {
  const events = [
    event('0', 'Nominated', '2020-01-10', { name: '甲', district: 'pudong' }, { correctedBy: ['1', '2'] }),
    event('1', 'EventCorrected', undefined, { event: '0', data: { name: '乙' } }),
    event('2', 'EventCorrected', undefined, { event: '0', effectiveOn: '2020-03-01' }),
  ];
  expect(setters(events)).toEqual({ name: '1', district: '0' });
  expect(setters(events, '2020-02-28')).toEqual({});
});

test('a fact that was annulled gives nothing', () => {
  const events = [
    event('0', 'Nominated', '2020-01-10', { name: '甲' }),
    event('1', 'Amended', '2020-02-01', { name: '乙' }, { annulledBy: '2' }),
    event('2', 'EventsAnnulled', undefined, { events: ['1'] }),
  ];
  expect(setters(events)).toEqual({ name: '0' });
});

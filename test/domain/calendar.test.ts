import { expect, test } from 'vitest';
import { addDays, addMonths, daysBetween, earlier, isDay, shanghaiDay, startOfDay } from '../../domain/calendar.ts';
import { futureFault } from '../../domain/decide.ts';

test('a day must exist in the calendar', () => {
  for (const day of ['2020-02-29', '2019-12-31', '2000-02-29', '0001-01-01', '9999-12-31'])
    expect(isDay(day), day).toBe(true);
  for (const other of [
    '2020-02-30',
    '2019-02-29',
    '1900-02-29',
    '2020-13-01',
    '2020-00-10',
    '2020-01-00',
    '2020-1-1',
    '20200101',
    '2020-01-01T00:00:00Z',
    '2020-01-01\n',
    ' 2020-01-01',
    '２０２０-01-01',
    '-000001-01-01',
    '0000-01-01',
    '0000-12-31',
    '2020/01/01',
    '',
  ])
    expect(isDay(other), other).toBe(false);
});

test('the day changes at midnight in Shanghai, eight hours before UTC', () => {
  expect(shanghaiDay(Date.parse('2021-12-31T15:59:59.999Z'))).toBe('2021-12-31');
  expect(shanghaiDay(Date.parse('2021-12-31T16:00:00.000Z'))).toBe('2022-01-01');
  expect(shanghaiDay(Date.parse('2022-01-01T00:00:00.000Z'))).toBe('2022-01-01');
  expect(shanghaiDay(Date.parse('1969-12-31T15:59:59.999Z'))).toBe('1969-12-31');
});

test('daylight saving is ignored, even in the summers from 1986 to 1991', () => {
  expect(shanghaiDay(Date.parse('1988-07-01T15:30:00Z'))).toBe('1988-07-01');
});

test('a day begins at its first millisecond in Shanghai', () => {
  expect(startOfDay('2022-01-01')).toBe(Date.parse('2021-12-31T16:00:00.000Z'));
  expect(shanghaiDay(startOfDay('2022-01-01'))).toBe('2022-01-01');
  expect(shanghaiDay(startOfDay('2022-01-01') - 1)).toBe('2021-12-31');
});

test('days and months are counted by the calendar', () => {
  expect(daysBetween('2019-06-24', '2021-12-31')).toBe(921);
  expect(daysBetween('2020-03-01', '2020-02-28')).toBe(-2);
  expect(addDays('2020-02-28', 2)).toBe('2020-03-01');
  expect(addDays('2020-01-01', -1)).toBe('2019-12-31');
  expect(addMonths('2020-01-31', 1)).toBe('2020-02-29');
  expect(addMonths('2020-01-31', 2)).toBe('2020-03-31');
  expect(earlier('2021-12-31', '2022-01-01')).toBe('2021-12-31');
});

test('a fact may become true today, but not later', () => {
  expect(futureFault({ effectiveOn: '2022-01-02' }, '2022-01-01')).toMatchObject({ pointer: '/effectiveOn' });
  expect(futureFault({ effectiveOn: '2022-01-01' }, '2022-01-01')).toBeUndefined();
  expect(futureFault({ events: [] }, '2022-01-01')).toBeUndefined();
});

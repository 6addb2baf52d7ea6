import { describe, expect, test } from 'vitest';
import { factOf } from '../../domain/history.ts';
import { annulled, corrected, count, given, idAt, nothingOf, recorded, stateAt, when } from './given.ts';
import { criterion, enterprise, factory } from './vocabulary.ts';

test('an annulled fact stops counting once the annulment is recorded', () => {
  const known = given(factory.nominated('2020-01-10'), factory.certified('2020-11-03'));
  const without = recorded(known, annulled(1));
  expect(count(without, 'factories.certified', { on: '2020-11-03', at: known.size })).toBe(1);
  expect(count(without, 'factories.certified', { on: '2020-11-03' })).toBe(0);
  expect(factOf(without.entry, idAt(known, 1))?.annulledBy).toBe(idAt(without, 2));
});

test('facts can be annulled together; the history is checked once, after all of them', () => {
  const known = given(
    factory.nominated('2020-01-10'),
    factory.certified('2020-11-03'),
    factory.suspended('2021-03-01'),
    factory.reinstated('2021-04-01'),
  );
  expect(when(known, annulled(2))).toEqual({
    rejection: {
      code: 'breaks-history',
      breaks: { event: idAt(known, 3), type: 'ModelCertificationReinstated', effectiveOn: '2021-04-01' },
    },
  });
  expect(when(known, annulled(1, 2, 3))).toMatchObject({ outcome: 'submit' });
  expect(when(known, annulled(3, 2))).toMatchObject({ outcome: 'submit' });
});

test('an annulment that leaves a history without its first fact breaks it', () => {
  const known = given(criterion.proposed('2020-01-10'), criterion.published('2020-11-03'));
  expect(when(known, annulled(0))).toMatchObject({
    rejection: { code: 'breaks-history', breaks: { event: idAt(known, 1) } },
  });
  const started = given(criterion.published('2020-11-03', criterion.described), criterion.proposed('2020-01-10'));
  expect(when(started, annulled(1))).toMatchObject({ outcome: 'record' });
});

test('an annulment that leaves two certifications of the same grade in a row breaks the history', () => {
  const known = given(
    factory.certified('2020-11-03', factory.described),
    factory.certified('2021-01-03', { grade: 'benchmark' }),
    factory.certified('2021-11-03'),
  );
  expect(when(known, annulled(1))).toMatchObject({
    rejection: { code: 'breaks-history', breaks: { event: idAt(known, 2) } },
  });
});

describe('an entry all of whose facts were annulled', () => {
  const empty = recorded(given(enterprise.enrolled('2020-01-10'), enterprise.left('2020-05-01')), annulled(0, 1));

  test('has status none, on every day', () => {
    expect(stateAt(empty, '2021-01-01')).toEqual({ status: 'none', fields: {} });
  });

  test('accepts first commands again, in the same stream', () => {
    const again = recorded(empty, enterprise.enroll('2020-03-01'));
    expect(again.entry.revision).toBe(3);
    expect(stateAt(again, '2020-03-01').status).toBe('enrolled');
    expect(stateAt(again, '2020-02-29').status).toBe('none');
  });

  test('has nothing to amend and nothing to annul', () => {
    const refused = {
      rejection: { code: 'transition-not-allowed', entryStatus: 'none', allowed: ['enroll', 'complete-upgrade'] },
    };
    expect(when(empty, enterprise.amend('2020-06-01', { nameEn: 'Electric' }))).toEqual(refused);
    expect(when(empty, annulled(0))).toEqual({ rejection: { code: 'not-correctable', event: idAt(empty, 0) } });
    expect(
      when(nothingOf(enterprise.register, enterprise.key), {
        ...annulled(),
        body: () => ({ events: [idAt(empty, 0)], reason: '误' }),
      }),
    ).toEqual(refused);
  });

  test('keeps its facts annulled when a new history starts', () => {
    const again = recorded(empty, enterprise.enroll('2020-03-01'));
    expect(when(again, annulled(0))).toEqual({ rejection: { code: 'not-correctable', event: idAt(empty, 0) } });
    expect(when(again, corrected(1, { data: {} }))).toEqual({
      rejection: { code: 'not-correctable', event: idAt(empty, 1) },
    });
  });
});

test('an annulment names at least one event, none twice, and at most 100', () => {
  const known = given(enterprise.enrolled('2020-01-10'));
  const naming = (events: readonly string[]) => when(known, { ...annulled(), body: () => ({ events, reason: '误' }) });
  const refused = { rejection: { code: 'invalid-request', errors: [{ pointer: '/events' }] } };
  expect(naming([])).toMatchObject(refused);
  expect(naming([idAt(known, 0), idAt(known, 0)])).toMatchObject(refused);
  expect(
    naming(Array.from({ length: 101 }, (_, index) => `00000000-0000-4000-8000-${String(index).padStart(12, '0')}`)),
  ).toMatchObject(refused);
});

test('an annulment has no day of its own', () => {
  const known = given(enterprise.enrolled('2020-01-10'));
  const action = annulled(0);
  expect(when(known, { ...action, body: (all) => ({ ...action.body(all), effectiveOn: '2020-01-11' }) })).toMatchObject(
    {
      rejection: { code: 'invalid-request' },
    },
  );
  expect(recorded(known, action).events.at(-1)?.data).not.toHaveProperty('effectiveOn');
});

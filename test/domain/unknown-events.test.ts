import { expect, test } from 'vitest';
import { currentSchema } from '../../domain/event.ts';
import { isKnown } from '../../domain/history.ts';
import { andThen, annulled, count, given, recorded, stateAt } from './given.ts';
import { factory } from './vocabulary.ts';

const known = given(factory.nominated('2020-01-10'), factory.certified('2020-11-03'));
const newer = { metadata: () => ({ schema: currentSchema + 1 }) };

test('an event of a newer schema counts nothing, but takes a revision', () => {
  const revoked = andThen(known, { ...factory.revoke('2021-03-01'), ...newer });
  expect(revoked.entry).toEqual({ ...known.entry, revision: 2 });
  expect(andThen(known, { ...annulled(1), ...newer }).entry).toEqual({ ...known.entry, revision: 2 });
});

test('an event of an unknown type counts nothing, and facts can still be recorded after it', () => {
  const twinned = andThen(known, { ...factory.suspend('2021-03-01'), type: 'FactoryTwinned' });
  expect(twinned.entry).toEqual({ ...known.entry, revision: 2 });
  const suspended = recorded(twinned, factory.suspend('2021-04-01'));
  expect(count(suspended, 'factories.certified', { on: '2021-03-31' })).toBe(1);
  expect(stateAt(suspended, '2021-04-01').status).toBe('suspended');
});

test('an event of another register counts nothing', () => {
  expect(andThen(known, { ...factory.suspend('2021-03-01'), type: 'BusinessDelisted' }).entry.facts.length).toBe(2);
});

test('this release says which events it knows', () => {
  const [first] = known.events;
  if (first === undefined) throw new Error('No event');
  expect(isKnown(factory.register, first)).toBe(true);
  for (const type of [
    'EventCorrected',
    'EventsAnnulled',
    'CommandSubmitted',
    'SubmissionReturned',
    'SubmissionWithdrawn',
    'FactoryAmended',
  ])
    expect(isKnown(factory.register, { ...first, type }), type).toBe(true);
  expect(isKnown(factory.register, { ...first, type: 'BusinessListed' })).toBe(false);
  expect(isKnown(factory.register, { ...first, metadata: { ...first.metadata, schema: currentSchema + 1 } })).toBe(
    false,
  );
});

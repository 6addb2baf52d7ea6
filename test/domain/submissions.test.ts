import { describe, expect, test } from 'vitest';
import { submissionOf } from '../../domain/decide.ts';
import { parseSubmissionId } from '../../domain/event.ts';
import { factOf } from '../../domain/history.ts';
import { submissionIn } from '../../domain/submission.ts';
import {
  andThen,
  approvedBy,
  count,
  given,
  idAt,
  nothingOf,
  returnedBy,
  submissionAt,
  submittedBy,
  withdrawnBy,
} from './given.ts';
import { factory } from './vocabulary.ts';

const certify = factory.certify('2020-11-03');
const known = given(factory.nominated('2020-01-10'), submittedBy('li.wei', certify, { import: 'i-1', row: 7 }));
const id = submissionAt(known, 1);
const the = (all: typeof known, submission = id) => submissionIn(all.entry.submissions, submission);

describe('a submission', () => {
  test('waits, and no number moves', () => {
    expect(the(known)).toEqual({
      id: 'factories~kangqiao-digital~1',
      command: 'certify',
      body: { effectiveOn: '2020-11-03', grade: 'demonstration' },
      by: 'li.wei',
      revision: 1,
      submittedAt: known.events[1]?.recordedAt,
      status: 'pending',
      import: 'i-1',
      row: 7,
    });
    expect(known.entry.facts.length).toBe(1);
    expect(count(known, 'factories.certified', { on: '2020-11-03' })).toBe(0);
  });

  test('is approved by the fact that names it, and by no other event', () => {
    const approved = andThen(known, approvedBy('wang.fang', 1, 'li.wei', certify));
    expect(the(approved)).toMatchObject({
      status: 'approved',
      decided: { event: idAt(approved, 2), revision: 2, at: approved.events[2]?.recordedAt, by: 'wang.fang' },
    });
    expect(count(approved, 'factories.certified', { on: '2020-11-03' })).toBe(1);
    expect(factOf(approved.entry, idAt(approved, 2))?.revision).toBe(2);
  });

  test('is returned with a reason', () => {
    const back = andThen(known, returnedBy('wang.fang', 1, '证书编号有误'));
    expect(the(back)).toMatchObject({
      status: 'returned',
      decided: { event: idAt(back, 2), revision: 2, by: 'wang.fang', reason: '证书编号有误' },
    });
    expect(count(back, 'factories.certified', { on: '2020-11-03' })).toBe(0);
  });

  test('is withdrawn by the person who submitted it', () => {
    expect(the(andThen(known, withdrawnBy('li.wei', 1)))).toMatchObject({
      status: 'withdrawn',
      decided: { by: 'li.wei' },
    });
  });

  test('is decided independently of the other submissions of the entry', () => {
    const two = andThen(known, submittedBy('li.wei', factory.suspend('2021-03-01')));
    const back = andThen(two, returnedBy('wang.fang', 2, '缺证据'));
    expect([the(back)?.status, the(back, submissionAt(back, 2))?.status]).toEqual(['pending', 'returned']);
  });

  test('may be the first event of an entry, which then has a stream but no history', () => {
    const about = { register: factory.register, key: 'Kangqiao' };
    const first = given({ ...submittedBy('li.wei', factory.certify('2020-11-03', factory.described)), about });
    expect(first.entry).toMatchObject({ key: 'Kangqiao', revision: 0 });
    expect(first.entry.submissions.map((each) => each.id)).toEqual(['factories~Kangqiao~0']);
  });

  test('is itself an event: the command and its body as they came', () => {
    const command = { name: 'certify', body: { effectiveOn: '2020-11-03', grade: 'benchmark' } };
    expect(submissionOf(nothingOf(factory.register, 'f').entry, command)).toEqual({
      type: 'CommandSubmitted',
      body: { register: 'factories', key: 'f', data: { command: 'certify', body: command.body } },
    });
  });
});

test("a submission's id names its register, key and revision", () => {
  expect(parseSubmissionId(id)).toEqual({ register: 'factories', key: 'kangqiao-digital', revision: 1 });
  for (const other of [
    '',
    'factories~a',
    'factories~a~b',
    'factories~a~1~2',
    'factories~~1',
    'Factories~a~1',
    'factories~a~-1',
  ])
    expect(parseSubmissionId(other), other).toBeUndefined();
});

test('a decision on a submission that the stream does not have changes nothing', () => {
  expect(andThen(known, returnedBy('wang.fang', 0, '无')).entry.submissions).toEqual(known.entry.submissions);
});

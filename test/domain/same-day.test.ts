import { expect, test } from 'vitest';
import { detailOf } from '../../src/commands/refusal-texts.ts';
import { type Action, given, type Known, when } from './given.ts';
import { breakthrough, enterprise, factory, platform, supplier } from './vocabulary.ts';

const day = '2021-03-01';
const certified = [factory.nominated('2020-01-10'), factory.certified('2020-11-03')] as const;

/** A command that the status at the end of its day would allow, and what its refusal says in Chinese and English. */
const cases: readonly (readonly [what: string, known: Known, command: Action, zh: string, en: string])[] = [
  [
    'a second suspension on the day of a suspension and a reinstatement',
    given(...certified, factory.suspended(day), factory.reinstated(day)),
    factory.suspend(day),
    '本条应排在“暂停认定”之后、在“恢复认定”之前，当时状态为“已暂停”',
    'after "Suspend" and before "Reinstate", when the status is "Suspended"',
  ],
  [
    'a suspension on the day on which an earlier suspension ends',
    given(...certified, factory.suspended('2021-02-01'), factory.reinstated(day)),
    factory.suspend(day),
    '本条应排在“恢复认定”之前，当时状态为“已暂停”',
    'would come before "Reinstate", when the status is "Suspended"',
  ],
  [
    'an enrolment on the day on which the enterprise leaves',
    given(enterprise.enrolled('2019-07-01'), enterprise.left(day)),
    enterprise.enroll(day),
    '状态为',
    'before "Leave"',
  ],
  [
    'a claim on the day of a retraction',
    given(breakthrough.claimed('2020-01-10'), breakthrough.retracted(day)),
    breakthrough.claim(day),
    '“撤',
    'before "Retract"',
  ],
  [
    'the same grade once more',
    given(...certified),
    factory.certify(day),
    '“等级”已是该值',
    'Grade has this value on that date already',
  ],
  [
    'the same tier once more',
    given(supplier.designated('2020-05-01', supplier.described)),
    supplier.designate(day),
    '已是该值',
    'has this value on that date already',
  ],
  [
    'the same level once more',
    given(platform.designated('2020-05-01', platform.described)),
    platform.designate(day),
    '已是该值',
    'has this value on that date already',
  ],
];

test.each(cases)('%s is refused for what is in the way, not called possible', (_, known, command, zh, en) => {
  const result = when(known, command);
  if (!('rejection' in result)) throw new Error('expected a refusal');
  const { rejection } = result;
  expect(rejection).toMatchObject({ code: 'transition-not-allowed', allowed: expect.arrayContaining([command.name]) });
  const detail = detailOf(rejection, known.register);
  expect(detail?.zh).toContain(zh);
  expect(detail?.en).toContain(en);
  expect(detail?.zh).not.toContain('可办理：');
  expect(detail?.en).not.toContain('possible');
});

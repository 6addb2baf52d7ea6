import { describe, expect, test } from 'vitest';
import { organisationCheckCharacter, usccCheckCharacter, usccFault } from '../../domain/identifiers.ts';
import { slugKey, starCodeKey, usccKey } from '../../domain/key.ts';
import { enterprises } from '../../domain/registers/enterprises.ts';
import { factories } from '../../domain/registers/factories.ts';
import { given, nothingOf, stateAt, when } from './given.ts';
import { enterprise, factory } from './vocabulary.ts';

const valid = '91310000132260250X';

/** A code of the first 17 characters and the right check character. */
const closed = (seventeen: string) => `${seventeen}${usccCheckCharacter(seventeen)}`;

const wrongCheck = '913100001322602500';
const wrongOrganisation = closed('91310000132260251');
const wrongAuthority = closed('B1310000132260250');
const wrongCategory = closed('94310000132260250');
/** A valid resident identity number by GB 11643. */
const identityNumber = '11010519491231002X';

describe('a Unified Social Credit Code', () => {
  test.each([valid, '914403001922038216', '9144030071526726XG'])('%s is valid', (code) => {
    expect(usccKey.parse(code)).toBe(code);
    expect(usccFault(code)).toBeUndefined();
  });

  test('has its own check character and that of the organisation code in it', () => {
    expect(usccCheckCharacter('91310000132260250')).toBe('X');
    expect(usccCheckCharacter('9144030071526726X')).toBe('G');
    expect(organisationCheckCharacter('13226025')).toBe('0');
    expect(organisationCheckCharacter('71526726')).toBe('X');
  });

  test.each([
    ['a wrong check character', wrongCheck, 'check'],
    ['a wrong check character of the organisation code', wrongOrganisation, 'organisation'],
    ['an unknown registering authority', wrongAuthority, 'authority'],
    ['a category that its authority does not register', wrongCategory, 'authority'],
    ['letters in place of the division', closed('91AB0000132260250'), 'authority'],
    ["a person's identity number in its place", identityNumber, 'identity-card'],
  ])('with %s has a fault of its own', (_, code, fault) => {
    expect(usccKey.parse(code)).toBe(code);
    expect(usccFault(code)).toBe(fault);
  });

  test('begins with an authority and one of the categories that it registers', () => {
    // GB 32100-2015, table 1.
    const begins =
      '11 12 13 19 21 29 31 32 33 34 35 39 41 49 51 52 53 59 61 62 69 71 72 79 81 89 91 92 93 A1 A9 N1 N2 N3 N9 Y1';
    const two = [...'0123456789ABCDEFGHJKLMNPQRTUWXY'];
    const accepted = two.flatMap((authority) =>
      two.map((category) => `${authority}${category}`).filter((both) => !usccFault(closed(`${both}310000132260250`))),
    );
    expect(accepted).toEqual(begins.split(' '));
  });

  test.each([
    ['lower case', '91310000132260250x'],
    ['full-width characters', '９１３１００００１３２２６０２５０Ｘ'],
    ['spaces around it', '　91310000132260250X '],
    ['zero-width characters in it', '91310000\u200B132260250X\uFEFF'],
  ])('in %s is put into its normal form', (_, typed) => {
    expect(usccKey.parse(typed)).toBe(valid);
  });

  test.each([
    ['17 characters', valid.slice(0, 17)],
    ['19 characters', `${valid}0`],
    ['an I, O, S, V or Z', '9131000013226025OX'],
    ['a number that a spreadsheet rounded', '9.13100001322603E+17'],
    ['nothing', ''],
  ])('of %s cannot be a key', (_, typed) => {
    expect(usccKey.parse(typed)).toBeUndefined();
  });

  test('given as a reference only needs the right shape, and is put into its normal form', () => {
    const known = when(
      nothingOf(factories, 'f'),
      factory.nominate('2020-01-10', { enterprise: wrongCheck.toLowerCase() }),
    );
    expect(known).toMatchObject({ outcome: 'record', entry: { revision: 0 } });
    expect(when(nothingOf(factories, 'f'), factory.nominate('2020-01-10', { enterprise: '123' }))).toMatchObject({
      rejection: { code: 'invalid-request', errors: [{ pointer: '/enterprise' }] },
    });
  });
});

describe('an enterprise whose code fails its check', () => {
  const confirmed = { codeConfirmed: true, evidence: [{ title: '营业执照' }] };

  test.each([wrongCheck, wrongOrganisation])('%s is enrolled only when confirmed with evidence', (code) => {
    const refused = { rejection: { code: 'check-character', key: code } };
    const unknown = nothingOf(enterprises, code);
    expect(when(unknown, enterprise.enroll('2020-01-10'))).toEqual(refused);
    expect(when(unknown, enterprise.enroll('2020-01-10', { codeConfirmed: true }))).toEqual(refused);
    expect(when(unknown, enterprise.enroll('2020-01-10', { codeConfirmed: true, evidence: [] }))).toEqual(refused);
    expect(when(unknown, enterprise.enroll('2020-01-10', { ...confirmed, codeConfirmed: false }))).toEqual(refused);
    expect(when(unknown, enterprise.enroll('2020-01-10', { evidence: confirmed.evidence }))).toEqual(refused);
    expect(when(unknown, enterprise.enroll('2020-01-10', confirmed))).toMatchObject({ outcome: 'record' });
  });

  test.each([wrongAuthority, wrongCategory, identityNumber])('%s is never enrolled, confirmed or not', (code) => {
    expect(when(nothingOf(enterprises, code), enterprise.enroll('2020-01-10', confirmed))).toEqual({
      rejection: { code: 'check-character', key: code },
    });
  });

  test('is checked in the same way if another command starts its history', () => {
    const completed = { ...enterprise.described };
    const unknown = nothingOf(enterprises, wrongCheck);
    expect(when(unknown, enterprise['complete-upgrade']('2020-01-10', completed))).toMatchObject({
      rejection: { code: 'check-character' },
    });
    expect(when(unknown, enterprise['complete-upgrade']('2020-01-10', { ...completed, ...confirmed }))).toMatchObject({
      outcome: 'submit',
    });
  });

  test('is not checked again once enrolled', () => {
    const about = { register: enterprises, key: wrongCheck };
    const known = given({ ...enterprise.enrolled('2020-01-10', confirmed), about }, enterprise.left('2020-05-01'));
    expect(when(known, enterprise.enroll('2021-01-10'))).toMatchObject({ outcome: 'record' });
    expect(stateAt(known, '2020-05-01').status).toBe('left');
  });
});

test('a slug is 1 to 64 letters, digits, dots, underscores and hyphens, starting with a letter or digit', () => {
  for (const slug of ['a', '7', 'GB-T-39116-2020', 'n-0123456789ab', 'a.b_c-d', 'x'.repeat(64)])
    expect(slugKey.parse(slug)).toBe(slug);
  for (const other of ['', '-a', '.a', '_a', 'a b', 'a/b', 'a~b', '工厂', 'x'.repeat(65), 'a\n', 'é'])
    expect(slugKey.parse(other), other).toBeUndefined();
});

test('a STAR code is 688 or 689 and three digits', () => {
  for (const [typed, code] of [
    ['688012', '688012'],
    ['689009', '689009'],
    [' ６８８０１２ ', '688012'],
  ] as const)
    expect(starCodeKey.parse(typed)).toBe(code);
  for (const other of ['687012', '600000', '68801', '6880123', '688O12', ''])
    expect(starCodeKey.parse(other), other).toBeUndefined();
});

import { describe, expect, test } from 'vitest';
import { factOf } from '../../domain/history.ts';
import type { JsonObject } from '../../domain/json.ts';
import { annulled, corrected, count, given, idAt, nothingOf, recorded, stateAt, when } from './given.ts';
import { breakthrough, criterion, enterprise, factory, plan } from './vocabulary.ts';

describe('a correction', () => {
  const known = given(factory.nominated('2020-01-10', { operator: '甲' }), factory.certified('2020-11-03'));

  test('of the day moves the fact once the correction is recorded', () => {
    const moved = recorded(known, corrected(1, { effectiveOn: '2020-12-22' }));
    const on = '2020-11-03';
    expect(count(moved, 'factories.certified', { on, at: known.size })).toBe(1);
    expect(count(moved, 'factories.certified', { on })).toBe(0);
    expect(count(moved, 'factories.certified', { on: '2020-12-22' })).toBe(1);
  });

  test('of the data is a merge patch: null removes a field, fields not named stay', () => {
    const once = recorded(known, corrected(0, { data: { operator: null, district: 'minhang' } }));
    expect(stateAt(once, '2020-01-10').fields).toEqual({ ...factory.described, district: 'minhang' });
  });

  test('applies to the fact as corrected so far', () => {
    const twice = recorded(
      known,
      corrected(0, { data: { operator: '乙' } }),
      corrected(0, { data: { district: 'minhang' }, effectiveOn: '2020-02-10' }),
    );
    expect(stateAt(twice, '2020-02-09').status).toBe('none');
    expect(stateAt(twice, '2020-02-10').fields).toMatchObject({ operator: '乙', district: 'minhang' });
    const fact = factOf(twice.entry, idAt(known, 0));
    expect(fact?.correctedBy).toEqual([idAt(twice, 2), idAt(twice, 3)]);
  });

  test('that changes nothing is still recorded', () => {
    expect(when(known, corrected(0, { data: {} }))).toMatchObject({ outcome: 'record', change: [] });
    expect(when(known, corrected(1, { effectiveOn: '2020-11-03' }))).toMatchObject({ outcome: 'record', change: [] });
  });

  test('that names neither a day nor data is refused', () => {
    expect(when(known, corrected(0, {}))).toMatchObject({ rejection: { code: 'invalid-request' } });
  });

  test('must leave the fact valid under its schema, and the refusal names every fault', () => {
    const result = when(
      known,
      corrected(0, { data: { name: null, sector: 'shipbuilding', colour: 'red', 'a/b~c': 1, district: 'pudong' } }),
    );
    expect(result).toMatchObject({ rejection: { code: 'invalid-request' } });
    const pointers =
      'rejection' in result && result.rejection.code === 'invalid-request' ? result.rejection.errors : [];
    expect(pointers.map(({ pointer }) => pointer).sort()).toEqual([
      '/data/a~1b~0c',
      '/data/colour',
      '/data/name',
      '/data/sector',
    ]);
  });

  test('cannot add a field that the command of the fact does not take', () => {
    expect(when(known, corrected(0, { data: { grade: 'benchmark' } }))).toMatchObject({
      rejection: { errors: [{ pointer: '/data/grade' }] },
    });
    expect(when(known, corrected(1, { data: { grade: 'benchmark' } }))).toMatchObject({ outcome: 'submit' });
  });

  test.each<[string, JsonObject, string]>([
    ['a name that no field has', { notAField: null }, '/data/notAField'],
    ['a field of another command', { grade: null }, '/data/grade'],
    ['the key', { key: null }, '/data/key'],
    ['the day', { effectiveOn: null }, '/data/effectiveOn'],
    ['the reason', { reason: null }, '/data/reason'],
    ['the note', { note: null }, '/data/note'],
    ['the evidence', { evidence: null }, '/data/evidence'],
    ['a member of every object', { constructor: null }, '/data/constructor'],
    ['another member of every object', { toString: null }, '/data/toString'],
    ['a member that some object has', { hasOwnProperty: null }, '/data/hasOwnProperty'],
    ['the empty name', { '': null }, '/data/'],
    ['white space', { ' ': null }, '/data/ '],
    ['a field with white space', { 'name ': null }, '/data/name '],
    ['a field in another case', { Operator: null }, '/data/Operator'],
    ['a control character', { '\u0001': null }, '/data/\u0001'],
    ['a bidirectional control', { 'operator\u202e': null }, '/data/operator\u202e'],
    ['half of a character', { '\ud800': null }, '/data/\ufffd'],
    ['no character', { '\uffff': null }, '/data/\uffff'],
    ['a nested name', { operator: null, nested: { name: null } }, '/data/nested'],
    ['a pointer', { 'a/b~c': null }, '/data/a~1b~0c'],
    ['a number', { 0: null }, '/data/0'],
  ])('cannot name what its fact does not know, even to remove it: %s', (_, data, pointer) => {
    const rejection = { code: 'invalid-request', errors: [{ pointer, en: 'Unknown field' }] };
    expect(when(known, corrected(0, { data }))).toMatchObject({ rejection });
  });

  test('of a plan cannot name a member of its title that no title has', () => {
    const adopted = given(plan.adopted('2021-01-01'));
    const errors = [{ pointer: '/data/title/fr' }];
    expect(when(adopted, corrected(0, { data: { title: { fr: null } } }))).toMatchObject({ rejection: { errors } });
  });

  test('cannot change the key, or the day through the data', () => {
    expect(when(known, corrected(0, { data: { key: 'other' } }))).toMatchObject({
      rejection: { errors: [{ pointer: '/data/key' }] },
    });
    expect(when(known, corrected(0, { data: { effectiveOn: '2020-01-11' } }))).toMatchObject({
      rejection: { errors: [{ pointer: '/data/effectiveOn' }] },
    });
  });

  test('is recorded with its values in their normal form, however deep', () => {
    const code = '９１３１００００１３２２６０２５０x';
    const named = recorded(known, corrected(0, { data: { enterprise: code, operator: ' 乙 ' } }));
    expect(named.events.at(-1)?.data.data.data).toEqual({ enterprise: '91310000132260250X', operator: '乙' });
    const adopted = recorded(
      given(plan.adopted('2019-06-24')),
      corrected(0, { data: { title: { en: ' The plan ' } } }),
    );
    expect(adopted.events.at(-1)?.data.data.data).toEqual({ title: { en: 'The plan' } });
    expect(stateAt(adopted, '2019-06-24').fields.title).toEqual({ zh: '智能制造行动计划', en: 'The plan' });
  });

  test('can remove a field from an amendment, but not the last one', () => {
    const amended = recorded(known, factory.amend('2020-12-01', { operator: '乙', district: 'minhang' }));
    const without = recorded(amended, corrected(2, { data: { operator: null } }));
    expect(stateAt(without, '2020-12-01').fields).toMatchObject({ operator: '甲', district: 'minhang' });
    expect(when(amended, corrected(2, { data: { operator: null, district: null } }))).toMatchObject({
      rejection: { code: 'invalid-request' },
    });
  });

  test('breaks the history if any fact no longer fits, the corrected one included', () => {
    expect(when(known, corrected(0, { effectiveOn: '2020-11-04' }))).toEqual({
      rejection: {
        code: 'breaks-history',
        breaks: { event: idAt(known, 1), type: 'FactoryCertifiedAsModel', effectiveOn: '2020-11-03' },
      },
    });
    const suspended = recorded(known, factory.suspend('2021-03-01'));
    expect(when(suspended, corrected(2, { effectiveOn: '2020-05-01' }))).toEqual({
      rejection: {
        code: 'breaks-history',
        breaks: { event: idAt(suspended, 2), type: 'ModelCertificationSuspended', effectiveOn: '2020-05-01' },
      },
    });
  });

  test('does not change the place of a fact among the facts of its day', () => {
    const day = '2020-12-01';
    const two = recorded(
      known,
      factory.amend(day, { operator: '乙' }),
      factory.amend('2020-12-05', { operator: '丙' }),
    );
    const moved = recorded(two, corrected(2, { effectiveOn: '2020-12-05' }));
    expect(stateAt(moved, '2020-12-05').fields.operator).toBe('丙');
  });

  test('of the grade must leave it different from the later grade', () => {
    const upgraded = recorded(known, factory.certify('2021-11-03', { grade: 'benchmark' }));
    expect(when(upgraded, corrected(1, { data: { grade: 'benchmark' } }))).toMatchObject({
      rejection: { code: 'breaks-history', breaks: { event: idAt(upgraded, 2) } },
    });
  });

  test('cannot remove the confirmation of a code that fails its check', () => {
    const about = { register: enterprise.register, key: '913100001322602500' };
    const confirmed = given({
      ...enterprise.enrolled('2020-01-10', { codeConfirmed: true, evidence: [{ title: '营业执照' }] }),
      about,
    });
    expect(when(confirmed, corrected(0, { data: { codeConfirmed: null } }))).toMatchObject({
      rejection: { code: 'breaks-history', breaks: { event: idAt(confirmed, 0) } },
    });
    expect(when(confirmed, corrected(0, { data: { name: '改名' } }))).toMatchObject({ outcome: 'record' });
  });
});

describe('what can be neither corrected nor annulled', () => {
  const known = given(criterion.proposed('2020-01-10'), criterion.drafted('2020-02-10'));
  const elsewhere = {
    ...corrected(0, { data: {} }),
    body: () => ({ event: '7f1c2c4e-3b63-4a4e-9d3e-0d3c5f1f9a11', data: {}, reason: '误' }),
  };

  test('includes an event that is not a fact of the entry', () => {
    expect(when(known, elsewhere)).toEqual({
      rejection: { code: 'not-correctable', event: '7f1c2c4e-3b63-4a4e-9d3e-0d3c5f1f9a11' },
    });
    expect(when(nothingOf(criterion.register, 'x'), elsewhere)).toMatchObject({
      rejection: { code: 'not-correctable' },
    });
  });

  test('includes corrections and annulments', () => {
    const once = recorded(known, corrected(0, { data: { titleEn: 'Maturity' } }), annulled(1));
    for (const revision of [2, 3]) {
      expect(when(once, corrected(revision, { data: {} }))).toEqual({
        rejection: { code: 'not-correctable', event: idAt(once, revision) },
      });
      expect(when(once, annulled(revision))).toEqual({
        rejection: { code: 'not-correctable', event: idAt(once, revision) },
      });
    }
  });

  test('includes annulled facts', () => {
    const once = recorded(known, annulled(1));
    expect(when(once, corrected(1, { data: {} }))).toEqual({
      rejection: { code: 'not-correctable', event: idAt(once, 1) },
    });
    expect(when(once, annulled(0, 1))).toEqual({ rejection: { code: 'not-correctable', event: idAt(once, 1) } });
  });
});

test('a fact that starts a history must keep its descriptive fields when it is corrected', () => {
  const known = given(breakthrough.verified('2020-05-01', breakthrough.described));
  expect(when(known, corrected(0, { data: { title: null } }))).toMatchObject({
    rejection: { code: 'breaks-history', breaks: { event: idAt(known, 0) } },
  });
});

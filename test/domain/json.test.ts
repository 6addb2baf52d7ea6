import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { canonicalJson, type Json, mergePatch, notIJsonAt, roughLength, sameJson } from '../../domain/json.ts';

/** Canonical JSON of what has no numbers that are hard to write. */
const naively = (value: Json): string => {
  if (Array.isArray(value)) return `[${value.map(naively)}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${members.map(([name, member]) => `${JSON.stringify(name)}:${naively(member)}`)}}`;
};

describe('canonical JSON (RFC 8785)', () => {
  test('matches the example of §3.2.2 and §3.2.3', () => {
    const value: Json = JSON.parse(String.raw`{
      "numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
      "string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/",
      "literals": [null, true, false]
    }`);
    expect(canonicalJson(value)).toBe(
      String.raw`{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\u000f\nA'B\"\\\\\"/"}`,
    );
  });

  test('sorts members by UTF-16 code units, as in the example of §3.2.3', () => {
    const names = ['\u20ac', '\r', '\ufb33', '1', '\u{1f600}', '\u0080', '\u00f6'];
    const sorted = ['\r', '1', '\u0080', '\u00f6', '\u20ac', '\u{1f600}', '\ufb33'];
    const canonical = canonicalJson(Object.fromEntries(names.map((name) => [name, name])));
    expect(canonical).toBe(`{${sorted.map((name) => `${JSON.stringify(name)}:${JSON.stringify(name)}`).join(',')}}`);
  });

  test('writes members in their order whatever they are called: also names that an object puts elsewhere', () => {
    const awkward = ['__proto__', '10', '9', '01', '-1', '', ':', '/', 'constructor', 'toJSON', '4294967295', '\ue000'];
    const name = fc.oneof(fc.constantFrom(...awkward), fc.string());
    const { json } = fc.letrec<{ json: Json }>((tie) => ({
      json: fc.oneof(
        { depthSize: 'medium' },
        fc.constantFrom<Json>(null, true, 0, -1.5, '"', '二'),
        fc.array(tie('json')),
        fc.array(fc.tuple(name, tie('json'))).map((members) => Object.fromEntries(members)),
      ),
    }));
    fc.assert(
      fc.property(json, (value) => canonicalJson(value) === naively(value)),
      { numRuns: 1_000 },
    );
  });

  test.each([
    ['0000000000000000', '0'],
    ['8000000000000000', '0'],
    ['0000000000000001', '5e-324'],
    ['8000000000000001', '-5e-324'],
    ['7fefffffffffffff', '1.7976931348623157e+308'],
    ['4340000000000000', '9007199254740992'],
    ['c340000000000000', '-9007199254740992'],
    ['4430000000000000', '295147905179352830000'],
    ['44b52d02c7e14af5', '9.999999999999997e+22'],
    ['44b52d02c7e14af6', '1e+23'],
    ['44b52d02c7e14af7', '1.0000000000000001e+23'],
    ['444b1ae4d6e2ef4e', '999999999999999700000'],
    ['444b1ae4d6e2ef4f', '999999999999999900000'],
    ['444b1ae4d6e2ef50', '1e+21'],
    ['3eb0c6f7a0b5ed8c', '9.999999999999997e-7'],
    ['3eb0c6f7a0b5ed8d', '0.000001'],
    ['41b3de4355555553', '333333333.3333332'],
    ['41b3de4355555555', '333333333.3333333'],
    ['becbf647612f3696', '-0.0000033333333333333333'],
    ['43143ff3c1cb0959', '1424953923781206.2'],
  ])('writes the number %s of appendix B as %s', (hex, written) => {
    const bytes = new DataView(new ArrayBuffer(8));
    bytes.setBigUint64(0, BigInt(`0x${hex}`));
    expect(canonicalJson(bytes.getFloat64(0))).toBe(written);
  });

  test('does not depend on the order in which members were written', () => {
    expect(sameJson({ a: 1, b: [{ c: 2, d: 3 }] }, { b: [{ d: 3, c: 2 }], a: 1 })).toBe(true);
    expect(sameJson({ a: [1, 2] }, { a: [2, 1] })).toBe(false);
  });
});

describe('a merge patch (RFC 7396)', () => {
  test.each([
    ['{"a":"b"}', '{"a":"c"}', '{"a":"c"}'],
    ['{"a":"b"}', '{"b":"c"}', '{"a":"b","b":"c"}'],
    ['{"a":"b"}', '{"a":null}', '{}'],
    ['{"a":"b","b":"c"}', '{"a":null}', '{"b":"c"}'],
    ['{"a":["b"]}', '{"a":"c"}', '{"a":"c"}'],
    ['{"a":"c"}', '{"a":["b"]}', '{"a":["b"]}'],
    ['{"a":{"b":"c"}}', '{"a":{"b":"d","c":null}}', '{"a":{"b":"d"}}'],
    ['{"a":[{"b":"c"}]}', '{"a":[1]}', '{"a":[1]}'],
    ['["a","b"]', '["c","d"]', '["c","d"]'],
    ['{"a":"b"}', '["c"]', '["c"]'],
    ['{"a":"foo"}', 'null', 'null'],
    ['{"a":"foo"}', '"bar"', '"bar"'],
    ['{"e":null}', '{"a":1}', '{"e":null,"a":1}'],
    ['[1,2]', '{"a":"b","c":null}', '{"a":"b"}'],
    ['{}', '{"a":{"bb":{"ccc":null}}}', '{"a":{"bb":{}}}'],
  ])('makes of %s by %s %s, as appendix A', (target, patch, result) => {
    expect(mergePatch(JSON.parse(target), JSON.parse(patch))).toEqual(JSON.parse(result));
  });

  test('does not change its target, and treats __proto__ as an ordinary member', () => {
    const target: Json = { a: { b: 'c' } };
    mergePatch(target, { a: { b: 'd' } });
    expect(target).toEqual({ a: { b: 'c' } });
    const patched = mergePatch({}, JSON.parse('{"__proto__":{"district":"pudong"}}'));
    expect(canonicalJson(patched)).toBe('{"__proto__":{"district":"pudong"}}');
  });
});

test.each<[unknown, string | undefined]>([
  [{ a: ['工厂🏭', 1, null, true, { '': 'é' }] }, undefined],
  ['\ud83c\udfed', undefined],
  ['control \u0001 characters are I-JSON', undefined],
  [undefined, undefined],
  ['\ud800', ''],
  ['\udc00\ud800', ''],
  [{ a: 'x\udfff' }, '/a'],
  [{ a: [0, '\ud800'] }, '/a/1'],
  [{ '\ud800': 1 }, '/\ufffd'],
  [{ a: { 'b\udc00': null } }, '/a/b\ufffd'],
  ['\uffff', ''],
  ['\ufdd0', ''],
  ['\u{1fffe}', ''],
  [Number.NaN, ''],
  [[1, Number.POSITIVE_INFINITY], '/1'],
  [{ a: -Infinity }, '/a'],
])('what is not I-JSON (RFC 7493) is found at its place: %j', (value, at) => {
  expect(notIJsonAt(value)).toBe(at);
});

test('no JSON takes more bytes than six for each character of its rough length', () => {
  fc.assert(
    fc.property(fc.jsonValue({ stringUnit: 'binary' }), (value) => {
      expect(Buffer.byteLength(JSON.stringify(value))).toBeLessThanOrEqual(6 * roughLength(value));
    }),
  );
  for (const value of [-Number.MIN_VALUE, -1.7976931348623157e308, '\u0001'.repeat(50), [[], {}, null, false]])
    expect(Buffer.byteLength(JSON.stringify(value))).toBeLessThanOrEqual(6 * roughLength(value));
});

import { describe, expect } from 'vitest';
import type { JsonObject } from '../../../domain/json.ts';
import { given, newEvent, readOn } from '../events.ts';
import type { ContractTest } from './fixture.ts';

export const contentTests = (test: ContractTest): void => {
  describe('the content of an event', () => {
    test.for<[string, JsonObject]>([
      ['Chinese and emoji', { name: '上海智能工厂有限公司 𠮷 👩‍🏭🏭', 键: 'é e\u0301 \u200d ﷽' }],
      ['control characters, quotes and separators', { name: 'a\u0000b\u001f"\\/\u2028\u2029\u007f\ufeff' }],
      [
        'numbers at their limits',
        { a: 0.1, b: 1e21, c: Number.MAX_SAFE_INTEGER, d: -5e-324, e: 1.7976931348623157e308 },
      ],
      ['nested, empty and null values', { a: null, b: [], c: {}, d: [[1, [null, { e: false }]]], '': '' }],
      ['60 kB in one text', { name: '智'.repeat(20_000) }],
      [
        '60 kB in many members',
        Object.fromEntries(Array.from({ length: 3_000 }, (_, i) => [`member${i}`, `value ${i}`])),
      ],
    ])('comes back exactly: %s', async ([_, data], { store, other, newStream, theEnd }) => {
      const place = await theEnd();
      const stream = newStream();
      const event = newEvent(data);
      await store.append(stream, 'none', [event]);
      expect((await other.readStream(stream)).map(given)).toEqual([event]);
      const inLedger = (await readOn(other, place)).filter((each) => each.stream === stream);
      expect(JSON.stringify(inLedger.map((each) => each.data))).toBe(JSON.stringify([event.data]));
    });

    test.for<[string, JsonObject]>([
      ['half of a surrogate pair', { name: 'x\ud800' }],
      ['half of a surrogate pair in a name', { a: [{ '\udc00': null }] }],
      ['a code point that is no character', { name: '\uffff' }],
      ['a number that is not finite', { a: { b: Number.NaN } }],
    ])('is I-JSON, or nothing is recorded: %s', async ([_, data], { store, other, newStream }) => {
      const stream = newStream();
      await expect(store.append(stream, 'none', [newEvent(), newEvent(data)])).rejects.toThrow('not I-JSON');
      const by = { ...newEvent(), metadata: { ...newEvent().metadata, by: '\ud800' } };
      await expect(store.append(stream, 'none', [by])).rejects.toThrow('not I-JSON');
      expect(await other.readStream(stream)).toEqual([]);
    });

    test('a stream name may contain the characters of an entry key, Chinese ones included', async ({
      store,
      other,
      newStream,
    }) => {
      const stream = `${newStream()}-t/ce_s-0012.2019~沪`;
      await store.append(stream, 'none', [newEvent()]);
      expect((await other.readStream(stream)).map((event) => event.stream)).toEqual([stream]);
    });
  });
};

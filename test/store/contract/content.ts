import { hash, randomUUID } from 'node:crypto';
import { describe, expect } from 'vitest';
import type { JsonObject } from '../../../domain/json.ts';
import { defaultOrigin } from '../../../src/store/event-store.ts';
import { given, newEvent, readOn, recorded } from '../events.ts';
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

    test('has each free text under a salt of its own, and the source of the node that recorded it', async ({
      store,
      other,
      newStream,
      theEnd,
    }) => {
      const place = await theEnd();
      const stream = newStream();
      const event = newEvent({ name: '厂', panel: '张三' });
      const texts = {
        note: '同一句话',
        evidence: [{ title: '同一句话', uri: 'https://x.cn/' }, { title: '同一句话' }],
      };
      const said = { ...event, data: { ...event.data, ...texts } };
      const answered = recorded(await store.append(stream, 'none', [said, { ...newEvent(), id: randomUUID() }]));
      const read = await other.readStream(stream);
      const inLedger = (await readOn(other, place)).filter((each) => each.stream === stream);
      for (const [first, second] of [answered, read, inLedger]) {
        expect(first?.data).toEqual(said.data);
        expect(first?.source).toBe(defaultOrigin);
        expect(first?.seals).toEqual(read[0]?.seals);
        expect(second?.seals).toEqual({});
      }
      const seals = Object.entries(read[0]?.seals ?? {});
      const places = ['/data/panel', '/evidence/0/title', '/evidence/0/uri', '/evidence/1/title', '/note'];
      expect(seals.map(([at]) => at).sort()).toEqual(places);
      expect(new Set(seals.map(([, { salt }]) => salt)).size).toBe(5);
      const { salt = '', sha256 } = read[0]?.seals['/note'] ?? {};
      expect(sha256).toBe(hash('sha256', `["${salt}","同一句话"]`));
    });

    test('cannot say its own source or texts: such names in the metadata of an ordinary append are not recorded', async ({
      store,
      other,
      newStream,
    }) => {
      const stream = newStream();
      const event = newEvent();
      const forged = { ...event.metadata, source: 'elsewhere', texts: { '/data/name': ['s', '别家'] } };
      await store.append(stream, 'none', [{ ...event, metadata: forged }]);
      const [read] = await other.readStream(stream);
      expect(read).toMatchObject({ data: event.data, source: defaultOrigin, seals: {} });
      expect(read?.metadata).toEqual(event.metadata);
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

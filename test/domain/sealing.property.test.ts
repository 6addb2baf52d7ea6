import { hash } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Body, LedgerEvent, NewEvent } from '../../domain/event.ts';
import { changeFreeTexts, withoutFreeTexts } from '../../domain/free-text.ts';
import type { JsonObject } from '../../domain/json.ts';
import { digested, leafOf, restored, sealsOf, stored } from '../../domain/leaf.ts';
import { registers } from '../../domain/registers/index.ts';

/** Bodies of every shape, of every register and of none, whose members have names that mean something and others. */
const names = [
  ...[
    'note',
    'reason',
    'evidence',
    'panel',
    'data',
    'body',
    'set',
    'register',
    'key',
    'name',
    'title',
    'uri',
    'sha256',
  ],
  ...['file', 'sheet', 'columns', 'hidden', '__proto__', 'constructor', 'a/b', 'a~b', '~1', '', '0'],
];
const text = fc.constantFrom('', '文', 'é\u2028', '{"sha256":"0"}', '👩‍🏭', 'x'.repeat(300));
const value = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    text,
    fc.constantFrom(null, true, 0, -1.5, 1e21),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom(...names), tie('value'), { maxKeys: 5, noNullPrototype: true }),
  ),
})).value;
const object = fc.dictionary(fc.constantFrom(...names), value, { maxKeys: 6, noNullPrototype: true });
const body = fc
  .tuple(fc.constantFrom('imports', 'unknown', ...registers.map(({ name }) => name)), object, object)
  .map(([register, said, more]) => ({ ...more, register, key: 'k', data: said }) as unknown as Body);

let salts = 0;
const sealed = (data: Body): LedgerEvent => {
  const event: NewEvent = {
    id: '00000000-0000-4000-8000-000000000000',
    type: 'T',
    data,
    metadata: { schema: 1, by: 'p-1', command: 'c', bodySha256: 'b' },
  };
  const seals = sealsOf(event, (each) => {
    salts += 1;
    const salt = `salt-${salts}`;
    return { salt, sha256: hash('sha256', digested(salt, each)) };
  });
  const place = { stream: `upgrade.${data.register}-k`, revision: 0, recordedAt: '2021-01-05T02:00:00.000Z' };
  return { ...event, ...place, source: 'registry.example.org', seals, entryNumber: 0 };
};
const leaf = (event: LedgerEvent) => {
  const made = leafOf(event);
  return 'leaf' in made ? made.leaf : made.noLeaf;
};

test('whatever an event says is read as it was said, in the same order, and its leaf is made again from what is kept', () => {
  fc.assert(
    fc.property(body, (data) => {
      const event = sealed(data);
      const kept = JSON.parse(JSON.stringify(stored(event)));
      const read = restored(kept.data, kept.metadata);
      expect(JSON.stringify(read.data)).toBe(JSON.stringify(data));
      expect(read.seals).toEqual(event.seals);
      expect(leaf({ ...event, ...read })).toBe(leaf(event));
      const { texts: _, ...erased } = kept.metadata;
      expect(leaf({ ...event, ...restored(kept.data, erased) })).toBe(leaf(event));
    }),
    { numRuns: 1_000 },
  );
});

test('the leaf has of each free text its digest, and no two events have the same for the same text', () => {
  fc.assert(
    fc.property(body, (data) => {
      const [one, other] = [sealed(data), sealed(data)];
      const [leafOfOne, leafOfOther] = [leaf(one), leaf(other)];
      for (const { salt, sha256 } of Object.values(one.seals)) {
        expect(leafOfOne).toContain(`{"sha256":"${sha256}"}`);
        expect(leafOfOne).not.toContain(salt);
        expect(leafOfOther).not.toContain(sha256);
      }
      expect(leafOfOne === leafOfOther).toBe(Object.keys(one.seals).length === 0);
    }),
    { numRuns: 500 },
  );
});

test('what is hashed of a command has no free text, and is the same whatever they say', () => {
  fc.assert(
    fc.property(body, text, (data, other) => {
      const said = data as unknown as JsonObject;
      const reworded = changeFreeTexts(data.register, said, () => other);
      expect(withoutFreeTexts(data.register, reworded)).toEqual(withoutFreeTexts(data.register, said));
      expect(sealsOf({ data: withoutFreeTexts(data.register, said) as unknown as Body }, () => seal)).toEqual({});
    }),
    { numRuns: 500 },
  );
});
const seal = { salt: '', sha256: '' };

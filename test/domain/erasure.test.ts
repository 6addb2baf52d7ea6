import { expect, test } from 'vitest';
import { erasedIn, readable, textNameAt, withErasures, withoutTexts } from '../../domain/erasure.ts';
import { leafOf, restored, stored } from '../../domain/leaf.ts';
import { golden } from './golden-leaves.ts';

test('a text that is erased leaves the leaf, and all other texts, as they were; every read says its name', () => {
  const withTexts = golden.filter(({ event }) => Object.keys(event.seals).length > 0);
  expect(withTexts.length).toBeGreaterThan(2);
  for (const { event } of withTexts) {
    const names = [...new Set(Object.keys(event.seals).map(textNameAt))];
    for (const name of names) {
      const erased = withoutTexts(event, [name]);
      expect(leafOf(erased)).toEqual(leafOf(event));
      expect(erasedIn(erased)).toEqual({ erased: [name] });
      expect(Object.keys(erased.seals).map(textNameAt)).not.toContain(name);
      const { data, metadata } = stored(erased);
      expect(restored(JSON.parse(JSON.stringify(data)), JSON.parse(JSON.stringify(metadata)))).toEqual({
        data: erased.data,
        metadata: erased.metadata,
        source: erased.source,
        seals: erased.seals,
        erased: erased.erased,
      });
      const said = JSON.stringify(readable(erased));
      for (const place of erased.erased ?? []) expect(said).not.toContain(event.seals[place]?.sha256);
      expect(withoutTexts(erased, [name])).toBe(erased);
    }
    expect(withoutTexts(event, ['no such text'])).toBe(event);
    expect(withErasures([event])).toEqual([event]);
  }
});

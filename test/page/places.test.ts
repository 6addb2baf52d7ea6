import { expect, test } from 'vitest';
import { districts } from '../../domain/places.ts';
import { breakable } from '../../web/parts/places.ts';

test('the name of a district in Pinyin may break between its syllables, and a Chinese one as it is', () => {
  const parts = Object.values(districts).map(({ en }) =>
    breakable(en.replace(' New Area', '')).replaceAll('\u00ad', '-'),
  );
  expect(parts.sort()).toEqual(
    [
      ...['Bao-shan', 'Chang-ning', 'Chong-ming', 'Feng-xian', 'Hong-kou', 'Huang-pu', 'Jia-ding', "Jing'an"],
      ...['Jin-shan', 'Min-hang', 'Pu-dong', 'Pu-tuo', 'Qing-pu', 'Song-jiang', 'Xu-hui', 'Yang-pu'],
    ].sort(),
  );
  expect(breakable('Lingang').replaceAll('\u00ad', '-')).toBe('Lin-gang');
  for (const { zh } of Object.values(districts)) expect(breakable(zh)).toBe(zh);
});

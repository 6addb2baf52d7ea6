import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';

/** The tokens of the page, light and dark. */
const tokens = async (): Promise<ReadonlyMap<string, readonly [light: string, dark: string]>> => {
  const css = await readFile(new URL('../../web/look/tokens.css', import.meta.url), 'utf8');
  const found = [...css.matchAll(/--([\w-]+): light-dark\((#\w+), (#\w+)\)/g)];
  return new Map(found.map(([, name = '', light = '', dark = '']) => [name, [light, dark]]));
};

/** Relative luminance and contrast as WCAG 2.2 defines them. */
const luminance = (hex: string): number => {
  const digits = hex.length === 4 ? [...hex.slice(1)].map((digit) => digit + digit).join('') : hex.slice(1);
  const [red = 0, green = 0, blue = 0] = [0, 2, 4].map((from) => {
    const part = Number.parseInt(digits.slice(from, from + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
};
const contrast = (one: string, other: string): number => {
  const [dark = 0, light = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (light + 0.05) / (dark + 0.05);
};

test('lines in charts, marks on maps and edges of controls stand out, which axe does not look at', async () => {
  const known = await tokens();
  const least = (front: string, back: string): number =>
    Math.min(
      ...([0, 1] as const).map((scheme) => contrast(known.get(front)?.[scheme] ?? '', known.get(back)?.[scheme] ?? '')),
    );
  for (const line of ['accent', 'ink-2', 'good', 'ink', 'edge', 'warn', 'bad'])
    for (const ground of ['surface', 'page'])
      expect(least(line, ground), `${line} on ${ground}`).toBeGreaterThanOrEqual(3);
  for (const line of ['accent', 'good', 'ink-2'])
    for (const wash of ['wash-good', 'wash-accent'])
      expect(least(line, wash), `${line} on ${wash}`).toBeGreaterThanOrEqual(3);
  expect(least('ink', 'hairline'), 'the expected mark on a bar').toBeGreaterThanOrEqual(3);
  for (const heat of [1, 2, 3, 4]) expect(least('on-heat', `heat-${heat}`), `heat ${heat}`).toBeGreaterThanOrEqual(4.5);
  expect(least('on-heat-5', 'heat-5')).toBeGreaterThanOrEqual(4.5);
});

test('being behind is amber and never red, which means up in China', async () => {
  const css = await readFile(new URL('../../web/parts/Pace.module.css', import.meta.url), 'utf8');
  expect(css).toMatch(/\.behind,\s*\.missed \{\s*color: var\(--warn\)/);
  expect(css).not.toContain('--bad');
});

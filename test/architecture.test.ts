import { globSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, test } from 'vitest';

/** Where each room may import from: `src → projections → domain`, and from packages as little as that. */
const rooms = {
  domain: { folders: ['domain'], packages: ['zod'] },
  projections: { folders: ['projections', 'domain'], packages: [] },
} as const;

const impure = /\bMath\.random\b|\bTemporal\.Now\b|\bDate\b|\bperformance\b|\bprocess\.|\bsetTimeout\b|\bimport\(/;

const specifiers = (text: string): readonly string[] =>
  [...text.matchAll(/\bfrom '([^']+)'|^import '([^']+)'/gm)].map(([, named, bare]) => named ?? bare ?? '');

describe.each(Object.entries(rooms))('%s/', (room, { folders, packages }) => {
  const files = globSync(`${room}/**/*.ts`);

  test('has files to look at', () => {
    expect(files.length).toBeGreaterThan(4);
  });

  test.each(files)('%s imports only what its room may', (file) => {
    const foreign = specifiers(readFileSync(file, 'utf8')).filter((specifier) => {
      if (!specifier.startsWith('.')) return !packages.some((name) => name === specifier);
      const [folder] = normalize(join(dirname(file), specifier)).split('/');
      return !folders.some((name) => name === folder);
    });
    expect(foreign).toEqual([]);
  });

  test.each(files)('%s reads no clock and draws no random number', (file) => {
    const code = readFileSync(file, 'utf8').replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '');
    expect(code).not.toMatch(impure);
  });
});

import { globSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parseAst } from 'vitest/node';

/** The folders and packages that each room may import from: `src → projections → domain`. */
const rooms = {
  domain: { folders: ['domain'], packages: ['zod', 'opencc-js/dict/TSCharacters'] },
  projections: { folders: ['projections', 'domain'], packages: [] },
} as const;

const impure = /\bMath\.random\b|\bTemporal\.Now\b|\bDate\b|\bperformance\b|\bprocess\.|\bsetTimeout\b|\bimport\(/;

const specifiers = (text: string): readonly string[] =>
  [...text.matchAll(/\bfrom '([^']+)'|^import '([^']+)'/gm)].map(([, named, bare]) => named ?? bare ?? '');

describe.each(Object.entries(rooms))('%s/', (room, { folders, packages }) => {
  const files = globSync(`${room}/**/*.ts`);

  test('has files to check', () => {
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

describe('src/spreadsheets/', () => {
  /** Days, plain text and the type of a text in two languages; nothing of registers, imports or HTTP. */
  const known = ['domain/calendar.ts', 'domain/identifiers.ts', 'domain/field.ts'];

  test.each(globSync('src/spreadsheets/**/*.ts'))('%s knows no register and no import', (file) => {
    const foreign = specifiers(readFileSync(file, 'utf8'))
      .filter((specifier) => specifier.startsWith('.'))
      .map((specifier) => normalize(join(dirname(file), specifier)))
      .filter((path) => !path.startsWith('src/spreadsheets/') && !known.includes(path));
    expect(foreign).toEqual([]);
  });
});

/** The files that a file needs when it runs, itself included; what it takes for types alone is gone by then. */
const needed = (file: string, seen = new Set<string>()): ReadonlySet<string> => {
  if (seen.has(file)) return seen;
  seen.add(file);
  if (!/\.tsx?$/.test(file)) return seen;
  const code = readFileSync(file, 'utf8').replace(/^(import|export) type [^;]*;/gm, '');
  for (const specifier of specifiers(code))
    if (specifier.startsWith('.')) needed(normalize(join(dirname(file), specifier.replace(/\?.*/, ''))), seen);
  return seen;
};

const isOfNode = (path: string): boolean => /'node:|'#(?!hashing')/.test(readFileSync(path, 'utf8'));

describe('src/bundle/', () => {
  test.each(globSync('src/bundle/**/*.ts'))(
    '%s verifies without a store, a read model, a network or a server',
    (file) => {
      const rooms = [...needed(file)].filter((path) => !/^(domain|projections|src\/bundle|src\/ledger)\//.test(path));
      expect(rooms).toEqual([]);
      expect(readFileSync(file, 'utf8')).not.toMatch(/node:(http|https|net|tls|dns|sqlite)|\bfetch\(/);
    },
  );

  test.each(['src/bundle/verify.ts', 'src/ledger/proof.ts', 'src/ledger/cosignature.ts'])(
    '%s verifies in a browser as well, for nothing that it needs is Node’s',
    (file) => {
      expect([...needed(file)].filter(isOfNode)).toEqual([]);
    },
  );
});

describe('web/', () => {
  test.each(globSync('web/**/*.{ts,tsx}', { exclude: ['web/dist/**'] }))(
    '%s takes nothing of the server but types of its answers',
    (file) => {
      const text = readFileSync(file, 'utf8');
      const outside = specifiers(text).filter(
        (specifier) => !normalize(join(dirname(file), specifier)).startsWith('web/'),
      );
      const ofServer = outside.filter((specifier) => specifier.startsWith('.'));
      const asTypes = [...text.matchAll(/^(?:im|ex)port type [^;]* from '([^']+)'/gm)].map(
        ([, specifier]) => specifier,
      );
      if (file.startsWith('web/verifying/')) return;
      expect(ofServer.filter((specifier) => file !== 'web/answers.ts' || !asTypes.includes(specifier))).toEqual([]);
    },
  );

  test.each(globSync('web/verifying/*.{ts,tsx}', { exclude: ['web/verifying/one-file.ts'] }))(
    '%s shares what verifies with the command, and nothing that is Node’s',
    (file) => {
      const shared = [...needed(file)].filter((path) => !path.startsWith('web/'));
      expect(shared.filter((path) => !/^(domain|src\/bundle|src\/ledger)\//.test(path))).toEqual([]);
      expect(shared.filter(isOfNode)).toEqual([]);
    },
  );
});

/** Functions that may be longer; docs/decisions/012-rooms.md says why. */
const longerFunctions: readonly string[] = [
  'src/store/eventstoredb/append.ts appendingOn',
  'src/store/eventstoredb/ledger.ts ledgerOn',
  'src/store/sqlite/store.ts openSqliteStore',
];

/** Every line counts; Biome's noExcessiveLinesPerFunction and -File count a template of many lines, such as SQL, as one. */
const linesOf = (text: string): number => text.trimEnd().split('\n').length;

describe('the code of the product', () => {
  const files = globSync(['{domain,projections,src}/**/*.ts', 'web/**/*.{ts,tsx,css}'], {
    exclude: ['web/dist/**'],
  }).sort();

  test('has no file of more than 300 lines', () => {
    const long = files.filter((file) => linesOf(readFileSync(file, 'utf8')) > 300);
    expect(long).toEqual([]);
  });

  test('has no function of more than 80 lines, except those that a decision names', () => {
    const code = files.filter((file) => !file.endsWith('.css'));
    const long = code.flatMap((file) =>
      longFunctions(readFileSync(file, 'utf8'), 80, file.endsWith('x') ? 'tsx' : 'ts').map((name) => `${file} ${name}`),
    );
    expect(long).toEqual(longerFunctions);
  });

  test('is checked for long functions of every kind', () => {
    const body = `  sql(\`${'示例\n'.repeat(9)}\`);\n`;
    const code = `const a = () => {\n${body}};\nfunction b() {\n${body}}\nconst c = {\n  d() {\n${body}  },\n};\n`;
    expect(longFunctions(code, 11)).toEqual(['a', 'b', 'd']);
    expect(longFunctions(code, 12)).toEqual([]);
  });
});

/** The names of the functions with more than `limit` lines, or the line that such a function begins on. */
const longFunctions = (text: string, limit: number, lang: 'ts' | 'tsx' = 'ts'): readonly string[] =>
  functionsIn(parseAst(text, { lang }))
    .filter(({ start, end }) => linesOf(text.slice(start, end)) > limit)
    .map(({ start }) => {
      const line = text.slice(text.lastIndexOf('\n', start) + 1).split('\n')[0] ?? '';
      return /(\w+)(?= = |\()/.exec(line)?.[0] ?? line;
    });

type Span = { readonly start: number; readonly end: number };

const functionsIn = (node: unknown): readonly Span[] => {
  if (typeof node !== 'object' || node === null) return [];
  const inner = Object.values(node).flatMap(functionsIn);
  return isFunction(node) ? [node, ...inner] : inner;
};

const isFunction = (node: object): node is Span =>
  'type' in node &&
  ['ArrowFunctionExpression', 'FunctionExpression', 'FunctionDeclaration'].some((type) => type === node.type);

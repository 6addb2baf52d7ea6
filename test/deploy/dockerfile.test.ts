import { cpSync, existsSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { Copy, DockerfileParser, From } from 'dockerfile-ast';
import { expect, test } from 'vitest';
import lock from '../../package-lock.json' with { type: 'json' };
import { ending, newFolder, serve, start } from '../cli/command-line.ts';

const instructions = DockerfileParser.parse(readFileSync('Dockerfile', 'utf8')).getInstructions();
const stages = instructions.filter((each) => each instanceof From);
const last = instructions.slice(instructions.lastIndexOf(stages.at(-1) ?? failing('no FROM')));

function failing(why: string): never {
  throw new Error(why);
}

/** The arguments of an instruction in the last stage, with continued lines joined. */
const said = (keyword: string): readonly string[] =>
  last.filter((each) => each.getKeyword() === keyword).map((each) => each.getArguments().map(String).join(' '));

/** The strings of an instruction in its JSON form, after its flags. */
const strings = (keyword: string): readonly string[] => {
  const found = last.find((each) => each.getKeyword() === keyword) ?? failing(`no ${keyword}`);
  const json = /\[.*\]$/s.exec(found.getTextContent())?.[0] ?? failing(`${keyword} is not in its JSON form`);
  return JSON.parse(json);
};

type Copied = { readonly from: string | undefined; readonly sources: readonly string[]; readonly target: string };
const copies = instructions
  .filter((each) => each instanceof Copy)
  .map((each): Copied & { readonly isLast: boolean } => {
    const paths = each.getArguments().map((argument) => argument.getValue());
    return {
      from: each.getFromFlag()?.getValue() ?? undefined,
      sources: paths.slice(0, -1),
      target: paths.at(-1) ?? '',
      isLast: last.includes(each),
    };
  });
const fromHere = copies.filter(({ from }) => from === undefined);

test('the image is built in stages, from bases pinned to one version', () => {
  expect(stages.length).toBeGreaterThan(1);
  for (const stage of stages)
    expect(stage.getImage()).toMatch(/^(node:\d+\.\d+\.\d+-[a-z-]+|debian:[a-z]+-\d{8}-slim)$/);
  for (const { from } of copies)
    if (from !== undefined) expect(stages.map((stage) => stage.getBuildStage())).toContain(from);
});

test('it runs as a numeric user that is not root', () => {
  expect(said('USER')).toEqual([expect.stringMatching(/^[1-9]\d*:[1-9]\d*$/)]);
  const order = last.map((each) => each.getKeyword());
  expect(order.indexOf('USER')).toBeLessThan(order.indexOf('CMD'));
  expect(order.slice(order.indexOf('USER'))).not.toContain('RUN');
});

test('only packages that the registry needs at run time are installed', () => {
  const [packages] = stages.filter((stage) => stage.getBuildStage() === 'packages');
  const [, after] = stages.slice(stages.indexOf(packages ?? failing('no stage of packages')));
  const within = instructions.slice(
    instructions.indexOf(packages ?? failing('')),
    instructions.indexOf(after ?? failing('')),
  );
  const installs = within.filter((each) => /npm (ci|i|install)\b/.test(each.getTextContent()));
  expect(installs.map((each) => each.getTextContent())).toEqual([expect.stringContaining('npm ci --omit=dev')]);
  expect(last.filter((each) => /npm (ci|i|install)\b/.test(each.getTextContent()))).toEqual([]);
  const modules = copies.filter(({ isLast, target }) => isLast && target === 'node_modules');
  expect(modules.map(({ from }) => from)).toEqual(['packages']);
});

test('everything that it copies exists and is not ignored, and nothing else is sent to the build', () => {
  const allowed = readFileSync('.dockerignore', 'utf8')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'));
  expect(allowed[0]).toBe('*');
  const sources = fromHere.flatMap((copy) => copy.sources);
  for (const source of sources) expect(existsSync(source), source).toBe(true);
  const built = 'web/dist'; // made by the build itself
  const whole = sources.filter((source) => !sources.some((other) => source.startsWith(`${other}/`)));
  expect(new Set(allowed.slice(1))).toEqual(new Set([...whole.map((source) => `!${source}`), built]));
});

/** The tree of the image: what is copied from this repository, and the packages that are not for development. */
const imageTree = (): string => {
  const tree = newFolder();
  for (const { sources, target } of fromHere.filter(({ isLast }) => isLast))
    for (const source of sources)
      cpSync(source, join(tree, target, target === './' ? source : ''), { recursive: true });
  for (const [path, entry] of Object.entries(lock.packages)) {
    const isOurs = /^node_modules\/(@[^/]+\/)?[^/]+$/.test(path) && !('dev' in entry && entry.dev);
    if (!isOurs || !existsSync(path)) continue;
    mkdirSync(dirname(join(tree, path)), { recursive: true });
    symlinkSync(resolve(path), join(tree, path));
  }
  mkdirSync(join(tree, 'node_modules/.bin'));
  symlinkSync(resolve('node_modules/.bin/node'), join(tree, 'node_modules/.bin/node'));
  return tree;
};

test('its command serves the registry from what was copied, and its health check tells whether the server answers', async () => {
  const tree = imageTree();
  const folder = newFolder();
  const inTree = (words: readonly string[]) => ['sh', '-c', 'cd "$0" && exec "$@"', tree, ...words] as const;
  const settings = Object.fromEntries(
    said('ENV').flatMap((text) =>
      text.split(' ').map((word): [string, string] => {
        const [name = '', value = ''] = word.split('=');
        const here = value.replace('/app/', `${tree}/`).replace(/^\/(data|keys)$/, `${folder}/$1`);
        return [name, here.replace('$PATH', process.env.PATH ?? '')];
      }),
    ),
  );
  expect(settings).toMatchObject({ HOST: '0.0.0.0', PORT: '3000', REGISTRY_DATA: `${folder}/data` });
  const { child, url } = await serve(folder, { ...settings, PORT: '0' }, inTree(strings('CMD')));
  const { port } = new URL(url);
  const [program, ...args] = inTree(strings('HEALTHCHECK'));
  const check = () => ending(start(program, args, folder, { ...settings, PORT: port }));
  expect(await check()).toMatchObject({ code: 0, stderr: '' });
  child.kill('SIGTERM');
  await ending(child);
  expect((await check()).code).toBe(1);
});

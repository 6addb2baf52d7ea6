import { readFileSync } from 'node:fs';
import { expect, onTestFinished, test } from 'vitest';
import { ending, newFolder, serve, start } from '../cli/command-line.ts';
import { startWireServer } from '../store/esdb-wire/server.ts';

const readme = readFileSync('README.md', 'utf8');

/** The shell lines of a README in order, each with the answer printed below it. */
const stepsOf = (page: string) =>
  [...page.matchAll(/^```sh\n(.*?)^```\n(?:\n```json\n(.*?)^```\n)?/gms)].map(([, lines = '', answer]) => ({
    lines,
    answer,
  }));

/** Matches a value of which the README shows a part: some of an object’s members, some of a list’s items. */
const within = (shown: unknown): unknown => {
  if (Array.isArray(shown)) return expect.arrayContaining(shown.map(within));
  if (typeof shown !== 'object' || shown === null) return shown;
  return expect.objectContaining(
    Object.fromEntries(Object.entries(shown).map(([name, value]) => [name, within(value)])),
  );
};

/** Types the lines of a README, and gives each step with what it printed. */
const typedIn = async (file: string, environment: Readonly<Record<string, string>> = {}) => {
  const steps = stepsOf(readFileSync(file, 'utf8'));
  const folder = newFolder();
  const { url } = await serve(folder, environment);
  const mark = '--- the next step ---';
  const typed = steps.map(({ lines }) => lines.replaceAll('http://127.0.0.1:3000', url)).join(`echo; echo '${mark}'\n`);
  const run = await ending(start('bash', ['-euc', typed], folder, environment));
  expect(run).toMatchObject({ code: 0 });
  const answers = run.stdout.split(mark);
  expect(answers).toHaveLength(steps.length);
  return { steps, answers };
};

test.each(['README.md', 'README.zh-CN.md'])(
  'the commands of %s work as they stand, and the server answers what it prints',
  async (file) => {
    const { steps, answers } = await typedIn(file);
    expect(steps.length).toBeGreaterThan(3);
    for (const [index, { answer }] of steps.entries())
      if (answer !== undefined) expect(JSON.parse(answers[index] ?? '')).toEqual(within(JSON.parse(answer)));
    expect(answers.at(-1)).toMatch(/^59 approved, 0 left$/m);
    expect(answers.at(-1)).toMatch(/^star-listings +37 +10/m);
    expect(answers.at(-1)).toMatch(/^model-factories +1 +100/m);
  },
);

test('on EventStoreDB the commands of the README work as well, and the answers lack nothing but what it says', async () => {
  const store = await startWireServer();
  onTestFinished(() => store.close());
  const { steps, answers } = await typedIn('README.md', { REGISTRY_STORE: store.connectionString });
  const lacking = new Set<string>();
  /** What is shown, without the members that the answer lacks. */
  const without = (shown: unknown, answer: unknown): unknown => {
    if (Array.isArray(shown)) return shown.map((each, index) => without(each, Object(answer)[index]));
    if (typeof shown !== 'object' || shown === null) return shown;
    const members = Object.entries(shown).filter(([name]) => Object.hasOwn(Object(answer), name) || !lacking.add(name));
    return Object.fromEntries(members.map(([name, value]) => [name, without(value, Object(answer)[name])]));
  };
  for (const [index, { answer }] of steps.entries()) {
    if (answer === undefined) continue;
    const given = JSON.parse(answers[index] ?? '');
    expect(given).toEqual(within(without(JSON.parse(answer), given)));
  }
  const [, said] = /A cluster leaves out `(\w+)`/.exec(readme) ?? [];
  expect([...lacking]).toEqual([said]);
  expect(answers.at(-1)).toMatch(/^59 approved, 0 left$/m);
});

test('the README names every command, and the page on settings every setting', async () => {
  const { stdout } = await ending(start('./registry', ['--help'], newFolder()));
  const commands = [...stdout.matchAll(/^ {2}([a-z]+) /gm)].map(([, name]) => name).filter((name) => name !== 'help');
  expect(commands.length).toBeGreaterThan(8);
  for (const name of commands) expect(readme).toContain(`| \`${name}`);
  const settings = readFileSync('src/config.ts', 'utf8').matchAll(/^ {2}([A-Z_]+): z/gm);
  const page = readFileSync('docs/operations/settings.md', 'utf8');
  for (const [, name] of settings) expect(page).toContain(`\`${name}\``);
});

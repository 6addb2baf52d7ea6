import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { ending, newFolder, serve, start } from '../cli/command-line.ts';

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

test.each(['README.md', 'README.zh-CN.md'])(
  'the commands of %s work as they stand, and the server answers what it prints',
  async (file) => {
    const steps = stepsOf(readFileSync(file, 'utf8'));
    const folder = newFolder();
    const { url } = await serve(folder);
    const mark = '--- the next step ---';
    const typed = steps
      .map(({ lines }) => lines.replaceAll('http://127.0.0.1:3000', url))
      .join(`echo; echo '${mark}'\n`);
    const run = await ending(start('bash', ['-euc', typed], folder));
    expect(run).toMatchObject({ code: 0 });
    const answers = run.stdout.split(mark);
    expect(answers).toHaveLength(steps.length);
    expect(steps.length).toBeGreaterThan(3);
    for (const [index, { answer }] of steps.entries())
      if (answer !== undefined) expect(JSON.parse(answers[index] ?? '')).toEqual(within(JSON.parse(answer)));
    expect(answers.at(-1)).toMatch(/^59 approved, 0 left$/m);
    expect(answers.at(-1)).toMatch(/^star-listings +37 +10/m);
    expect(answers.at(-1)).toMatch(/^model-factories +1 +100/m);
  },
);

test('the README names every command, and the page on settings every setting', async () => {
  const { stdout } = await ending(start('./registry', ['--help'], newFolder()));
  const commands = [...stdout.matchAll(/^ {2}([a-z]+) /gm)].map(([, name]) => name).filter((name) => name !== 'help');
  expect(commands.length).toBeGreaterThan(8);
  for (const name of commands) expect(readme).toContain(`| \`${name}`);
  const settings = readFileSync('src/config.ts', 'utf8').matchAll(/^ {2}([A-Z_]+): z/gm);
  const page = readFileSync('docs/operations/settings.md', 'utf8');
  for (const [, name] of settings) expect(page).toContain(`\`${name}\``);
});

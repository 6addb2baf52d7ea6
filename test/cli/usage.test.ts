import { expect, test } from 'vitest';
import manifest from '../../package.json' with { type: 'json' };
import { newFolder, registry } from './command-line.ts';

const commands = [
  'serve',
  'demo',
  'token',
  'user',
  'import',
  'approve',
  'replay',
  'explain',
  'rebuild',
  'status',
  'backup',
  'restore',
  'copy',
];

test('--help names every command, and each command’s --help its options', async () => {
  const folder = newFolder();
  const all = await registry(folder, ['--help']);
  expect(all).toMatchObject({ code: 0, stderr: '' });
  const helps = await Promise.all(commands.map((command) => registry(folder, [command, '--help'])));
  for (const [index, command] of commands.entries()) {
    expect(all.stdout).toMatch(new RegExp(`^ {2}${command} `, 'm'));
    expect(helps[index]).toMatchObject({ code: 0, stderr: '', stdout: expect.stringContaining(`registry ${command}`) });
  }
  expect(await registry(folder, ['--version'])).toEqual({ code: 0, stdout: `${manifest.version}\n`, stderr: '' });
});

test.each([
  [[], /Usage: registry/],
  [['fly'], /unknown command 'fly'/],
  [['token', '--subject', 'li.wei', '--role', 'king'], /"king" is not a role; choose from viewer, clerk/],
  [
    ['token', '--subject', 'li.wei', '--role', 'clerk', '--ttl', 'soon'],
    /"soon" is not a duration; use one such as 8h/,
  ],
  [['explain'], /missing required argument 'target'/],
  [['replay', '--on', '2020-02-30'], /--on 2020-02-30: expected a day/],
  [['replay', '--known-at', 'soon'], /expected an instant/],
])('%o is wrong usage', async (args, message) => {
  const run = await registry(newFolder(), args);
  expect(run).toMatchObject({ code: 2, stdout: '' });
  expect(run.stderr).toMatch(message);
});

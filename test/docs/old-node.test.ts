import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ending, newFolder, start } from '../cli/command-line.ts';

/** What npm reads to install, and where it says so if a dependency needs another Node than the one that installs. */
const files = ['package.json', 'package-lock.json', '.npmrc'];

test('npm ci on Node 20 has nothing to warn of: any Node from 20 on can install, and the one that comes with it runs', async () => {
  const folder = newFolder();
  for (const file of files) cpSync(file, join(folder, file));
  const asNode20 = `data:text/javascript,Object.defineProperty(process,'version',{value:'v20.19.0'})`;
  const install = start('bash', ['-c', `cd ${folder} && npm ci --dry-run --offline --no-update-notifier`], folder, {
    NODE_OPTIONS: `--import=${asNode20}`,
  });
  expect(await ending(install)).toMatchObject({ code: 0, stderr: '' });
});

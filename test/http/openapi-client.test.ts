import { execFile } from 'node:child_process';
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'vitest';
import { test } from './office.ts';

const run = promisify(execFile);
const client = join(import.meta.dirname, 'openapi-client');
const compiler = join(import.meta.dirname, '../../node_modules/.bin/tsc');

test('a client that is generated from the document compiles under tsc --strict and does the main job: it imports a file, approves and reads the count', async ({
  server,
  staff,
  onTestFinished,
}) => {
  const { text } = await server.get('/api/openapi.json');
  const folder = mkdtempSync(join(client, 'generated-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, 'openapi.json'), text);
  await run(process.execPath, [join(client, 'generate.ts'), folder]);
  copyFileSync(join(client, 'main-job.ts'), join(folder, 'main-job.ts'));

  const options = '--strict --noEmit --ignoreConfig --target esnext --module nodenext --types node'.split(' ');
  const sources = [join(folder, 'registry.d.ts'), join(folder, 'main-job.ts')];
  const compiled = await run(compiler, [...options, '--allowImportingTsExtensions', ...sources]).catch(
    (error) => error,
  );
  expect(compiled.stdout).toBe('');

  const people = JSON.stringify({ clerk: staff.clerk, reviewer: staff.reviewer });
  const { stdout } = await run(process.execPath, [join(folder, 'main-job.ts'), server.url, people]);
  const { before, tried, recorded, submitted, after, refused } = JSON.parse(stdout);
  expect(tried).toEqual({ first: 'name', moves: expect.arrayContaining(['model-factories']) });
  expect({ recorded, submitted }).toEqual({ recorded: 0, submitted: 1 });
  expect(after).toBe(before + 1);
  expect(refused).toEqual({ entryStatus: 'certified', allowed: expect.arrayContaining(['suspend']) });
});

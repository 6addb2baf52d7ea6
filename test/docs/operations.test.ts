import { readFileSync } from 'node:fs';
import { expect, onTestFinished, test } from 'vitest';
import { parse } from 'yaml';
import { kept } from '../../src/data-folder.ts';
import { ending, newFolder, start } from '../cli/command-line.ts';
import { startWireServer } from '../store/esdb-wire/server.ts';

const page = (name: string) => readFileSync(`docs/operations/${name}.md`, 'utf8');

test('the script for the registry’s user in the store sets the rights that the page names, through the vendor’s client', async () => {
  const server = await startWireServer();
  onTestFinished(server.close);
  const [, script = ''] = /```js\n(.*?)```/s.exec(page('several-nodes')) ?? [];
  const node = ['--input-type=module', '--eval', script];
  const run = await ending(start('node', node, newFolder(), { STORE: server.connectionString }));
  expect(run).toMatchObject({ code: 0, stderr: '' });
  const last = (stream: string) =>
    JSON.parse(Buffer.from(server.log.records.findLast((record) => record.stream === stream)?.data ?? []).toString());
  expect(last('$$$all')).toEqual({ $acl: { $r: ['registry', '$admins'] } });
  expect(last('$settings').$userStreamAcl).toEqual({
    $r: ['registry', '$admins'],
    $w: ['registry', '$admins'],
    $mr: ['registry', '$admins'],
    $d: '$admins',
    $mw: '$admins',
  });
});

test('the page on installing names the images of docker-compose.yml and Dockerfile', () => {
  const services = Object.values(parse(readFileSync('docker-compose.yml', 'utf8'), { merge: true }).services);
  const ran = services.map((service) => (service as { image: string }).image);
  const builtOn = [...readFileSync('Dockerfile', 'utf8').matchAll(/^FROM (\S+)/gm)].map(([, image]) => image);
  for (const image of [...ran, ...builtOn])
    if (!image?.startsWith('upgrade-registry:')) expect(page('installing')).toContain(`\`${image}\``);
});

test('the page on backups lists everything that a node keeps, and whether a backup takes it', () => {
  const rows = [...page('backup-and-restore').matchAll(/^\| `([^`]+)` \| (yes|no) \|/gm)];
  expect(rows.map(([, path, inBackup]) => ({ path, inBackup: inBackup === 'yes' }))).toEqual(Object.values(kept));
});

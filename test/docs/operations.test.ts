import { readFileSync } from 'node:fs';
import { expect, onTestFinished, test } from 'vitest';
import { parse } from 'yaml';
import { ending, newFolder, start } from '../cli/command-line.ts';
import { startWireServer } from '../store/esdb-wire/server.ts';

const page = readFileSync('docs/operations.md', 'utf8');

test('the script for the registry’s user in the store sets what the page says, by the client’s own protocol', async () => {
  const server = await startWireServer();
  onTestFinished(server.close);
  const [, script = ''] = /```js\n(.*?)```/s.exec(page) ?? [];
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

test('the page names the images of docker-compose.yml and Dockerfile', () => {
  const services = Object.values(parse(readFileSync('docker-compose.yml', 'utf8'), { merge: true }).services);
  const ran = services.map((service) => (service as { image: string }).image);
  const builtOn = [...readFileSync('Dockerfile', 'utf8').matchAll(/^FROM (\S+)/gm)].map(([, image]) => image);
  for (const image of [...ran, ...builtOn])
    if (!image?.startsWith('upgrade-registry:')) expect(page).toContain(`\`${image}\``);
});

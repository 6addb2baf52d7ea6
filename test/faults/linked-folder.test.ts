import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { newFolder, registry, serve } from '../cli/command-line.ts';
import { chanceOf } from './chance.ts';
import { openOffice } from './journal.ts';

/** A folder on another file system than the temporary one, which most Linux machines have in memory. */
const elsewhere = (): string | undefined => {
  if (!existsSync('/dev/shm') || statSync('/dev/shm').dev === statSync(tmpdir()).dev) return undefined;
  const folder = mkdtempSync('/dev/shm/upgrade-registry-test-');
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
};

test.for([
  ['is a link', newFolder],
  ['is a link to another file system', elsewhere],
] as const)(
  'a data folder that %s is served by either name, backed up, restored, rebuilt and copied',
  async ([, place], { skip }) => {
    const real = place();
    if (real === undefined) return skip('there is no other file system');
    const folder = newFolder();
    mkdirSync(join(real, 'data'));
    symlinkSync(join(real, 'data'), join(folder, 'data'));
    const [byLink, byName] = [await serve(folder), await serve(real)];
    const office = await openOffice(folder, chanceOf('linked'));
    for (let each = 0; each < 5; each++) {
      expect((await office.nominate(byLink.url))?.status).toBe(201);
      expect((await office.nominate(byName.url))?.status).toBe(201);
    }
    await office.check(byLink.url);
    await office.check(byName.url, join(real, 'data'));

    const keys = { REGISTRY_KEYS: join(realpathSync(real), 'data', 'keys') };
    const backup = join(folder, 'backup.db');
    const made = await registry(folder, ['backup', backup, '--json'], keys);
    expect(JSON.parse(made.stdout)).toMatchObject({
      events: 11,
      files: ['accounts.db', 'keys/ledger-signing.key', 'keys/token-signing.pem'],
    });
    const copy = await registry(folder, [
      'copy',
      '--from',
      'sqlite:events.db',
      '--to',
      `sqlite:${join(folder, 'c.db')}`,
    ]);
    expect(copy).toMatchObject({ code: 0 });
    expect(await registry(folder, ['rebuild'])).toMatchObject({ code: 0 });

    const other = newFolder();
    mkdirSync(join(real, 'restored'));
    symlinkSync(join(real, 'restored'), join(other, 'data'));
    expect(await registry(other, ['restore', backup])).toMatchObject({ code: 0 });
    expect(readdirSync(join(real, 'restored')).sort()).toEqual(['accounts.db', 'events.db', 'keys']);
    const key = join('data', 'keys', 'token-signing.pem');
    expect(readFileSync(join(other, key))).toEqual(readFileSync(join(folder, key)));
    await office.check((await serve(other)).url, join(other, 'data'));
  },
);

test('a data folder that is a link to nothing is named, and nothing is made', async () => {
  const folder = newFolder();
  symlinkSync(join(folder, 'gone'), join(folder, 'data'));
  expect(await registry(folder, ['serve'])).toMatchObject({
    code: 78,
    stderr: expect.stringMatching(/^registry: \S*data cannot be written to: .*\n$/),
  });
  expect(await registry(folder, ['status'])).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/^registry: there is no ledger.*\n$/),
  });
  expect(readdirSync(folder)).toEqual(['data']);
});

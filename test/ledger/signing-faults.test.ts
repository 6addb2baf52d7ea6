import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, expect, test, vi } from 'vitest';
import { leafOf } from '../../domain/leaf.ts';
import { auditStore } from '../../src/ledger/audit.ts';
import { openCheckpoint } from '../../src/ledger/checkpoint.ts';
import { growingIn } from '../../src/ledger/growing.ts';
import { rememberedIn } from '../../src/ledger/remembered.ts';
import { leafHash, rootOf } from '../../src/ledger/tree.ts';
import { nodesOver } from './naive-tree.ts';
import { ledgerOf, newKeys, newNode, origin } from './publishing.ts';
import { sound } from './signing.ts';

vi.setConfig({ testTimeout: 600_000, hookTimeout: 60_000 });

const size = 300;
const events = ledgerOf(size);
const leaves = events.map((event) => {
  const made = leafOf(event);
  return Buffer.from('leaf' in made ? made.leaf : '');
});
const hashes = Buffer.concat(leaves.map(leafHash));
const nodes = nodesOver(leaves);
const rootAt = (of: number) => rootOf(nodes, of);

type Folders = { readonly home: string; readonly keys: string; readonly ledger: string };
const newFolders = (): Folders => {
  const home = mkdtempSync(join(tmpdir(), 'registry-signing-'));
  return { home, keys: join(home, 'keys'), ledger: join(home, 'ledger') };
};

const inKeys = ['ledger-signing.key', ...['', '-wal', '-shm', '-journal'].map((end) => `ledger-signed.db${end}`)];
const inLedger = ['level-0', 'level-1', 'state.json', 'state.json.new', 'lock', 'lock-journal'];

type Run = { readonly published: readonly number[]; readonly isKilled: boolean };

/** Runs the signer under strace, which sees only calls on the files of keys and hashes; what the signer has said. */
const signing = ({ home, keys, ledger }: Folders, options: readonly string[]): Promise<Run> => {
  const files = [
    home,
    keys,
    ledger,
    ...inKeys.map((name) => join(keys, name)),
    ...inLedger.map((name) => join(ledger, name)),
  ];
  const script = fileURLToPath(new URL('./crashing-signer.ts', import.meta.url));
  const strace = ['-f', '-qq', ...files.flatMap((file) => ['-P', file]), ...options];
  const env = { ...process.env, NODE_COMPILE_CACHE: join(tmpdir(), 'upgrade-registry-compiled') };
  return new Promise((resolve) => {
    execFile('strace', [...strace, process.execPath, script, keys, ledger, String(size)], { env }, (error, stdout) =>
      resolve({
        published: stdout
          .split('\n')
          .filter((line) => line !== '')
          .map(Number),
        isKilled: error?.signal === 'SIGKILL',
      }),
    );
  });
};

const writing = ['pwrite64', 'fdatasync', 'fsync', 'ftruncate', 'unlink', 'link', 'rename'];
const reading = ['openat', 'pread64', 'mkdir'];
const faults = [
  ...writing.flatMap((call) => [['signal=KILL', call] as const, ['error=EIO', call] as const]),
  ...reading.map((call) => ['error=EIO', call] as const),
];
const counts = new Map<string, number>();

beforeAll(async () => {
  if (process.platform !== 'linux') return;
  const folders = newFolders();
  const trace = join(folders.home, 'calls');
  const { published } = await signing(folders, ['-o', trace, '-e', `trace=${[...writing, ...reading].join()}`]);
  expect(published).toEqual([100, 200, 300]);
  for (const [, call = ''] of readFileSync(trace, 'utf8').matchAll(/^\d+ +(\w+)\(/gm))
    counts.set(call, (counts.get(call) ?? 0) + 1);
});

/** Some of the calls, the first and the last among them; REGISTRY_EVERY_CALL=1 takes all, which is a matter of minutes. */
const chosen = (count: number): readonly number[] => {
  const most = process.env.REGISTRY_EVERY_CALL === '1' ? count : Math.min(count, 6);
  return Array.from({ length: most }, (_, n) => 1 + Math.round((n * (count - 1)) / Math.max(1, most - 1)));
};

/** What was published is signed for ever; a node that starts now goes on from there, and the audit finds nothing. */
const checked = async ({ keys, ledger }: Folders, published: readonly number[]): Promise<void> => {
  const growing = growingIn(ledger);
  growing.open(size);
  growing.grow(events.slice(Math.max(0, growing.sync(size).size - 1)));
  expect(growing.sync(size)).not.toHaveProperty('stopped');
  expect(readFileSync(join(ledger, 'level-0')).equals(hashes)).toBe(true);
  growing.close();
  const { key } = newKeys(keys);
  const node = newNode({ keys, key }, { folder: ledger });
  const before = await rememberedIn(keys, origin).last();
  if (published.length > 0) {
    const last = sound(openCheckpoint(before as Buffer, { origin, keys: [key.verifier] }));
    expect(last.size).toBeGreaterThanOrEqual(Math.max(...published));
    expect(last.root).toEqual(rootAt(last.size));
  }
  for (let look = 0; look < 3 && node.ledger.published()?.size !== size; look++) await node.ledger.look();
  expect(node.ledger.fault()).toBeUndefined();
  expect(node.ledger.published()).toMatchObject({ size, root: rootAt(size) });
  const store = {
    readAll: async ({ size: from }: { size: number }, limit: number) => events.slice(from, from + limit),
  };
  const signed = { size, root: rootAt(size) };
  const { faults: found } = await auditStore({
    store,
    folder: ledger,
    signed,
    foldedAt: () => undefined,
    onPage: async () => {},
  });
  expect(found).toEqual([]);
  await node.ledger.close();
};

test.runIf(process.platform === 'linux').concurrent.each(faults)(
  'after %s at any %s on the files of keys, records and hashes, what was published holds, and signing goes on',
  async (fault, call) => {
    const count = counts.get(call) ?? 0;
    expect(count).toBeGreaterThan(0);
    for (const nth of chosen(count)) {
      const folders = newFolders();
      const inject = ['-o', '/dev/null', '-e', `trace=${call}`, '-e', `inject=${call}:${fault}:when=${nth}`];
      const { published, isKilled } = await signing(folders, inject);
      expect(isKilled).toBe(fault === 'signal=KILL');
      await checked(folders, published);
      // A fault that passes keeps nothing from being signed in the end.
      if (fault !== 'signal=KILL' && published.length > 0) expect(published.at(-1)).toBe(size);
    }
  },
);

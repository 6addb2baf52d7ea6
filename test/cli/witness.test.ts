import { expect, test, vi } from 'vitest';
import { openCheckpoint } from '../../src/ledger/checkpoint.ts';
import { cosignatureVerifier } from '../../src/ledger/cosignature.ts';
import { noteVerifier } from '../../src/ledger/note.ts';
import { nomination } from '../http/office.ts';
import { sound } from '../ledger/signing.ts';
import { ended, lineOf, newFolder, registry, serve, start, tokenFor } from './command-line.ts';

vi.setConfig({ testTimeout: 120_000 });

const name = 'witness.example.org';

/** A witness in its own process, with its address and verifier key. */
const witnessIn = async (folder: string, log: string, port = '0') => {
  const child = start('./registry', ['witness', '--name', name, '--log', log], folder, { PORT: port });
  const [, text] = await lineOf(child, /^(verifier key .*)$/);
  const [, verifierKey = ''] = /^verifier key (\S+)$/.exec(text ?? '') ?? [];
  return { child, verifierKey };
};

const freePort = async (): Promise<string> => {
  const { createServer } = await import('node:net');
  const server = createServer();
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return String(typeof address === 'object' ? address?.port : 0);
};

test('a witness cosigns what a server signs, also after it was killed and started again, and says so with its own key', async () => {
  const [folder, other] = [newFolder(), newFolder()];
  const log = (await registry(folder, ['ledger', 'key'])).stdout.trim();
  const port = await freePort();
  const first = await witnessIn(other, log, port);
  const environment = { REGISTRY_WITNESSES: `http://127.0.0.1:${port}/ ${first.verifierKey}` };
  const { url } = await serve(folder, environment);
  const clerk = await tokenFor(folder, 'clerk');
  const trust = {
    origin: 'localhost/upgrade-registry',
    keys: [sound(noteVerifier(log))],
    witnesses: [sound(cosignatureVerifier(first.verifierKey))],
  };
  const cosigned = async (size: number): Promise<void> => {
    for (;;) {
      const note = Buffer.from(await (await fetch(`${url}/ledger/checkpoint`)).arrayBuffer());
      const opened = openCheckpoint(note, trust);
      if (!('fault' in opened) && opened.size === size) return;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  };
  const nominate = async (key: string): Promise<void> => {
    const headers = { authorization: `Bearer ${clerk}`, 'content-type': 'application/json' };
    const body = JSON.stringify(nomination);
    const { status } = await fetch(`${url}/api/v1/factories/${key}/nominate`, { method: 'POST', headers, body });
    expect(status).toBe(201);
  };
  await nominate('f-1');
  await cosigned(2);
  first.child.kill('SIGKILL');
  await ended(first.child);
  await nominate('f-2');
  const said = async (): Promise<string> => (await registry(folder, ['status'], environment)).stdout;
  await vi.waitUntil(
    async () =>
      /^witness +witness\.example\.org has cosigned 2 events; not the last checkpoint: The witness cannot be reached: /m.test(
        await said(),
      ),
    { timeout: 30_000 },
  );
  const second = await witnessIn(other, log, port);
  expect(second.verifierKey).toBe(first.verifierKey);
  await nominate('f-3');
  await cosigned(4);
  await vi.waitUntil(async () => /^witness +witness\.example\.org has cosigned 4 events$/m.test(await said()), {
    timeout: 30_000,
  });

  const post = (path: string, body: string) => fetch(`http://127.0.0.1:${port}${path}`, { method: 'POST', body });
  expect((await post('/add-checkpoint', 'old 0\n')).status).toBe(400);
  expect((await post('/add-checkpoint', 'x'.repeat(70_000))).status).toBe(413);
  expect((await post('/', '')).status).toBe(404);
  expect((await fetch(`http://127.0.0.1:${port}/add-checkpoint`)).status).toBe(405);
});

test('a witness does not start under another name than that of its key, nor for what is no log’s key', async () => {
  const folder = newFolder();
  const log = (await registry(folder, ['ledger', 'key'])).stdout.trim();
  const { child } = await witnessIn(folder, log);
  child.kill('SIGKILL');
  expect(await registry(folder, ['witness', '--name', 'another.example.org', '--log', log])).toMatchObject({
    code: 78,
    stderr: expect.stringMatching(
      /witness\.db is of the witness witness\.example\.org, and not of another\.example\.org\n$/,
    ),
  });
  expect((await registry(folder, ['witness', '--name', 'a b', '--log', log])).code).toBe(2);
  expect((await registry(folder, ['witness', '--name', name, '--log', `${log}x`])).code).toBe(2);
  expect((await registry(folder, ['witness', '--name', name])).code).toBe(2);
});

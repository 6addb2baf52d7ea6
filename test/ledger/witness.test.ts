import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, onTestFinished, test } from 'vitest';
import { formatCheckpoint, openCheckpoint } from '../../src/ledger/checkpoint.ts';
import { formatSignatures, openNote, signNote } from '../../src/ledger/note.ts';
import { emptyRoot, proveConsistency, rootOf, type Tree } from '../../src/ledger/tree.ts';
import {
  addCheckpoint,
  formatRequest,
  type Witness,
  type WitnessAnswer,
  type WitnessState,
} from '../../src/ledger/witness.ts';
import { askWitness } from '../../src/ledger/witness-client.ts';
import { openWitnessState } from '../../src/ledger/witness-state.ts';
import { leavesOf, nodesOver } from './naive-tree.ts';
import { newLogKey, newWitnessKey, sound } from './signing.ts';

const origin = 'example.org/ledger';
const log = newLogKey(origin);
const stranger = newLogKey(origin);
const key = newWitnessKey('witness.example.org');
const read = nodesOver(leavesOf(300));
const other = nodesOver(leavesOf(301).slice(1));

const checkpointAt = (size: number, nodes = read, signer = log.signer): Buffer =>
  signNote(formatCheckpoint({ origin, size, root: rootOf(nodes, size) }), [signer]);
const requestFrom = (older: number, size: number, nodes = read): Buffer =>
  formatRequest({
    older,
    proof: proveConsistency(nodes, Math.min(older, size), size),
    checkpoint: checkpointAt(size, nodes),
  });

const stateAt = (path = join(mkdtempSync(join(tmpdir(), 'registry-witness-')), 'witness.db')) => {
  const state = openWitnessState(path);
  onTestFinished(() => state.close());
  return state;
};
const witnessOn = (state: WitnessState = stateAt()): Witness => ({
  logs: new Map([[origin, [log.verifier]]]),
  state,
  signer: key.signer,
});

/** A witness that has cosigned 100 leaves. */
const atHundred = (): Witness => {
  const witness = witnessOn();
  expect(addCheckpoint(requestFrom(0, 100), witness).status).toBe(200);
  return witness;
};

const size409 = (size: number) => ({ status: 409, type: 'text/x.tlog.size', body: `${size}\n` });

test('a witness cosigns a log that only grows, and remembers how far', () => {
  const witness = witnessOn();
  const sizes = [0, 1, 100, 100, 256, 300];
  for (const [n, size] of sizes.entries()) {
    const answer = addCheckpoint(requestFrom(sizes[n - 1] ?? 0, size), witness);
    expect(answer).toMatchObject({ status: 200, body: expect.stringMatching(/^— witness\.example\.org \S+\n$/) });
    const note = Buffer.concat([checkpointAt(size), Buffer.from(answer.body)]);
    const trust = { origin, keys: [log.verifier], witnesses: [key.verifier] };
    expect(openCheckpoint(note, trust)).toMatchObject({ size });
    expect(witness.state.latest(origin)).toEqual({ size, root: rootOf(read, size) });
  }
});

describe('a request is refused', () => {
  const valid = requestFrom(100, 200);
  const changed = (from: string | RegExp, to: string): Buffer => Buffer.from(valid.toString().replace(from, to));
  const zero = { size: 0, root: Buffer.alloc(32, 1) };

  test.each<[string, Buffer, Partial<WitnessAnswer>]>([
    ['if it is empty', Buffer.of(), { status: 400 }],
    ['without its old size', changed(/^.*\n/, ''), { status: 400 }],
    ['with an old size in another spelling', changed('old 100', 'old 0100'), { status: 400 }],
    ['with CR LF', changed(/\n/g, '\r\n'), { status: 400 }],
    ['with a line that is no hash', changed('old 100\n', 'old 100\nAAAA\n'), { status: 400 }],
    ['with 64 hashes', changed(/(old 100\n)(.*\n)/, `$1${'$2'.repeat(64)}`), { status: 400 }],
    ['without a blank line', changed('\n\n', '\n'), { status: 400 }],
    ['with a note that has a control character', changed(/\n200\n/, '\n20\x000\n'), { status: 400 }],
    [
      'with a note that is no checkpoint',
      changed(/\n\n[\s\S]*$/, `\n\n${signNote(`${origin}\n`, [log.signer])}`),
      { status: 400 },
    ],
    ['if the old size is larger', requestFrom(201, 200), { status: 400 }],
    ['for another log', changed(/example\.org\/ledger\n/, 'example.org/another\n'), { status: 404 }],
    [
      'if another key signed',
      formatRequest({ older: 100, proof: [], checkpoint: checkpointAt(200, read, stranger.signer) }),
      { status: 403 },
    ],
    ['if the signature is wrong', changed('\n200\n', '\n201\n'), { status: 403 }],
    ['if the old size is not the one cosigned', requestFrom(99, 200), size409(100)],
    ['if no old size is known', requestFrom(0, 200), size409(100)],
    ['if the log went back', requestFrom(50, 60), size409(100)],
    ['if the proof has a hash less', changed(/(old 100\n).*\n/, '$1'), { status: 422 }],
    ['if the proof is of another tree', requestFrom(100, 200, other), { status: 422 }],
    ['for the same size with another root', requestFrom(100, 100, other), { status: 422 }],
    [
      'for the same size with a proof',
      formatRequest({ older: 100, proof: [emptyRoot], checkpoint: checkpointAt(100) }),
      { status: 422 },
    ],
    [
      'for an empty tree with another root',
      formatRequest({ older: 0, proof: [], checkpoint: signNote(formatCheckpoint({ origin, ...zero }), [log.signer]) }),
      { status: 422 },
    ],
  ])('%s', (_, body, answer) => {
    const witness = atHundred();
    const answered = addCheckpoint(body, witness);
    expect(answered).toMatchObject(answer);
    expect(answered.body).not.toContain('—');
    expect(witness.state.latest(origin)).toEqual({ size: 100, root: rootOf(read, 100) });
  });

  test('at first, if there is a proof from nothing, or an empty tree has another root', () => {
    const from = (proof: Buffer[], tree: Tree): number =>
      addCheckpoint(
        formatRequest({ older: 0, proof, checkpoint: signNote(formatCheckpoint({ origin, ...tree }), [log.signer]) }),
        witnessOn(),
      ).status;
    expect(from([emptyRoot], { size: 100, root: rootOf(read, 100) })).toBe(422);
    expect(from([], zero)).toBe(422);
    expect(from([], { size: 0, root: emptyRoot })).toBe(200);
  });
});

describe('comparing and remembering are one step', () => {
  test.each([0, 100])(
    'of two sizes that race after %i leaves, one is cosigned, and the other is told the size',
    (older) => {
      const path = join(mkdtempSync(join(tmpdir(), 'registry-witness-')), 'witness.db');
      const [state, otherState] = [stateAt(path), stateAt(path)];
      expect(addCheckpoint(requestFrom(0, older), witnessOn(state)).status).toBe(200);
      const racing: WitnessState = {
        ...state,
        replace: (...step) => {
          // Between this request's look and its step, another process cosigns a larger tree.
          expect(addCheckpoint(requestFrom(older, 300), witnessOn(otherState)).status).toBe(200);
          return state.replace(...step);
        },
      };
      expect(addCheckpoint(requestFrom(older, 200), witnessOn(racing))).toEqual(size409(300));
      expect(state.latest(origin)?.size).toBe(300);
    },
  );

  test('the tree is remembered before anything is signed', () => {
    const witness = atHundred();
    const dying = {
      ...witness,
      signer: {
        ...key.signer,
        sign: () => {
          throw new Error('killed');
        },
      },
    };
    expect(() => addCheckpoint(requestFrom(100, 200), dying)).toThrow('killed');
    expect(addCheckpoint(requestFrom(100, 150), witness)).toEqual(size409(200));
    expect(addCheckpoint(requestFrom(200, 200), witness).status).toBe(200);
  });

  test.runIf(process.platform === 'linux')(
    'a tree is on the disk before anybody is told, as the system calls show',
    () => {
      const folder = mkdtempSync(join(tmpdir(), 'registry-witness-'));
      const script = fileURLToPath(new URL('./witness-persisting.ts', import.meta.url));
      const calls = 'trace=pwrite64,fdatasync,fsync,unlink,write';
      const program = [process.execPath, script, join(folder, 'witness.db')];
      execFileSync('strace', ['-f', '-y', '-e', calls, '-o', join(folder, 'trace'), ...program]);
      const steps = readFileSync(join(folder, 'trace'), 'utf8')
        .split('\n')
        .flatMap((line) => {
          if (/ write\(1<.*"(begun|replaced)/.test(line)) return ['said'];
          if (/ pwrite64\(\d+<[^>]*witness\.db>/.test(line)) return ['written'];
          if (/ f(data)?sync\(\d+<[^>]*witness\.db>\) += 0/.test(line)) return ['synced'];
          if (/ unlink\("[^"]*witness\.db-journal"\) += 0/.test(line)) return ['committed'];
          return line.includes(`<${folder}>) `) && / f(data)?sync\(/.test(line) ? ['folder synced'] : [];
        });
      const [, ...replaced] = steps.join(' ').split('said');
      expect(replaced.slice(0, 2)).toHaveLength(2);
      for (const before of replaced.slice(0, 2)) expect(before).toMatch(/written synced committed folder synced $/);
    },
  );

  test('a witness that is killed between remembering and answering has cosigned nothing smaller or other after its restart, and cosigns on', () => {
    const path = join(mkdtempSync(join(tmpdir(), 'registry-witness-')), 'witness.db');
    expect(addCheckpoint(requestFrom(0, 100), witnessOn(stateAt(path))).status).toBe(200);
    const script = fileURLToPath(new URL('./dying-witness.ts', import.meta.url));
    const args = [script, path, origin, log.verifierKey, requestFrom(100, 200).toString('base64')];
    expect(spawnSync(process.execPath, args, { encoding: 'utf8' })).toMatchObject({ signal: 'SIGKILL', stdout: '' });
    const again = witnessOn(stateAt(path));
    expect(addCheckpoint(requestFrom(100, 150), again)).toEqual(size409(200));
    expect(addCheckpoint(requestFrom(100, 200), again)).toEqual(size409(200));
    expect(addCheckpoint(requestFrom(200, 200, other), again).status).toBe(422);
    expect(addCheckpoint(requestFrom(200, 200), again).status).toBe(200);
    expect(addCheckpoint(requestFrom(200, 300), again).status).toBe(200);
  });

  test('what is remembered outlives the process', () => {
    const path = join(mkdtempSync(join(tmpdir(), 'registry-witness-')), 'witness.db');
    const first = openWitnessState(path);
    expect(addCheckpoint(requestFrom(0, 100), witnessOn(first)).status).toBe(200);
    first.close();
    expect(stateAt(path).latest(origin)).toEqual({ size: 100, root: rootOf(read, 100) });
    expect(stateAt(path).latest('example.org/another')).toBeUndefined();
  });
});

/** A server that answers every request with what a function says. */
const serving = async (
  answer: (body: Buffer) => Partial<WitnessAnswer> & { readonly location?: string },
): Promise<string> => {
  const server = createServer(async (request, response) => {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part);
    const { status = 200, type = 'text/plain', body = '', location } = answer(Buffer.concat(parts));
    response.writeHead(status, { 'content-type': type, ...(location ? { location } : {}) }).end(body);
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
};

const ask = (url: string, size: number, older: number, nodes = read) => {
  const checkpoint = checkpointAt(size, nodes);
  const opened = sound(openCheckpoint(checkpoint, { origin, keys: [log.verifier] }));
  return askWitness({ url, key: key.verifier, timeoutMs: 5_000 }, opened, checkpoint, older, (from) =>
    proveConsistency(nodes, from, size),
  );
};

describe('who asks a witness', () => {
  test('gets its cosignature, from whatever size it has seen last', async () => {
    const witness = atHundred();
    const url = await serving((body) => addCheckpoint(body, witness));
    for (const [older, size] of [
      [0, 200],
      [200, 200],
      [150, 256],
      [300, 300],
    ] as const) {
      const cosignatures = await ask(url, size, older);
      expect(cosignatures).toMatchObject([{ name: 'witness.example.org' }]);
      if ('fault' in cosignatures) return;
      const trust = { origin, keys: [log.verifier], witnesses: [key.verifier] };
      const note = signNote(formatCheckpoint({ origin, size, root: rootOf(read, size) }), [log.signer], cosignatures);
      expect(openCheckpoint(note, trust)).toMatchObject({ size });
    }
    expect(await ask(url, 250, 200)).toEqual({ fault: 'witness-ahead', size: 300 });
    expect(await ask(url, 300, 300, other)).toEqual({ fault: 'witness-saw-other-tree' });
  });

  test('passes over lines by others', async () => {
    const line = sound(openNote(checkpointAt(10, read, stranger.signer), [stranger.verifier]));
    const witness = witnessOn();
    const url = await serving((body) => {
      const answer = addCheckpoint(body, witness);
      const [noise = ''] = signNote(line.text, [stranger.signer]).toString().split('\n').slice(-2);
      return { ...answer, body: `${noise}\n${answer.body}` };
    });
    expect(await ask(url, 10, 0)).toMatchObject([{ name: 'witness.example.org' }]);
  });

  const cosigned = (text: string, by = key): string =>
    signNote(text, [by.signer]).toString().split('\n\n').at(-1) ?? '';
  const text = formatCheckpoint({ origin, size: 200, root: rootOf(read, 200) });
  const long = formatSignatures([{ name: 'long', keyId: '00000000', signature: Buffer.alloc(65_536) }]);
  const wrong = (status: number) => ({ fault: 'witness-wrong-answer', status });

  test.each([
    ['403', { status: 403 }, { fault: 'witness-knows-not-log' }],
    ['404', { status: 404 }, { fault: 'witness-knows-not-log' }],
    ['409 without a size', { status: 409, body: 'another root' }, { fault: 'witness-saw-other-tree' }],
    ['409 with a size in plain text', { status: 409, body: '100\n' }, { fault: 'witness-saw-other-tree' }],
    ['422', { status: 422 }, { fault: 'witness-saw-other-tree' }],
    ['409 with a larger size', size409(201), { fault: 'witness-ahead', size: 201 }],
    ['409 with the size that was sent', size409(50), wrong(409)],
    ['409 with a size that is none', { ...size409(0), body: '0100\n' }, wrong(409)],
    ['409 without a line feed', { ...size409(0), body: '100' }, wrong(409)],
    ['400', { status: 400 }, wrong(400)],
    ['500', { status: 500 }, wrong(500)],
    ['nothing', {}, wrong(200)],
    ['a page', { body: '<html>\n' }, wrong(200)],
    ['a cosignature of another tree', { body: cosigned(text.replace('200', '201')) }, wrong(200)],
    ['another witness’s cosignature', { body: cosigned(text, newWitnessKey('witness.example.org')) }, wrong(200)],
    ['a forged line beside its own', { body: `${cosigned(text)}${cosigned(`${text}x\n`)}` }, wrong(200)],
    ['its cosignature after 64 kB', { body: `${long}${cosigned(text)}` }, wrong(200)],
    [
      'another place',
      { status: 307, location: '/elsewhere' },
      { fault: 'witness-unreachable', reason: expect.any(String) },
    ],
  ])('is told what to make of %s', async (_, answer, expected) => {
    expect(await ask(await serving(() => answer), 200, 50)).toEqual(expected);
  });

  test('is told of another tree of the same size by one that answers 409 with that size', async () => {
    const sameSize = { fault: 'witness-saw-other-tree' };
    expect(await ask(await serving(() => size409(200)), 200, 200)).toEqual(sameSize);
    expect(await ask(await serving(() => size409(200)), 200, 50)).toEqual(sameSize);
  });

  test('gives up on one that names another size each time, and on one that is not there', async () => {
    let size = 100;
    expect(await ask(await serving(() => size409(size++)), 200, 50)).toEqual(wrong(409));
    expect(size).toBe(103);
    expect(await ask('http://127.0.0.1:1', 200, 50)).toMatchObject({ fault: 'witness-unreachable' });
  });
});

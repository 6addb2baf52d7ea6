import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { formatCheckpoint } from '../../src/ledger/checkpoint.ts';
import { openLevelFiles, openLevelReader } from '../../src/ledger/level-files.ts';
import { formatSignatures, openNote, signNote } from '../../src/ledger/note.ts';
import { formatProof } from '../../src/ledger/proof.ts';
import { encodeBundle, formatTilePath, hashesAt, nodesOf, readTile } from '../../src/ledger/tile.ts';
import { leafHash, proveInclusion, rootOf } from '../../src/ledger/tree.ts';
import { goVerifies, needsGo } from './go.ts';
import { leavesOf } from './naive-tree.ts';
import { flipped, newLogKey, newWitnessKey, sound } from './signing.ts';

/** What this registry writes, under the eyes of Go’s sumdb/note and sumdb/tlog. */

beforeEach(needsGo);

const origin = 'example.org/ledger';
const log = newLogKey(origin);
const witness = newWitnessKey('witness.example.org');
const stranger = newLogKey(origin);
const size = 66_100;
const leaves = leavesOf(size);
const folder = mkdtempSync(join(tmpdir(), 'registry-go-'));

/** A log’s folder as it is served: tiles, bundles and a checkpoint of these leaves, through the files that a node keeps. */
const serve = (to: string, of: readonly Buffer[]): Buffer => {
  const files = sound(openLevelFiles(join(to, 'levels')));
  files.append(Buffer.concat(of.map(leafHash)));
  const count = files.sync();
  const write = (path: string, bytes: Buffer): void => {
    mkdirSync(dirname(join(to, path)), { recursive: true });
    writeFileSync(join(to, path), bytes);
  };
  for (let level = 0; hashesAt(level, count) > 0; level++) {
    for (let index = 0; index * 256 < hashesAt(level, count); index++) {
      const width = Math.min(256, hashesAt(level, count) - index * 256);
      write(formatTilePath({ level, index, width }), readTile(files.read, { level, index, width }));
      if (level > 0) continue;
      const bundle = encodeBundle(of.slice(index * 256, index * 256 + width));
      write(formatTilePath({ level: 'entries', index, width }), bundle);
    }
  }
  files.close();
  return checkpointAt(count, to);
};

const nodesIn = (of: string) => nodesOf(openLevelReader(join(of, 'levels')).read);
const checkpointAt = (at: number, of = folder, { signer } = log): Buffer =>
  signNote(formatCheckpoint({ origin, size: at, root: rootOf(nodesIn(of), at) }), [signer]);

const state: { checkpoint: Buffer } = { checkpoint: Buffer.of() };
beforeAll(() => {
  state.checkpoint = serve(folder, leaves);
});

describe('notes', () => {
  const text = 'One line\n\nand another: 智能工厂\n';
  const note = signNote(text, [log.signer, witness.signer]);
  const keys = [log.verifierKey, witness.verifierKey];
  const inGo = (bytes: Uint8Array, ...vkeys: readonly string[]) => goVerifies(['note', ...vkeys], bytes);

  test('that the log and a witness signed open in Go', () => {
    expect(inGo(note, ...keys)).toEqual({ said: text });
    expect(inGo(note, log.verifierKey)).toEqual({ said: text });
  });

  const known = [log.verifier, witness.verifier];

  test('that open here after a change open in Go as well, with the same text', () => {
    const changes = fc.tuple(fc.nat(note.length - 1), fc.nat(255), fc.constantFrom('set', 'insert', 'remove'));
    fc.assert(
      fc.property(changes, ([at, byte, how]) => {
        const after = note.subarray(how === 'insert' ? at : at + 1);
        const changed = Buffer.concat([note.subarray(0, at), how === 'remove' ? Buffer.of() : Buffer.of(byte), after]);
        const opened = openNote(changed, known);
        if ('fault' in opened) {
          expect(inGo(changed, ...keys)).toHaveProperty('refused');
          return;
        }
        // A name or key id that was changed is that of an unknown key; the other signature still holds.
        const by = opened.signatures.map(({ name }) => (name === origin ? log : witness).verifierKey);
        expect(inGo(changed, ...by)).toEqual({ said: opened.text });
      }),
      { numRuns: 60 },
    );
  });

  test('that are refused here are refused by Go', () => {
    const [signature, other] = sound(openNote(note, known)).signatures;
    if (signature === undefined || other === undefined) return expect.fail();
    const bad = { ...signature, signature: flipped(signature.signature, 9) };
    const with_ = (...lines: readonly (typeof signature)[]) => Buffer.from(`${text}\n${formatSignatures(lines)}`);
    for (const wrong of [
      Buffer.of(),
      with_(bad, other),
      with_(other, bad),
      with_(bad, signature, other),
      with_(...Array.from({ length: 101 }, () => signature)),
      signNote(text, [stranger.signer, witness.signer]),
      Buffer.from(note.toString().replace('One', 'O\te')),
      Buffer.from(note.toString().replaceAll('\n', '\r\n')),
      Buffer.concat([Buffer.of(0xff), note]),
      note.subarray(0, -1),
      Buffer.concat([note, Buffer.from('\n')]),
    ]) {
      expect(openNote(wrong, known)).not.toMatchObject({ signatures: [{}, {}] });
      expect(inGo(wrong, ...keys)).toHaveProperty('refused');
    }
  });
});

describe('checkpoints', () => {
  test('have the size and the root', () => {
    const root = rootOf(nodesIn(folder), size).toString('base64');
    expect(goVerifies(['checkpoint', origin, log.verifierKey], state.checkpoint)).toEqual({
      said: `${size} ${root}\n`,
    });
    expect(goVerifies(['checkpoint', 'example.org/another', log.verifierKey], state.checkpoint)).toEqual({
      refused: 'the checkpoint is of another log',
    });
    expect(goVerifies(['checkpoint', origin, stranger.verifierKey], state.checkpoint)).toEqual({
      refused: 'note has no verifiable signatures',
    });
  });
});

describe('proofs', () => {
  const proofOf = (index: number, at = size): Buffer =>
    formatProof({ index, hashes: proveInclusion(nodesIn(folder), index, at), checkpoint: checkpointAt(at) });
  const inGo = (proof: Buffer, index: number, leaf = `leaf ${index}`) =>
    goVerifies(['proof', origin, log.verifierKey, String(index), leaf], proof);
  const refused = { refused: 'invalid transparency proof' };

  test.each([1, 2, 3, 255, 256, 257, 300, 65_535, 65_536, 65_537, size])('of leaves of a tree of %i hold', (at) => {
    for (const index of new Set([0, at >> 1, at - 1])) expect(inGo(proofOf(index, at), index)).toEqual({ said: '' });
  });

  test('that were tampered with do not', () => {
    const proof = proofOf(40_000);
    const changed = (from: string | RegExp, to: string): Buffer => Buffer.from(proof.toString().replace(from, to));
    expect(inGo(proof, 40_000, 'another leaf')).toEqual(refused);
    expect(inGo(proof, 40_001)).toEqual({ refused: 'no proof of this index' });
    expect(inGo(changed('index 40000', 'index 40001'), 40_001)).toEqual(refused);
    expect(inGo(changed(/(index \d+\n)(.*\n)(.*\n)/, '$1$3$2'), 40_000)).toEqual(refused);
    expect(inGo(changed(/(index \d+\n).*\n/, '$1'), 40_000)).toEqual(refused);
    expect(inGo(changed(`\n${size}\n`, '\n66101\n'), 40_000)).toMatchObject({ refused: /^invalid signature for key/ });
  });
});

describe('tiles and bundles', () => {
  const older = join(folder, 'older');
  const inGo = (of: string, checkpoint = state.checkpoint) =>
    goVerifies(['tiles', join(of), origin, log.verifierKey, older], checkpoint);

  test('are those of every entry, and of a log that only grew', () => {
    for (const at of [1, 255, 256, 257, 65_535, 65_536, 65_537, size]) {
      writeFileSync(older, checkpointAt(at));
      expect(inGo(folder)).toEqual({ said: `${size}\n` });
    }
  });

  test.each([1, 255, 256, 257])('are whole in a log of %i entries', (count) => {
    const small = mkdtempSync(join(tmpdir(), 'registry-go-'));
    const checkpoint = serve(small, leaves.slice(0, count));
    expect(goVerifies(['tiles', small, origin, log.verifierKey], checkpoint)).toEqual({ said: `${count}\n` });
  });

  const change = (path: string, tamper: (bytes: Buffer) => Buffer) => (of: string) =>
    writeFileSync(join(of, path), tamper(readFileSync(join(of, path))));
  const bit = (bytes: Buffer): Buffer => flipped(bytes, 77);

  test.each([
    ['a tile changed at level 0', change('tile/0/100', bit), 'tile/0/100 is not the tree’s'],
    ['a tile changed at level 1', change('tile/1/000', bit), 'tile/1/000 is not the tree’s'],
    ['the edge changed at level 0', change('tile/0/258.p/52', bit), 'tile/0/258.p/52 is not the tree’s'],
    ['a tile cut', change('tile/0/100', (bytes) => bytes.subarray(32)), 'tile/0/100 is not the tree’s'],
    ['a tile lost', (of: string) => rmSync(join(of, 'tile/0/100')), 'no such file'],
    ['a bundle with an entry changed', change('tile/entries/100', bit), 'the entries do not give the root'],
    [
      'a bundle with an entry less',
      change('tile/entries/000', (bytes) => bytes.subarray(8)),
      'the bundle of entry 0 has 255 entries',
    ],
    ['a bundle cut', change('tile/entries/000', (bytes) => bytes.subarray(0, -1)), 'the bundle is cut'],
    ['an empty bundle', change('tile/entries/000', () => Buffer.of()), 'the bundle of entry 0 has 0 entries'],
  ])('%s is found', { timeout: 60_000 }, (_, tamper, reason) => {
    const copy = join(mkdtempSync(join(tmpdir(), 'registry-go-')), 'log');
    cpSync(folder, copy, { recursive: true });
    writeFileSync(older, checkpointAt(size));
    tamper(copy);
    expect(inGo(copy)).toMatchObject({ refused: expect.stringContaining(reason) });
  });

  test('another history is found: of the same size, of an older one, or under another key', () => {
    const split = mkdtempSync(join(tmpdir(), 'registry-go-'));
    const other = serve(split, leaves.with(40_000, Buffer.from('another')));
    writeFileSync(older, checkpointAt(size));
    expect(inGo(folder, other)).toEqual({ refused: 'the entries do not give the root' });
    expect(inGo(split, other)).toEqual({ refused: 'invalid transparency proof' });
    writeFileSync(older, checkpointAt(50_000));
    expect(inGo(split, other)).toEqual({ refused: 'invalid transparency proof' });
    writeFileSync(older, checkpointAt(40_000));
    expect(inGo(split, other)).toEqual({ said: `${size}\n` });
    expect(inGo(folder, checkpointAt(size, folder, stranger))).toEqual({
      refused: 'note has no verifiable signatures',
    });
  });
});

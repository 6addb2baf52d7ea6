import { describe, expect, test } from 'vitest';
import { formatCheckpoint } from '../../src/ledger/checkpoint.ts';
import { signNote } from '../../src/ledger/note.ts';
import { checkProof, formatProof, parseProof } from '../../src/ledger/proof.ts';
import { proveInclusion, rootOf } from '../../src/ledger/tree.ts';
import { leavesOf, nodesOver } from './naive-tree.ts';
import { newLogKey, newWitnessKey } from './signing.ts';

const origin = 'example.org/ledger';
const log = newLogKey(origin);
const witness = newWitnessKey('witness.example.org');
const trust = { origin, keys: [log.verifier] };
const size = 1_000;
const leaves = leavesOf(size);
const read = nodesOver(leaves);
const checkpointAt = (at: number, root = rootOf(read, at)): Buffer =>
  signNote(formatCheckpoint({ origin, size: at, root }), [log.signer, witness.signer]);
const checkpoint = checkpointAt(size);
const proofOf = (index: number): Buffer =>
  formatProof({ index, hashes: proveInclusion(read, index, size), checkpoint });
const leafAt = (index: number) => ({ index, leaf: leaves[index] ?? Buffer.of() });

test('a proof is the text of the specification, and convinces of its leaf', () => {
  const proof = proofOf(737);
  const lines = proof.toString().split('\n');
  expect(lines.slice(0, 2)).toEqual(['c2sp.org/tlog-proof@v1', 'index 737']);
  expect(lines.slice(2, 12).every((line) => /^[A-Za-z\d+/]{43}=$/.test(line))).toBe(true);
  expect(lines.slice(12, 15)).toEqual(['', origin, '1000']);
  expect(checkProof(proof, leafAt(737), trust)).toMatchObject({ size, origin });
  expect(checkProof(proof, leafAt(737), { ...trust, witnesses: [witness.verifier] })).toMatchObject({ size });
  for (const index of [0, 1, 255, 256, 511, 512, 998, 999])
    expect(checkProof(proofOf(index), leafAt(index), trust)).toMatchObject({ size });
});

test('the only leaf of a log has an empty path', () => {
  const alone = formatProof({ index: 0, hashes: [], checkpoint: checkpointAt(1) });
  expect(alone.toString()).toMatch(/^c2sp\.org\/tlog-proof@v1\nindex 0\n\nexample\.org/);
  expect(checkProof(alone, leafAt(0), trust)).toMatchObject({ size: 1 });
});

test('extra data is passed over', () => {
  const extra = Buffer.from(
    proofOf(5)
      .toString()
      .replace('index', `extra ${btoa('whatever')}\nindex`),
  );
  expect(checkProof(extra, leafAt(5), trust)).toMatchObject({ size });
});

describe('tampering has an answer of its own:', () => {
  const proof = proofOf(737);
  const changed = (from: string | RegExp, to: string): Buffer => Buffer.from(proof.toString().replace(from, to));
  const hashes = proveInclusion(read, 737, size);
  const stranger = newLogKey(origin);
  const withCheckpoint = (note: Buffer): Buffer => formatProof({ index: 737, hashes, checkpoint: note });

  test.each([
    ['another leaf', proof, { ...leafAt(736), index: 737 }, { fault: 'not-included' }],
    ['a leaf with a space more', proof, { index: 737, leaf: Buffer.from('leaf  737') }, { fault: 'not-included' }],
    ['a proof for another index', proof, leafAt(736), { fault: 'other-index', index: 737 }],
    ['an index that was changed', changed('index 737', 'index 736'), leafAt(736), { fault: 'not-included' }],
    [
      'an index beyond the tree',
      changed('index 737', 'index 1000'),
      leafAt(1_000),
      { fault: 'beyond-checkpoint', size },
    ],
    ['a path without its first hash', changed(/(index 737\n).*\n/, '$1'), leafAt(737), { fault: 'not-included' }],
    ['a path with a hash twice', changed(/(index 737\n)(.*\n)/, '$1$2$2'), leafAt(737), { fault: 'not-included' }],
    ['two hashes swapped', changed(/(index 737\n)(.*\n)(.*\n)/, '$1$3$2'), leafAt(737), { fault: 'not-included' }],
    ['the path of another size', withCheckpoint(checkpointAt(900)), leafAt(737), { fault: 'not-included' }],
    [
      'a split view of the same size',
      withCheckpoint(checkpointAt(size, Buffer.alloc(32, 1))),
      leafAt(737),
      { fault: 'not-included' },
    ],
    ['a root that was changed', changed(/(\n1000\n)./, '$1_'), leafAt(737), { fault: 'wrong-signature' }],
    ['a size that was changed', changed('\n1000\n', '\n1001\n'), leafAt(737), { fault: 'wrong-signature' }],
    [
      'a key of its own under the same name',
      withCheckpoint(signNote(formatCheckpoint({ origin, size, root: rootOf(read, size) }), [stranger.signer])),
      leafAt(737),
      { fault: 'other-key', keyId: stranger.verifier.keyId },
    ],
    ['no checkpoint', changed(/\n\n[\s\S]*$/, '\n\n'), leafAt(737), { fault: 'note-without-signatures' }],
  ])('%s', (_, bytes, leaf, fault) => {
    expect(checkProof(bytes, leaf, trust)).toMatchObject(fault);
  });

  test.each([
    ['nothing', Buffer.of()],
    ['another version', changed('@v1', '@v2')],
    ['an upper-case header', changed('c2sp', 'C2SP')],
    ['no header', changed(/^.*\n/, '')],
    ['a byte order mark', changed('c2sp', '\ufeffc2sp')],
    ['CR LF', changed(/\n/g, '\r\n')],
    ['no index', changed('index 737\n', '')],
    ['an empty index', changed('index 737', 'index ')],
    ['an index with a leading zero', changed('index 737', 'index 0737')],
    ['an index with a sign', changed('index 737', 'index +737')],
    ['an index with a space', changed('index 737', 'index  737')],
    ['a negative index', changed('index 737', 'index -1')],
    ['a fraction', changed('index 737', 'index 737.0')],
    ['an index beyond 2^53', changed('index 737', 'index 9007199254740993')],
    ['two indexes', changed('index 737', 'index 737\nindex 737')],
    ['extra data after the index', changed(/(index 737\n)/, '$1extra AAAA\n')],
    ['extra data twice', changed('index', 'extra AAAA\nextra AAAA\nindex')],
    ['extra data that is not Base64', changed('index', 'extra ?\nindex')],
    ['a hash that is short', changed(/(index 737\n)..../, '$1')],
    ['a hash in hexadecimal', changed(/(index 737\n).*\n/, `$1${'00'.repeat(32)}\n`)],
    ['a hash with a space after it', changed(/(index 737\n.*)\n/, '$1 \n')],
    ['64 hashes', changed(/(index 737\n)(.*\n)/, `$1${'$2'.repeat(55)}`)],
    ['no blank line', changed('\n\n', '\n')],
  ])('%s is no proof', (_, bytes) => {
    expect(parseProof(bytes)).toBeUndefined();
    expect(checkProof(bytes, leafAt(737), trust)).toEqual({ fault: 'malformed-proof' });
  });
});

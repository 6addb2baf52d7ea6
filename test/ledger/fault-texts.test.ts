import { expect, test } from 'vitest';
import { toldOfFault } from '../../src/ledger/fault-texts.ts';

const faults: readonly Parameters<typeof toldOfFault>[0][] = [
  { fault: 'other-root' },
  { fault: 'wrong-tile', tile: { level: 0, index: 1_234, width: 256 } },
  { fault: 'cut-bundle' },
  { fault: 'bundle-count', count: 3 },
  { fault: 'wrong-leaf', index: 2 },
  { fault: 'short-ledger', size: 10, expected: 20 },
  { fault: 'wrong-edge', level: 0 },
  { fault: 'no-leaf', entryNumber: 3, event: 'an id', type: 'FactoryNominated', noLeaf: 'too-long' },
  { fault: 'no-leaf', entryNumber: 3, event: 'an id', type: 'FactoryNominated', noLeaf: 'not-json' },
  { fault: 'no-leaf', entryNumber: 3, event: 'an id', type: 'FactoryNominated', noLeaf: 'other-hands' },
  { fault: 'other-event', entryNumber: 3 },
  { fault: 'short-store', size: 3, hashed: 4 },
  { fault: 'signed-more', size: 3, signed: 4 },
  { fault: 'changed-event', entryNumber: 3 },
  { fault: 'changed-event', entryNumber: 3, event: 'an id', type: 'FactoryNominated', of: 'factories/a' },
  { fault: 'appeared-event', entryNumber: 3 },
  { fault: 'vanished-events', entryNumber: 3, to: 3 },
  { fault: 'vanished-events', entryNumber: 3, to: 5 },
  { fault: 'moved-event', entryNumber: 3, to: 5 },
  { fault: 'tail-cut', entryNumber: 3, size: 3, hashed: 9 },
  { fault: 'other-history', entryNumber: 3 },
  { fault: 'changed-text', entryNumber: 3, place: '/note' },
  { fault: 'missing-text', entryNumber: 3, place: '/note' },
  { fault: 'changed-tile', tile: { level: 1, index: 0, width: 3 } },
  { fault: 'not-signed-root', size: 9 },
  { fault: 'forgotten' },
  { fault: 'cannot-sign', reason: 'EIO' },
  { fault: 'malformed-proof' },
  { fault: 'other-index', index: 7 },
  { fault: 'beyond-checkpoint', size: 7 },
  { fault: 'not-included' },
  { fault: 'witness-unreachable', reason: 'ECONNREFUSED' },
  { fault: 'witness-knows-not-log' },
  { fault: 'witness-saw-other-tree' },
  { fault: 'witness-ahead', size: 9 },
  { fault: 'witness-wrong-answer', status: 500 },
  { fault: 'note-too-long' },
  { fault: 'note-not-utf8' },
  { fault: 'note-with-control-character' },
  { fault: 'note-without-signatures' },
  { fault: 'too-many-signatures' },
  { fault: 'malformed-signature', line: 2 },
  { fault: 'wrong-signature', name: 'example.org/a', keyId: '0a0b0c0d' },
  { fault: 'no-known-signature', others: [] },
  { fault: 'malformed-checkpoint' },
  { fault: 'other-origin', origin: 'example.org/b' },
  { fault: 'other-key', name: 'example.org/a', keyId: '0a0b0c0d' },
  { fault: 'not-cosigned', witness: 'w' },
  { fault: 'malformed-key' },
  { fault: 'other-key-type', type: 4 },
  { fault: 'wrong-key-id', name: 'example.org/a' },
];

test('each thing that verifying can find has a sentence of its own, in Chinese and in English', () => {
  const texts = faults.map(toldOfFault);
  expect(new Set(texts.map(({ zh }) => zh)).size).toBe(faults.length);
  expect(new Set(texts.map(({ en }) => en)).size).toBe(faults.length);
  for (const { zh, en } of texts) {
    expect(zh).toMatch(/\p{Script=Han}/u);
    expect(en).toMatch(/^\S(?!.*\p{Script=Han}).*[^.]$/u);
    expect(`${zh}${en}`).not.toContain('undefined');
  }
});

test('what values a sentence names can be read in both', () => {
  expect(toldOfFault({ fault: 'wrong-tile', tile: { level: 0, index: 1_234, width: 256 } })).toEqual({
    zh: 'tile/0/x001/234 的内容与上一级的哈希不符',
    en: 'tile/0/x001/234 does not give its hash in the level above',
  });
  expect(toldOfFault({ fault: 'wrong-leaf', index: 2 }).en).toBe('Entry 3 of the bundle does not have its hash');
});

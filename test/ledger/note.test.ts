import { describe, expect, test } from 'vitest';
import { formatSignatures, noteVerifier, openNote, signNote } from '../../src/ledger/note.ts';
import { formatVerifierKey, parseVerifierKey } from '../../src/ledger/note-keys.ts';
import { newSignerKey, noteSigner } from '../../src/ledger/signer-keys.ts';
import { flipped, newLogKey, sound } from './signing.ts';

const ada = newLogKey('example.org/ada');
const bob = newLogKey('example.org/bob');
const eve = newLogKey('example.org/ada');
const text = 'One line\n\nand another: 智能工厂\n';

/** The example of Go’s `golang.org/x/mod/sumdb/note`, with its keys. */
const go = {
  text: 'If you think cryptography is the answer to your problem,\nthen you don’t know what your problem is.\n'.replace(
    '’',
    "'",
  ),
  signerKey: 'PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz',
  verifierKey: 'PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW',
  line: '— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n',
  other: '— EnochRoot rwz+eBzmZa0SO3NbfRGzPCpDckykFXSdeX+MNtCOXm2/5n2tiOHp+vAF1aGrQ5ovTG01oOTGwnWLox33WWd1RvMc+QQ=\n',
};

/** The example of C2SP signed-note 1.0.0, which gives no key. */
const specified = `Ognuno sta solo sul cuor della terra
trafitto da un raggio di sole:

ed è subito sera.

— quasimodo.example/salvatore NnugSzTjtVAewIS+Z/iJhUPeFDkO/5QQ2i5ddnGITLlC+EhfLW9oJKONrMouFSQU0xMcXxj99ihAQwaqP3ZekRwNtIc=
`;

describe('notes of others', () => {
  test('Go’s example is signed byte for byte as Go signs it, and opens', () => {
    const note = signNote(go.text, [sound(noteSigner(go.signerKey))]);
    expect(note.toString()).toBe(`${go.text}\n${go.line}`);
    const opened = sound(
      openNote(Buffer.from(`${go.text}\n${go.line}${go.other}`), [sound(noteVerifier(go.verifierKey))]),
    );
    expect(opened.text).toBe(go.text);
    expect(opened.signatures.map(({ name, keyId }) => `${name}+${keyId}`)).toEqual(['PeterNeumann+c74f20a3']);
    expect(opened.others.map(({ name, keyId }) => `${name}+${keyId}`)).toEqual(['EnochRoot+af0cfe78']);
  });

  test('the specification’s example is split at its last blank line, and written as it is', () => {
    const answer = openNote(Buffer.from(specified), []);
    if (!('fault' in answer) || answer.fault !== 'no-known-signature') return expect.fail(JSON.stringify(answer));
    expect(answer.others).toMatchObject([{ name: 'quasimodo.example/salvatore', keyId: '367ba04b' }]);
    expect(specified.endsWith(`\n\n${formatSignatures(answer.others)}`)).toBe(true);
  });
});

test('a note opens with the keys of its signers, in the order in which they signed', () => {
  const note = signNote(text, [ada.signer, bob.signer]);
  const opened = sound(openNote(note, [bob.verifier, ada.verifier]));
  expect(opened.text).toBe(text);
  expect(opened.signatures.map(({ name }) => name)).toEqual(['example.org/ada', 'example.org/bob']);
  const again = signNote(text, [bob.signer], [...opened.signatures, ...opened.others]);
  expect(again.toString()).toBe(note.toString());
  const half = sound(openNote(note, [ada.verifier]));
  expect(half.others.map(({ name }) => name)).toEqual(['example.org/bob']);
});

describe('tampering', () => {
  const note = signNote(text, [ada.signer, bob.signer]);
  const known = [ada.verifier, bob.verifier];
  const wrong = { name: 'example.org/ada', keyId: 'ffffffff' };

  test('a change of any byte is refused', () => {
    for (let at = 0; at < note.length; at++) {
      const answer = openNote(flipped(note, at), known);
      // A name or key id that was changed is that of an unknown key, and says nothing; the other signature still holds.
      if (!('fault' in answer)) expect(answer).toMatchObject({ text, signatures: [{}], others: [{}] });
    }
  });

  test('a known key’s wrong signature beside a right one is refused, of the same key or of another', () => {
    const [right, other] = sound(openNote(note, known)).signatures;
    if (right === undefined || other === undefined) return expect.fail();
    const bad = { ...right, signature: flipped(right.signature, 9) };
    const { name, keyId } = ada.verifier;
    for (const signatures of [
      [bad, other],
      [other, bad],
      [right, bad],
      [bad, right],
      [right, other, bad],
    ])
      expect(openNote(Buffer.from(`${text}\n${formatSignatures(signatures)}`), known)).toEqual({
        fault: 'wrong-signature',
        name,
        keyId,
      });
  });

  test('another key under the same name has signed nothing', () => {
    expect(openNote(signNote(text, [eve.signer]), known)).toMatchObject({
      fault: 'no-known-signature',
      others: [{ name: 'example.org/ada', keyId: eve.verifier.keyId }],
    });
    expect(openNote(note, [])).toMatchObject({ fault: 'no-known-signature' });
    expect(openNote(note, [{ ...ada.verifier, ...wrong }])).toMatchObject({ fault: 'no-known-signature' });
  });
});

describe('a malformed note', () => {
  const line = formatSignatures(sound(openNote(signNote(text, [ada.signer]), [ada.verifier])).signatures);
  const [, base64 = ''] = / (\S+)\n$/.exec(line) ?? [];
  const note = `${text}\n${line}`;
  const bytes = Buffer.from(note);
  const malformed = (at: number) => ({ fault: 'malformed-signature', line: at });

  test.each([
    ['with NUL', note.replace('One', 'O\0e'), { fault: 'note-with-control-character' }],
    ['with a tab', note.replace(' ', '\t'), { fault: 'note-with-control-character' }],
    ['with CR LF', note.replaceAll('\n', '\r\n'), { fault: 'note-with-control-character' }],
    [
      'with a control character in a signature',
      note.replace('example', 'ex\x1fample'),
      { fault: 'note-with-control-character' },
    ],
    ['of more than 1 MB', `${'x'.repeat(1_000_000)}\n\n${line}`, { fault: 'note-too-long' }],
    ['with 101 signatures', `${text}\n${line.repeat(101)}`, { fault: 'too-many-signatures' }],
    ['that is not UTF-8', Buffer.concat([Buffer.of(0xc3, 0x28), bytes]), { fault: 'note-not-utf8' }],
    ['with a surrogate in UTF-8', Buffer.concat([Buffer.of(0xed, 0xa0, 0x80), bytes]), { fault: 'note-not-utf8' }],
    ['with an overlong byte', Buffer.concat([Buffer.of(0xc0, 0x8a), bytes]), { fault: 'note-not-utf8' }],
    ['that is empty', '', { fault: 'note-without-signatures' }],
    ['without a blank line', note.replaceAll('\n\n', '\n'), { fault: 'note-without-signatures' }],
    ['without signatures', `${text}\n`, { fault: 'note-without-signatures' }],
    ['without its last line feed', note.slice(0, -1), { fault: 'note-without-signatures' }],
    ['with a blank line after it', `${note}\n`, { fault: 'note-without-signatures' }],
    ['with a hyphen for the dash', note.replace('—', '-'), malformed(1)],
    ['with two spaces', note.replace('— ', '—  '), malformed(1)],
    ['with a space at the end of a line', note.replace(/\n$/, ' \n'), malformed(1)],
    ['with a plus in a name', note.replace('example', 'exam+ple'), malformed(1)],
    ['with a space in a name', note.replace('org/ada', 'org/a\u2003da'), malformed(1)],
    ['with an empty name', note.replace('example.org/ada', ''), malformed(1)],
    ['with Base64 for addresses', `${text}\n— a __________8=\n`, malformed(1)],
    ['with Base64 without padding', `${text}\n— a AAAAAAA\n`, malformed(1)],
    ['with Base64 that has bits to spare', `${text}\n— a AAAAAAB=\n`, malformed(1)],
    ['with a key id alone', `${text}\n— a AAAAAA==\n`, malformed(1)],
    ['with a malformed second line', `${text}\n${line}— a\n`, malformed(2)],
    ['with a text between signatures', `${text}\n${line}text\n${line}`, malformed(2)],
  ])('%s has an answer of its own', (_, changed, fault) => {
    expect(base64).not.toBe('');
    expect(openNote(Buffer.from(changed), [ada.verifier])).toEqual(fault);
  });

  test('is never signed', () => {
    for (const bad of ['', 'no line feed', 'tab\t\n', 'CR\r\n', 'half a pair \ud800\n'])
      expect(() => signNote(bad, [ada.signer])).toThrow(RangeError);
  });

  test('100 signatures, a byte order mark, DEL and a text of one line feed are none', () => {
    expect(sound(openNote(Buffer.from(`${text}\n${line.repeat(100)}`), [ada.verifier])).signatures).toHaveLength(100);
    for (const odd of ['\ufeffmark\n', 'delete \x7f\n', '\n']) {
      const opened = sound(openNote(signNote(odd, [ada.signer]), [ada.verifier]));
      expect(opened.text).toBe(odd);
    }
  });
});

describe('keys', () => {
  const key = go.verifierKey;

  test('have one spelling, which writing gives back', () => {
    expect(formatVerifierKey(sound(parseVerifierKey(key, 0x01)), 0x01)).toBe(key);
    expect(sound(noteSigner(go.signerKey))).toMatchObject({ name: 'PeterNeumann', keyId: 'c74f20a3' });
  });

  test.each([
    ['', 'malformed-key'],
    ['PeterNeumann', 'malformed-key'],
    [go.signerKey, 'malformed-key'],
    [key.replace('c74f20a3', 'C74F20A3'), 'malformed-key'],
    [key.replace('c74f20a3', '74f20a3'), 'malformed-key'],
    [key.replace('PeterNeumann', ''), 'malformed-key'],
    [key.replace('PeterNeumann', 'Peter Neumann'), 'malformed-key'],
    [key.replace('PeterNeumann', 'Peter\u00a0Neumann'), 'malformed-key'],
    [`${key}=`, 'malformed-key'],
    [`${key}\n`, 'malformed-key'],
    [` ${key}`, 'malformed-key'],
    [key.slice(0, -4), 'malformed-key'],
    [`${key}AAAA`, 'malformed-key'],
    [key.replace('/', '_'), 'malformed-key'],
    [key.replace('+ARpc', '+BBpc'), 'other-key-type'],
    [key.replace('+ARpc', '+ZRpc'), 'other-key-type'],
    [key.replace('c74f20a3', 'c74f20a4'), 'wrong-key-id'],
    [key.replace('PeterNeumann', 'Peterneumann'), 'wrong-key-id'],
    [key.replace('10TW', '10TX'), 'wrong-key-id'],
  ])('%j is refused: %s', (text, fault) => {
    expect(noteVerifier(text)).toMatchObject({ fault });
  });

  test.each([
    [go.verifierKey, 'malformed-key'],
    [go.signerKey.replace('PRIVATE', 'private'), 'malformed-key'],
    [go.signerKey.replace('c74f20a3', 'c74f20a4'), 'wrong-key-id'],
    [go.signerKey.replace('KDFz', 'KDFa'), 'wrong-key-id'],
    [newSignerKey('a', 0x04), 'other-key-type'],
  ])('a signer key that is wrong is refused, and not shown', (text, fault) => {
    const answer = noteSigner(text);
    expect(answer).toMatchObject({ fault });
    expect(JSON.stringify(answer)).not.toContain('AYEK');
  });

  test('are made for names that a note can have', () => {
    for (const name of ['', 'a b', 'a+b', 'a\n', 'a\u3000b', '\ud800'])
      expect(() => newSignerKey(name, 0x01)).toThrow(RangeError);
    expect(sound(noteSigner(newSignerKey('上海/ledger', 0x01))).name).toBe('上海/ledger');
  });
});

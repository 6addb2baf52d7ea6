import { describe, expect, test } from 'vitest';
import { formatCheckpoint, openCheckpoint, parseCheckpoint } from '../../src/ledger/checkpoint.ts';
import { timeOf } from '../../src/ledger/cosignature.ts';
import { noteVerifier, openNote, parseSignatures, signNote } from '../../src/ledger/note.ts';
import { flipped, newLogKey, newWitnessKey, sound } from './signing.ts';

const origin = 'example.org/ledger';
const log = newLogKey(origin);
const later = newLogKey(origin);
const root = Buffer.alloc(32, 3);
const text = formatCheckpoint({ origin, size: 42, root });
const note = signNote(text, [log.signer]);
const trust = { origin, keys: [log.verifier] };

/** The example of C2SP tlog-checkpoint 1.0.0 and tlog-cosignature 1.0.1. */
const specified = {
  text: 'example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n',
  lines: `— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=
— witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==
`,
};

describe('the text of a checkpoint', () => {
  test('is three lines, as the specification’s example', () => {
    const checkpoint = parseCheckpoint(specified.text);
    expect(checkpoint).toMatchObject({ origin: 'example.com/behind-the-sofa', size: 20_852_163 });
    expect(checkpoint && formatCheckpoint(checkpoint)).toBe(specified.text);
    expect(text).toBe(`example.org/ledger\n42\n${root.toString('base64')}\n`);
  });

  test('may have extension lines of other logs', () => {
    expect(parseCheckpoint(`${text}another line\nand one\n`)).toEqual({ origin, size: 42, root });
  });

  test.each([
    '',
    '\n',
    `\n42\n${root.toString('base64')}\n`,
    text.slice(0, -1),
    `${text}\n`,
    `${text}extension\n\n`,
    `${text}\nextension\n`,
    `${text}extension`,
    `${origin}\n42\n`,
    text.replace('42', ''),
    text.replace('42', '042'),
    text.replace('42', '+42'),
    text.replace('42', '-1'),
    text.replace('42', '42.0'),
    text.replace('42', '4e1'),
    text.replace('42', '0x2a'),
    text.replace('42', ' 42'),
    text.replace('42', '９'),
    text.replace('42', '9007199254740992'),
    text.replace('AwM=', 'AwM'),
    text.replace('AwM=', 'AwN='),
    text.replace('AwM=', 'AwMD'),
    text.replace('AwMD', ''),
    text.replaceAll('AwM', '-wM'),
  ])('%j is none', (wrong) => {
    expect(parseCheckpoint(wrong)).toBeUndefined();
  });

  test('has sizes up to 2^53 − 1', () => {
    for (const size of [0, 1, 2 ** 53 - 1])
      expect(parseCheckpoint(formatCheckpoint({ origin, size, root }))).toEqual({ origin, size, root });
  });
});

describe('a signed checkpoint', () => {
  test('opens with the log’s key', () => {
    expect(openCheckpoint(note, trust)).toMatchObject({ origin, size: 42, root, text, signatures: [{ name: origin }] });
  });

  test('opens with the old key and with the new one while both sign', () => {
    const both = signNote(text, [log.signer, later.signer]);
    expect(openCheckpoint(both, trust)).toMatchObject({ size: 42 });
    expect(openCheckpoint(both, { origin, keys: [later.verifier] })).toMatchObject({ size: 42 });
  });

  const registry = newLogKey('example.org/another');
  const ofAnother = formatCheckpoint({ origin: 'example.org/another', size: 42, root });

  test.each([
    ['of another registry', signNote(ofAnother, [registry.signer]), { fault: 'no-known-signature' }],
    [
      'of another registry, signed with the trusted key',
      signNote(ofAnother, [log.signer]),
      { fault: 'other-origin', origin: 'example.org/another' },
    ],
    [
      'signed with another key under the same name',
      signNote(text, [later.signer]),
      { fault: 'other-key', name: origin, keyId: later.verifier.keyId },
    ],
    ['with another size', Buffer.from(note.toString().replace('\n42\n', '\n43\n')), { fault: 'wrong-signature' }],
    ['with another root', flipped(note, text.length - 20), { fault: 'wrong-signature' }],
    ['whose text is none', signNote('some text\n', [log.signer]), { fault: 'malformed-checkpoint' }],
    ['whose text is none, unsigned', Buffer.from('some text\n'), { fault: 'note-without-signatures' }],
  ])('%s is refused', (_, bytes, fault) => {
    expect(openCheckpoint(bytes, trust)).toMatchObject(fault);
  });

  test('is refused if no key is trusted', () => {
    expect(openCheckpoint(note, { origin, keys: [] })).toMatchObject({ fault: 'no-known-signature' });
  });
});

describe('cosignatures', () => {
  const witness = newWitnessKey('witness.example.org');
  const cosigned = signNote(text, [log.signer, witness.signer]);
  const demanding = { ...trust, witnesses: [witness.verifier] };

  test('are of a time and of the whole text', () => {
    const opened = sound(openCheckpoint(cosigned, demanding));
    const [, cosignature] = opened.signatures;
    expect(cosignature && timeOf(cosignature.signature)).toBe(1_764_374_400n);
    expect(cosignature?.signature).toHaveLength(72);
    const extended = signNote(`${text}an extension\n`, [log.signer, witness.signer]);
    expect(openCheckpoint(extended, demanding)).toMatchObject({ size: 42 });
    const stripped = signNote(text, [log.signer], sound(openNote(extended, [witness.verifier])).signatures);
    expect(openCheckpoint(stripped, demanding)).toMatchObject({
      fault: 'wrong-signature',
      name: 'witness.example.org',
    });
  });

  test('of the specification’s example have their time, and keys of their own kind', () => {
    const [, cosignature] = sound(parseSignatures(specified.lines));
    expect(cosignature && timeOf(cosignature.signature)).toBe(1_679_315_147n);
    expect(timeOf(Buffer.alloc(64))).toBeUndefined();
    expect(timeOf(Buffer.alloc(72, 255))).toBeUndefined();
    expect(noteVerifier(witness.verifierKey)).toEqual({ fault: 'other-key-type', type: 4 });
  });

  test('are demanded of each witness that is named', () => {
    expect(openCheckpoint(note, demanding)).toEqual({ fault: 'not-cosigned', witness: 'witness.example.org' });
    const second = newWitnessKey('second.example.org');
    const witnesses = [witness.verifier, second.verifier];
    expect(openCheckpoint(cosigned, { ...trust, witnesses })).toEqual({
      fault: 'not-cosigned',
      witness: 'second.example.org',
    });
  });

  test('with another time do not verify', () => {
    const [signature] = sound(openNote(cosigned, [witness.verifier])).signatures;
    if (signature === undefined) return expect.fail();
    const moved = { ...signature, signature: flipped(signature.signature, 7) };
    expect(openCheckpoint(signNote(text, [log.signer], [moved]), demanding)).toMatchObject({
      fault: 'wrong-signature',
    });
    const short = { ...signature, signature: signature.signature.subarray(8) };
    expect(openCheckpoint(signNote(text, [log.signer], [short]), demanding)).toMatchObject({
      fault: 'wrong-signature',
    });
  });

  test('do not stand in for the log’s own signature', () => {
    expect(openCheckpoint(signNote(text, [witness.signer]), demanding)).toMatchObject({ fault: 'no-known-signature' });
    const impostor = signNote(text, [later.signer, witness.signer]);
    expect(openCheckpoint(impostor, demanding)).toMatchObject({ fault: 'other-key', name: origin });
  });
});

import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { formatSignatures, signNote } from '../../src/ledger/note.ts';
import { type Key, withBytes, withLines } from './folder.ts';

/** What was done to a folder of 301 events, how, and the first fault that is told. */
export type Tampering = readonly [what: string, tamper: (folder: string) => void, fault: object];

const events = (change: (lines: string[]) => readonly string[]) => withLines('events.ndjson', change);
const line = (n: number, change: (text: string) => string) => events((lines) => lines.with(n, change(lines[n] ?? '')));
const flipped = (bytes: Buffer) => Buffer.from(bytes.map((byte, at) => (at === 40 ? byte ^ 1 : byte)));
const texts = (change: (lines: string[]) => readonly string[]) => withLines('texts.ndjson', change);
const note = (bytes: Uint8Array) => withBytes('checkpoint', () => bytes);
const root = Buffer.alloc(32, 7);

const statement = (change: (said: Readonly<Record<string, unknown>>) => object) =>
  withLines('statements.ndjson', (lines) =>
    lines.map((text) => {
      const said = JSON.parse(text);
      const isIt = said.target.id === 'model-factories' && said.on === '2022-03-01';
      return isIt ? JSON.stringify(change(said)) : text;
    }),
  );

const ofEvents: readonly Tampering[] = [
  [
    'a value of an event was changed',
    line(17, (text) => text.replace('电', '店').replace('2020-', '2019-')),
    { fault: 'changed-event', entryNumber: 17 },
  ],
  [
    'an event in the middle was removed',
    events((lines) => lines.toSpliced(17, 1)),
    { fault: 'missing-events', from: 17, to: 17 },
  ],
  [
    'several in the middle were removed',
    events((lines) => lines.toSpliced(17, 5)),
    { fault: 'missing-events', from: 17, to: 21 },
  ],
  ['the end was cut off', events((lines) => lines.slice(0, -3)), { fault: 'tail-cut', size: 298, expected: 301 }],
  [
    'two events were swapped',
    events((lines) => lines.with(17, lines[18] ?? '').with(18, lines[17] ?? '')),
    { fault: 'swapped-event', entryNumber: 17 },
  ],
  [
    'an event was inserted',
    events((lines) => lines.toSpliced(18, 0, lines[17] ?? '')),
    { fault: 'inserted-event', entryNumber: 17 },
  ],
  [
    'one was added at the end',
    events((lines) => [...lines, (lines[300] ?? '').replace('"entrynumber":300', '"entrynumber":301')]),
    { fault: 'events-beyond', size: 302, expected: 301 },
  ],
  [
    'a tile of level 0 was changed',
    withBytes('tile/0/000', flipped),
    { fault: 'wrong-tile', tile: { level: 0, index: 0, width: 256 } },
  ],
  [
    'a partial tile was changed',
    withBytes('tile/0/001.p/45', flipped),
    { fault: 'wrong-tile', tile: { level: 0, index: 1, width: 45 } },
  ],
  [
    'a tile of level 1 was changed',
    withBytes('tile/1/000.p/1', (bytes) => bytes.map((byte) => byte ^ 1)),
    { fault: 'wrong-tile', tile: { level: 1, index: 0, width: 1 } },
  ],
  ['a tile was cut', withBytes('tile/0/000', (bytes) => bytes.subarray(0, -1)), { fault: 'wrong-tile' }],
  ['a tile is missing', (folder) => rmSync(join(folder, 'tile/0/000')), { fault: 'missing-tile' }],
  [
    'an event is shorter than its hash says',
    line(17, (text) => text.slice(0, -1)),
    { fault: 'malformed-event', line: 18 },
  ],
  ['an event is longer than its hash says', line(17, (text) => `${text} `), { fault: 'malformed-event', line: 18 }],
  [
    'an event is spelled otherwise',
    line(17, (text) => text.replace('{"data":', '{ "data":')),
    { fault: 'malformed-event', line: 18 },
  ],
  [
    'the last line is cut',
    withBytes('events.ndjson', (bytes) => bytes.subarray(0, -10)),
    { fault: 'cut-line', line: 301 },
  ],
  [
    'an event is longer than any leaf',
    line(17, (text) => text.replace('{"data":{', `{"data":{"a":"${'x'.repeat(66_000)}",`)),
    { fault: 'oversized-event', line: 18 },
  ],
];

const ofCheckpoint = (key: Key, impostor: Key): readonly Tampering[] => [
  [
    'the events and a tile were changed together',
    (folder) => {
      line(17, (text) => text.replace('2020-', '2019-'))(folder);
      withBytes('tile/0/000', flipped)(folder);
    },
    { fault: 'other-root' },
  ],
  [
    'another key has signed under the same name',
    note(impostor.signed({ size: 301, root })),
    { fault: 'signature', why: { fault: 'other-key' } },
  ],
  [
    'a signature of the key is bad, beside a good one',
    withBytes('checkpoint', (bytes) =>
      Buffer.concat([
        bytes,
        Buffer.from(formatSignatures([{ name: key.name, keyId: key.verifier.keyId, signature: Buffer.alloc(64) }])),
      ]),
    ),
    { fault: 'signature', why: { fault: 'wrong-signature' } },
  ],
  [
    'the checkpoint’s size was changed',
    withBytes('checkpoint', (bytes) => Buffer.from(bytes.toString().replace('\n301\n', '\n300\n'))),
    { fault: 'signature', why: { fault: 'wrong-signature' } },
  ],
  [
    'the checkpoint has a control character',
    withBytes('checkpoint', (bytes) => Buffer.concat([Buffer.of(1), bytes])),
    { fault: 'signature', why: { fault: 'note-with-control-character' } },
  ],
  [
    'the checkpoint is longer than 1 MB',
    note(Buffer.alloc(1_000_001, 'a')),
    { fault: 'signature', why: { fault: 'note-too-long' } },
  ],
  [
    'the checkpoint has 101 signatures',
    withBytes('checkpoint', (bytes) =>
      Buffer.concat([
        bytes,
        Buffer.from(
          formatSignatures(
            Array.from({ length: 100 }, () => ({ name: 'x', keyId: '00000000', signature: Buffer.alloc(64) })),
          ),
        ),
      ]),
    ),
    { fault: 'signature', why: { fault: 'too-many-signatures' } },
  ],
  [
    'what is signed is no checkpoint',
    note(signNote('hello\n', [key.signer])),
    { fault: 'signature', why: { fault: 'malformed-checkpoint' } },
  ],
  ['the root that is signed is that of other events', note(key.signed({ size: 301, root })), { fault: 'other-root' }],
  ['the checkpoint signs no event', note(key.signed({ size: 0, root })), { fault: 'nothing-to-verify' }],
];

const ofParts: readonly Tampering[] = [
  ['there is no checkpoint', (folder) => rmSync(join(folder, 'checkpoint')), { fault: 'nothing-to-verify' }],
  [
    'the events are empty',
    (folder) => writeFileSync(join(folder, 'events.ndjson'), ''),
    { fault: 'nothing-to-verify' },
  ],
  ['there are no statements', (folder) => rmSync(join(folder, 'statements.ndjson')), { fault: 'nothing-to-verify' }],
  [
    'a text is missing',
    texts((lines) => lines.slice(1)),
    { fault: 'missing-text', entryNumber: 1, place: '/data/body/note' },
  ],
  [
    'a text was changed',
    texts((lines) => lines.with(0, (lines[0] ?? '').replace('电话', '当面'))),
    { fault: 'wrong-text', entryNumber: 1 },
  ],
  [
    'a text has another salt',
    texts((lines) => lines.with(0, (lines[0] ?? '').replace(/\["[^"]{22}"/, `["${'A'.repeat(22)}"`))),
    { fault: 'wrong-text', entryNumber: 1 },
  ],
  [
    'there is a text too many',
    texts((lines) =>
      lines.with(0, (lines[0] ?? '').replace('"texts":{', `"texts":{"/reason":["${'A'.repeat(22)}","因"],`)),
    ),
    { fault: 'text-without-digest', entryNumber: 1, place: '/reason' },
  ],
  [
    'there is a text of an event that is not there',
    texts((lines) => [...lines, (lines[0] ?? '').replace('"entrynumber":1', '"entrynumber":999')]),
    { fault: 'text-without-digest', entryNumber: 999 },
  ],
  ['the texts are out of order', texts((lines) => lines.toReversed()), { fault: 'missing-text' }],
  [
    'a statement lacks a key',
    statement((said) => ({ ...said, keys: (said.keys as string[]).slice(1) })),
    { fault: 'wrong-statement', target: 'model-factories', members: ['keys'] },
  ],
  [
    'a statement lacks a key, and its count and digest follow',
    statement((said) => ({ ...said, count: 149, keys: (said.keys as string[]).slice(1), keysSha256: '0'.repeat(64) })),
    { fault: 'wrong-statement', members: ['count', 'keys', 'keysSha256'] },
  ],
  [
    'a statement has another root',
    statement((said) => ({ ...said, root: root.toString('base64') })),
    { fault: 'wrong-statement', members: ['root'] },
  ],
  [
    'a statement is about another day',
    statement((said) => ({ ...said, on: '2020-05-01' })),
    { fault: 'wrong-statement' },
  ],
  [
    'a statement is about a target that the plan does not have',
    statement((said) => ({ ...said, target: { id: 'x', plan: 'shanghai-2019-2021' } })),
    { fault: 'wrong-statement', members: ['target'] },
  ],
  ['a statement follows other rules', statement((said) => ({ ...said, rules: 2 })), { fault: 'other-rules', rules: 2 }],
  [
    'a statement is about more than is signed',
    statement((said) => ({ ...said, size: 302 })),
    { fault: 'statement-beyond', size: 302 },
  ],
  [
    'a statement is none',
    withLines('statements.ndjson', (lines) => ['{}', ...lines]),
    { fault: 'malformed-statement', line: 1 },
  ],
];

/** Every kind of tampering; `impostor` is another key under the name of `key`. */
export const tamperingsOf = (key: Key, impostor: Key): readonly Tampering[] => [
  ...ofEvents,
  ...ofCheckpoint(key, impostor),
  ...ofParts,
];

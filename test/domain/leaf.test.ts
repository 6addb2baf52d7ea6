import { createHash, hash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { LedgerEvent, Seals } from '../../domain/event.ts';
import { canonicalJson } from '../../domain/json.ts';
import {
  cloudEvent,
  digested,
  eventLimitBytes,
  feedLine,
  leafOf,
  restored,
  sealsOf,
  stored,
} from '../../domain/leaf.ts';
import { golden } from './golden-leaves.ts';

const [plain, withTexts] = golden;
if (plain === undefined || withTexts === undefined) throw new Error('No golden leaves');
const leafIn = (event: LedgerEvent) => {
  const made = leafOf(event);
  return 'leaf' in made ? made.leaf : made.noLeaf;
};

describe('the leaf of an event', () => {
  test.each(golden.map(({ name, ...each }) => [name, each] as const))(
    'is the same for ever: %s',
    (_, { event, line, leafHash }) => {
      expect(leafOf(event)).toEqual({ leaf: line });
      expect(feedLine(event)).toBe(line);
      expect(canonicalJson(JSON.parse(line))).toBe(line);
      expect(createHash('sha256').update('\0').update(line).digest('hex')).toBe(leafHash);
    },
  );

  test('is a CloudEvent 1.0, and its entry number and time stand in it once', () => {
    for (const { event, line } of golden) {
      const { data, ...attributes } = JSON.parse(line);
      expect(attributes).toEqual({
        specversion: '1.0',
        id: event.id,
        type: event.type,
        source: event.source,
        subject: `${event.data.register}/${event.data.key}`,
        time: event.recordedAt,
        datacontenttype: 'application/json',
        entrynumber: event.entryNumber,
      });
      for (const name of Object.keys(attributes)) expect(name).toMatch(/^[a-z0-9]{1,20}$/);
      expect(data.metadata).toEqual(event.metadata);
      expect(data.revision).toBe(event.revision);
      expect(line.split(`:${event.entryNumber},`)).toHaveLength(2);
      expect(line.split(event.recordedAt)).toHaveLength(2);
    }
  });

  test('has a digest in the place of each free text, which only the salt and the text give', () => {
    const { data } = JSON.parse(withTexts.line);
    const salted = (salt: string, text: string) => ({ sha256: hash('sha256', JSON.stringify([salt, text])) });
    expect(data.note).toEqual(salted('AAAAAAAAAAAAAAAAAAAAAA', '电话核实'));
    expect(data.evidence).toEqual([
      { title: salted('BBBBBBBBBBBBBBBBBBBBBA', '认定文件'), uri: salted('CCCCCCCCCCCCCCCCCCCCCA', 'https://x.cn/') },
    ]);
    expect(digested('s', 'é\u2028')).toBe('["s","é\u2028"]');
  });

  test('has a digest for all free texts that the event has, and for nothing else', () => {
    for (const { name, event } of golden)
      expect(Object.keys(sealsOf(event, () => ({ salt: '', sha256: '' }))).sort(), name).toEqual(
        Object.keys(event.seals).sort(),
      );
  });

  test('is made again, byte by byte, from what a store keeps, with or without the texts', () => {
    for (const { event, line } of golden) {
      const { data, metadata } = JSON.parse(JSON.stringify(stored(event)));
      expect(leafIn({ ...event, ...restored(data, metadata) })).toBe(line);
      expect(restored(data, metadata)).toEqual({
        data: event.data,
        metadata: event.metadata,
        source: event.source,
        seals: event.seals,
      });
      const { texts: _, ...erased } = metadata;
      expect(leafIn({ ...event, ...restored(data, erased) })).toBe(line);
    }
  });

  test('is of what was recorded, whatever a newer release records besides', () => {
    const event: LedgerEvent = {
      ...plain.event,
      type: 'FactoryTwinned',
      data: { ...plain.event.data, ...{ weather: 'fair' } },
      metadata: { ...plain.event.metadata, schema: 99, ...{ device: { kind: 'kiosk' } } },
    };
    const { data } = JSON.parse(leafIn(event));
    expect(data).toMatchObject({ weather: 'fair', metadata: { schema: 99, device: { kind: 'kiosk' } } });
  });
});

describe('what a store keeps of an event', () => {
  test('has its texts and salts in one member of the metadata, and nowhere else', () => {
    const { data, metadata } = stored(withTexts.event);
    const { texts, ...rest } = JSON.parse(JSON.stringify(metadata));
    expect(texts).toEqual({
      '/note': ['AAAAAAAAAAAAAAAAAAAAAA', '电话核实'],
      '/evidence/0/title': ['BBBBBBBBBBBBBBBBBBBBBA', '认定文件'],
      '/evidence/0/uri': ['CCCCCCCCCCCCCCCCCCCCCA', 'https://x.cn/'],
    });
    for (const text of ['电话核实', '认定文件', 'https://x.cn/', 'AAAAAAAA', 'BBBBBBBB', 'CCCCCCCC'])
      expect(JSON.stringify([data, rest])).not.toContain(text);
  });

  test('gives a text back only in the place of a digest: nothing that stands in clear can be replaced', () => {
    const { data, metadata } = JSON.parse(JSON.stringify(stored(withTexts.event)));
    const forged = (texts: unknown) => restored(data, { ...metadata, texts });
    for (const texts of [
      { '/key': ['salt', '别家'] },
      { '/data/grade': ['salt', 'benchmark'] },
      { '': ['salt', {}] },
      { '/evidence': ['salt', []] },
      { '/evidence/0': ['salt', {}] },
      { '/evidence/7/title': ['salt', 'x'] },
      { '/toString': ['salt', 'x'] },
      { '/note/sha256': ['salt', 'x'] },
      { '/note': ['salt'] },
      { '/note': { salt: 'x' } },
      { '/note': [7, 'x'] },
      [['salt', 'x']],
      'x',
      null,
    ]) {
      const read = forged(texts);
      expect({ data: read.data, seals: read.seals }, JSON.stringify(texts)).toEqual({ data, seals: {} });
    }
  });
});

describe('an event that is no leaf is named as one, and its line is still shown', () => {
  const changed = (change: object): LedgerEvent => ({ ...plain.event, ...change });
  const dataWith = (change: object) => changed({ data: { ...plain.event.data, ...change } });

  test.each<[string, LedgerEvent, string]>([
    ['no JSON, as a store gives it', changed(restored(undefined, undefined)), 'not-json'],
    ['no JSON object', changed(restored('text', [])), 'not-json'],
    ['half of a surrogate pair', dataWith({ data: { name: '\ud800' } }), 'not-json'],
    ['a number that JSON has not', dataWith({ data: { n: Number.POSITIVE_INFINITY } }), 'not-json'],
    ['a code point that is no character', changed({ metadata: { ...plain.event.metadata, by: '\uffff' } }), 'not-json'],
    ['of an earlier release, without a source', changed({ source: '' }), 'other-hands'],
    ['without a schema', changed({ metadata: {} }), 'other-hands'],
    ['of a register that is none', dataWith({ register: 7 }), 'other-hands'],
    ['without a key', dataWith({ key: undefined }), 'other-hands'],
    ['without data', dataWith({ data: null }), 'other-hands'],
    ['in the stream of another entry', changed({ stream: 'upgrade.factories-other' }), 'other-hands'],
    ['about another entry than its stream’s', dataWith({ key: 'other' }), 'other-hands'],
  ])('%s', (_, event, why) => {
    expect(leafOf(event)).toEqual({ noLeaf: why });
    expect(JSON.parse(feedLine(event))).toMatchObject({ id: event.id, entrynumber: event.entryNumber });
  });

  test('longer than a leaf may be, counted in bytes of UTF-8', () => {
    const named = (length: number) => dataWith({ data: { name: '智'.repeat(length) } });
    const room = eventLimitBytes - Buffer.byteLength(feedLine(named(0)));
    const most = Math.floor(room / 3);
    expect(Buffer.byteLength(leafIn(named(most)))).toBeGreaterThan(eventLimitBytes - 3);
    expect(leafOf(named(most + 1))).toEqual({ noLeaf: 'too-long' });
    const long = '长'.repeat(30_000);
    const seals: Seals = { '/note': { salt: 's', sha256: '0'.repeat(64) } };
    expect(leafOf({ ...dataWith({ note: long }), seals })).toHaveProperty('leaf');
  });
});

test('the page on the ledger has the same leaves, with their hashes and texts', () => {
  const page = readFileSync('docs/ledger.md', 'utf8');
  for (const { event, line, leafHash } of golden) {
    expect(page).toContain(`\n${line}\n`);
    expect(page).toContain(`\n${leafHash}\n`);
    const { texts } = JSON.parse(JSON.stringify(stored(event).metadata));
    if (texts !== undefined) expect(page).toContain(`\n"texts":${JSON.stringify(texts)}\n`);
  }
});

test('every other form of the trail has the texts where the leaf has digests', () => {
  const shown = cloudEvent(withTexts.event);
  expect(shown.data).toMatchObject({ note: '电话核实', evidence: [{ title: '认定文件', uri: 'https://x.cn/' }] });
  const { data: _, ...attributes } = shown;
  expect(JSON.parse(withTexts.line)).toMatchObject(attributes);
});

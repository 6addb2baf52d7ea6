import { expect, test } from 'vitest';
import type { RecordedEvent } from '../../domain/event.ts';
import { importsRegister, isImportEvent } from '../../domain/import-events.ts';
import { foldImport } from '../../domain/import-record.ts';
import type { JsonObject } from '../../domain/json.ts';

const event = (revision: number, type: string, data: JsonObject): RecordedEvent => ({
  id: `event-${revision}`,
  type,
  data: { register: importsRegister, key: 'a', data },
  metadata: { schema: 1, by: 'li.wei', command: 'command', bodySha256: 'hash' },
  stream: 'upgrade.imports-a',
  revision,
  recordedAt: '2021-06-15T02:00:00.000Z',
});

const started = {
  register: 'factories',
  command: 'certify',
  file: 'list.csv',
  sha256: 'hash',
  set: {},
  ignored: [],
  skipped: 0,
};

test('an import whose file’s texts are gone is still read, without them', () => {
  const gone = { sha256: '0'.repeat(64) };
  const texts = { file: gone, ignored: gone, columns: gone, sheet: gone, set: { reason: gone, sector: 'automobiles' } };
  const record = foldImport('a', [event(0, 'ImportStarted', { ...started, ...texts, total: 2 })]);
  expect(record).toMatchObject({
    id: 'a',
    by: 'li.wei',
    state: 'running',
    total: 2,
    file: '',
    ignored: [],
    revision: 0,
  });
  expect(record).toMatchObject({ sha256: 'hash', set: { sector: 'automobiles' } });
  expect(record).not.toHaveProperty('columns');
  expect(record?.set).not.toHaveProperty('reason');
});

test('refusals that were recorded twice count once, in the order of their rows', () => {
  const refusal = (row: number) => ({ row, line: row + 1, codes: ['invalid-row'] });
  const record = foldImport('a', [
    event(0, 'ImportStarted', { ...started, total: 3 }),
    event(1, 'ImportRowsRefused', { refusals: [refusal(2), refusal(3)] }),
    event(2, 'ImportRowsRefused', { refusals: [refusal(1), refusal(2)] }),
  ]);
  expect(record?.refusals.map(({ row }) => row)).toEqual([1, 2, 3]);
  expect(record).toMatchObject({ counts: { refused: 3 }, revision: 2 });
});

test('an event of a type that this release does not know changes only the revision', () => {
  const known = event(0, 'ImportStarted', { ...started, total: 2 });
  const unknown = event(1, 'ImportPaused', {});
  expect([isImportEvent(known), isImportEvent(unknown)]).toEqual([true, false]);
  expect(foldImport('a', [known, unknown])).toEqual({ ...foldImport('a', [known]), revision: 1 });
});

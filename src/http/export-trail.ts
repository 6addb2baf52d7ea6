import { erasedIn, readable } from '../../domain/erasure.ts';
import type { Text } from '../../domain/field.ts';
import { canonicalJson } from '../../domain/json.ts';
import { registerNamed } from '../../domain/registers/index.ts';
import type { FoldedEvent } from '../../projections/projection.ts';
import type { TrailFilter, TrailOrder } from '../../projections/trail.ts';
import type { Questions } from '../readmodel/questions.ts';
import { eventTitle } from './event-titles.ts';
import type { Column, Language, Row, Table } from './export-files.ts';
import { longQuestion } from './long-question.ts';
import { pageAfter } from './trail-query.ts';

/** The trail as a table: a row for each event, with people and texts as the feed has them. */

export type TrailShown = { readonly filter: TrailFilter; readonly order: TrailOrder };

/** A file of the trail has at most this many events. */
export const trailFileLimit = 200_000;

/** How many events a file of the trail would have; one more than the limit if there are more. */
export const trailCountQuestion = longQuestion('count of the trail', (questions, filter: TrailFilter): number =>
  questions.eventCount(filter, trailFileLimit + 1),
);

const columns: readonly (Pick<Column, 'kind'> & { readonly header: Text })[] = [
  { header: { zh: '台账序号', en: 'Entry number' }, kind: 'decimal' },
  { header: { zh: '记录时间（上海）', en: 'Recorded at (Shanghai)' }, kind: 'instant' },
  { header: { zh: '事项', en: 'What' } },
  { header: { zh: '登记册', en: 'Register' } },
  { header: { zh: '编号', en: 'Key' } },
  { header: { zh: '生效日期', en: 'Effective on' }, kind: 'day' },
  { header: { zh: '记录人', en: 'Recorded by' } },
  { header: { zh: '复核人', en: 'Approved by' } },
  { header: { zh: '内容（JSON）', en: 'Data (JSON)' } },
  { header: { zh: '佐证', en: 'Evidence' } },
  { header: { zh: '备注', en: 'Note' } },
  { header: { zh: '提交编号', en: 'Submission' } },
  { header: { zh: '导入编号', en: 'Import' } },
  { header: { zh: '导入的行', en: 'Row of the import' }, kind: 'decimal' },
  { header: { zh: '修订号', en: 'Revision' }, kind: 'decimal' },
  { header: { zh: '事件类型', en: 'Event type' } },
  { header: { zh: '事件编号', en: 'Event id' } },
];

export const trailTable = (
  questions: Questions,
  { filter, order }: TrailShown,
  language: Language,
  rowsAtOnce: number,
): Table => {
  const rows = function* (): Iterable<Row> {
    let next: TrailFilter | undefined = filter;
    while (next !== undefined) {
      const events = questions.events(next, order, rowsAtOnce);
      yield* events.map((event) => rowOf(event, language));
      const last: FoldedEvent | undefined = events[rowsAtOnce - 1];
      next = last && pageAfter(next, order, last.entryNumber);
    }
  };
  return {
    name: { zh: '审计轨迹', en: 'Trail' }[language],
    columns: columns.map(({ header, ...column }) => ({ header: header[language], ...column })),
    rows: rows(),
  };
};

const rowOf = (event: FoldedEvent, language: Language): Row => {
  const { register, key, effectiveOn = '', data, evidence = [], note = '' } = readable(event);
  const { by, approvedBy = '', submission = '', import: importId = '', row = '' } = event.metadata;
  const documents = evidence.map(({ title = '', uri }) => (uri === undefined ? title : `${title} ${uri}`));
  return [
    event.entryNumber,
    event.recordedAt,
    eventTitle(register, event.type)[language],
    registerTitle(register)[language],
    key,
    effectiveOn,
    by,
    approvedBy,
    canonicalJson({ ...data, ...erasedIn(event) }),
    documents.filter((each) => each !== '').join({ zh: '；', en: '; ' }[language]),
    note,
    submission,
    importId,
    row,
    event.revision,
    event.type,
    event.id,
  ];
};

const otherTitles: Readonly<Record<string, Text>> = {
  imports: { zh: '导入', en: 'Imports' },
  ledger: { zh: '台账', en: 'Ledger' },
};

const registerTitle = (name: string): Text => registerNamed(name)?.title ?? otherTitles[name] ?? { zh: name, en: name };

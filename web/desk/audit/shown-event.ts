import type { CloudEvent, History } from '../../answers.ts';

type Members = Readonly<Record<string, unknown>>;

const membersOf = (value: unknown): Members => (typeof value === 'object' && value !== null ? (value as Members) : {});
const text = (value: unknown): string => (typeof value === 'string' ? value : '');

/** What the trail says of an event beside its place: texts that it does not have are empty. */
export const shownEvent = ({ data }: CloudEvent) => {
  const metadata = membersOf(data.metadata);
  return {
    register: text(data.register),
    key: text(data.key),
    effectiveOn: text(data.effectiveOn),
    note: text(data.note),
    erased: Array.isArray(data.erased) ? data.erased.map(String) : [],
    revision: data.revision,
    data: membersOf(data.data),
    evidence: Array.isArray(data.evidence) ? data.evidence.map(membersOf) : [],
    by: text(metadata.by),
    approvedBy: text(metadata.approvedBy),
    submission: text(metadata.submission),
    importId: text(metadata.import),
    row: metadata.row,
  };
};

/** What the trail shows of an event, in the places that it has in the leaf, which does not say what is erased. */
export const shownInTrail = ({ data: { erased: _, ...data }, ...event }: CloudEvent) => ({ ...event, data });

type HistoryEvent = History['events'][number];

/** What a history shows of an event, in the places that it has in the leaf. */
export const shownInHistory = (
  { register, key }: Pick<History, 'register' | 'key'>,
  { id, type, recordedAt, entryNumber, revision, effectiveOn, data, evidence, note, by, approvedBy }: HistoryEvent,
) => {
  const known = { effectiveOn, note, evidence: evidence ?? [], by, approvedBy };
  return JSON.parse(JSON.stringify({ id, type, recordedAt, entryNumber, revision, register, key, data, ...known }));
};

/** The same part of a leaf. */
export const partOfHistory = ({
  id,
  type,
  time: recordedAt,
  entrynumber: entryNumber,
  data: body,
}: Members): Members => {
  const { register, key, revision, effectiveOn, data, evidence = [], note, metadata } = membersOf(body);
  const { by, approvedBy } = membersOf(metadata);
  const known = { effectiveOn, note, evidence, by, approvedBy };
  return { id, type, recordedAt, entryNumber, revision, register, key, data, ...known };
};

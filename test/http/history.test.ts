import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { annulled, approvedBy, corrected, submittedBy } from '../domain/given.ts';
import { factory, plan } from '../domain/vocabulary.ts';
import { named, type Recording, startRecording } from './recording.ts';

let recording: Recording;
const kangqiao = named(factory.register, 'kangqiao');
const id = (revision: number) => recording.id(kangqiao, revision);

beforeAll(async () => {
  recording = await startRecording('2022-03-01T02:00:00Z');
  const certify = factory.certified('2020-11-03', { note: '电话核实', evidence: [{ title: '文件' }] });
  await recording.record(
    kangqiao,
    factory.nominated('2020-01-10'),
    submittedBy('li.wei', certify),
    approvedBy('wang.fang', 1, 'li.wei', certify),
    factory.assessed('2020-02-10'),
    corrected(2, { effectiveOn: '2020-12-22' }),
    corrected(2, { data: { certificateNo: 'SH-1' } }),
    annulled(2, 3),
    submittedBy('li.wei', factory.revoked('2021-01-01')),
  );
});
afterAll(() => recording.server.close());

const history = async (query = '', key = 'kangqiao') => {
  const token = await recording.server.token('auditor');
  return recording.server.get(`/api/v1/factories/${key}/history?${query}`, { token });
};

describe('the history of an entry', () => {
  test('has its facts, corrections and annulments in the order of recording, and no submissions', async () => {
    const { json } = await history();
    expect(json.events.map(({ type, revision }: { type: string; revision: number }) => [revision, type])).toEqual([
      [0, 'FactoryNominated'],
      [2, 'FactoryCertifiedAsModel'],
      [3, 'FactoryAssessed'],
      [4, 'EventCorrected'],
      [5, 'EventCorrected'],
      [6, 'EventsAnnulled'],
    ]);
    expect(json).toMatchObject({ register: 'factories', key: 'kangqiao', size: 9 });
  });

  test('shows a fact as it was recorded, by whom and on what evidence, and its later corrections and annulment', async () => {
    const { json } = await history();
    expect(json.events[1]).toEqual({
      id: id(2),
      type: 'FactoryCertifiedAsModel',
      entryNumber: 3,
      revision: 2,
      effectiveOn: '2020-11-03',
      recordedAt: '2022-03-01T02:00:00.000Z',
      by: 'li.wei',
      approvedBy: 'wang.fang',
      submission: 'factories~kangqiao~1',
      data: { grade: 'demonstration' },
      evidence: [{ title: '文件' }],
      note: '电话核实',
      annulledBy: id(6),
      correctedBy: [id(4), id(5)],
    });
    expect(json.events[0]).not.toHaveProperty('annulledBy');
    expect(json.events[0]).not.toHaveProperty('correctedBy');
    expect(json.events[0].evidence).toEqual([]);
    expect(json.events[3]).toMatchObject({ data: { event: id(2), effectiveOn: '2020-12-22', reason: '文件所载不同' } });
    expect(json.events[5]).toMatchObject({ data: { events: [id(2), id(3)] } });
  });

  test('as known earlier has none of what came afterwards', async () => {
    const { json } = await history('knownAt=6');
    expect(json.events).toHaveLength(4);
    expect(json.events[1]).toMatchObject({ correctedBy: [id(4)] });
    expect(json.events[1]).not.toHaveProperty('annulledBy');
    expect((await history('knownAt=1')).status).toBe(404);
  });

  test('is found whatever the case of the key, and is 404 if there is none', async () => {
    expect((await history('', 'KANGQIAO')).json.key).toBe('kangqiao');
    expect((await history('', 'never')).status).toBe(404);
    expect((await history('on=2020-01-01')).status).toBe(400);
  });

  test('of a plan is read by those who record plans as well', async () => {
    const token = await recording.server.token('admin');
    await recording.record(named(plan.register, 'next'), plan.adopted('2022-01-01'));
    const { json } = await recording.server.get('/api/v1/plans/next/history', { token });
    expect(json.events).toMatchObject([{ type: 'PlanAdopted' }]);
  });
});

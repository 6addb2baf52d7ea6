import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { annulled, approvedBy, corrected, submittedBy } from '../domain/given.ts';
import { factory, plan } from '../domain/vocabulary.ts';
import { openStream } from './event-stream.ts';
import { named, type Recording, startRecording } from './recording.ts';

let recording: Recording;
const kangqiao = named(factory.register, 'kangqiao');
const gone = named(factory.register, 'gone');
const secrets = ['li.wei', 'wang.fang', '沪经信智', '电话核实', 'evidence.example'];

beforeAll(async () => {
  recording = await startRecording();
  const certify = factory.certified('2020-11-03', {
    evidence: [{ title: '沪经信智〔2020〕1 号', uri: 'https://evidence.example/1' }],
    note: '电话核实过',
  });
  await recording.record(
    kangqiao,
    factory.nominated('2020-01-10', { note: '第一次电话核实' }),
    submittedBy('li.wei', certify),
    approvedBy('wang.fang', 1, 'li.wei', certify),
  );
  await recording.record(gone, factory.nominated('2020-01-10'), annulled(0));
});
afterAll(() => recording.server.close());

type Who = 'anyone' | 'viewer' | 'clerk' | 'reviewer' | 'auditor' | 'admin';
const everyone: readonly Who[] = ['anyone', 'viewer', 'clerk', 'reviewer', 'auditor', 'admin'];
const get = async (who: Who, path: string) => {
  const token = who === 'anyone' ? undefined : await recording.server.token(who, `a.${who}`);
  return recording.server.get(path, { token });
};
const allowed = async (path: string): Promise<readonly Who[]> => {
  const answers = await Promise.all(everyone.map(async (who) => [who, (await get(who, path)).status] as const));
  for (const [who, status] of answers) expect([200, who === 'anyone' ? 401 : 403], `${who} ${path}`).toContain(status);
  return answers.filter(([, status]) => status === 200).map(([who]) => who);
};

describe('anyone reads', () => {
  test.each([
    '/targets',
    '/targets/model-factories/entries',
    '/targets/model-factories/series',
    '/measures',
    '/breakdown?by=sector',
    '/factories',
    '/factories/kangqiao',
    '/factories/kangqiao/history',
    '/plans',
    '/plans/shanghai-2019-2021',
    '/exports/targets.csv',
    '/exports/factories.csv',
  ])('%s, without people, notes or evidence', async (path) => {
    expect(await allowed(`/api/v1${path}`)).toEqual(everyone);
    const { text } = await get('anyone', `/api/v1${path}`);
    for (const secret of secrets) expect(text).not.toContain(secret);
  });

  test('the messages for dashboards, without people, notes or evidence', async () => {
    const stream = await openStream(recording.server, '/api/v1/live');
    const message = await stream.next();
    await stream.close();
    expect(message?.event).toBe('targets');
    const text = message?.data;
    for (const secret of secrets) expect(text).not.toContain(secret);
  });
});

test('those with a role also read notes and evidence, with the facts to which they belong', async () => {
  const id = (revision: number) => recording.id(kangqiao, revision);
  for (const who of everyone) {
    const { json } = await get(who, '/api/v1/factories/kangqiao');
    if (who === 'anyone') expect(json).not.toHaveProperty('evidence');
    else {
      expect(json.evidence, who).toEqual([
        { event: id(2), title: '沪经信智〔2020〕1 号', uri: 'https://evidence.example/1' },
      ]);
      expect(json.notes, who).toEqual([
        { event: id(0), note: '第一次电话核实' },
        { event: id(2), note: '电话核实过' },
      ]);
    }
    expect(JSON.stringify(json)).not.toContain('wang.fang');
  }
});

test('on an earlier day notes and evidence are those of the facts up to that day', async () => {
  const { json } = await get('viewer', '/api/v1/factories/kangqiao?on=2020-06-01');
  expect(json).toMatchObject({ status: 'nominated', evidence: [], notes: [{ note: '第一次电话核实' }] });
});

test('those who may record also read which commands are allowed and what is pending', async () => {
  await recording.record(kangqiao, submittedBy('li.wei', factory.revoked('2021-01-01')));
  for (const who of everyone) {
    const { json } = await get(who, '/api/v1/factories/kangqiao');
    const may = who === 'clerk' || who === 'reviewer';
    expect('allowed' in json && 'pending' in json, who).toBe(may);
    if (!may) continue;
    expect(json.allowed).toEqual(['certify', 'suspend', 'revoke', 'amend', 'correct', 'annul']);
    expect(json.pending).toEqual(['factories~kangqiao~3']);
    const { json: then } = await get(who, '/api/v1/factories/kangqiao?on=2020-06-01');
    expect(then.allowed).toEqual(['assess', 'certify', 'amend', 'correct', 'annul']);
  }
  const { json } = await get('admin', '/api/v1/plans/shanghai-2019-2021');
  expect(json.allowed).toEqual(['revise', 'amend', 'correct', 'annul']);
  expect((await get('clerk', '/api/v1/plans/shanghai-2019-2021')).json).not.toHaveProperty('allowed');
});

describe('an entry of which no fact holds', () => {
  test('is shown, with its ETag, to those who may record it and to auditors, and is 404 to others', async () => {
    for (const who of everyone) {
      const { status, json, headers } = await get(who, '/api/v1/factories/gone');
      const may = ['clerk', 'reviewer', 'auditor'].includes(who);
      expect(status, who).toBe(may ? 200 : 404);
      if (!may) continue;
      expect(json, who).toMatchObject({ key: 'gone', status: 'none', revision: 1 });
      expect(headers.get('etag'), who).toBe('"1"');
    }
    const waiting = named(plan.register, 'waiting');
    await recording.record(waiting, submittedBy('an.admin', plan.adopted('2022-01-01')));
    for (const who of everyone) {
      const { status } = await get(who, '/api/v1/plans/waiting');
      expect(status, who).toBe(['auditor', 'admin'].includes(who) ? 200 : 404);
    }
  });

  test('is 404 in the same words as an entry that never existed', async () => {
    const [hidden, missing] = [
      await get('viewer', '/api/v1/factories/gone'),
      await get('viewer', '/api/v1/factories/x'),
    ];
    expect(hidden.text).toBe(missing.text);
    for (const who of everyone) expect((await get(who, '/api/v1/factories/never')).status, who).toBe(404);
  });

  test('that could be one says, to those who may record it, with which commands it can begin', async () => {
    const starts = { factories: ['nominate', 'certify'], plans: ['adopt'] };
    for (const [register, startsWith] of Object.entries(starts))
      for (const who of everyone) {
        const { status, json } = await get(who, `/api/v1/${register}/never`);
        const mayRecord = register === 'plans' ? who === 'admin' : ['clerk', 'reviewer'].includes(who);
        expect({ who, register, status, startsWith: json.startsWith }).toEqual({
          who,
          register,
          status: 404,
          startsWith: mayRecord ? startsWith : undefined,
        });
      }
    const { json } = await get('clerk', '/api/v1/factories/never');
    expect(json.detail).toBe('没有编号为“never”的登记项；可以办理“推荐”或“认定”，从此登记');
    expect((await get('clerk', '/api/v1/listings/never')).json).not.toHaveProperty('startsWith');
  });

  test('is so on a day before its first fact as well', async () => {
    expect((await get('anyone', '/api/v1/factories/kangqiao?on=2020-01-09')).status).toBe(404);
    expect((await get('auditor', '/api/v1/factories/kangqiao?on=2020-01-09')).json.status).toBe('none');
  });

  test('is neither listed nor counted', async () => {
    const { json } = await get('auditor', '/api/v1/factories?on=2021-01-01');
    expect(json.items.map(({ key }: { key: string }) => key)).toEqual(['kangqiao']);
  });
});

test.each([
  ['/targets/model-factories/changes?since=1', ['clerk', 'reviewer', 'auditor']],
  ['/events', ['auditor']],
])('%s is read by some only, and refused to others whether it is there or not', async (path, who) => {
  for (const each of everyone) {
    const { status, json, headers } = await get(each, `/api/v1${path}`);
    if (who.includes(each)) expect(status, each).toBe(path.includes('never') ? 404 : 200);
    else if (each === 'anyone') {
      expect(status).toBe(401);
      expect(headers.get('www-authenticate')).toMatch(/^Bearer/);
    } else {
      expect(status, each).toBe(403);
      expect(json).toMatchObject({ type: '/problems/forbidden', role: expect.stringContaining(who[0] ?? '') });
    }
  }
});

test('an invalid token is refused everywhere, even if no token is needed', async () => {
  for (const path of ['/api/v1/targets', '/api/v1/factories/kangqiao', '/api/v1/live', '/health/live'])
    expect((await recording.server.get(path, { token: 'forged' })).status, path).toBe(401);
});

test('a correction’s reason and people are in the history and nowhere public', async () => {
  await recording.record(kangqiao, corrected(0, { data: { name: '康桥更正' } }));
  for (const path of ['/factories', '/factories/kangqiao', '/targets/model-factories/entries'])
    expect((await get('anyone', `/api/v1${path}`)).text).not.toContain('文件所载不同');
  expect((await get('auditor', '/api/v1/factories/kangqiao/history')).text).toContain('文件所载不同');
});

test('a history is read in full by some, without people by viewers, and without any free text by others', async () => {
  const spoken = named(factory.register, 'spoken');
  await recording.record(
    spoken,
    factory.nominated('2020-01-10', { note: '电话核实过', evidence: [{ title: '沪经信智〔2020〕1 号' }] }),
    factory.assessed('2020-02-01', { panel: '张三、李四', score: 88 }),
    corrected(1, { data: { panel: '王五、赵六', score: 90 } }),
    annulled(1),
  );
  const texts = ['电话核实过', '沪经信智', '张三', '王五', '文件所载不同'];
  const full = (await get('clerk', '/api/v1/factories/spoken/history')).json;
  for (const who of everyone) {
    const { json, text } = await get(who, '/api/v1/factories/spoken/history');
    const isFull = ['clerk', 'reviewer', 'auditor'].includes(who);
    expect(/"(by|approvedBy)":/.test(text), who).toBe(isFull);
    for (const each of texts) expect(text.includes(each), `${who}: ${each}`).toBe(who !== 'anyone');
    expect(json.events.map(({ id }: { id: string }) => id)).toEqual(full.events.map(({ id }: { id: string }) => id));
  }
  const { json } = await get('anyone', '/api/v1/factories/spoken/history');
  expect(json.events[1].data).toEqual({ score: 88 });
  expect(json.events[2].data).toMatchObject({ data: { score: 90 } });
});

test('the history of an entry of which no fact holds is there for those who may record and auditors only', async () => {
  for (const who of everyone) {
    const { status } = await get(who, '/api/v1/factories/gone/history');
    expect(status, who).toBe(['clerk', 'reviewer', 'auditor'].includes(who) ? 200 : 404);
    expect((await get(who, '/api/v1/factories/never/history')).status, who).toBe(404);
  }
});

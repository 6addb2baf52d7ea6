import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { canonicalJson } from '../../domain/json.ts';
import { annulled, approvedBy, corrected, returnedBy, submittedBy } from '../domain/given.ts';
import { factory, listing } from '../domain/vocabulary.ts';
import { openStream } from './event-stream.ts';
import { named, type Recording, startRecording } from './recording.ts';

let recording: Recording;
let auditor: string;
const kangqiao = named(factory.register, 'kangqiao');
const amec = named(listing.register, '688012');

beforeAll(async () => {
  recording = await startRecording('2021-01-05T02:00:00.250Z', { REGISTRY_ORIGIN: 'registry.example.org/ledger' });
  const { record, clock } = recording;
  const certify = factory.certified('2020-11-03', { note: '电话核实', evidence: [{ title: '文件' }] });
  await record(kangqiao, factory.nominated('2020-01-10'));
  await record(kangqiao, submittedBy('li.wei', certify), approvedBy('wang.fang', 1, 'li.wei', certify));
  clock.set('2021-01-05T16:00:00Z');
  await record(
    kangqiao,
    submittedBy('zhao.min', factory.revoked('2021-01-01')),
    returnedBy('wang.fang', 3, '材料不全'),
  );
  clock.set('2021-02-01T02:00:00Z');
  await record(amec, {
    ...listing.listed('2019-07-22', listing.described),
    metadata: () => ({ by: 'zhao.min', import: 'i-1', row: 7 }),
  });
  await record(kangqiao, corrected(2, { effectiveOn: '2020-12-22' }), annulled(2));
  auditor = await recording.server.token('auditor');
});
afterAll(() => recording.server.close());

type CloudEvent = {
  readonly id: string;
  readonly type: string;
  readonly subject: string;
  readonly entrynumber: number;
  readonly data: Readonly<Record<string, unknown>>;
};
const events = async (query = '', accept?: string): Promise<readonly CloudEvent[]> => {
  const headers = accept === undefined ? {} : { accept };
  const { status, json } = await recording.server.get(`/api/v1/events?${query}`, { token: auditor, headers });
  expect(status, query).toBe(200);
  return json;
};
const numbers = async (query: string) => (await events(query)).map(({ entrynumber }) => entrynumber);

describe('the trail', () => {
  test('is a batch of CloudEvents, every event of the ledger in its order, submissions included', async () => {
    const { headers } = await recording.server.get('/api/v1/events', { token: auditor });
    expect(headers.get('content-type')).toMatch(/^application\/cloudevents-batch\+json/);
    const all = await events();
    expect(all.map(({ entrynumber }) => entrynumber)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
    expect(all.map(({ type }) => type)).toEqual([
      'PlanAdopted',
      'FactoryNominated',
      'CommandSubmitted',
      'FactoryCertifiedAsModel',
      'CommandSubmitted',
      'SubmissionReturned',
      'BusinessListed',
      'EventCorrected',
      'EventsAnnulled',
    ]);
  });

  test('holds each event as it was recorded, people, notes and evidence included', async () => {
    expect((await events('after=2&limit=1'))[0]).toMatchObject({
      specversion: '1.0',
      id: recording.id(kangqiao, 2),
      type: 'FactoryCertifiedAsModel',
      source: 'registry.example.org/ledger',
      subject: 'factories/kangqiao',
      time: '2021-01-05T02:00:00.250Z',
      datacontenttype: 'application/json',
      entrynumber: 3,
      data: {
        register: 'factories',
        key: 'kangqiao',
        revision: 2,
        effectiveOn: '2020-11-03',
        note: '电话核实',
        evidence: [{ title: '文件' }],
        data: { grade: 'demonstration' },
        metadata: {
          by: 'li.wei',
          approvedBy: 'wang.fang',
          submission: 'factories~kangqiao~1',
          schema: 1,
          bodySha256: '0'.repeat(64),
        },
      },
    });
  });

  test.each([
    ['register=factories', [1, 2, 3, 4, 5, 7, 8]],
    ['register=listings', [6]],
    ['key=kangqiao', [1, 2, 3, 4, 5, 7, 8]],
    ['key=KangQiao', [1, 2, 3, 4, 5, 7, 8]],
    ['register=listings&key=kangqiao', []],
    ['type=CommandSubmitted', [2, 4]],
    ['by=zhao.min', [4, 6]],
    ['by=registry', [0]],
    ['import=i-1', [6]],
    ['type=CommandSubmitted&by=li.wei', [2]],
    ['from=2021-01-06', [4, 5, 6, 7, 8]],
    ['to=2021-01-05', [0, 1, 2, 3]],
    ['from=2021-01-06&to=2021-01-06', [4, 5]],
    ['from=2021-01-05T16:00:00Z', [4, 5, 6, 7, 8]],
    ['from=2021-01-05T16:00:00.001Z', [6, 7, 8]],
    ['from=2021-01-05T15:59:59.999999Z', [4, 5, 6, 7, 8]],
    ['to=2021-01-05T16:00:00Z', [0, 1, 2, 3, 4, 5]],
    ['to=2021-01-05T15:59:59.999Z', [0, 1, 2, 3]],
    ['to=2021-01-06T00:00:00%2B08:00', [0, 1, 2, 3, 4, 5]],
    ['from=0001-01-01&to=9999-12-31', [0, 1, 2, 3, 4, 5, 6, 7, 8]],
    ['to=0001-01-01', []],
    ['after=6', [7, 8]],
    ['after=-1&limit=2', [0, 1]],
    ['after=8', []],
    ['register=factories&after=2&limit=2', [3, 4]],
    ['before=3', [0, 1, 2]],
    ['before=0', []],
    ['after=2&before=5', [3, 4]],
    ['order=asc', [0, 1, 2, 3, 4, 5, 6, 7, 8]],
    ['order=desc', [8, 7, 6, 5, 4, 3, 2, 1, 0]],
    ['order=desc&limit=2', [8, 7]],
    ['order=desc&before=4', [3, 2, 1, 0]],
    ['order=desc&before=4&after=1', [3, 2]],
    ['order=desc&register=factories&from=2021-01-06&to=2021-01-06', [5, 4]],
    ['approvedBy=wang.fang', [3]],
    ['approvedBy=li.wei', []],
    ['effectiveFrom=2020-11-03', [3, 7]],
    ['effectiveTo=2020-01-10', [0, 1, 6]],
    ['effectiveFrom=2020-01-10&effectiveTo=2020-11-03', [1, 3]],
    ['q=核实', [2, 3]],
    [`q=${encodeURIComponent('电话 文件')}`, [2, 3]],
    [`q=${encodeURIComponent('电话 材料')}`, []],
    ['q=DEMONSTRATION&after=0', [2, 3]],
    [`q=${encodeURIComponent('材料不全')}`, [5]],
    ['q=effectiveOn', []],
    ['q=%25', []],
    ['q=_', []],
  ])('with %s', async (query, expected) => {
    expect(await numbers(query)).toEqual(expected);
  });

  test.each([
    ['asc', [1, 2, 3, 4, 5, 7, 8]],
    ['desc', [8, 7, 5, 4, 3, 2, 1]],
  ])('comes in pages that link to the next, filters kept, in the order %s, to the end', async (order, expected) => {
    const seen: number[] = [];
    let next: string | undefined = `/api/v1/events?register=factories&order=${order}&limit=3`;
    while (next !== undefined) {
      const { json, headers } = await recording.server.get(next, { token: auditor });
      seen.push(...json.map(({ entrynumber }: CloudEvent) => entrynumber));
      next = /^<(\/.+)>; rel="next"$/.exec(headers.get('link') ?? '')?.[1];
    }
    expect(seen).toEqual(expected);
  });

  test.each([
    ['after=x', 'after'],
    ['after=-2', 'after'],
    ['limit=0', 'limit'],
    ['limit=501', 'limit'],
    ['from=yesterday', 'from'],
    ['from=2021', 'from'],
    ['from=2021-02-30', 'from'],
    ['to=2021-01-05T16:00:00', 'to'],
    ['to=2021-01-05T25:00:00Z', 'to'],
    ['to=Jan 5 2021', 'to'],
    ['colour=red', 'colour'],
    ['before=x', 'before'],
    ['before=9', 'before'],
    ['order=newest', 'order'],
    ['effectiveFrom=2021-02-30', 'effectiveFrom'],
    ['effectiveTo=2021-01-05T16:00:00Z', 'effectiveTo'],
    [`q=${'x'.repeat(201)}`, 'q'],
  ])('refuses %s', async (query, name) => {
    const { status, json } = await recording.server.get(`/api/v1/events?${query}`, { token: auditor });
    expect([status, json.errors]).toMatchObject([400, [{ in: 'query', name }]]);
  });

  test('answers in the type that is asked for, or 406', async () => {
    const type = async (accept: string) => {
      const { status, headers } = await recording.server.get('/api/v1/events', { token: auditor, headers: { accept } });
      return status === 200 ? headers.get('content-type')?.split(';')[0] : status;
    };
    expect(await type('*/*')).toBe('application/cloudevents-batch+json');
    expect(await type('application/json')).toBe('application/json');
    expect(await type('application/x-ndjson')).toBe('application/x-ndjson');
    expect(await type('application/x-ndjson;q=0.5, application/cloudevents-batch+json')).toBe(
      'application/cloudevents-batch+json',
    );
    expect(await type('image/png')).toBe(406);
  });
});

describe('the log as lines', () => {
  const lines = async (query = '') => {
    const { status, text } = await recording.server.get(`/api/v1/events?${query}`, {
      token: auditor,
      headers: { accept: 'application/x-ndjson' },
    });
    expect(status).toBe(200);
    return text;
  };

  test('is each event’s leaf, one a line, each line ended, with digests for the free texts that the batch has', async () => {
    const text = await lines();
    const all = text.trimEnd().split('\n');
    expect(text.endsWith('}\n')).toBe(true);
    for (const line of all) expect(canonicalJson(JSON.parse(line))).toBe(line);
    const inClear = await events();
    const digest = { sha256: expect.stringMatching(/^[0-9a-f]{64}$/) };
    const certified = { note: digest, evidence: [{ title: digest }] };
    const sealed = (event: CloudEvent) => {
      const { data } = event;
      if (event.entrynumber === 2)
        return { ...data, data: { command: 'certify', body: expect.objectContaining(certified) } };
      if (event.entrynumber === 3) return { ...data, ...certified };
      if (/^(EventCorrected|EventsAnnulled|SubmissionReturned)$/.test(event.type))
        return { ...data, data: { ...(data.data as object), reason: digest } };
      if (event.entrynumber === 4)
        return { ...data, data: { command: 'revoke', body: expect.objectContaining({ reason: digest }) } };
      return data;
    };
    expect(all.map((line) => JSON.parse(line))).toEqual(inClear.map((event) => ({ ...event, data: sealed(event) })));
    for (const free of ['电话核实', '材料不全', '文件所载不同', '重复登记', '"文件"']) {
      expect(JSON.stringify(inClear)).toContain(free);
      expect(text).not.toContain(free);
    }
  });

  test('streams the rest of the log after an entry number, whatever the limit, filters kept', async () => {
    const of = async (query: string) =>
      (await lines(query)).split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line).entrynumber]));
    expect(await of('after=5')).toEqual([6, 7, 8]);
    expect(await of('after=5&limit=1')).toEqual([6, 7, 8]);
    expect(await of('type=CommandSubmitted')).toEqual([2, 4]);
    expect(await of('after=8')).toEqual([]);
    expect(await of('before=2')).toEqual([0, 1]);
    expect(await of('order=desc&after=5')).toEqual([8, 7, 6]);
    expect(await of('q=核实')).toEqual([2, 3]);
  });

  test('continues over more events than fit on one of its pages', async () => {
    const { store, model } = recording.server.registry;
    const [first] = await store.readStream('upgrade.factories-kangqiao');
    if (first === undefined) throw new Error('No event');
    const before = model.place().size;
    const many = Array.from({ length: 1_200 }, (_, n) => ({
      ...first,
      id: `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`,
      data: { ...first.data, key: `many-${n}` },
    }));
    const answers = await Promise.all(
      many.map((event) => store.append(`upgrade.factories-${event.data.key}`, 'none', [event])),
    );
    const last = answers.at(-1);
    await model.reached((last?.appended && last.events[0]?.position) || '', 5_000);
    const all = (await lines()).trimEnd().split('\n');
    const expected = Array.from({ length: before + 1_200 }, (_, n) => n);
    expect(all.map((line) => JSON.parse(line).entrynumber)).toEqual(expected);
    const newestFirst = (await lines('order=desc')).trimEnd().split('\n');
    expect(newestFirst).toEqual(all.toReversed());
  });
});

describe('the trail, live', () => {
  const stream = (query: string, headers = {}) =>
    openStream(recording.server, `/api/v1/events?${query}`, { token: auditor, headers });
  const size = () => recording.server.registry.model.place().size;

  test('sends what is there, then each event as it is recorded, with its texts', async () => {
    const live = await stream('register=factories&key=kangqiao');
    const before = await live.take(7);
    expect(before.map(({ id }) => id)).toEqual(['1', '2', '3', '4', '5', '7', '8']);
    expect(before.every(({ event, data }) => event === 'event' && !data.includes('\n'))).toBe(true);
    await recording.record(kangqiao, factory.assessed('2020-02-10'));
    const [then] = await live.take(1);
    await live.close();
    const [event] = await events(`after=${Number(then?.id) - 1}`);
    expect(then?.data).toBe(canonicalJson(JSON.parse(JSON.stringify(event))));
    expect(JSON.parse(then?.data ?? '').data.data.panel).toMatch(/组/);
  });

  test('resumes after the last event that was received, without a gap and without a repeat', async () => {
    const start = size() - 1;
    const seen: number[] = [];
    let last = String(start);
    for (let turn = 0; turn < 5; turn++) {
      const live = await stream('after=0', { 'last-event-id': last });
      const recorded = [1, 2, 3].map((n) =>
        recording.record(named(factory.register, `live-${turn}-${n}`), factory.nominated('2020-01-10')),
      );
      const taken = await live.take(2);
      await live.close();
      await Promise.all(recorded);
      seen.push(...taken.map(({ id }) => Number(id)));
      last = taken.at(-1)?.id ?? '';
    }
    const rest = await stream('', { 'last-event-id': last });
    const left = await rest.take(5);
    await rest.close();
    seen.push(...left.map(({ id }) => Number(id)));
    expect(seen).toEqual(Array.from({ length: 15 }, (_, n) => start + 1 + n));
  });

  test('begins after an entry number if there is nothing to resume', async () => {
    const live = await stream(`after=${size() - 2}`);
    expect((await live.take(1))[0]?.id).toBe(String(size() - 1));
    await live.close();
  });

  test.each([
    ['order=desc', ['order']],
    ['before=3', ['before']],
    ['order=desc&before=3', ['order', 'before']],
  ])('refuses %s, since a stream that goes on has no end', async (query, names) => {
    const { status, json } = await recording.server.get(`/api/v1/events?${query}`, {
      token: auditor,
      headers: { accept: 'text/event-stream' },
    });
    expect(status).toBe(400);
    expect(json.errors.map(({ name }: { name: string }) => name)).toEqual(names);
  });

  test('sends only what the filters let through', async () => {
    const live = await stream(`after=0&q=${encodeURIComponent('核实')}&approvedBy=wang.fang`);
    expect((await live.take(1)).map(({ id }) => id)).toEqual(['3']);
    await live.close();
  });

  test('refuses a Last-Event-ID that none of its messages had', async () => {
    for (const lastSeen of ['abc', '-1', String(size()), '999999999']) {
      const { status, json } = await recording.server.get('/api/v1/events', {
        token: auditor,
        headers: { accept: 'text/event-stream', 'last-event-id': lastSeen },
      });
      expect([lastSeen, status, json?.errors[0].in, json?.errors[0].name]).toEqual([
        ...[lastSeen, 400],
        ...['header', 'last-event-id'],
      ]);
    }
  });

  test.each(['application/cloudevents-batch+json', 'application/x-ndjson', 'text/event-stream'])(
    'as %s refuses to begin after an event that the ledger does not hold',
    async (accept) => {
      for (const after of [size(), 999_999_999]) {
        const reply = await recording.server.get(`/api/v1/events?after=${after}`, {
          token: auditor,
          headers: { accept, 'accept-language': 'en' },
        });
        expect(reply.status, String(after)).toBe(400);
        expect(reply.json.errors).toEqual([
          { in: 'query', name: 'after', message: `Is beyond the ledger’s ${size()} events` },
        ]);
      }
    },
  );

  test('is for auditors', async () => {
    for (const [token, expected] of [
      [undefined, 401],
      [await recording.server.token('clerk'), 403],
    ] as const)
      for (const accept of ['text/event-stream', 'application/x-ndjson'])
        expect((await recording.server.get('/api/v1/events', { token, headers: { accept } })).status).toBe(expected);
  });
});

import { expect } from 'vitest';
import { streamOf } from '../../domain/event.ts';
import { foldEntry } from '../../domain/history.ts';
import { factories } from '../../domain/registers/factories.ts';
import { factory, nominate, nomination, test as officeTest, seen, submitCertificate } from './office.ts';
import type { Reply } from './server.ts';

const isGapless = (revisions: readonly number[]) => revisions.every((revision, index) => revision === index);

type Step = { readonly name: string; readonly body: object };
const day = (number: number) =>
  `2020-${String(2 + Math.floor(number / 28)).padStart(2, '0')}-${String(1 + (number % 28)).padStart(2, '0')}`;
const steps = (turn: number): readonly Step[] => [
  { name: 'assess', body: { effectiveOn: day(turn), panel: '专家组' } },
  { name: 'amend', body: { effectiveOn: day(turn + 7), name: `名称 ${turn}` } },
  { name: 'certify', body: { effectiveOn: day(turn), grade: turn % 2 ? 'benchmark' : 'demonstration' } },
  { name: 'announce', body: { effectiveOn: day(turn + 3) } },
];

const test = officeTest
  .extend(
    'streamEvents',
    ({ server }) =>
      (key: string) =>
        server.registry.store.readStream(streamOf('factories', key)),
  )
  /** The last revision of the stream, and that its history is a valid path without gaps. */
  .extend('checkStream', ({ streamEvents }) => async (key: string): Promise<number> => {
    const events = await streamEvents(key);
    expect(isGapless(events.map(({ revision }) => revision))).toBe(true);
    expect(foldEntry(factories, key, events).path.misfit).toBeUndefined();
    return events.length - 1;
  });

test('64 clerks on one entry: each command is recorded, submitted or refused with a reason, and the history stays valid without gaps', async ({
  server,
  staff,
  checkStream,
}) => {
  const key = 'busy';
  await nominate(server, staff.clerk, key);
  const tokens = await Promise.all(Array.from({ length: 64 }, (_, index) => server.token('clerk', `clerk.${index}`)));
  const replies: Reply[] = [];
  const work = async (token: string, index: number) => {
    let revision = 0;
    for (let turn = 0; turn < 3; turn++) {
      const step = steps(index * 3 + turn)[(index + turn) % 4];
      if (step === undefined) throw new Error('There are four steps');
      const reply = await server.post(`/api/v1/factories/${key}/${step.name}`, step.body, {
        token,
        headers: seen(revision),
      });
      replies.push(reply);
      revision =
        reply.status === 412
          ? reply.json.revision
          : Number(/\d+/.exec(reply.headers.get('etag') ?? `${revision}`)?.[0]);
    }
  };
  await Promise.all(tokens.map(work));
  expect(replies).toHaveLength(192);
  for (const { status, text } of replies) expect([201, 202, 409, 412], text).toContain(status);
  const taken = replies.filter(({ status }) => status === 201 || status === 202);
  expect(taken.length).toBeGreaterThan(0);
  expect(await checkStream(key)).toBe(taken.length);
  const revisions = taken
    .map(({ headers }) => Number(/\d+/.exec(headers.get('etag') ?? '')?.[0]))
    .sort((a, b) => a - b);
  expect(revisions).toEqual(Array.from({ length: taken.length }, (_, index) => index + 1));
});

test('64 clerks record the same new entry at once: one is first, the others are refused', async ({
  server,
  checkStream,
}) => {
  const tokens = await Promise.all(Array.from({ length: 64 }, (_, index) => server.token('clerk', `clerk.${index}`)));
  const replies = await Promise.all(
    tokens.map((token) => server.post('/api/v1/factories/wanted/nominate', nomination, { token })),
  );
  expect(replies.filter(({ status }) => status === 201)).toHaveLength(1);
  expect(replies.filter(({ status }) => status === 428)).toHaveLength(63);
  expect(await checkStream('wanted')).toBe(0);
});

test('approve against return against withdraw, 500 times: exactly one of them wins', async ({
  server,
  staff,
  streamEvents,
}) => {
  const won = { approve: 0, return: 0, withdraw: 0 };
  const people = { approve: staff.reviewer, return: staff.second, withdraw: staff.clerk };
  const race = async (index: number) => {
    const key = `raced-${index}`;
    const id = await submitCertificate(server, staff.clerk, key);
    const names = Object.keys(won) as (keyof typeof won)[];
    const order = [...names.slice(index % 3), ...names.slice(0, index % 3)];
    const replies = await Promise.all(
      order.map(async (name) => {
        const body = name === 'return' ? { reason: '证书编号有误' } : {};
        return { name, reply: await server.post(`/api/v1/submissions/${id}/${name}`, body, { token: people[name] }) };
      }),
    );
    const winners = replies.filter(({ reply }) => reply.status < 300);
    expect(winners).toHaveLength(1);
    for (const { reply } of replies) {
      if (reply.status >= 300) expect(reply.json.type).toBe('/problems/already-decided');
    }
    for (const { name } of winners) won[name] += 1;
    const types = (await streamEvents(key)).map(({ type }) => type);
    const expected = {
      approve: 'FactoryCertifiedAsModel',
      return: 'SubmissionReturned',
      withdraw: 'SubmissionWithdrawn',
    };
    expect(types).toEqual(['CommandSubmitted', ...winners.map(({ name }) => expected[name])]);
  };
  for (let turn = 0; turn < 500; turn += 25) {
    await Promise.all(Array.from({ length: 25 }, (_, index) => race(turn + index)));
  }
  expect(won.approve + won.return + won.withdraw).toBe(500);
  expect(Math.min(won.approve, won.return, won.withdraw)).toBeGreaterThan(0);
});

test('two reviewers approve the same submission at once: one fact, with one of their names', async ({
  server,
  staff,
  streamEvents,
}) => {
  for (let index = 0; index < 50; index++) {
    const key = `twice-${index}`;
    const id = await submitCertificate(server, staff.clerk, key);
    const replies = await Promise.all(
      [staff.reviewer, staff.second].map((token) => server.post(`/api/v1/submissions/${id}/approve`, {}, { token })),
    );
    expect(replies.map(({ status }) => status).sort()).toEqual([201, 409]);
    expect(await streamEvents(key)).toHaveLength(2);
  }
});

test('one reviewer approves the same submission 50 times at once: one fact, and 50 times the same answer', async ({
  server,
  staff,
  streamEvents,
}) => {
  const id = await submitCertificate(server, staff.clerk, 'impatient');
  const replies = await Promise.all(
    Array.from({ length: 50 }, () => server.post(`/api/v1/submissions/${id}/approve`, {}, { token: staff.reviewer })),
  );
  expect(new Set(replies.map(({ status, text }) => `${status} ${text}`)).size).toBe(1);
  expect(replies[0]?.status).toBe(201);
  expect(replies.filter(({ headers }) => headers.get('idempotent-replayed') === null)).toHaveLength(1);
  expect(await streamEvents('impatient')).toHaveLength(2);
});

test('the same idempotency key 1,000 times at once records one event and gets one answer', async ({
  server,
  staff,
  streamEvents,
}) => {
  const send = () =>
    server.post('/api/v1/factories/thousand/nominate', nomination, {
      token: staff.clerk,
      headers: { 'idempotency-key': 'thousand' },
    });
  const replies = await Promise.all(Array.from({ length: 1_000 }, send));
  expect(new Set(replies.map(({ status, text }) => `${status} ${text}`)).size).toBe(1);
  expect(replies[0]?.status).toBe(201);
  expect(replies.filter(({ headers }) => headers.get('idempotent-replayed') === null)).toHaveLength(1);
  expect(await streamEvents('thousand')).toHaveLength(1);
});

test('the same idempotency key with two bodies at once records one of them', async ({
  server,
  staff,
  streamEvents,
}) => {
  const send = (operator: string) =>
    server.post(
      '/api/v1/factories/two-bodies/nominate',
      { ...nomination, operator },
      { token: staff.clerk, headers: { 'idempotency-key': 'two-bodies' } },
    );
  const replies = await Promise.all(Array.from({ length: 100 }, (_, index) => send(`第 ${index % 2} 家`)));
  expect(replies.filter(({ status }) => status === 201)).toHaveLength(50);
  const others = replies.filter(({ status }) => status !== 201);
  expect(new Set(others.map(({ json }) => json.type))).toEqual(new Set(['/problems/idempotency-key-reused']));
  expect(await streamEvents('two-bodies')).toHaveLength(1);
});

test('two keys of one factory that differ only in case are one entry, even at the same moment', async ({
  server,
  staff,
  streamEvents,
}) => {
  const keys = Array.from({ length: 32 }, (_, index) => (index % 2 ? 'SameKey' : 'samekey'));
  const replies = await Promise.all(
    keys.map((key) =>
      server.post(
        `/api/v1/factories/${key}/nominate`,
        { ...factory, effectiveOn: '2020-01-10' },
        { token: staff.clerk },
      ),
    ),
  );
  expect(replies.filter(({ status }) => status === 201)).toHaveLength(1);
  expect(await streamEvents('samekey')).toHaveLength(1);
});

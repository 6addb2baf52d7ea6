import fc from 'fast-check';
import { expect } from 'vitest';
import { test as officeTest, today } from './office.ts';
import type { Reply } from './server.ts';

/** The seeded plan still runs; the other one has ended, so what happens later does not concern it. */
const lastDays = ['2021-12-31', '2021-03-31'];
const quotas = {
  effectiveOn: '2021-01-01',
  title: { zh: '分行业分区的目标', en: 'Targets by sector and district' },
  from: '2021-01-01',
  to: '2021-03-31',
  sectors: ['automobiles', 'biomedicine'],
  core: 'lingang',
  belt: ['pudong'],
  targets: [
    { id: 'cars', measure: 'factories.certified', goal: { min: 5 }, sector: 'automobiles' },
    { id: 'pudong', measure: 'factories.certified', goal: { min: 5 }, district: 'pudong' },
    { id: 'best', measure: 'factories.benchmark', goal: null },
    { id: 'large', measure: 'suppliers.designated-10bn', goal: { min: 1 } },
  ].map((target) => ({ ...target, title: { zh: target.id, en: target.id } })),
};

type Step = {
  readonly register: string;
  readonly key: string;
  readonly command: string;
  readonly body: Record<string, unknown>;
};

const day = fc
  .integer({ min: 1, max: 28 })
  .map((date) => `2021-0${1 + (date % 6)}-${String(1 + (date % 14)).padStart(2, '0')}`);
const sector = fc.constantFrom('automobiles', 'biomedicine');
const district = fc.constantFrom('pudong', 'minhang');
const grade = fc.constantFrom('demonstration', 'benchmark');
const tier = fc.constantFrom('1bn', '10bn');
const step = (
  register: string,
  keys: readonly string[],
  commands: Record<string, Record<string, fc.Arbitrary<unknown>>>,
) =>
  fc.oneof(
    ...Object.entries(commands).map(([command, fields]) =>
      fc.record({
        register: fc.constant(register),
        key: fc.constantFrom(...keys),
        command: fc.constant(command),
        body: fc.record(fields),
      }),
    ),
  );
const reason = fc.constant('核查');
const described = { name: fc.constant('工厂'), sector, district };
/** Which of the entry's facts, counted from the first, is corrected or annulled. */
const which = fc.nat({ max: 3 });

const certify = { effectiveOn: day, ...described, grade };
const designate = { effectiveOn: day, name: fc.constant('供应商'), tier, revenueCny: fc.constant(1) };

/** What makes an entry count, and count as more, comes more often than the rest. */
const steps: fc.Arbitrary<Step> = fc.oneof(
  step('factories', ['one'], { certify }),
  step('suppliers', ['three'], { designate }),
  step('factories', ['one', 'two'], {
    nominate: { effectiveOn: day, ...described },
    certify,
    suspend: { effectiveOn: day, reason },
    reinstate: { effectiveOn: day },
    revoke: { effectiveOn: day, reason },
    amend: { effectiveOn: day, district },
    correct: { event: which, effectiveOn: day, reason },
    annul: { event: which, reason },
  }),
  step('suppliers', ['three'], {
    designate,
    revoke: { effectiveOn: day, reason },
    correct: { event: which, data: fc.record({ tier }), reason },
  }),
);

/** Positions already asked for, so that a read shows all that was recorded before. */
let position = '0';
const noted = (reply: Reply): Reply => {
  position = reply.headers.get('registry-position') ?? position;
  return reply;
};

type Count = { readonly target: string; readonly plan: string; readonly on: string; readonly count: number };

const moved = (before: readonly Count[], after: readonly Count[]) =>
  before.flatMap(({ count, ...which }, index) => {
    const now = after[index]?.count ?? 0;
    return now === count ? [] : [{ ...which, before: count, after: now }];
  });
const inOrder = (impact: readonly object[]) =>
  impact.map((each) => JSON.stringify(each, ['target', 'plan', 'on', 'before', 'after'])).sort();

let run = 0;

const test = officeTest
  .extend(
    'read',
    ({ server }) =>
      async (path: string) =>
        (await server.get(path, { headers: { 'registry-position': position } })).json,
  )
  .extend(
    'historyOf',
    ({ server, staff }) =>
      async (path: string): Promise<readonly { id: string; type: string; annulledBy?: string }[]> => {
        const { json, status } = await server.get(`${path}/history`, {
          token: staff.auditor,
          headers: { 'registry-position': position },
        });
        return status === 200 ? json.events : [];
      },
  )
  /** The body as it is sent: a correction or annulment names one of the facts that the entry has. */
  .extend(
    'bodyOf',
    ({ historyOf }) =>
      async (path: string, { command, body: { event, ...rest } }: Step): Promise<object | undefined> => {
        if (event === undefined) return rest;
        const facts = (await historyOf(path)).filter(({ type }) => !type.startsWith('Event'));
        const fact = facts[Number(event) % Math.max(1, facts.length)];
        if (fact === undefined) return undefined;
        return command === 'annul' ? { ...rest, events: [fact.id] } : { ...rest, event: fact.id };
      },
  )
  .extend(
    'send',
    ({ server, staff, bodyOf }) =>
      async (given: Step, prefix: string, token: string, query = ''): Promise<Reply | undefined> => {
        const path = `/api/v1/${given.register}/${prefix}-${given.key}`;
        const body = await bodyOf(path, given);
        if (body === undefined) return undefined;
        const entry = await server.get(path, { token: staff.auditor, headers: { 'registry-position': position } });
        const etag = entry.headers.get('etag');
        return server.post(`${path}/${given.command}${query}`, body, {
          token,
          headers: etag === null ? {} : { 'if-match': etag },
        });
      },
  )
  /** What GET /targets says today and on each plan's last day, one count after the other. */
  .extend('counts', ({ read }) => async (): Promise<readonly Count[]> => {
    const all: Count[] = [];
    for (const on of [today, ...lastDays]) {
      for (const { id, plan, count } of (await read(`/api/v1/targets?on=${on}`)).targets) {
        const isLastDay = on === (plan === 'quotas' ? '2021-03-31' : '2021-12-31');
        if (on === today || isLastDay) all.push({ target: id, plan, on, count });
      }
    }
    return all;
  });

test.beforeAll(async ({ server, staff }) => {
  const { json } = await server.post('/api/v1/plans/quotas/adopt', quotas, { token: staff.admin });
  await server.post(`/api/v1/submissions/${json.submission.id}/approve`, {}, { token: staff.reviewer });
});

test('the impact announced for a command is how the targets change once it is approved', async ({
  server,
  staff,
  send,
  counts,
}) => {
  let approvals = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(steps, { minLength: 6, maxLength: 10 }), async (given) => {
      const prefix = `impact-${run++}`;
      for (const each of given) {
        const before = await counts();
        const tried = await send(each, prefix, staff.clerk, '?dryRun=true');
        const done = await send(each, prefix, staff.clerk);
        if (tried === undefined || done === undefined) continue;
        if (done.status >= 400) {
          expect([tried.status, tried.json.type]).toEqual([done.status, done.json.type]);
          continue;
        }
        noted(done);
        expect(tried.json.would).toBe(done.status === 202 ? 'submit' : 'record');
        expect(inOrder(moved(before, await counts()))).toEqual([]);
        if (done.status === 201) {
          expect(tried.json.impact).toEqual([]);
          continue;
        }
        const { id, impact } = done.json.submission;
        expect(inOrder(impact)).toEqual(inOrder(tried.json.impact));
        const approved = noted(await server.post(`/api/v1/submissions/${id}/approve`, {}, { token: staff.reviewer }));
        expect(approved.status).toBe(201);
        expect(inOrder(moved(before, await counts()))).toEqual(inOrder(impact));
        approvals += 1;
      }
    }),
    { numRuns: 12, seed: 20210615, endOnFailure: true },
  );
  expect(approvals).toBeGreaterThan(20);
});

test('no sequence of commands by one person moves any number, whatever their roles', async ({
  server,
  staff,
  read,
  send,
}) => {
  const alone = await server.token(['clerk', 'reviewer', 'admin'], 'alone');
  let taken = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.array(steps, { minLength: 2, maxLength: 4 }),
      fc.array(fc.tuple(steps, fc.constantFrom('approve', 'return', 'withdraw', 'nothing')), {
        minLength: 6,
        maxLength: 10,
      }),
      async (known, given) => {
        const prefix = `alone-${run++}`;
        for (const each of known) {
          const reply = await send(each, prefix, staff.clerk);
          if (reply?.status === 201) noted(reply);
          if (reply?.status === 202) {
            noted(
              await server.post(
                `/api/v1/submissions/${reply.json.submission.id}/approve`,
                {},
                { token: staff.reviewer },
              ),
            );
          }
        }
        const measures = async () =>
          [
            await read('/api/v1/measures'),
            await read('/api/v1/measures?on=2021-03-15'),
            await read('/api/v1/breakdown?by=sector,district'),
          ].map(({ measures: counted, targets }) => counted ?? targets);
        const before = await measures();
        for (const [each, decision] of given) {
          const reply = await send(each, prefix, alone);
          if (reply === undefined || reply.status >= 400) continue;
          noted(reply);
          taken += 1;
          if (reply.status === 202 && decision !== 'nothing') {
            const body = decision === 'return' ? { reason: '核查' } : {};
            noted(
              await server.post(`/api/v1/submissions/${reply.json.submission.id}/${decision}`, body, { token: alone }),
            );
          }
        }
        expect(await measures()).toEqual(before);
      },
    ),
    { numRuns: 15, seed: 20210615, endOnFailure: true },
  );
  expect(taken).toBeGreaterThan(30);
});

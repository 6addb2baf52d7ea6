import { get as openStream } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import type { Chance } from '../log/chance.ts';
import type { Registry } from './registry.ts';
import type { Tally } from './tally.ts';

/** The work of an office: each person does one thing after another until the signal aborts. */

export type Office = {
  readonly registry: Registry;
  readonly tally: Tally;
  readonly chance: Chance;
  readonly stop: AbortSignal;
};

type Answer = {
  readonly status: number;
  readonly headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: the tests check answers against the OpenAPI document
  readonly json: any;
};

type Sent = {
  readonly token?: string;
  readonly body?: object | FormData;
  readonly headers?: Readonly<Record<string, string>>;
};

type Entry = { readonly register: string; readonly key: string; readonly position?: string };

const descriptive: Readonly<
  Record<string, { readonly first: string; readonly counts: string; readonly data: object; readonly more: object }>
> = {
  factories: {
    first: 'nominate',
    counts: 'certify',
    data: { name: '数字化工厂', sector: 'automobiles', district: 'minhang' },
    more: { grade: 'demonstration' },
  },
  criteria: {
    first: 'propose',
    counts: 'publish',
    data: { title: '智能制造 参考模型', level: 'national' },
    more: { number: 'GB/T 40647-2021' },
  },
  solutions: {
    first: 'sign',
    counts: 'deliver',
    data: { supplier: '上海电气自动化集团', client: '客户', destination: '江苏' },
    more: {},
  },
};
const registers = Object.keys(descriptive);
const years = ['2019-08-15', '2020-02-01', '2020-12-31', '2021-06-30'];

/** The number of entries that the office still works on; older ones are not touched. */
const atHand = 500;

export const openOffice = async (office: Office) => {
  const { registry, tally, chance, stop } = office;
  const clerk = await registry.token('li.wei', 'clerk');
  const reviewer = await registry.token('wang.fang', 'reviewer');
  const auditor = await registry.token('zhao.lei', 'auditor');
  const begun: Entry[] = [];
  const submitted: string[] = [];
  let named = 0;

  const keep = <T>(list: T[], one: T) => {
    list.push(one);
    if (list.length > atHand) list.shift();
  };

  /** Sends a request and notes how long it took, or that its answer was not the expected one. */
  const ask = async (
    kind: string,
    expected: number,
    method: string,
    path: string,
    sent: Sent = {},
  ): Promise<Answer | undefined> => {
    const { token, body, headers } = sent;
    const began = performance.now();
    try {
      const response = await fetch(`${registry.url}${path}`, {
        method,
        headers: {
          ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
          ...(body === undefined || body instanceof FormData ? {} : { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(body === undefined ? {} : { body: body instanceof FormData ? body : JSON.stringify(body) }),
      });
      const text = await response.text();
      if (response.status !== expected) {
        tally.wrong(kind, `${response.status} instead of ${expected}`);
        return undefined;
      }
      tally.took(kind, performance.now() - began);
      const isJson = /[/+]json\b/.test(response.headers.get('content-type') ?? '');
      return { status: response.status, headers: response.headers, json: isJson ? JSON.parse(text) : undefined };
    } catch (error) {
      tally.wrong(kind, messageOf(error));
      return undefined;
    }
  };

  const command = (
    kind: string,
    expected: number,
    { register, key }: Entry,
    name: string,
    body: object,
    sent: Sent = {},
  ) => ask(kind, expected, 'POST', `/api/v1/${register}/${key}/${name}`, { token: clerk, body, ...sent });

  const bodyOf = (register: string, more: object = {}) => ({
    effectiveOn: '2020-01-10',
    ...descriptive[register]?.data,
    ...more,
  });

  const beginEntry = async () => {
    const register = chance.oneOf(registers);
    const entry = { register, key: `soak-${named++}` };
    const { first = '' } = descriptive[register] ?? {};
    const answer = await command('command recorded', 201, entry, first, bodyOf(register));
    if (answer) keep(begun, { ...entry, position: answer.json.position });
  };

  const submitEntry = async () => {
    const entry = begun.shift();
    if (entry === undefined) return beginEntry();
    const { counts = '', more } = descriptive[entry.register] ?? {};
    const body = { effectiveOn: '2020-12-22', ...more };
    const answer = await command('command submitted', 202, entry, counts, body, { headers: { 'if-match': '"0"' } });
    if (answer) submitted.push(answer.json.submission.id);
  };

  const decide = async () => {
    const id = submitted.shift();
    if (id === undefined) return pause(50);
    const path = `/api/v1/submissions/${encodeURIComponent(id)}`;
    if (chance.below(5) > 0) return ask('submission approved', 201, 'POST', `${path}/approve`, { token: reviewer });
    return ask('submission returned', 200, 'POST', `${path}/return`, { token: reviewer, body: { reason: '材料不全' } });
  };

  const beRefused = async () => {
    const entry = begun.at(-1);
    if (entry === undefined) return beginEntry();
    const { register, key } = entry;
    const { first = '' } = descriptive[register] ?? {};
    const seen = { headers: { 'if-match': '"0"' } };
    const body = bodyOf(register);
    return chance.oneOf([
      () => command('refused: 400', 400, entry, first, { ...body, effectiveOn: '2020-13-01' }, seen),
      () => ask('refused: 401', 401, 'POST', `/api/v1/${register}/${key}/${first}`, { body }),
      () => command('refused: 403', 403, entry, first, body, { ...seen, token: auditor }),
      () => command('refused: 404', 404, entry, 'no-such-command', body, seen),
      () => command('refused: 409', 409, entry, first, body, seen),
      () => command('refused: 412', 412, entry, first, body, { headers: { 'if-match': '"7"' } }),
      () => command('refused: 428', 428, entry, first, body),
    ])();
  };

  const read = async () => {
    const on = chance.oneOf(years);
    const register = chance.oneOf(registers);
    const size = 1 + chance.below(60_000);
    const entry: Entry = begun.at(-1) ?? { register: 'factories', key: 'earlier-1' };
    const known = entry.position === undefined ? {} : { 'registry-position': entry.position };
    const reading = (kind: string, path: string, sent: Sent = {}) => ask(kind, 200, 'GET', path, sent);
    return chance.oneOf([
      () => reading('read: targets', `/api/v1/targets?on=${on}&knownAt=${size}`),
      () => reading('read: targets', '/api/v1/targets'),
      () => reading('read: entries of a target', `/api/v1/targets/model-factories/entries?on=${on}`),
      () => reading('read: series', '/api/v1/targets/criteria/series?step=month'),
      () => reading('read: breakdown', `/api/v1/breakdown?by=district&on=${on}&knownAt=${size}`),
      () => reading('read: list', `/api/v1/${register}?limit=50&on=${on}`),
      () => reading('read: search', `/api/v1/factories?q=${encodeURIComponent('工厂')}&limit=20`),
      () => reading('read: entry', `/api/v1/${entry.register}/${entry.key}`, { token: clerk, headers: known }),
      () =>
        reading('read: history', `/api/v1/${entry.register}/${entry.key}/history`, { token: auditor, headers: known }),
      () => reading('read: feed', `/api/v1/events?after=${size}&limit=100`, { token: auditor }),
      () => reading('read: submissions', '/api/v1/submissions?status=pending&limit=20', { token: reviewer }),
    ])();
  };

  const readFiles = async () => {
    await ask('read: export', 200, 'GET', `/api/v1/exports/${chance.oneOf(registers)}.csv`);
    const headers = { accept: 'application/x-ndjson' };
    await ask('read: feed as lines', 200, 'GET', '/api/v1/events?after=50000', { token: auditor, headers });
    await pause(5_000, undefined, { signal: stop });
  };

  /** The milliseconds until a command just recorded can be read. */
  const readOwnWrite = async (): Promise<number | undefined> => {
    const entry = { register: 'solutions', key: `probe-${named++}` };
    const recorded = await command('command recorded', 201, entry, 'sign', bodyOf('solutions'));
    const position = recorded?.headers.get('registry-position');
    if (!position) return undefined;
    const began = performance.now();
    const headers = { 'registry-position': position };
    const found = await ask('read: own write', 200, 'GET', `/api/v1/solutions/${entry.key}`, { headers });
    return found && performance.now() - began;
  };

  const importRows = async () => {
    const counted = chance.below(2) === 0;
    const name = `soak ${named++}`;
    const rows = Array.from({ length: 40 }, (_, index) => `${name} 之 ${index},automobiles,minhang,2020-12-22`);
    const form = new FormData();
    form.set('file', new File([['名称,行业,区,日期', ...rows].join('\n')], 'soak.csv', { type: 'text/csv' }));
    if (counted) form.set('set.grade', 'demonstration');
    const path = `/api/v1/imports/factories?command=${counted ? 'certify' : 'nominate'}`;
    const started = await ask('import begun', 202, 'POST', path, { token: clerk, body: form });
    if (!started) return;
    const began = performance.now();
    const { id } = started.json.import;
    const finished = await settled(id);
    if (finished === undefined) return;
    const done = counted ? finished.submitted : finished.recorded;
    if (done !== rows.length) tally.wrong('import', `${done} of ${rows.length} rows imported`);
    else tally.took('import of 40 rows', performance.now() - began);
    if (counted && (await ask('import approved', 202, 'POST', `/api/v1/imports/${id}/approve`, { token: reviewer })))
      await settled(id);
    await pause(3_000, undefined, { signal: stop });
  };

  const settled = async (id: string) => {
    for (;;) {
      await pause(100);
      const answer = await ask('import read', 200, 'GET', `/api/v1/imports/${id}`, { token: clerk });
      if (answer === undefined) return undefined;
      const { state, decisions } = answer.json.import;
      const isBusy = state === 'running' || decisions.some((each: { state: string }) => each.state === 'running');
      if (!isBusy) return answer.json.import;
    }
  };

  /** Listens to a stream for a while and leaves; it is an error if the server ends it first. */
  const listen = async (kind: string, path: string, token?: string): Promise<void> => {
    const began = performance.now();
    const stayMs = 200 + chance.below(15_000);
    await new Promise<void>((resolve) => {
      const headers = {
        accept: 'text/event-stream',
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      };
      const request = openStream(`${registry.url}${path}`, { headers, agent: false }, (response) => {
        if (response.statusCode !== 200) tally.wrong(kind, String(response.statusCode));
        response.once('data', () => tally.took(`${kind}: first bytes`, performance.now() - began));
        response.resume();
        response.once('end', () => leave('ended by the server'));
        response.once('error', (error) => leave(error.message));
      });
      let hasLeft = false;
      const leave = (fault?: string) => {
        if (hasLeft) return;
        hasLeft = true;
        clearTimeout(timer);
        stop.removeEventListener('abort', goHome);
        if (fault !== undefined) tally.wrong(kind, fault);
        request.destroy();
        resolve();
      };
      const goHome = () => leave();
      const timer = setTimeout(goHome, stayMs);
      stop.addEventListener('abort', goHome, { once: true });
      request.once('error', (error) => leave(error.message));
    });
  };

  const forever = async (work: () => Promise<unknown>, restMs: number): Promise<void> => {
    while (!stop.aborted) {
      try {
        await work();
        await pause(chance.below(2 * restMs), undefined, { signal: stop });
      } catch (error) {
        if (!stop.aborted) throw error;
      }
    }
  };

  return {
    readOwnWrite,
    /** Everybody works until the signal aborts. */
    work: () =>
      Promise.all([
        forever(beginEntry, 40),
        forever(beginEntry, 40),
        forever(submitEntry, 80),
        forever(beRefused, 80),
        forever(decide, 60),
        forever(read, 30),
        forever(read, 30),
        forever(readFiles, 100),
        forever(importRows, 100),
        ...Array.from({ length: 12 }, () => forever(() => listen('stream: live', '/api/v1/live'), 300)),
        ...Array.from({ length: 3 }, () =>
          forever(() => listen('stream: feed', '/api/v1/events?after=63000', auditor), 300),
        ),
      ]),
  };
};

const messageOf = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? error.cause.message : error.message;
};

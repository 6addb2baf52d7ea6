import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { JsonObject } from '../../domain/json.ts';
import type { FactKind, Register } from '../../domain/register.ts';
import { registers } from '../../domain/registers/index.ts';
import { fieldExample } from '../../src/commands/examples.ts';
import { randomFrom } from '../random.ts';
import { openOffice, people } from './office.ts';
import type { TestServer } from './server.ts';

/** Work of a day at random in every register, each free text of it marked, and then what the ledger says of them. */

let server: TestServer;
let staff: Awaited<ReturnType<typeof people>>;
const random = randomFrom(20190624);
const pick = <T>(list: readonly T[]): T | undefined => list[random(list.length)];

/** The marks of what was recorded, by the kind of their text, and of what was refused or is kept nowhere. */
const recorded = new Map<string, string[]>();
const unrecorded: string[] = [];
let marks = 0;
const mark = (kind: string): string => {
  marks += 1;
  return `ZQ${kind}${marks}QZ`;
};
const marksIn = (value: unknown): readonly string[] => JSON.stringify(value).match(/ZQ[a-z]+\d+QZ/g) ?? [];
const note = (body: unknown, isRecorded: boolean): void => {
  for (const each of marksIn(body)) {
    if (!isRecorded) unrecorded.push(each);
    else recorded.set(each.replace(/[ZQ\d]/g, ''), [...(recorded.get(each.replace(/[ZQ\d]/g, '')) ?? []), each]);
  }
};

const free = (kind: string, chance = 2): object => (random(chance) === 0 ? { [kind]: mark(kind) } : {});
const evidence = (): object =>
  random(2) === 0
    ? { evidence: [{ title: mark('title'), uri: `https://example.org/${mark('uri')}` }, { title: mark('title') }] }
    : {};

const fieldsOf = (kind: FactKind): JsonObject =>
  Object.fromEntries(
    Object.entries(kind.takes)
      .filter(([, { optional }]) => !optional || random(2) === 0)
      .map(([name, field]) => [
        name,
        field.isFree ? mark(name) : field.kind === 'references' ? [] : fieldExample(name, field),
      ]),
  );

type Fact = { readonly id: string; readonly type: string };

const bodyFor = (register: Register, command: string, day: string, facts: readonly Fact[]): JsonObject => {
  const common = { ...free('note'), ...evidence() } as JsonObject;
  const fact = pick(facts);
  const kind = register.factOf.get(command);
  if (kind !== undefined) return { effectiveOn: day, ...fieldsOf(kind), ...common };
  if (command === 'annul') return { events: [fact?.id ?? ''], reason: mark('reason'), ...common };
  const taken = register.facts.find(({ event }) => event === fact?.type)?.takes ?? {};
  const data = Object.fromEntries(
    Object.keys(taken).flatMap((name) => (taken[name]?.isFree ? [[name, mark(name)]] : [])),
  );
  return { event: fact?.id ?? '', effectiveOn: day, data, reason: mark('reason'), ...common };
};

/** Gives commands at random, and decides what waits for a second person, or leaves it. */
const workOn = async (register: Register, key: string, turns: number): Promise<void> => {
  const path = `/api/v1/${register.name}/${key}`;
  const clerk = register.role === 'admin' ? staff.admin : staff.clerk;
  for (let turn = 0; turn < turns; turn++) {
    const entry = await server.get(path, { token: clerk });
    const history = await server.get(`${path}/history`, { token: clerk });
    const facts: readonly Fact[] = (history.json.events ?? []).filter(({ effectiveOn }: JsonObject) => effectiveOn);
    const allowed: readonly string[] = entry.json.allowed ?? register.facts.map(({ command }) => command);
    const command = random(4) > 0 ? pick(allowed) : pick(['amend', 'correct', 'annul']);
    const body = bodyFor(
      register,
      command ?? '',
      `2020-${String(1 + Math.floor(turn / 2)).padStart(2, '0')}-15`,
      facts,
    );
    const etag = entry.headers.get('etag');
    const headers: Record<string, string> = etag === null ? {} : { 'if-match': etag };
    const given = await server.post(`${path}/${command}`, body, { token: clerk, headers });
    note(body, given.status < 300);
    if (given.status !== 202 || random(5) === 0) continue;
    const submission = `/api/v1/submissions/${given.json.submission.id}`;
    if (random(3) > 0) await server.post(`${submission}/approve`, {}, { token: staff.reviewer });
    else if (random(3) === 0) await server.post(`${submission}/withdraw`, {}, { token: clerk });
    else {
      const returned = { reason: mark('return') };
      note(returned, (await server.post(`${submission}/return`, returned, { token: staff.reviewer })).status === 200);
    }
  }
};

const settled = async (id: string): Promise<JsonObject> => {
  for (;;) {
    const { json } = await server.get(`/api/v1/imports/${id}`, { token: staff.clerk });
    const isOver = json.import.state !== 'running' && json.import.state !== 'waiting';
    if (isOver && json.import.decisions.every(({ state }: JsonObject) => state === 'finished')) return json.import;
    await pause(20);
  }
};

/** Imports a list with a mark in all that is not a row, decides it and undoes it. */
const importList = async (): Promise<string> => {
  const [file, header, reason, undone] = ['file', 'header', 'return', 'undo'].map(mark);
  const skipped = mark('skipped');
  const values = { reason: mark('value'), note: mark('value') };
  const csv = `编号,名称,所属行业,所属区,推荐日期,${header}\nimported-1,甲厂,汽车,浦东新区,2020-03-01,x\n合计,${skipped},,,,\n`;
  const form = new FormData();
  form.append('set.note', values.note);
  form.append('file', new Blob([csv]), `${file}.csv`);
  const { json, status, text } = await server.call('POST', '/api/v1/imports/factories', {
    token: staff.clerk,
    raw: form,
  });
  if (status !== 202) throw new Error(text);
  const { id } = json.import;
  const done = await settled(id);
  expect(done).toMatchObject({ recorded: 1, refused: 0, skipped: 1, asides: [{ line: 3 }], ignored: [header] });
  note([`${file}`, header, values.note], true);
  unrecorded.push(skipped, values.reason);
  expect(marksIn(done.asides)).toEqual([skipped]);
  for (const [decision, why] of [
    ['return', reason],
    ['undo', undone],
  ] as const) {
    const answer = await server.post(`/api/v1/imports/${id}/${decision}`, { reason: why }, { token: staff.reviewer });
    note(why, answer.status === 202);
    await settled(id);
  }
  return id;
};

let imported: string;
beforeAll(async () => {
  server = await openOffice({ environment: { REGISTRY_ORIGIN: 'registry.example.org/ledger' } });
  staff = await people(server);
  const enterprises = registers.find(({ name }) => name === 'enterprises');
  const others = registers.filter((each) => each !== enterprises);
  for (const register of [enterprises, ...others, ...others]) {
    if (register === undefined) continue;
    const { kind, example } = register.key;
    await workOn(register, kind === 'slug' ? `entry-${marks}` : example, 14);
  }
  imported = await importList();
}, 240_000);
afterAll(() => server.close());

const feed = async (accept: string): Promise<string> => {
  const { text, status } = await server.get('/api/v1/events?limit=500', { token: staff.auditor, headers: { accept } });
  expect(status).toBe(200);
  return text;
};

type Row = Readonly<Record<'stream' | 'id' | 'type' | 'data' | 'metadata', string>> &
  Readonly<Record<'entry_number' | 'revision' | 'recorded_at', number>>;
const rowsOfLedger = (): readonly Row[] => {
  const db = new DatabaseSync(join(server.folder, 'events.db'), { readOnly: true });
  try {
    return db.prepare('SELECT * FROM events ORDER BY entry_number').all() as unknown as readonly Row[];
  } finally {
    db.close();
  }
};

/** Canonical JSON by another hand than the product's: members in the order of UTF-16 units. */
const canonical = (value: unknown): string =>
  JSON.stringify(value, (_, member: unknown) =>
    typeof member === 'object' && member !== null && !Array.isArray(member)
      ? Object.fromEntries(Object.entries(member).sort(([a], [b]) => (a < b ? -1 : 1)))
      : member,
  );

describe('after work at random in every register', () => {
  test('there were free texts of every kind, and in every register that declares one', () => {
    const kinds = ['note', 'title', 'uri', 'reason', 'return', 'panel', 'file', 'header', 'value', 'undo'];
    for (const kind of kinds) expect(recorded.get(kind) ?? [], kind).not.toEqual([]);
    expect([...recorded.values()].flat().length).toBeGreaterThan(100);
    expect(unrecorded.length).toBeGreaterThan(10);
    const types = new Set(rowsOfLedger().map(({ type }) => type));
    for (const type of ['CommandSubmitted', 'SubmissionReturned', 'EventCorrected', 'EventsAnnulled', 'ImportStarted'])
      expect([...types]).toContain(type);
  });

  test('no line of the NDJSON feed has a free text or a salt, and the batch has every text that was recorded', async () => {
    const lines = await feed('application/x-ndjson');
    expect(marksIn(lines)).toEqual([]);
    const salts = rowsOfLedger().flatMap(({ metadata }) =>
      Object.values<[string, unknown]>(JSON.parse(metadata).texts ?? {}).map(([salt]) => salt),
    );
    expect(salts.length).toBeGreaterThan(150);
    expect(new Set(salts).size).toBe(salts.length);
    for (const salt of salts) {
      expect(salt).toMatch(/^[\w-]{21}[AQgw]$/);
      expect(lines.includes(salt)).toBe(false);
    }
    const batch = await feed('application/cloudevents-batch+json');
    const inBatch = new Set(marksIn(batch));
    expect([...recorded.values()].flat().filter((each) => !inBatch.has(each))).toEqual([]);
    for (const each of unrecorded) expect(inBatch.has(each)).toBe(false);
  });

  test('the store has each text in one member of its event’s metadata and nowhere else, beside a digest that it gives', () => {
    let digests = 0;
    for (const { type, data, metadata } of rowsOfLedger()) {
      const { texts = {}, ...rest } = JSON.parse(metadata);
      expect(marksIn([data, rest]), type).toEqual([]);
      const found = data.match(/\{"sha256":"[0-9a-f]{64}"\}/g) ?? [];
      const given = Object.values(texts).map((pair) => createHash('sha256').update(canonical(pair)).digest('hex'));
      expect(found.map((each) => JSON.parse(each).sha256).sort(), type).toEqual(given.sort());
      digests += found.length;
    }
    expect(digests).toBeGreaterThan(150);
    const all = JSON.stringify(rowsOfLedger());
    for (const each of unrecorded) expect(all.includes(each), each).toBe(false);
  });

  test('each line of the feed is what its row in the store says, and nothing else', async () => {
    const lines = (await feed('application/x-ndjson')).trimEnd().split('\n');
    const made = rowsOfLedger().map((row) => {
      const data = JSON.parse(row.data);
      const { source, texts: _, ...metadata } = JSON.parse(row.metadata);
      return canonical({
        ...{ specversion: '1.0', id: row.id, type: row.type, source, subject: `${data.register}/${data.key}` },
        ...{ time: new Date(row.recorded_at).toISOString(), datacontenttype: 'application/json' },
        ...{ entrynumber: row.entry_number, data: { ...data, revision: row.revision, metadata } },
      });
    });
    expect(lines).toEqual(made);
    expect(new Set(lines.map((line) => JSON.parse(line).source))).toEqual(new Set(['registry.example.org/ledger']));
  });

  test('histories and submissions have the texts for clerks, and none of them for the public', async () => {
    const seen = new Set<string>();
    const entries = new Set(rowsOfLedger().map(({ data }) => `${JSON.parse(data).register}/${JSON.parse(data).key}`));
    for (const path of [...entries].filter((each) => !each.startsWith('imports/'))) {
      const token = path.startsWith('plans/') ? staff.admin : staff.clerk;
      const { json } = await server.get(`/api/v1/${path}/history`, { token });
      for (const each of marksIn(json)) seen.add(each);
      for (const shown of [`/api/v1/${path}`, `/api/v1/${path}/history`])
        expect(marksIn((await server.get(shown)).text), shown).toEqual([]);
    }
    for (const status of ['pending', 'approved', 'returned', 'withdrawn']) {
      const { json } = await server.get(`/api/v1/submissions?limit=500&status=${status}`, { token: staff.reviewer });
      for (const each of marksIn(json)) seen.add(each);
    }
    const { json } = await server.get(`/api/v1/imports/${imported}`, { token: staff.clerk });
    for (const each of marksIn(json)) seen.add(each);
    const unseen = [...recorded].flatMap(([, each]) => each).filter((each) => !seen.has(each));
    // The values for a whole file are not shown; they stand in its rows.
    expect(unseen).toEqual([]);
  });
});

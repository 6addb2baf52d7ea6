import { expect, test } from 'vitest';
import { currentSchema } from '../../domain/event.ts';
import { blank, evolve } from '../../domain/history.ts';
import { factories } from '../../domain/registers/factories.ts';
import { newFolder } from '../cli/command-line.ts';
import { randomFrom } from '../random.ts';
import { expectAllEqual, startCluster } from './cluster.ts';

/** `REGISTRY_TEST_CROWD_SECONDS=60` makes it a minute. */
const seconds = Number(process.env.REGISTRY_TEST_CROWD_SECONDS ?? 10);
const seed = Number(process.env.REGISTRY_TEST_SEED ?? 20_190_624);
const clients = 64;
const entries = 20;

type Random = (below: number) => number;
/** An entry as the read model of some node showed it to a client. */
type View = {
  readonly revision: number;
  readonly allowed: readonly string[];
  readonly pending: readonly string[];
  readonly facts: readonly string[];
};

test(`${clients} clients on the same ${entries} entries through two nodes for ${seconds} s: every history is a valid path at every revision, every refusal is 412 or 409, and both read models become equal (seed ${seed})`, {
  timeout: (seconds + 120) * 1_000,
}, async () => {
  const cluster = await startCluster();
  const folders = [newFolder(), newFolder()];
  const nodes = await Promise.all(folders.map(async (folder) => ({ folder, url: (await cluster.node(folder)).url })));
  const urlOf = (random: Random) => nodes[random(nodes.length)]?.url ?? '';
  const answers: Record<string, number> = {};
  const recorded = new Map<string, string>();
  const factsOf = new Map<string, string[]>();
  let recordings = 0;

  const call = async (url: string, token: string, body?: object, headers: Readonly<Record<string, string>> = {}) => {
    const response = await fetch(url, {
      method: body === undefined ? 'GET' : 'POST',
      headers: {
        authorization: `Bearer ${token}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    // biome-ignore lint/suspicious/noExplicitAny: the answers' shapes are checked by the tests of the OpenAPI document
    return { status: response.status, headers: response.headers, json: (await response.json()) as any };
  };

  const chief = await cluster.token('clerk', 'chief');
  const keys = Array.from({ length: entries }, (_, index) => `f${index}`);
  for (const key of keys)
    expect(
      (
        await call(`${urlOf(() => 0)}/api/v1/factories/${key}/nominate`, chief, {
          effectiveOn: '2020-01-01',
          ...described(() => 0),
        })
      ).status,
    ).toBe(201);

  const readEntry = async (url: string, token: string, key: string): Promise<View | undefined> => {
    const { status, headers, json } = await call(`${url}/api/v1/factories/${key}`, token);
    if (status === 404) return undefined; // this node does not have it yet
    expect(status).toBe(200);
    return {
      revision: Number(headers.get('etag')?.slice(1, -1)),
      allowed: json.allowed,
      pending: json.pending,
      facts: factsOf.get(key) ?? [],
    };
  };

  const until = performance.now() + seconds * 1_000;
  const work = async (index: number) => {
    const random = randomFrom(seed + index);
    const isReviewer = index % 4 === 0;
    const token = await cluster.token(isReviewer ? 'reviewer' : 'clerk', `client.${index}`);
    while (performance.now() < until) {
      const key = keys[random(keys.length)] ?? '';
      const view = await readEntry(urlOf(random), token, key);
      if (view === undefined) continue;
      const { path, body } = choose(view, key, isReviewer, random);
      // Some send a second command on the same view.
      for (let turn = 0; turn < 1 + random(2); turn += 1) {
        const answer = await call(`${urlOf(random)}${path}`, token, body, { 'if-match': `"${view.revision}"` });
        const code = answer.status >= 400 ? ` ${answer.json.type.split('/').at(-1)}` : '';
        answers[`${answer.status}${code}`] = (answers[`${answer.status}${code}`] ?? 0) + 1;
        expect([200, 201, 202, 409, 412], JSON.stringify([path, body, answer.json])).toContain(answer.status);
        if (answer.status >= 400) continue;
        if (!answer.headers.has('idempotent-replayed')) recordings += 1;
        const [event] = answer.json.events ?? [];
        if (event === undefined) continue;
        recorded.set(event.id, `upgrade.factories-${key}@${event.revision}`);
        if (event.type !== 'EventCorrected' && event.type !== 'EventsAnnulled')
          factsOf.set(key, [...(factsOf.get(key) ?? []), event.id]);
      }
    }
  };
  const began = performance.now();
  await Promise.all(Array.from({ length: clients }, (_, index) => work(index)));
  const took = (performance.now() - began) / 1_000;

  const ledger = await expectAllEqual(cluster, nodes);
  process.stdout.write(`${JSON.stringify({ seconds: Math.round(took), events: ledger.length, ...answers })}\n`);
  const placeOf = new Map(ledger.map(({ id, stream, revision }) => [id, `${stream}@${revision}`]));
  for (const [id, place] of recorded) expect(placeOf.get(id)).toBe(place);
  for (const key of keys) {
    let entry = blank(factories, key);
    for (const event of ledger.filter(({ stream }) => stream === `upgrade.factories-${key}`)) {
      expect(event.metadata.schema).toBe(currentSchema);
      expect(event.revision).toBe(entry.revision + 1);
      entry = evolve(entry, event);
      expect(entry.path.misfit, `${key}@${event.revision}`).toBeUndefined();
    }
  }
  expect(ledger.length).toBe(1 + entries + recordings);
});

const days = 300;
const day = (random: Random): string => new Date(Date.UTC(2020, 0, 1 + random(days))).toISOString().slice(0, 10);
const pick = <T>(list: readonly T[], random: Random): T | undefined => list[random(list.length)];
const described = (random: Random) => ({ name: `第 ${random(1e6)} 厂`, sector: 'automobiles', district: 'pudong' });

/** A body for each command of the register. */
const bodies: Readonly<Record<string, (random: Random) => object>> = {
  nominate: (random) => ({ effectiveOn: day(random), ...described(random) }),
  assess: (random) => ({ effectiveOn: day(random), panel: '专家组', score: random(100) }),
  announce: (random) => ({ effectiveOn: day(random) }),
  certify: (random) => ({
    effectiveOn: day(random),
    ...described(random),
    grade: random(2) === 0 ? 'demonstration' : 'benchmark',
  }),
  suspend: (random) => ({ effectiveOn: day(random), reason: `第 ${random(1e6)} 次检查` }),
  reinstate: (random) => ({ effectiveOn: day(random) }),
  revoke: (random) => ({ effectiveOn: day(random), reason: `第 ${random(1e6)} 次检查` }),
  amend: (random) => ({ effectiveOn: day(random), name: `第 ${random(1e6)} 厂` }),
};

/** Mostly a command that the entry allowed when seen; sometimes another one, a correction, an annulment or a decision. */
const choose = (view: View, key: string, isReviewer: boolean, random: Random): { path: string; body: object } => {
  const at = `/api/v1/factories/${key}`;
  const waiting = isReviewer ? pick(view.pending, random) : undefined;
  if (waiting !== undefined)
    return random(4) === 0
      ? { path: `/api/v1/submissions/${waiting}/return`, body: { reason: '名单有误' } }
      : { path: `/api/v1/submissions/${waiting}/approve`, body: {} };
  // Nobody may decide their own submission, so reviewers submit nothing: a new name moves no number.
  if (isReviewer) return { path: `${at}/amend`, body: bodies.amend?.(random) ?? {} };
  const fact = pick(view.facts, random);
  const kind = random(10);
  if (kind === 0 && fact !== undefined) return { path: `${at}/annul`, body: { events: [fact], reason: '误录' } };
  if (kind === 1 && fact !== undefined)
    return { path: `${at}/correct`, body: { event: fact, effectiveOn: day(random), reason: '日期有误' } };
  const command =
    pick(kind < 4 ? Object.keys(bodies) : view.allowed.filter((name) => name in bodies), random) ?? 'amend';
  return { path: `${at}/${command}`, body: bodies[command]?.(random) ?? {} };
};

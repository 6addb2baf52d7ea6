import { expect } from 'vitest';
import { usccCheckCharacter } from '../../domain/identifiers.ts';
import type { JsonObject } from '../../domain/json.ts';
import type { Register } from '../../domain/register.ts';
import { commandsOf } from '../../domain/register.ts';
import { registers } from '../../domain/registers/index.ts';
import { test as officeTest, seen } from './office.ts';
import { resolved } from './openapi.ts';
import type { Reply } from './server.ts';

let fresh = 0;

type Body = { readonly content: Record<string, { readonly example?: JsonObject }> };
type Documented = { readonly post?: { readonly requestBody?: Body } };

/** A key that no entry has yet. */
const freshKey = (register: Register): string => {
  const number = fresh++;
  if (register.name === 'listings') return String(688_000 + number);
  if (register.name !== 'enterprises') return `example-${number}`;
  const organisation = `${String(10_000_000 + number)}`;
  const weights = [3, 7, 9, 10, 5, 8, 4, 2];
  const check = 11 - (weights.reduce((sum, weight, index) => sum + weight * Number(organisation[index]), 0) % 11);
  const code = `91310115${organisation}${check === 10 ? 'X' : check === 11 ? '0' : check}`;
  return `${code}${usccCheckCharacter(code)}`;
};

/** The fewest commands after which an entry's status allows another. */
const wayTo = (register: Register, command: string): readonly string[] => {
  const wanted = register.factOf.get(command)?.moves;
  const ways: { status: string; way: readonly string[] }[] = [{ status: 'none', way: [] }];
  for (const { status, way } of ways) {
    if (wanted === undefined ? status !== 'none' : wanted[status] !== undefined) return way;
    for (const kind of register.facts) {
      const next = kind.moves[status];
      if (next !== undefined && next !== status && !ways.some((other) => other.status === next)) {
        ways.push({ status: next, way: [...way, kind.command] });
      }
    }
  }
  throw new Error(`Nothing leads to ${command}`);
};

type Entry = { readonly register: Register; readonly key: string; revision: number; facts: string[] };

/** A correction or annulment names a fact, which the document cannot know beforehand. */
const naming = (fact: string | undefined, example: JsonObject): JsonObject => ({
  ...example,
  ...(example.event === undefined ? {} : { event: fact ?? '' }),
  ...(example.events === undefined ? {} : { events: [fact ?? ''] }),
});

const test = officeTest
  .extend('examples', { scope: 'file' }, async ({ server }): Promise<ReadonlyMap<string, JsonObject>> => {
    const { json } = await server.get('/api/openapi.json');
    return new Map(
      Object.entries<Documented>(json.paths).flatMap(([path, { post }]) => {
        const [, register, command] = /^\/api\/v1\/([a-z]+)\/\{key\}\/([a-z-]+)$/.exec(path) ?? [];
        const body = post?.requestBody === undefined ? undefined : resolved<Body>(json, post.requestBody);
        const example = body?.content['application/json']?.example;
        return register === undefined || example === undefined ? [] : [[`${register} ${command}`, example] as const];
      }),
    );
  })
  .extend('exampleOf', ({ examples }) => (register: Register, command: string): JsonObject => {
    const example = examples.get(`${register.name} ${command}`);
    if (example === undefined) throw new Error(`${register.name} ${command} has no example`);
    return example;
  })
  .extend('give', ({ server, staff }) => async (entry: Entry, command: string, body: JsonObject): Promise<Reply> => {
    const token = entry.register.role === 'admin' ? staff.admin : staff.clerk;
    const headers = entry.revision < 0 ? {} : seen(entry.revision);
    const given = await server.post(`/api/v1/${entry.register.name}/${entry.key}/${command}`, body, { token, headers });
    if (given.status !== 202) return given;
    return server.post(`/api/v1/submissions/${given.json.submission.id}/approve`, {}, { token: staff.reviewer });
  })
  .extend('prepare', ({ exampleOf, give }) => async (register: Register, command: string): Promise<Entry> => {
    const entry: Entry = { register, key: freshKey(register), revision: -1, facts: [] };
    for (const [index, step] of wayTo(register, command).entries()) {
      const { status, text, json } = await give(entry, step, {
        ...exampleOf(register, step),
        effectiveOn: `2020-01-0${index + 1}`,
      });
      if (status !== 201) throw new Error(`${register.name} ${step}: ${text}`);
      entry.revision = json.entry.revision;
      entry.facts.push(json.events[0].id);
    }
    return entry;
  });

for (const register of registers) {
  for (const { command, title } of commandsOf(register)) {
    test(`${register.title.zh}：${title.zh}: the documented example of ${register.name} ${command} is recorded as it stands`, async ({
      exampleOf,
      give,
      prepare,
    }) => {
      const entry = await prepare(register, command);
      const { status, json, text } = await give(
        entry,
        command,
        naming(entry.facts.at(-1), exampleOf(register, command)),
      );
      expect(status, text).toBe(201);
      expect(json.entry.key).toBe(entry.key);
      expect(json.events).toHaveLength(1);
    });
  }
}

test('there is an example for every command of every register and for nothing else', async ({ examples }) => {
  const commands = registers.flatMap((register) =>
    commandsOf(register).map(({ command }) => `${register.name} ${command}`),
  );
  expect([...examples.keys()].sort()).toEqual(commands.sort());
});

test('the key in the document is one that the register takes', async ({ server, exampleOf, give }) => {
  const { json } = await server.get('/api/openapi.json');
  for (const register of registers) {
    const [first] = register.facts;
    const { parameters } = json.paths[`/api/v1/${register.name}/{key}/${first?.command}`].post;
    const key = parameters
      .map((parameter: object) => resolved<{ name: string; example: string }>(json, parameter))
      .find(({ name }: { name: string }) => name === 'key').example;
    const entry: Entry = { register, key, revision: -1, facts: [] };
    const { status, text } = await give(entry, first?.command ?? '', exampleOf(register, first?.command ?? ''));
    expect(status, text).toBe(201);
  }
});

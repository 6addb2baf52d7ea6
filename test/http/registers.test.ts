import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventTypes } from '../../src/http/event-titles.ts';
import { startServer, type TestServer } from './server.ts';

/** The declarations as a client sees them: enough to build forms, lists and labels from. */

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.close());

type Titled = { readonly event: string; readonly title: { readonly zh: string; readonly en: string } };
type Named = { readonly name: string };
const named = (items: readonly Named[], name: string) => items.find((item) => item.name === name);

test('every register declares itself, in the order of the declaration, and by itself as in the list', async () => {
  const { json } = await server.get('/api/v1/registers');
  expect(json.registers.map(({ name }: Named) => name)).toEqual([
    ...['enterprises', 'factories', 'criteria', 'breakthroughs', 'suppliers', 'platforms'],
    ...['listings', 'solutions', 'plans'],
  ]);
  for (const register of json.registers)
    expect((await server.get(`/api/v1/registers/${register.name}`)).json).toEqual(register);
  expect((await server.get('/api/v1/registers/nothing')).status).toBe(404);
});

test('every type of event has a title in both languages, in its register or beside them', async () => {
  const { json } = await server.get('/api/v1/registers');
  const declared = json.registers.flatMap(({ commands }: { commands: readonly Titled[] }) => commands);
  const titled = new Map([...declared, ...json.events].map(({ event, title }: Titled) => [event, title]));
  expect([...titled.keys()].sort()).toEqual([...eventTypes].sort());
  expect(titled.get('CommandSubmitted')).toEqual({ zh: '提交复核', en: 'Submitted' });
  for (const title of titled.values()) expect(title).toEqual({ zh: expect.any(String), en: expect.any(String) });
});

test('factories: the key, the fields of each kind, the moves and what differs', async () => {
  const { json } = await server.get('/api/v1/registers/factories');
  expect(json).toMatchObject({
    title: { zh: '智能工厂', en: 'Factories' },
    role: 'clerk',
    key: { kind: 'slug', example: 'kangqiao-digital', title: { zh: '编号', en: 'Key' } },
    named: 'name',
    filters: ['status', 'sector', 'district', 'area', 'enterprise', 'flag'],
    measures: [
      { id: 'factories.certified', title: { zh: '示范性智能工厂', en: 'Model factories' } },
      { id: 'factories.benchmark', title: { zh: '智能制造标杆工厂', en: 'Benchmark factories' } },
    ],
  });
  expect(json.statuses[0]).toEqual({ id: 'nominated', title: { zh: '已推荐', en: 'Nominated' } });
  expect(new RegExp(json.key.pattern, 'u').test(json.key.example)).toBe(true);
  expect(named(json.fields, 'name')).toEqual({
    name: 'name',
    title: { zh: '工厂名称', en: 'Name' },
    kind: 'text',
    optional: false,
    maxLength: 500,
  });
  expect(named(json.fields, 'enterprise')).toMatchObject({
    kind: 'reference',
    register: 'enterprises',
    optional: true,
  });
  expect(named(json.fields, 'sector')).toMatchObject({
    kind: 'choice',
    options: expect.arrayContaining([{ value: 'biomedicine', title: { zh: '生物医药', en: 'Biomedicine' } }]),
  });
  const certify = named(json.commands, 'certify');
  expect(certify).toMatchObject({
    title: { zh: '认定', en: 'Certify' },
    event: 'FactoryCertifiedAsModel',
    moves: { none: 'certified', nominated: 'certified', certified: 'certified' },
    requiredToStart: ['name', 'sector', 'district'],
    differs: 'grade',
  });
  const { fields } = certify as unknown as { readonly fields: readonly (Named & { readonly optional: boolean })[] };
  expect(fields.filter(({ optional }) => !optional).map(({ name }) => name)).toEqual(['grade']);
  const assess = named(json.commands, 'assess') as unknown as { readonly fields: readonly Named[] };
  expect(named(assess.fields, 'panel')).toMatchObject({ kind: 'text', free: true });
  expect(named(assess.fields, 'score')).toMatchObject({ kind: 'number', min: 0, max: 100, optional: true });
  expect(json.commands.at(-1)).toMatchObject({ name: 'amend', event: 'FactoryAmended', moves: { revoked: 'revoked' } });
  expect(json.corrections.map(({ name }: Named) => name)).toEqual(['correct', 'annul']);
});

test('plans have fields of shapes of their own', async () => {
  const { json } = await server.get('/api/v1/registers/plans');
  expect(json.fields.map(({ name, kind }: { name: string; kind: string }) => [name, kind])).toEqual([
    ['title', 'titles'],
    ['from', 'day'],
    ['to', 'day'],
    ['sectors', 'choices'],
    ['core', 'text'],
    ['belt', 'choices'],
    ['targets', 'targets'],
  ]);
  expect(named(json.commands, 'revise')).toMatchObject({ moves: { adopted: 'adopted' }, requiredToStart: [] });
});

test('money has a unit; texts in somebody’s own words are marked', async () => {
  const { json } = await server.get('/api/v1/registers/solutions');
  expect(named(json.fields, 'valueCny')).toMatchObject({ kind: 'money', min: 0, unit: { zh: '元', en: 'yuan' } });
  const cancel = named(json.commands, 'cancel') as unknown as { readonly fields: readonly Named[] };
  expect(cancel.fields).toMatchObject([{ name: 'reason', free: true }]);
});

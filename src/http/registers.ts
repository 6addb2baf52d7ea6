import { z } from 'zod';
import { attestedStatus } from '../../domain/certificate.ts';
import { type Field, fieldKinds } from '../../domain/field.ts';
import { annul, correct, type FactKind, fieldOf, measureId, type Register } from '../../domain/register.ts';
import { registers } from '../../domain/registers/index.ts';
import type { App } from './context.ts';
import { listQuery } from './entries.ts';
import { commonEvents } from './event-titles.ts';
import { Problem } from './problem.ts';
import { textsSchema } from './schemas.ts';

/** The declarations as data: forms, lists, filters and labels need no line for one register. */
export const registerRoutes = (app: App): void => {
  const declared = new Map(registers.map((register) => [register.name, registerView(register)]));
  const all = { registers: [...declared.values()], events: commonEvents };
  app.get(
    '/api/v1/registers',
    {
      schema: {
        tags: ['registers'],
        summary: 'Every register’s declaration, with titles in both languages',
        operationId: 'registers',
        response: { 200: registersAnswer },
      },
    },
    async () => all,
  );
  app.get(
    '/api/v1/registers/:name',
    {
      schema: {
        tags: ['registers'],
        summary: 'One register',
        operationId: 'registers.one',
        params: z.object({ name: z.string() }),
        response: { 200: registerSchema },
      },
    },
    async ({ params }) => {
      const found = declared.get(params.name);
      if (found === undefined) throw new Problem('not-found');
      return found;
    },
  );
};

const fieldSchema = z
  .object({
    name: z.string(),
    title: textsSchema,
    kind: z.enum(fieldKinds),
    optional: z.boolean().meta({ description: 'Whether the command, or the entry, can do without it' }),
    free: z.literal(true).optional().meta({ description: 'Free text: not for the public' }),
    options: z.array(z.object({ value: z.string(), title: textsSchema })).optional(),
    min: z.number().optional(),
    max: z.number().optional(),
    maxLength: z.int().optional().meta({ description: 'The most characters (code points)' }),
    unit: textsSchema.optional(),
    register: z.string().optional().meta({
      description: 'The register to whose entries it refers; a text refers to one only if it is exactly its key',
    }),
  })
  .meta({ id: 'Field' });

const registerSchema = z
  .object({
    name: z.string(),
    title: textsSchema,
    role: z.enum(['clerk', 'admin']).meta({ description: 'The role that records in it' }),
    key: z.object({
      kind: z.enum(['uscc', 'slug', 'star-code']),
      pattern: z.string().meta({ description: 'A regular expression (ECMA-262)' }),
      example: z.string(),
      title: textsSchema,
    }),
    named: z.string().meta({ description: 'The field that names an entry' }),
    fields: z.array(fieldSchema).meta({ description: 'What describes an entry, in the order of the declaration' }),
    lasting: z.array(fieldSchema).meta({ description: 'Fields of commands that go on describing an entry' }),
    filters: z.array(z.string()).meta({ description: 'The parameters by which its list can be filtered' }),
    statuses: z.array(z.object({ id: z.string(), title: textsSchema })),
    commands: z.array(
      z.object({
        name: z.string(),
        title: textsSchema,
        event: z.string(),
        moves: z.record(z.string(), z.string()).meta({ description: 'From each status, the one that it leads to' }),
        fields: z.array(fieldSchema),
        requiredToStart: z
          .array(z.string())
          .meta({ description: 'The fields that it requires besides, where it starts a history' }),
        differs: z
          .string()
          .optional()
          .meta({ description: 'The field whose value must differ if the status stays the same' }),
      }),
    ),
    corrections: z
      .array(z.object({ name: z.string(), title: textsSchema, event: z.string() }))
      .meta({ description: 'The commands about earlier facts, the same for every register' }),
    measures: z.array(z.object({ id: z.string(), title: textsSchema })),
    certificate: z
      .object({ title: textsSchema, command: z.string(), status: z.string() })
      .optional()
      .meta({ description: 'What its certificates attest: the status to which the command leads' }),
  })
  .meta({ id: 'Register' });

const registersAnswer = z.object({
  registers: z.array(registerSchema),
  events: z
    .array(z.object({ event: z.string(), title: textsSchema }))
    .meta({ description: 'Types of events that no command of a register’s own records' }),
});

export type Registers = z.output<typeof registersAnswer>;
export type DeclaredRegister = z.output<typeof registerSchema>;
export type DeclaredField = z.output<typeof fieldSchema>;

const titleOf = ({ zh, en }: { readonly zh: string; readonly en: string }) => ({ zh, en });

const yuan = { zh: '元', en: 'yuan' };

const fieldView = (name: string, field: Field, optional = field.optional): z.input<typeof fieldSchema> => {
  const { kind, title, isFree, options, min, max, maxLength, reference } = field;
  return {
    name,
    title: titleOf(title),
    kind,
    optional,
    ...(isFree ? { free: true } : {}),
    ...(options === undefined
      ? {}
      : { options: Object.entries(options).map(([value, option]) => ({ value, title: titleOf(option) })) }),
    ...(min === undefined ? {} : { min }),
    ...(max === undefined ? {} : { max }),
    ...(maxLength === undefined ? {} : { maxLength }),
    ...(kind === 'money' ? { unit: yuan } : {}),
    ...(reference === undefined ? {} : { register: reference.register }),
  };
};

const commandView = ({ command, title, event, moves, takes, required, requiredToStart, differs }: FactKind) => ({
  name: command,
  title: titleOf(title),
  event,
  moves,
  fields: Object.entries(takes).map(([name, field]) => fieldView(name, field, !required.includes(name))),
  requiredToStart: [...requiredToStart],
  ...(differs === undefined ? {} : { differs }),
});

const registerView = (register: Register): z.input<typeof registerSchema> => {
  const { name, title, role, key, named, descriptive, lasting = [], statuses, facts, measures, certificate } = register;
  const status = attestedStatus(register);
  const { q: _q, sort: _sort, on: _on, knownAt: _knownAt, ...filters } = listQuery(register);
  return {
    name,
    title: titleOf(title),
    role,
    key: { kind: key.kind, pattern: key.pattern.source, example: key.example, title: titleOf(key.title) },
    named,
    fields: Object.entries(descriptive).map(([field, declared]) => fieldView(field, declared)),
    lasting: lasting.flatMap((field) => {
      const declared = fieldOf(register, field);
      return declared === undefined ? [] : [fieldView(field, declared)];
    }),
    filters: Object.keys(filters),
    statuses: Object.entries(statuses).map(([id, status]) => ({ id, title: titleOf(status) })),
    commands: facts.map(commandView),
    corrections: [correct, annul].map((each) => ({ name: each.command, title: each.title, event: each.event })),
    measures: Object.entries(measures).map(([measure, { title: counted }]) => ({
      id: measureId(register, measure),
      title: titleOf(counted),
    })),
    ...(certificate === undefined || status === undefined
      ? {}
      : { certificate: { title: titleOf(certificate.title), command: certificate.command, status } }),
  };
};

import { z } from 'zod';
import { choices, day, matching, oneOf, refuse, shaped, shortText, type Text, text } from '../field.ts';
import { isObject, type Json, type JsonObject } from '../json.ts';
import { slugKey } from '../key.ts';
import { districts, sectors } from '../places.ts';
import { type Register, register, stay, to } from '../register.ts';

const titleSchema = z.strictObject({ zh: shortText, en: shortText });

/** The goal of a target by its plan's end: at least `min`, at most `max`, or no number. */
export const goalSchema = z
  .strictObject({ min: z.int().min(0), max: z.int().min(0).optional() })
  .refine(
    ({ min, max }) => max === undefined || min <= max,
    refuse('上限不得小于下限', 'The maximum must not be less than the minimum'),
  )
  .nullable();
export type Goal = z.infer<typeof goalSchema>;

const targetIdSchema = matching(
  /^[a-z0-9][a-z0-9-]{0,63}$/,
  '须为 1–64 个小写字母、数字或连字符，且以字母或数字开头',
  'Must be 1–64 lower-case letters, digits or hyphens, starting with a letter or digit',
);

const targetSchema = (measures: Readonly<Record<string, Text>>) =>
  z.strictObject({
    id: targetIdSchema,
    title: titleSchema,
    measure: oneOf(measures),
    goal: goalSchema,
    sector: oneOf(sectors).optional(),
    district: oneOf(districts).optional(),
  });
export type Target = z.infer<ReturnType<typeof targetSchema>>;

const place = z.union([shortText, z.array(shortText).max(50)]);

/** The register of plans, whose targets count the given measures, by id with their titles. */
export const plansCounting = (measures: Readonly<Record<string, Text>>): Register =>
  register({
    name: 'plans',
    entry: 'Plan',
    title: { zh: '行动计划', en: 'Plans' },
    role: 'admin',
    key: slugKey,
    named: 'title',
    alwaysSubmitted: true,
    descriptive: {
      title: shaped(
        'titles',
        titleSchema.meta({ examples: [{ zh: '行动计划', en: 'Action plan' }] }),
        '计划名称',
        'Title',
        '名称',
      ),
      from: day('开始日期', 'From', '开始'),
      to: day('结束日期', 'To', '结束'),
      sectors: choices(sectors, '重点行业', 'Sectors', '行业'),
      core: { ...text('核心区', 'Core', '核心'), schema: place },
      belt: choices(districts, '产业带', 'Belt'),
      targets: shaped(
        'targets',
        z
          .array(targetSchema(measures))
          .min(1)
          .max(200)
          .refine(
            (targets) => new Set(targets.map(({ id }) => id)).size === targets.length,
            refuse('目标编号重复', 'Two targets have the same id'),
          ),
        '目标',
        'Targets',
      ),
    },
    statuses: { adopted: { zh: '已发布', en: 'Adopted' } },
    commands: {
      adopt: { event: 'PlanAdopted', title: { zh: '发布', en: 'Adopt', also: ['通过'] }, moves: to('adopted', 'none') },
      revise: {
        event: 'TargetRevised',
        title: { zh: '调整目标', en: 'Revise' },
        moves: stay('adopted'),
        fields: { target: text('目标编号', 'Target'), goal: shaped('range', goalSchema, '目标值', 'Goal') },
        replaces: ({ targets }, data) => {
          const target = Array.isArray(targets) ? targets.find((each) => isTarget(each, data.target)) : undefined;
          return isObject(target) ? { goal: target.goal ?? null } : {};
        },
        apply: (fields, data) => {
          const targets = fields.targets;
          if (!Array.isArray(targets) || !targets.some((target) => isTarget(target, data.target))) return undefined;
          const goal = data.goal ?? null;
          return {
            ...fields,
            targets: targets.map((target) => (isTarget(target, data.target) ? { ...target, goal } : target)),
          };
        },
      },
    },
    measures: {},
    check: (fields) =>
      typeof fields.from === 'string' && typeof fields.to === 'string' && fields.from > fields.to
        ? { field: 'to', with: 'from', zh: '结束日期早于开始日期', en: 'The plan ends before it starts' }
        : undefined,
  });

const isTarget = (target: Json, id: Json | undefined): target is JsonObject => isObject(target) && target.id === id;

import type { Field } from '../../domain/field.ts';
import type { Json, JsonObject } from '../../domain/json.ts';
import { annul, correct, type Register } from '../../domain/register.ts';

/** Bodies that work as they are, for the OpenAPI document. */

const exampleDay = '2020-12-22';
const exampleEvent = '7a0e5a0c-4a43-5b8e-9d60-6b7a3c1f2d11';

/** A value that the field's schema accepts. */
export const fieldExample = (name: string, { schema, options, title }: Field): Json => {
  const [own] = (schema.meta()?.examples ?? []) as Json[];
  const [option] = Object.keys(options ?? {});
  const candidates = [ofPlans[name], own, option, title.zh, true, 3].filter((each) => each !== undefined);
  const found = candidates.find((candidate) => schema.safeParse(candidate).success);
  if (found === undefined) throw new Error(`no example for the field ${name}`);
  return found;
};

/** A plan that makes sense as a whole. */
const ofPlans: Readonly<Record<string, Json>> = {
  title: { zh: '上海市智能工厂专项行动方案', en: 'Action plan for smart factories' },
  from: '2021-01-01',
  to: '2022-12-31',
  sectors: ['automobiles', 'biomedicine'],
  core: 'lingang',
  belt: ['pudong', 'minhang'],
  targets: [
    {
      id: 'model-factories',
      title: { zh: '示范性智能工厂', en: 'Model factories' },
      measure: 'factories.certified',
      goal: { min: 100 },
    },
  ],
  target: 'model-factories',
  goal: { min: 120 },
};

/** The smallest body of a command: the fields that it requires if it starts a history. */
export const commandExample = (register: Register, name: string): JsonObject => {
  if (name === annul.command) return { events: [exampleEvent], reason: '重复登记' };
  if (name === correct.command) return { event: exampleEvent, effectiveOn: exampleDay, reason: '日期抄录有误' };
  const kind = register.factOf.get(name);
  if (kind === undefined) throw new Error(`${register.name} has no command ${name}`);
  const required = new Set([...kind.requiredToStart, ...kind.required]);
  const fields = Object.entries(kind.takes).filter(([field], index) =>
    kind.isAmend ? index === 0 : required.has(field),
  );
  return {
    effectiveOn: exampleDay,
    ...Object.fromEntries(fields.map(([field, declared]) => [field, fieldExample(field, declared)])),
  };
};

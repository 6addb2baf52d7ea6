import { randomUUID } from 'node:crypto';
import { currentSchema, type NewEvent, streamOf } from '../../domain/event.ts';
import { seededPlan } from '../../domain/seeded-plan.ts';
import { bodySha256, newEventId } from './command-ids.ts';

/** The adoption of the plan that an empty registry starts with. If several nodes adopt it at once, the first append holds. */
export const seedEvent = (): { readonly stream: string; readonly event: NewEvent } => {
  const { key, effectiveOn, by, data } = seededPlan;
  return {
    stream: streamOf('plans', key),
    event: {
      id: newEventId(),
      type: 'PlanAdopted',
      data: { register: 'plans', key, effectiveOn, data },
      metadata: {
        schema: currentSchema,
        by,
        command: randomUUID(),
        bodySha256: bodySha256('plans', { effectiveOn, ...data }),
      },
    },
  };
};

import { currentSchema, type NewEvent, streamOf } from '../../domain/event.ts';
import { canonicalJson } from '../../domain/json.ts';
import { seededPlan } from '../../domain/seeded-plan.ts';
import { seedIdOf, sha256 } from './command-ids.ts';

/** The adoption of the plan that an empty registry starts with; its id is the same on every node. */
export const seedEvent = (): { readonly stream: string; readonly event: NewEvent } => {
  const { key, effectiveOn, by, data } = seededPlan;
  const id = seedIdOf(key);
  return {
    stream: streamOf('plans', key),
    event: {
      id,
      type: 'PlanAdopted',
      data: { register: 'plans', key, effectiveOn, data },
      metadata: { schema: currentSchema, by, command: id, bodySha256: sha256(canonicalJson({ effectiveOn, ...data })) },
    },
  };
};

import { randomUUID } from 'node:crypto';
import type { NewEvent } from '../../domain/event.ts';
import type { JsonObject } from '../../domain/json.ts';

/** A stream that no other test knows. */
export const newStream = (prefix = 'upgrade.'): string => `${prefix}contract-${randomUUID()}`;

export const newEvent = (data: JsonObject = { name: '上海示范工厂' }): NewEvent => ({
  id: randomUUID(),
  type: 'FactoryNominated',
  data: { register: 'factories', key: 'contract', effectiveOn: '2020-11-03', data },
  metadata: { schema: 1, by: 'clerk', command: randomUUID(), bodySha256: '0'.repeat(64) },
});

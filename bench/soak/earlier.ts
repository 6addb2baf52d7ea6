import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { type Body, currentSchema, type NewEvent, streamOf } from '../../domain/event.ts';
import { factories } from '../../domain/registers/factories.ts';
import { seedEvent } from '../../src/commands/seed.ts';
import { openSqliteStore } from '../../src/store/sqlite/store.ts';

/** Enough entries to fill a node's caches, so that the soak runs with full caches. */
const entries = 21_000;
const eventsEach = 3;
const atOnce = 1_000;

/** Records the plan and the work of earlier years in a new ledger, as events, without any checks. */
export const recordEarlierWork = async (folder: string): Promise<void> => {
  const store = openSqliteStore({ file: join(folder, 'events.db'), now: Date.now });
  const plan = seedEvent();
  await store.append(plan.stream, 'none', [plan.event]);
  for (let first = 0; first < entries; first += atOnce) {
    await Promise.all(
      Array.from({ length: atOnce }, (_, index) => {
        const key = `earlier-${first + index}`;
        return store.append(streamOf(factories.name, key), 'none', eventsOf(key));
      }),
    );
  }
  await store.close();
};

const eventsOf = (key: string): readonly NewEvent[] =>
  Array.from({ length: eventsEach }, (_, index) => {
    const operator = `运营企业 ${key} ${index}`;
    return index === 0
      ? event('FactoryNominated', key, { name: `工厂 ${key}`, operator, sector: 'automobiles', district: 'minhang' })
      : event('FactoryAmended', key, { operator });
  });

const event = (type: string, key: string, data: Body['data']): NewEvent => ({
  id: randomUUID(),
  type,
  data: { register: factories.name, key, effectiveOn: '2020-01-10', data },
  metadata: { schema: currentSchema, by: 'earlier', command: randomUUID(), bodySha256: '0'.repeat(64) },
});

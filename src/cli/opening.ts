import type { Config } from '../config.ts';
import { openRegistry, type Registry } from '../registry.ts';
import type { EventStore } from '../store/event-store.ts';
import { openStore } from '../store/open.ts';
import { commandLogger, settings } from './output.ts';

/** Opens the store of the settings for a command, and closes it afterwards. */
export const withStore = async (work: (store: EventStore, config: Config) => Promise<void>): Promise<void> => {
  const config = settings();
  const store = await openStore(config, Date.now);
  try {
    await work(store, config);
  } finally {
    await store.close();
  }
};

/** Opens the registry of the settings for a command, waits until its read model has caught up, and closes it afterwards. */
export const withRegistry = async (work: (registry: Registry) => Promise<void>): Promise<void> => {
  const config = settings();
  const registry = await openRegistry(config, commandLogger(config));
  try {
    await registry.model.caughtUp;
    await work(registry);
  } finally {
    await registry.close();
  }
};

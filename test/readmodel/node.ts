import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { NewEvent } from '../../domain/event.ts';
import { seedEvent } from '../../src/commands/seed.ts';
import {
  type FollowedStore,
  openReadModel,
  type ReadModel,
  type ReadModelOptions,
} from '../../src/readmodel/read-model.ts';
import type { EventStore } from '../../src/store/event-store.ts';
import { openSqliteStore } from '../../src/store/sqlite/store.ts';
import type { Known } from '../domain/given.ts';

export const silent = { info: () => {}, error: () => {} };

/** A store with a folder for its read models, removed when the test is finished. */
export type Node = {
  readonly folder: string;
  readonly store: EventStore;
  readonly storeFile: string;
  /** Opens the read model once more; `through` stands between it and the store. */
  readonly open: (options?: ReadModelOptions & { readonly through?: FollowedStore }) => Promise<ReadModel>;
  /** Appends the events of streams, one stream after the other, each in one go. */
  readonly append: (...known: readonly Pick<Known, 'events'>[]) => Promise<number>;
  readonly appendRaw: (stream: string, events: readonly NewEvent[]) => Promise<number>;
};

/** A node for a test, or, with `afterAll`, for all of a file. */
export const startNode = async (whenOver: (close: () => Promise<void>) => void = onTestFinished): Promise<Node> => {
  const home = mkdtempSync(join(tmpdir(), 'upgrade-registry-node-'));
  const storeFile = join(home, 'events.db');
  const store = openSqliteStore({ file: storeFile, now: () => Date.UTC(2022, 2, 1), pollMs: 5 });
  const opened: ReadModel[] = [];
  whenOver(async () => {
    for (const model of opened) await model.close();
    await store.close();
    rmSync(home, { recursive: true, force: true });
  });
  const appendRaw: Node['appendRaw'] = async (stream, events) => {
    const before = await store.readStream(stream);
    const answer = await store.append(stream, before.length === 0 ? 'none' : before.length - 1, events);
    if (!answer.appended) throw new Error(`${stream} stands at ${answer.current}`);
    return store.size();
  };
  const { stream, event } = seedEvent();
  await store.append(stream, 'none', [event]);
  return {
    folder: join(home, 'readmodel'),
    store,
    storeFile,
    open: async ({ through = store, ...options } = {}) => {
      const model = await openReadModel(join(home, 'readmodel'), through, silent, { swapLookMs: 5, ...options });
      opened.push(model);
      return {
        ...model,
        close: async () => {
          opened.splice(opened.indexOf(model), 1);
          await model.close();
        },
      };
    },
    append: async (...known) => {
      for (const { events } of known) {
        const [first] = events;
        if (first !== undefined) await appendRaw(first.stream, events);
      }
      return store.size();
    },
    appendRaw,
  };
};

/** Resolves once the read model has folded a size. */
export const foldedTo = (model: ReadModel, size: number): Promise<void> =>
  new Promise((resolve) => {
    const look = () => {
      if (model.place().size < size) return;
      stop();
      resolve();
    };
    const stop = model.onFolded(look);
    look();
  });

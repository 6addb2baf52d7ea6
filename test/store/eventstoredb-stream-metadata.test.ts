import { afterEach, describe, expect, test } from 'vitest';
import { type EventStore, placeAfter, start } from '../../src/store/event-store.ts';
import type { WireOptions } from './esdb-wire/server.ts';
import { closeAll, followed, generations, open, startServer } from './esdb-wire/stores.ts';
import { newEvent } from './events.ts';

afterEach(closeAll);

let streams = 0;
const newStream = (): string => {
  streams += 1;
  return `upgrade.metadata-${streams}`;
};

describe.each(generations)('a ledger that is followed on a wire server, %s', (_, options) => {
  /** A store that follows its ledger, and an append that returns once its event was followed. */
  const following = async (more: WireOptions = {}) => {
    const server = await startServer({ ...options, ...more });
    const store = open(server, { callMs: 5_000 });
    const ledger = followed(store);
    const append = async (): Promise<void> => {
      const { length } = ledger.seen;
      await store.append(newStream(), 'none', [newEvent()]);
      await ledger.until(length + 1);
    };
    return { server, store, ledger, append };
  };

  const refused = async (store: EventStore, stream: string): Promise<void> =>
    expect(store.append(stream, 'none', [newEvent()])).rejects.toThrow(`the stream ${stream} was deleted`);

  test('takes an entry’s first event without first reading whether its stream was deleted', async () => {
    const { server, ledger, append } = await following({ positions: true }); // otherwise the appended event is read back
    const reads: number[] = [];
    while (reads.length < 50 && !reads.includes(0)) {
      const before = server.calls().read;
      await append();
      reads.push(server.calls().read - before);
    }
    expect(reads).toContain(0);
    await ledger.stop();
  });

  test('shows which streams were deleted earlier, even to a process that follows from a later place', async () => {
    const server = await startServer({ ...options, positions: true });
    const [deleted, other] = [newStream(), newStream()];
    const before = open(server, { callMs: 5_000 });
    await before.append(deleted, 'none', [newEvent()]);
    server.log.softDelete(deleted);
    await before.append(other, 'none', [newEvent()]);
    const last = (await before.readAll(start, 10)).at(-1);
    server.log.foreign(3_000);

    const store = open(server, { callMs: 5_000 });
    const leave = new AbortController();
    const following = (async () => {
      for await (const batch of store.follow(last ? placeAfter(last) : start, leave.signal))
        expect(batch).toHaveLength(1);
    })();
    const readsDuring = async (work: () => Promise<unknown>): Promise<number> => {
      const before = server.calls().read;
      await work();
      return server.calls().read - before;
    };
    const append = () => store.append(newStream(), 'none', [newEvent()]);
    await expect.poll(() => readsDuring(append), { timeout: 20_000 }).toBe(0);
    expect(await readsDuring(() => refused(store, deleted))).toBeGreaterThan(0);
    leave.abort();
    await following;
  });

  test('shows that a stream was deleted meanwhile, and that its deletion was undone', async () => {
    const { server, store, ledger, append } = await following();
    const stream = newStream();
    await append();
    await store.append(stream, 'none', [newEvent()]);
    await ledger.until(2);
    server.log.softDelete(stream);
    await append();
    await refused(store, stream);
    server.log.truncate(stream, 0);
    await append();
    expect(await store.append(stream, 0, [newEvent()])).toMatchObject({ appended: true });
    await ledger.stop();
  });

  test('shows that a stream was deleted before this process began', async () => {
    const server = await startServer(options);
    const stream = newStream();
    await open(server, { callMs: 5_000 }).append(stream, 'none', [newEvent()]);
    server.log.softDelete(stream);
    const store = open(server, { callMs: 5_000 });
    const ledger = followed(store);
    await ledger.until(1);
    await store.append(newStream(), 'none', [newEvent()]);
    await ledger.until(2);
    await refused(store, stream);
    await ledger.stop();
  });
});

import { afterEach, describe, expect, test } from 'vitest';
import { type EventStore, placeAfter, start } from '../../src/store/event-store.ts';
import type { WireOptions } from './esdb-wire/server.ts';
import { closeAll, followed, open, speaking, startServer } from './esdb-wire/stores.ts';
import { newEvent } from './events.ts';

afterEach(closeAll);

let streams = 0;
const newStream = (): string => {
  streams += 1;
  return `upgrade.marks-${streams}`;
};

describe.each(speaking)('a ledger that is followed on a wire server, %s', (_, options) => {
  /** A store that follows its ledger, and an append to it that has been seen to pass. */
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

  test('takes an entry’s first event without looking first whether its stream was deleted', async () => {
    const { server, ledger, append } = await following({ positions: true }); // else what was appended is read back
    const looks: number[] = [];
    while (looks.length < 50 && !looks.includes(0)) {
      const before = server.calls().read;
      await append();
      looks.push(server.calls().read - before);
    }
    expect(looks).toContain(0);
    await ledger.stop();
  });

  test('tells a process that follows it from later on which streams were deleted before', async () => {
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
    const looksAt = async (work: () => Promise<unknown>): Promise<number> => {
      const looks = server.calls().read;
      await work();
      return server.calls().read - looks;
    };
    const append = () => store.append(newStream(), 'none', [newEvent()]);
    await expect.poll(() => looksAt(append), { timeout: 20_000 }).toBe(0);
    expect(await looksAt(() => refused(store, deleted))).toBeGreaterThan(0);
    leave.abort();
    await following;
  });

  test('shows a stream that was deleted meanwhile, and one whose deletion was undone', async () => {
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

  test('shows a stream that was deleted before this process began', async () => {
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

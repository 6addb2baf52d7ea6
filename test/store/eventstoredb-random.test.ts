import { afterEach, expect, test } from 'vitest';
import { type Appended, type EventStore, type ExpectedRevision, start } from '../../src/store/event-store.ts';
import { randomFrom } from '../random.ts';
import { type Fault, type FaultyCall, wireErrors } from './esdb-wire/faults.ts';
import type { WireServer } from './esdb-wire/server.ts';
import { closeAll, followed, generations, open, patiently, startServer } from './esdb-wire/stores.ts';
import { newEvent, newStream, readOn } from './events.ts';

afterEach(closeAll);

/** Another seed makes another run; a failure shows its seed. */
const seed = Number(process.env.REGISTRY_TEST_SEED ?? 20_190_624);
const disturbances = 200;

const faults: readonly Fault[] = [
  { do: 'cut' },
  { do: 'cut', written: true },
  { do: 'hang' },
  { do: 'hang', written: true },
  { do: 'end' },
  { do: 'end', written: true },
  { do: 'fail', error: wireErrors.deadline(), written: true },
  { do: 'fail', error: wireErrors.cancelled() },
  { do: 'fail', error: wireErrors.notReady() },
];

test.each(generations)(
  `through ${disturbances} kills, pauses and cuts no acknowledged event is lost, none is there twice, and every follower sees the ledger, %s (seed ${seed})`,
  { timeout: 120_000 },
  async (_, options) => {
    const random = randomFrom(seed);
    const server = await startServer(options);
    const stores = [open(server, { callMs: 150 }), open(server, { callMs: 150 })];
    const followers = stores.map((store) => followed(store, true));
    const acknowledged: string[] = [];
    const reached = new Map<string, number>();
    let isOver = false;

    const handle = (): EventStore => stores[random(stores.length)] ?? open(server);
    /** Writes to a stream, which it may share; repeats each append until it is answered. */
    const write = async (stream: string): Promise<void> => {
      let expected: ExpectedRevision = 'none';
      while (!isOver) {
        const events = Array.from({ length: 1 + random(2) }, () => newEvent());
        for (;;) {
          const at: ExpectedRevision = expected;
          const answer: Appended = await patiently(() => handle().append(stream, at, events));
          if (answer.appended) {
            acknowledged.push(...answer.events.map(({ id }) => id));
            expected = (expected === 'none' ? -1 : expected) + events.length;
            reached.set(stream, Math.max(expected, reached.get(stream) ?? -1));
            break;
          }
          expected = answer.current;
        }
      }
    };
    const shared = newStream();
    /** Reads streams; each has every event that was acknowledged before. */
    const watch = async (): Promise<void> => {
      while (!isOver) {
        const [stream = '', revision = -1] = [...reached][random(reached.size)] ?? [];
        const events = stream === '' ? [] : await patiently(() => handle().readStream(stream));
        expect(events.length).toBeGreaterThan(revision);
        await new Promise(setImmediate);
      }
    };
    const writers = [watch(), ...[newStream(), newStream(), newStream(), shared, shared].map(write)];

    for (let count = 0; count < disturbances; count += 1) {
      const before = acknowledged.length;
      await disturb(server, random);
      while (acknowledged.length < before + 2) await new Promise((resolve) => setTimeout(resolve, 2));
    }
    server.heal();
    isOver = true;
    await Promise.all(writers);

    const ledger = await readOn(open(server), start);
    const ids = ledger.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.toSorted()).toEqual([...new Set(acknowledged)].toSorted());
    expect(acknowledged.length).toBe(ids.length);
    expect(ledger.map(({ entryNumber }) => entryNumber)).toEqual(ids.map((_id, index) => index));
    for (const follower of followers) {
      await follower.until(ledger.length);
      expect(follower.seen).toEqual(ledger);
      await follower.stop();
    }
  },
);

const disturb = async (server: WireServer, random: (below: number) => number): Promise<void> => {
  const kind = random(20);
  if (kind === 0) {
    await server.stop();
    await new Promise((resolve) => setTimeout(resolve, random(40)));
    await server.start();
  } else if (kind < 5) server.cut();
  else if (kind < 8) {
    server.pause();
    await new Promise((resolve) => setTimeout(resolve, random(250)));
    server.resume();
  } else {
    const calls: readonly FaultyCall[] = ['append', 'append', 'append', 'read', 'subscribe'];
    const fault = faults[random(faults.length)];
    if (fault) server.fail(calls[random(calls.length)] ?? 'append', fault);
    if (random(4) === 0) server.log.foreign(random(2_000));
  }
};

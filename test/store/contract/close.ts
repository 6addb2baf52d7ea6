import { expect } from 'vitest';
import { StoreUnavailable, start } from '../../../src/store/event-store.ts';
import { newEvent, recordedElsewhere } from '../events.ts';
import type { ContractTest } from './fixture.ts';

export const closeTest = (test: ContractTest): void => {
  test('a closed handle rejects with StoreUnavailable, and the others go on', async ({ store, newStream, opened }) => {
    const handle = await opened.another();
    const stream = newStream();
    await handle.append(stream, 'none', [newEvent()]);
    await handle.close();
    await handle.close();
    await expect(handle.append(stream, 0, [newEvent()])).rejects.toBeInstanceOf(StoreUnavailable);
    await expect(handle.readStream(stream)).rejects.toBeInstanceOf(StoreUnavailable);
    await expect(handle.appendRecorded([[recordedElsewhere(stream, 1, 1, 1)]])).rejects.toBeInstanceOf(
      StoreUnavailable,
    );
    await expect(handle.readAppends(start, 1)).rejects.toBeInstanceOf(StoreUnavailable);
    await expect(handle.readAll(start, 1)).rejects.toBeInstanceOf(StoreUnavailable);
    await expect(handle.end()).rejects.toBeInstanceOf(StoreUnavailable);
    await expect(handle.size()).rejects.toBeInstanceOf(StoreUnavailable);
    expect(await store.readStream(stream)).toHaveLength(1);
  });
};

import { BACKWARDS, END, jsonEvent, StreamNotFoundError, WrongExpectedVersionError } from '@eventstore/db-client';
import { z } from 'zod';
import type { Remembered } from '../../ledger/remembered.ts';
import { connectionTo, within } from './connection.ts';
import { collected } from './read.ts';

const callMs = 5_000;
/** As many as somebody may want to look at after an incident; the store removes earlier ones. */
const keptCheckpoints = 10;
const remembered = z.object({ note: z.string() });

/**
 * What is remembered in a stream of its own, which is none of the registry’s (they begin with another prefix), under an
 * expected revision: of two nodes that sign at the same time, one is told that the other was quicker. It connects at the
 * first call, on a connection of its own.
 */
export const checkpointsOn = (connectionString: string, origin: string): Remembered => {
  const connection = connectionTo(connectionString, callMs, () => {});
  const stream = `ledger-checkpoints-${origin}`;
  let seen: { readonly revision: bigint; readonly note: Buffer } | undefined;

  return {
    last: () =>
      connection.reading(async (client) => {
        const newest = { direction: BACKWARDS, fromRevision: END, maxCount: 1, requiresLeader: true } as const;
        try {
          const [last] = await collected(client.readStream(stream, newest), callMs);
          seen = last && { revision: last.revision, note: Buffer.from(remembered.parse(last.data).note) };
        } catch (error) {
          if (!(error instanceof StreamNotFoundError)) throw error;
          seen = undefined;
        }
        return seen?.note ?? 'none';
      }),
    remember: async (note, instead) => {
      const client = connection.client();
      const before = seen;
      if (instead === 'none' ? before !== undefined : before?.note.equals(instead) !== true) return false;
      try {
        const event = jsonEvent({ type: 'CheckpointSigned', data: { note: note.toString() } });
        const options = {
          expectedRevision: before?.revision ?? 'no_stream',
          requiresLeader: true,
          deadline: callMs,
        } as const;
        const { success, nextExpectedRevision } = await within(callMs, client.appendToStream(stream, event, options));
        if (!success) return false;
        seen = { revision: nextExpectedRevision, note };
        if (before === undefined) await within(callMs, client.setStreamMetadata(stream, { maxCount: keptCheckpoints }));
        return true;
      } catch (error) {
        if (error instanceof WrongExpectedVersionError) return false;
        connection.failed(client, error);
        throw await connection.unavailable(error);
      }
    },
    close: connection.close,
  };
};

import shared from '@eventstore/db-client/generated/shared_pb.js';
import streams, { type ReadReq, type ReadResp } from '@eventstore/db-client/generated/streams_pb.js';
import type { ServerWritableStream } from '@grpc/grpc-js';
import { wireErrors } from './faults.ts';
import type { WireLog, WireRecord } from './log.ts';

/** `Read` of the test fixture: a stream or `$all`, forwards or backwards, and subscriptions to `$all`. */

export type ReadCall = ServerWritableStream<ReadReq, ReadResp>;
type Options = ReadReq.Options;

/** How many records the server reads at a time; a filter's window if the client gives none. */
const windowOfServer = 32;

export const readStream = async (call: ReadCall, options: Options, log: WireLog, positions: boolean): Promise<void> => {
  const from = options.getStream();
  const name = streamName(from?.getStreamIdentifier()?.getStreamName());
  const records = log.stream(name);
  if (records === 'deleted') {
    call.emit('error', wireErrors.deleted(name));
    return;
  }
  if (records === 'none') {
    const notFound = new streams.ReadResp.StreamNotFound();
    notFound.setStreamIdentifier(from?.getStreamIdentifier());
    call.write(new streams.ReadResp().setStreamNotFound(notFound));
  } else {
    const revision = from?.hasRevision() ? BigInt(from.getRevision()) : from?.hasEnd() ? 2n ** 63n : 0n;
    const shown = isBackwards(options)
      ? records.filter((record) => BigInt(record.revision) <= revision).reverse()
      : records.filter((record) => BigInt(record.revision) >= revision);
    await writeAll(call, shown.slice(0, Number(options.getCount())), positions ? undefined : unknownPosition);
  }
  call.end();
};

export const readAll = async (call: ReadCall, options: Options, log: WireLog): Promise<void> => {
  const all = options.getAll();
  const at = all?.getPosition();
  const position = at ? Number(at.getCommitPosition()) : all?.hasEnd() ? Number.POSITIVE_INFINITY : 0;
  const { records } = log;
  const index = firstAfter(records, at ? position - 1 : position);
  const count = Number(options.getCount());
  const shown = isBackwards(options)
    ? records.slice(Math.max(0, index - count), index).reverse()
    : records.slice(index, index + count);
  await writeAll(call, shown);
  call.end();
};

/** Live until the client or a cut ends it; a checkpoint follows every window times interval records. */
export const subscribe = (
  call: ReadCall,
  options: Options,
  log: WireLog,
  caughtUp: boolean,
  paused: () => Promise<void> | undefined,
): void => {
  const matches = filterOf(options.getFilter());
  const window = options.getFilter()?.hasMax() ? (options.getFilter()?.getMax() ?? 0) : windowOfServer;
  const interval = window * (options.getFilter()?.getCheckpointintervalmultiplier() ?? 1);
  const all = options.getAll();
  const at = all?.getPosition();
  const { records } = log;
  let index = at ? firstAfterPair(records, Number(at.getCommitPosition()), Number(at.getPreparePosition())) : 0;
  if (all?.hasEnd()) index = records.length;
  let considered = 0;
  let isLive = false;
  let isPumping = false;

  const checkpoint = (record: WireRecord) => {
    const place = new streams.ReadResp.Checkpoint();
    place.setCommitPosition(String(record.commit));
    place.setPreparePosition(String(record.commit));
    call.write(new streams.ReadResp().setCheckpoint(place));
  };
  const pump = async () => {
    if (isPumping) return;
    isPumping = true;
    while (!call.cancelled && !call.destroyed) {
      await paused();
      const record = records[index];
      if (record === undefined) {
        if (isLive) break;
        isLive = true;
        if (caughtUp) call.write(new streams.ReadResp().setCaughtUp(new streams.ReadResp.CaughtUp()));
        continue;
      }
      index += 1;
      considered += 1;
      if (matches(record) && !call.write(eventResponse(record))) await drained(call);
      if (considered % interval === 0) checkpoint(record);
    }
    isPumping = false;
  };

  const confirmation = new streams.ReadResp.SubscriptionConfirmation();
  confirmation.setSubscriptionId(crypto.randomUUID());
  call.write(new streams.ReadResp().setConfirmation(confirmation));
  let isScheduled = false;
  const stop = log.onWritten(() => {
    if (isScheduled) return;
    isScheduled = true;
    setImmediate(() => {
      isScheduled = false;
      void pump();
    });
  });
  call.on('close', stop);
  call.on('cancelled', stop);
  void pump();
};

const isBackwards = (options: Options): boolean => options.getReadDirection() === 1;

/** Waits until the call accepts more, or is over. */
const drained = (call: ReadCall): Promise<void> =>
  new Promise((resolve) => {
    const go = (): void => {
      for (const event of ['drain', 'cancelled', 'close']) call.off(event, go);
      resolve();
    };
    for (const event of ['drain', 'cancelled', 'close']) call.on(event, go);
  });

const writeAll = async (call: ReadCall, records: readonly WireRecord[], position?: string): Promise<void> => {
  for (const record of records) {
    if (call.cancelled || call.destroyed) return;
    if (!call.write(eventResponse(record, position))) await drained(call);
  }
};

/** The index of the first record that begins after a position. */
const firstAfter = (records: readonly WireRecord[], position: number): number => {
  let [low, high] = [0, records.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((records[middle]?.commit ?? 0) > position) high = middle;
    else low = middle + 1;
  }
  return low;
};

/** The server compares a record as (commit, commit), so it comes after (commit, an earlier prepare). */
const firstAfterPair = (records: readonly WireRecord[], commit: number, prepare: number): number =>
  firstAfter(records, prepare < commit ? commit - 1 : commit);

const filterOf = (filter: ReadReq.Options.FilterOptions | undefined): ((record: WireRecord) => boolean) => {
  const expression = filter?.getStreamIdentifier() ?? filter?.getEventType();
  if (!filter || !expression) return () => true;
  const of = (record: WireRecord) => (filter.hasStreamIdentifier() ? record.stream : record.type);
  const prefixes = expression.getPrefixList();
  const regex = new RegExp(expression.getRegex());
  return (record) =>
    prefixes.length > 0 ? prefixes.some((prefix) => of(record).startsWith(prefix)) : regex.test(of(record));
};

export const streamName = (name: Uint8Array | string | undefined): string =>
  typeof name === 'string' ? Buffer.from(name, 'base64').toString() : Buffer.from(name ?? []).toString();

/** The value of a position that is not given. */
const unknownPosition = String(2n ** 64n - 1n);

const eventResponse = (record: WireRecord, position?: string): ReadResp => {
  const recorded = new streams.ReadResp.ReadEvent.RecordedEvent();
  recorded.setId(new shared.UUID().setString(record.id));
  recorded.setStreamIdentifier(new shared.StreamIdentifier().setStreamName(Buffer.from(record.stream)));
  recorded.setStreamRevision(record.revision);
  recorded.setCommitPosition(position ?? String(record.commit));
  recorded.setPreparePosition(position ?? String(record.prepare));
  recorded.getMetadataMap().set('type', record.type);
  recorded.getMetadataMap().set('content-type', record.contentType);
  recorded.getMetadataMap().set('created', String(record.created));
  recorded.setData(record.data);
  recorded.setCustomMetadata(record.metadata);
  const event = new streams.ReadResp.ReadEvent();
  event.setEvent(recorded);
  event.setCommitPosition(position ?? String(record.commit));
  return new streams.ReadResp().setEvent(event);
};

import { convertToCommandError, type EventStoreDBClient, UnavailableError, UnknownError } from '@eventstore/db-client';
import unpacking from '@eventstore/db-client/dist/streams/appendToStream/unpackError.js';
import shared from '@eventstore/db-client/generated/shared_pb.js';
import service, { type StreamsClient } from '@eventstore/db-client/generated/streams_grpc_pb.js';
import messages, { type BatchAppendReq, type BatchAppendResp } from '@eventstore/db-client/generated/streams_pb.js';
import empty from 'google-protobuf/google/protobuf/empty_pb.js';
import timestamp from 'google-protobuf/google/protobuf/timestamp_pb.js';
import { z } from 'zod';
import type { ExpectedRevision } from '../event-store.ts';
import { NoAnswer } from './connection.ts';

/**
 * Many appends share one call, the protocol's `BatchAppend`. The client's own implementation (6.2.1,
 * dist/streams/appendToStream/batchAppend.js) keeps all pending appends of the process in one table: an error on one call
 * rejects the appends on all of them, and an answer after that throws an error that cannot be caught.
 */
export type Proposal = {
  readonly stream: string;
  readonly expected: ExpectedRevision;
  readonly events: readonly {
    readonly id: string;
    readonly type: string;
    readonly data: object;
    readonly metadata: object;
  }[];
};

type Waiting = { readonly resolve: (commit: bigint | undefined) => void; readonly reject: (error: Error) => void };
type Batch = {
  readonly append: (proposal: Proposal, withinMs: number) => Promise<bigint | undefined>;
  readonly ended: Promise<void>;
  readonly cancel: () => void;
};

/** Methods of the client that its types declare protected (dist/Client/index.d.ts). */
const clientInternals = z.object({
  getGRPCClient: z.custom<(type: typeof StreamsClient, name: string) => Promise<StreamsClient>>(isFunction),
  callArguments: z.custom<(options: object, call: object) => Parameters<StreamsClient['batchAppend']>>(isFunction),
  handleError: z.custom<(client: StreamsClient, error: Error) => Promise<void>>(isFunction),
  supports: z.custom<(method: typeof service.StreamsService.batchAppend) => Promise<boolean>>(isFunction),
});

function isFunction(value: unknown): boolean {
  return typeof value === 'function';
}

/** gRPC servers accept messages of up to 4 MiB. */
const messageBytes = 1024 * 1024;

export const offersBatches = (client: EventStoreDBClient): Promise<boolean> =>
  clientInternals.parse(client).supports(service.StreamsService.batchAppend);

const batches = new WeakMap<EventStoreDBClient, Promise<Batch>>();

/**
 * Resolves when the store has recorded the events, or already had, with the commit position of the last of them if the
 * store gives one. Rejects with the client's errors; with `NoAnswer` or, if the call ended without an answer, with
 * `UnavailableError` the outcome is unknown.
 */
export const appendInBatch = async (
  client: EventStoreDBClient,
  proposal: Proposal,
  withinMs: number,
): Promise<bigint | undefined> => (await batchOf(client)).append(proposal, withinMs);

/** Cancels the appends under way on a client. */
export const cancelBatch = (client: EventStoreDBClient): void => {
  batches.get(client)?.then(
    ({ cancel }) => cancel(),
    () => {},
  );
};

const batchOf = (client: EventStoreDBClient): Promise<Batch> => {
  const known = batches.get(client);
  if (known) return known;
  const opening = openBatch(client);
  const forget = (): void => {
    if (batches.get(client) === opening) batches.delete(client);
  };
  batches.set(client, opening);
  opening.then(({ ended }) => ended.then(forget), forget);
  return opening;
};

const openBatch = async (client: EventStoreDBClient): Promise<Batch> => {
  const internals = clientInternals.parse(client);
  const waiting = new Map<string, Waiting>();
  const over = Promise.withResolvers<void>();
  let hasEnded = false;
  const end = (error: Error): void => {
    hasEnded = true;
    over.resolve();
    for (const { reject } of waiting.values()) reject(error);
    waiting.clear();
  };
  const grpc = await internals.getGRPCClient(service.StreamsClient, 'batchAppend');
  const call = grpc.batchAppend(
    ...internals.callArguments({ requiresLeader: true }, { deadline: Number.POSITIVE_INFINITY }),
  );
  call.on('data', (response: BatchAppendResp) => {
    const id = response.getCorrelationId()?.getString() ?? '';
    const answered = waiting.get(id); // undefined if its time is over
    waiting.delete(id);
    if (response.hasError()) answered?.reject(errorOf(response));
    else answered?.resolve(commitOf(response));
  });
  call.on('error', (error: Error) => {
    end(convertToCommandError(error));
    void internals.handleError(grpc, error);
  });
  call.on('end', () => end(ended()));
  call.on('close', () => end(ended()));

  const append = (proposal: Proposal, withinMs: number): Promise<bigint | undefined> =>
    new Promise((resolve, reject) => {
      if (hasEnded) return reject(ended());
      const id = crypto.randomUUID();
      const timer = setTimeout(() => {
        waiting.delete(id);
        reject(new NoAnswer(`no answer within ${withinMs} ms`));
      }, withinMs);
      waiting.set(id, {
        resolve: (commit) => {
          clearTimeout(timer);
          resolve(commit);
        },
        reject: (error) => {
          clearTimeout(timer);
          reject(error);
        },
      });
      for (const message of requestsOf(id, proposal)) call.write(message);
    });
  return { append, ended: over.promise, cancel: () => call.cancel() };
};

const commitOf = (response: BatchAppendResp): bigint | undefined => {
  const position = response.getSuccess()?.getPosition();
  return position && BigInt(position.getCommitPosition());
};

const ended = (): Error => {
  const error = new UnavailableError();
  error.message = 'the call ended without an answer';
  return error;
};

const errorOf = (response: BatchAppendResp): Error => {
  const error = response.getError();
  if (!error?.hasDetails()) return new UnknownError(undefined, error?.getMessage());
  const name = response.getStreamIdentifier()?.getStreamName_asU8() ?? new Uint8Array();
  return unpacking.unpackToCommandError(error, Buffer.from(name).toString());
};

/** The messages of one append; the first names its stream, the last says that it is complete. */
const requestsOf = (id: string, { stream, expected, events }: Proposal): readonly BatchAppendReq[] => {
  const options = new messages.BatchAppendReq.Options();
  options.setStreamIdentifier(new shared.StreamIdentifier().setStreamName(Buffer.from(stream)));
  // The server uses the shorter of this and its own write timeout. An hour, so that the clocks need not agree.
  options.setDeadline(timestamp.Timestamp.fromDate(new Date(Date.now() + 3_600_000)));
  if (expected === 'none') options.setNoStream(new empty.Empty());
  else options.setStreamPosition(String(expected));
  const request = () => new messages.BatchAppendReq().setCorrelationId(new shared.UUID().setString(id));
  const requests = [request().setOptions(options)];
  let bytes = 0;
  for (const event of events) {
    const data = Buffer.from(JSON.stringify(event.data));
    const metadata = Buffer.from(JSON.stringify(event.metadata));
    const message = new messages.BatchAppendReq.ProposedMessage();
    message.setId(new shared.UUID().setString(event.id));
    message.getMetadataMap().set('type', event.type).set('content-type', 'application/json');
    message.setData(data);
    message.setCustomMetadata(metadata);
    bytes += data.length + metadata.length;
    if (bytes > messageBytes) {
      requests.push(request());
      bytes = 0;
    }
    requests.at(-1)?.addProposedMessages(message);
  }
  requests.at(-1)?.setIsFinal(true);
  return requests;
};

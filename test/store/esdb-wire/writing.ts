import shared, { type UUID } from '@eventstore/db-client/generated/shared_pb.js';
import rpcStatus from '@eventstore/db-client/generated/status_pb.js';
import streams, {
  type AppendReq,
  type BatchAppendReq,
  type BatchAppendResp,
} from '@eventstore/db-client/generated/streams_pb.js';
import any from 'google-protobuf/google/protobuf/any_pb.js';
import empty from 'google-protobuf/google/protobuf/empty_pb.js';
import type { Expected, Proposed, Written } from './log.ts';
import { streamName } from './reading.ts';

/** The messages of `Append` and `BatchAppend`, in and out, of the test fixture. */

export type Asked = { readonly stream: string; readonly expected: Expected; readonly events: readonly Proposed[] };

export const sizeOf = (events: readonly Proposed[]): number =>
  events.reduce((sum, { type, data, metadata }) => sum + 2 * type.length + data.length + metadata.length, 0);

export const askedOf = (messages: readonly AppendReq[]): Asked => {
  const options = messages.find((message) => message.hasOptions())?.getOptions();
  const expected = options?.hasRevision()
    ? Number(options.getRevision())
    : options?.hasNoStream()
      ? -1
      : options?.hasStreamExists()
        ? 'exists'
        : 'any';
  const events = messages.flatMap((message) => message.getProposedMessage() ?? []).map(proposedOf);
  return { stream: streamName(options?.getStreamIdentifier()?.getStreamName()), expected, events };
};

export const batchAskedOf = (messages: readonly BatchAppendReq[]): Asked => {
  const options = messages.find((message) => message.hasOptions())?.getOptions();
  const expected = options?.hasStreamPosition()
    ? Number(options.getStreamPosition())
    : options?.hasNoStream()
      ? -1
      : options?.hasStreamExists()
        ? 'exists'
        : 'any';
  const events = messages.flatMap((message) => message.getProposedMessagesList()).map(proposedOf);
  return { stream: streamName(options?.getStreamIdentifier()?.getStreamName()), expected, events };
};

export const uuidText = (uuid: UUID | undefined): string => uuid?.getString() ?? '';

const proposedOf = (message: AppendReq.ProposedMessage | BatchAppendReq.ProposedMessage): Proposed => ({
  id: uuidText(message.getId()),
  type: message.getMetadataMap().get('type') ?? '',
  contentType: message.getMetadataMap().get('content-type') ?? '',
  data: message.getData_asU8(),
  metadata: message.getCustomMetadata_asU8(),
});

/** The answer to an `Append` that succeeded or expected the wrong revision. */
export const appendResponse = (
  asked: Asked,
  written: Exclude<Written, { kind: 'deleted' | 'dropped' }>,
  positions: boolean,
) => {
  const response = new streams.AppendResp();
  if (written.kind === 'success') {
    const success = new streams.AppendResp.Success();
    success.setCurrentRevision(String(written.last));
    if (!positions) return response.setSuccess(success.setNoPosition(new shared.Empty()));
    const position = new streams.AppendResp.Position();
    position.setCommitPosition(String(written.position));
    position.setPreparePosition(String(written.position));
    success.setPosition(position);
    return response.setSuccess(success);
  }
  const wrong = new streams.AppendResp.WrongExpectedVersion();
  if (written.current >= 0) wrong.setCurrentRevision(String(written.current));
  else wrong.setCurrentNoStream(new shared.Empty());
  if (asked.expected === -1) wrong.setExpectedNoStream(new shared.Empty());
  else wrong.setExpectedRevision(String(asked.expected));
  return response.setWrongExpectedVersion(wrong);
};

type Serializable = { readonly serializeBinary: () => Uint8Array };

const failed = (name: string, details: Serializable, message: string) => {
  const packed = new any.Any();
  packed.pack(details.serializeBinary(), name);
  return new rpcStatus.Status().setMessage(message).setDetails(packed);
};

/** Errors of one append on the batch stream, as the server packs them (Status.cs). */
export const batchErrors = {
  'access-denied': () => failed('event_store.client.AccessDenied', new shared.AccessDenied(), 'Access Denied'),
  timeout: () => failed('event_store.client.Timeout', new shared.Timeout(), 'Timeout'),
  'not-ready': () => failed('google.protobuf.Empty', new empty.Empty(), 'Server Is Not Ready'),
  tooLarge: (limit: number) => {
    const details = new shared.MaximumAppendSizeExceeded().setMaxappendsize(limit);
    return failed('event_store.client.MaximumAppendSizeExceeded', details, 'Maximum Append Size Exceeded');
  },
  deleted: (stream: string) => {
    const identifier = new shared.StreamIdentifier().setStreamName(Buffer.from(stream));
    const details = new shared.StreamDeleted().setStreamIdentifier(identifier);
    return failed('event_store.client.StreamDeleted', details, 'Stream Deleted');
  },
  wrong: (asked: Asked, current: number) => {
    const details = new shared.WrongExpectedVersion();
    if (current >= 0) details.setCurrentStreamRevision(String(current));
    else details.setCurrentNoStream(new empty.Empty());
    if (asked.expected === -1) details.setExpectedNoStream(new empty.Empty());
    else details.setExpectedStreamPosition(String(asked.expected));
    return failed('event_store.client.WrongExpectedVersion', details, 'Wrong Expected Version');
  },
};

export const batchResponse = (first: BatchAppendReq): BatchAppendResp => {
  const response = new streams.BatchAppendResp();
  response.setCorrelationId(first.getCorrelationId());
  return response.setStreamIdentifier(first.getOptions()?.getStreamIdentifier());
};

export const batchSuccess = (last: number, position: number | undefined) => {
  const success = new streams.BatchAppendResp.Success();
  success.setCurrentRevision(String(last));
  if (position === undefined) return success.setNoPosition(new empty.Empty());
  const place = new shared.AllStreamPosition();
  place.setCommitPosition(String(position));
  place.setPreparePosition(String(position));
  return success.setPosition(place);
};

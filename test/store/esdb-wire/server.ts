/**
 * A test fixture: a gRPC server that implements as much of EventStoreDB's protocol as the registry uses, by the service
 * definitions in the client's package, with its events in memory. Tests against it show that the adapter follows the
 * published protocol and rules; they are no test against EventStoreDB.
 */
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import features from '@eventstore/db-client/generated/serverfeatures_grpc_pb.js';
import featureMessages from '@eventstore/db-client/generated/serverfeatures_pb.js';
import streamsService from '@eventstore/db-client/generated/streams_grpc_pb.js';
import streams, {
  type AppendReq,
  type AppendResp,
  type BatchAppendReq,
  type BatchAppendResp,
} from '@eventstore/db-client/generated/streams_pb.js';
import {
  type Metadata,
  Server,
  ServerCredentials,
  type ServerDuplexStream,
  type ServerReadableStream,
} from '@grpc/grpc-js';
import { type Admission, addGossip, refusalOf } from './admission.ts';
import { type Fault, type FaultyCall, wireErrors } from './faults.ts';
import { openWireLog, type WireLog } from './log.ts';
import { type ReadCall, readAll, readStream, streamName, subscribe } from './reading.ts';
import {
  type Asked,
  appendResponse,
  askedOf,
  batchAskedOf,
  batchErrors,
  batchResponse,
  batchSuccess,
  sizeOf,
  uuidText,
} from './writing.ts';

export type WireOptions = Admission & {
  /** Nodes of one cluster share a log. */
  readonly log?: WireLog;
  /** Whether the server offers `BatchAppend`; otherwise its `ServerFeatures` is UNIMPLEMENTED. */
  readonly batchAppend?: boolean;
  /** Whether the server says when a subscription has caught up, as newer ones do. */
  readonly caughtUp?: boolean;
  /** Whether appends and reads of a stream give their events' positions in the log; servers before 22.6 do not. */
  readonly positions?: boolean;
  /** In bytes; the server's own default is 1 MiB. */
  readonly maxAppendSize?: number;
};

export type WireServer = {
  readonly log: WireLog;
  readonly port: number;
  readonly connectionString: string;
  /** Injects a fault into the next `times` calls of a kind; once by default. */
  readonly fail: (call: FaultyCall, fault: Fault, times?: number) => void;
  readonly heal: () => void;
  /** Cuts every connection. */
  readonly cut: () => void;
  /** Closes the port and keeps the events. */
  readonly stop: () => Promise<void>;
  /** Opens the same port again. */
  readonly start: () => Promise<void>;
  /** Holds back requests and answers, with the connections open. */
  readonly pause: () => void;
  readonly resume: () => void;
  /** How many calls of each kind have come in. */
  readonly calls: () => Readonly<Record<FaultyCall, number>>;
  /** The commit positions from which subscriptions were requested, 0 for the start. */
  readonly subscribedFrom: () => readonly number[];
  readonly close: () => Promise<void>;
};

export const startWireServer = async (options: WireOptions = {}): Promise<WireServer> => {
  const {
    log = openWireLog(),
    batchAppend = true,
    caughtUp = true,
    positions = true,
    maxAppendSize = 1_048_576,
  } = options;
  const faults: { call: FaultyCall; fault: Fault; left: number }[] = [];
  const calls = { append: 0, read: 0, subscribe: 0, features: 0 };
  const sockets = new Set<Socket>();
  const from: number[] = [];
  let paused: PromiseWithResolvers<void> | undefined;

  const cut = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  const refusal = (call: { readonly metadata: Metadata }) => refusalOf(call.metadata, port, options);
  /** Counts a call, waits while the server is paused, and returns the fault to inject. */
  const arrive = async (call: FaultyCall): Promise<Fault | undefined> => {
    calls[call] += 1;
    await paused?.promise;
    const next = faults.find((each) => each.call === call && each.left > 0);
    if (next) next.left -= 1;
    return next?.fault;
  };

  const append = async (
    call: ServerReadableStream<AppendReq, AppendResp>,
    answer: (error: ReturnType<typeof wireErrors.timeout> | null, response?: AppendResp) => void,
  ) => {
    const messages = await complete(call);
    if (messages === undefined) return;
    const refused = refusal(call);
    if (refused) return answer(refused);
    const asked = askedOf(messages);
    const fault = await arrive('append');
    if (fault?.written) log.append(asked.stream, asked.expected, asked.events);
    if (fault?.do === 'cut') return cut();
    if (fault?.do === 'hang' || fault?.do === 'end') return;
    if (fault?.do === 'fail') return answer(fault.error);
    if (fault?.do === 'refuse') return answer(refusals[fault.why]());
    if (sizeOf(asked.events) > maxAppendSize) return answer(wireErrors.tooLarge(maxAppendSize));
    const written = log.append(asked.stream, asked.expected, asked.events);
    if (written.kind === 'dropped') return;
    if (written.kind === 'success') await log.replicated();
    await paused?.promise;
    if (written.kind === 'deleted') return answer(wireErrors.deleted(asked.stream));
    answer(null, appendResponse(asked, written, positions));
  };

  const batch = (call: ServerDuplexStream<BatchAppendReq, BatchAppendResp>) => {
    const parts = new Map<string, BatchAppendReq[]>();
    call.on('error', () => {});
    call.on('end', () => call.end());
    call.on('data', async (message: BatchAppendReq) => {
      const id = uuidText(message.getCorrelationId());
      const messages = [...(parts.get(id) ?? []), message];
      parts.set(id, messages);
      const [first] = messages;
      if (!message.getIsFinal() || !first) return;
      parts.delete(id);
      const refused = refusal(call);
      if (refused) return call.emit('error', refused);
      const asked = batchAskedOf(messages);
      const fault = await arrive('append');
      if (fault?.written) log.append(asked.stream, asked.expected, asked.events);
      if (fault?.do === 'cut') return cut();
      if (fault?.do === 'hang') return;
      if (fault?.do === 'end') return call.end();
      if (fault?.do === 'fail') return call.emit('error', fault.error);
      const response = batchResponse(first);
      const error = fault ? batchErrors[fault.why]() : batchWrite(asked, response);
      if (error === 'dropped') return;
      if (error) response.setError(error);
      else await log.replicated();
      await paused?.promise;
      call.write(response);
    });
  };

  const batchWrite = (asked: Asked, response: BatchAppendResp) => {
    if (sizeOf(asked.events) > maxAppendSize) return batchErrors.tooLarge(maxAppendSize);
    const written = log.append(asked.stream, asked.expected, asked.events);
    if (written.kind === 'dropped') return 'dropped';
    if (written.kind === 'deleted') return batchErrors.deleted(asked.stream);
    if (written.kind === 'wrong') return batchErrors.wrong(asked, written.current);
    response.setSuccess(batchSuccess(written.last, positions ? written.position : undefined));
    return undefined;
  };

  const read = async (call: ReadCall) => {
    call.on('error', () => {});
    const refused = refusal(call);
    if (refused) return call.emit('error', refused);
    const asked = call.request.getOptions() ?? new streams.ReadReq.Options();
    const fault = await arrive(asked.hasSubscription() ? 'subscribe' : 'read');
    if (fault?.do === 'cut') return cut();
    if (fault?.do === 'hang') return;
    if (fault?.do === 'end') return call.end();
    if (fault?.do === 'fail') return call.emit('error', fault.error);
    if (asked.hasSubscription()) from.push(Number(asked.getAll()?.getPosition()?.getCommitPosition() ?? 0));
    if (asked.hasSubscription()) return subscribe(call, asked, log, caughtUp, () => paused?.promise);
    return asked.hasAll() ? readAll(call, asked, log) : readStream(call, asked, log, positions);
  };

  const grpc = new Server({ 'grpc.max_receive_message_length': 17 * 1024 * 1024 });
  grpc.addService(streamsService.StreamsService, {
    append,
    batchAppend: batch,
    read,
    delete: (call: { request: { getOptions: () => StreamOptions } }, answer: Answer) => {
      log.softDelete(streamName(call.request.getOptions()?.getStreamIdentifier()?.getStreamName()));
      answer(null, new streams.DeleteResp());
    },
    tombstone: (call: { request: { getOptions: () => StreamOptions } }, answer: Answer) => {
      log.tombstone(streamName(call.request.getOptions()?.getStreamIdentifier()?.getStreamName()));
      answer(null, new streams.TombstoneResp());
    },
  });
  if (batchAppend) {
    grpc.addService(features.ServerFeaturesService, {
      getSupportedMethods: async (_: unknown, answer: Answer) => {
        const fault = await arrive('features');
        if (fault?.do === 'cut') return cut();
        if (fault?.do === 'fail') return answer(fault.error);
        if (fault) return;
        const method = new featureMessages.SupportedMethod().setMethodName('batchappend');
        method.setServiceName('event_store.client.streams.streams');
        answer(null, supported(method));
      },
    });
  }
  if (options.members) addGossip(grpc, options.members);
  const injector = grpc.createConnectionInjector(ServerCredentials.createInsecure());

  const front = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket));
    injector.injectConnection(socket);
  });
  const listen = async (port: number) => {
    front.listen(port, '127.0.0.1');
    await once(front, 'listening');
  };
  const stop = async () => {
    if (!front.listening) return;
    const closed = once(front, 'close');
    front.close();
    cut();
    await closed;
  };
  await listen(0);
  const { port } = front.address() as AddressInfo;
  const resume = () => {
    paused?.resolve();
    paused = undefined;
  };

  return {
    log,
    port,
    connectionString: `esdb://127.0.0.1:${port}?tls=false`,
    fail: (call, fault, times = 1) => {
      faults.push({ call, fault, left: times });
    },
    heal: () => {
      faults.length = 0;
    },
    cut,
    stop,
    start: () => listen(port),
    pause: () => {
      paused ??= Promise.withResolvers();
    },
    resume,
    calls: () => ({ ...calls }),
    subscribedFrom: () => [...from],
    close: async () => {
      resume();
      await stop();
      injector.destroy();
      grpc.forceShutdown();
    },
  };
};

/** The messages of a call; undefined if it is cut before they are complete. */
const complete = async (call: ServerReadableStream<AppendReq, AppendResp>): Promise<AppendReq[] | undefined> => {
  const messages: AppendReq[] = [];
  try {
    for await (const message of call) messages.push(message);
  } catch {
    return undefined;
  }
  return call.cancelled ? undefined : messages;
};

const refusals = {
  'access-denied': wireErrors.accessDenied,
  timeout: wireErrors.timeout,
  'not-ready': wireErrors.notReady,
};

type StreamOptions =
  | { getStreamIdentifier: () => { getStreamName: () => Uint8Array | string } | undefined }
  | undefined;
type Answer = (error: object | null, response?: unknown) => void;

const supported = (method: InstanceType<typeof featureMessages.SupportedMethod>) => {
  const methods = new featureMessages.SupportedMethods().setEventStoreServerVersion('wire');
  methods.addMethods(method);
  return methods;
};

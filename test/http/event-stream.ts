import { createParser } from 'eventsource-parser';
import type { TestServer } from './server.ts';

export type StreamMessage = {
  readonly id?: string | undefined;
  readonly event?: string | undefined;
  readonly data: string;
};

/** A stream of Server-Sent Events that is being read. */
export type EventStream = {
  readonly headers: Headers;
  /** The next message; undefined once the stream has ended. */
  readonly next: () => Promise<StreamMessage | undefined>;
  /** The next `count` messages. */
  readonly take: (count: number) => Promise<readonly StreamMessage[]>;
  readonly close: () => Promise<void>;
};

/** Opens a stream over a real socket. */
export const openStream = async (
  { url }: Pick<TestServer, 'url'>,
  path: string,
  { token, headers = {} }: { readonly token?: string; readonly headers?: Readonly<Record<string, string>> } = {},
): Promise<EventStream> => {
  const response = await fetch(`${url}${path}`, {
    headers: {
      accept: 'text/event-stream',
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...headers,
    },
  });
  if (response.status !== 200 || response.body === null) throw new Error(`${path} answers ${response.status}`);
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  const waiting: StreamMessage[] = [];
  const parser = createParser({ onEvent: (message) => waiting.push(message) });
  const next = async (): Promise<StreamMessage | undefined> => {
    while (waiting.length === 0) {
      const { done, value } = await reader.read();
      if (done) return undefined;
      parser.feed(value);
    }
    return waiting.shift();
  };
  return {
    headers: response.headers,
    next,
    take: async (count) => {
      const taken: StreamMessage[] = [];
      while (taken.length < count) {
        const message = await next();
        if (message === undefined) throw new Error(`The stream ended after ${taken.length} messages`);
        taken.push(message);
      }
      return taken;
    },
    close: () => reader.cancel(),
  };
};

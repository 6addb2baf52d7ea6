import { Client, type Dispatcher } from 'undici';

export type Request = {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
};

export type Loaded = {
  /** Answers a second. */
  readonly rate: number;
  /** Of an answer, sorted. */
  readonly latenciesMs: Float64Array;
};

export const percentile = (sorted: Float64Array, share: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;

/**
 * Sends requests over so many connections, on each the next one when the last is answered, for a time. Throws at an
 * answer of another status than expected, so that nothing is measured that did not happen.
 */
export const load = async (
  url: string,
  connections: number,
  seconds: number,
  expected: number,
  next: () => Request,
): Promise<Loaded> => {
  const latencies: number[] = [];
  const clients = Array.from({ length: connections }, () => new Client(url, { pipelining: 1 }));
  const began = performance.now();
  const until = began + seconds * 1_000;
  await Promise.all(
    clients.map(async (client) => {
      while (performance.now() < until) {
        const sent = performance.now();
        await ask(client, expected, next());
        latencies.push(performance.now() - sent);
      }
    }),
  );
  const took = (performance.now() - began) / 1_000;
  await Promise.all(clients.map((client) => client.close()));
  return { rate: latencies.length / took, latenciesMs: Float64Array.from(latencies).sort() };
};

/** The lower half of the client's interface: what the load costs is taken from what is measured. */
const ask = (client: Client, expected: number, request: Request): Promise<void> =>
  new Promise((resolve, reject) => {
    let status = 0;
    const body: Buffer[] = [];
    const options: Dispatcher.DispatchOptions = {
      method: request.method,
      path: request.path,
      headers: request.headers ?? null,
      body: request.body ?? null,
    };
    client.dispatch(options, {
      onRequestStart: () => {},
      onResponseStart: (_, code) => {
        status = code;
      },
      onResponseData: (_, chunk) => {
        if (status !== expected) body.push(chunk);
      },
      onResponseEnd: () => {
        if (status === expected) resolve();
        else
          reject(
            new Error(`${request.method} ${request.path}: ${status} ${Buffer.concat(body).toString().slice(0, 1_000)}`),
          );
      },
      onResponseError: (_, error) => reject(error),
    });
  });

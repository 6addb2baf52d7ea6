import { Client, type Dispatcher } from 'undici';

export type Request = {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
};

export type Loaded = {
  /** Answers per second. */
  readonly rate: number;
  /** Of each answer, sorted. */
  readonly latenciesMs: Float64Array;
};

export const percentile = (sorted: Float64Array, share: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;

/**
 * Sends requests for a time over N connections, each sending the next one when the last is answered. Throws at an answer
 * of another status than expected, so that failures are not measured as work.
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

/** Uses the client's low-level interface, because the load takes its time from what is measured. */
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

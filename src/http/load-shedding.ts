import underPressure from '@fastify/under-pressure';
import type { Text } from '../../domain/field.ts';
import type { Config } from '../config.ts';
import type { App } from './context.ts';
import { Problem } from './problem.ts';

/** How often the delay of the event loop is looked at. */
const sampleIntervalMs = 1_000;
/** Whoever is refused is sent away for 1 to so many seconds, so that not all come back at once. */
const spreadSeconds = 5;

/**
 * Refuses what would only queue. What commands wait for is the store, and so they are bounded in number; what reads wait
 * for is the event loop, and so its delay is bounded.
 */
export const loadShedding = async (
  app: App,
  { commandLimit, delayLimitMs }: Pick<Config, 'commandLimit' | 'delayLimitMs'>,
): Promise<void> => {
  if (delayLimitMs !== undefined) {
    let countsFromMs = Number.POSITIVE_INFINITY;
    app.addHook('onListen', async () => {
      countsFromMs = performance.now() + 2 * sampleIntervalMs; // what starting took says nothing about requests
    });
    await app.register(underPressure, {
      maxEventLoopDelay: delayLimitMs,
      sampleInterval: sampleIntervalMs,
      pressureHandler: async ({ routeOptions }) => {
        if (routeOptions.config.vital || performance.now() < countsFromMs) return;
        throw overloaded({
          zh: `服务处理延迟超过 ${delayLimitMs} 毫秒，未作任何记录`,
          en: `The server is more than ${delayLimitMs} ms behind; nothing was recorded`,
        });
      },
    });
  }
  let underWay = 0;
  app.addHook('onRequest', (request, reply, done) => {
    if (request.method !== 'POST') return done();
    if (underWay >= commandLimit) {
      return done(
        overloaded({
          zh: `已有 ${commandLimit} 个操作正在处理，未作任何记录`,
          en: `${commandLimit} commands are already being processed; nothing was recorded`,
        }),
      );
    }
    underWay += 1;
    reply.raw.once('close', () => {
      underWay -= 1;
    });
    done();
  });
};

const overloaded = (detail: Text): Problem =>
  new Problem('overloaded', {}, detail, { 'retry-after': String(1 + Math.floor(Math.random() * spreadSeconds)) });

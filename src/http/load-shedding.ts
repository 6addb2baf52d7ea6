import underPressure from '@fastify/under-pressure';
import type { Text } from '../../domain/field.ts';
import type { Config } from '../config.ts';
import type { App } from './context.ts';
import { Problem } from './problem.ts';

/** How often the delay of the event loop is measured. */
const sampleIntervalMs = 1_000;
/** A refused client is asked to wait 1 to this many seconds, so that not all come back at once. */
const spreadSeconds = 5;

/**
 * Refuses requests that would only queue. Commands wait for the store, so their number is limited; reads wait for the
 * event loop, so its delay is limited.
 */
export const loadShedding = async (
  app: App,
  { commandLimit, delayLimitMs }: Pick<Config, 'commandLimit' | 'delayLimitMs'>,
): Promise<void> => {
  if (delayLimitMs !== undefined) {
    let countsFromMs = Number.POSITIVE_INFINITY;
    app.addHook('onListen', async () => {
      countsFromMs = performance.now() + 2 * sampleIntervalMs; // the delay while starting says nothing about requests
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
          zh: `已有 ${commandLimit} 个命令正在处理，未作任何记录`,
          en: `${commandLimit} commands are already in progress; nothing was recorded`,
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

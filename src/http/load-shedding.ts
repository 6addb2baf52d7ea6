import underPressure from '@fastify/under-pressure';
import type { Config } from '../config.ts';
import type { App } from './context.ts';
import { overloaded } from './problem.ts';

/** How often the delay of the event loop is measured. */
const sampleIntervalMs = 1_000;

/** Refuses requests while the event loop is behind, for they would only queue. */
export const loadShedding = async (app: App, { delayLimitMs }: Pick<Config, 'delayLimitMs'>): Promise<void> => {
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
};

/**
 * Limits the commands that wait for the store. A command counts once its sender is known and its body has arrived and
 * been parsed, so that a client that sends nothing takes no place; uploads wait in the queue of imports instead.
 */
export const commandSlots = (app: App, { commandLimit }: Pick<Config, 'commandLimit'>): void => {
  let underWay = 0;
  app.addHook('preHandler', (request, reply, done) => {
    if (request.method !== 'POST' || request.isMultipart()) return done();
    if (underWay >= commandLimit) {
      return done(
        overloaded({
          zh: `已有 ${commandLimit} 个命令正在处理，未作任何记录`,
          en: `${commandLimit} commands are already in progress; nothing was recorded`,
        }),
      );
    }
    if (request.raw.socket.destroyed) return done(); // its sender has gone: nothing would tell that it has ended
    underWay += 1;
    reply.raw.once('close', () => {
      underWay -= 1;
    });
    done();
  });
};

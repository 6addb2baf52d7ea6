import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { Config } from '../config.ts';
import type { App } from './context.ts';
import { overloaded } from './problem.ts';

/** How often the delay of the event loop is measured, and by a timer of how many milliseconds. */
const sampleIntervalMs = 1_000;
const resolutionMs = 10;

/**
 * Refuses requests while the event loop is behind, for they would only queue. It needs no file descriptor, as a measure of
 * memory would (/proc), so it goes on if there is none left.
 */
export const loadShedding = (app: App, { delayLimitMs }: Pick<Config, 'delayLimitMs'>): void => {
  if (delayLimitMs === undefined) return;
  const histogram = monitorEventLoopDelay({ resolution: resolutionMs });
  let isBehind = false;
  /** The delay while starting says nothing about requests. */
  let ignored = 2;
  let timer: NodeJS.Timeout | undefined;
  app.addHook('onListen', async () => {
    histogram.enable();
    timer = setInterval(() => {
      // Without a sample in all that time, the loop was busy throughout.
      const delayMs = histogram.count === 0 ? Number.POSITIVE_INFINITY : histogram.mean / 1e6 - resolutionMs;
      ignored = Math.max(0, ignored - 1);
      isBehind = ignored === 0 && delayMs > delayLimitMs;
      histogram.reset();
    }, sampleIntervalMs).unref();
  });
  app.addHook('onClose', async () => {
    clearInterval(timer);
    histogram.disable();
  });
  app.addHook('onRequest', ({ routeOptions }, _reply, done) => {
    if (!isBehind || routeOptions.config.vital) return done();
    done(
      overloaded({
        zh: `服务处理延迟超过 ${delayLimitMs} 毫秒，未作任何记录`,
        en: `The server is more than ${delayLimitMs} ms behind; nothing was recorded`,
      }),
    );
  });
};

/**
 * Limits the commands that wait for the store. A command counts once its sender is known and its body has arrived and
 * been parsed, so that a client that sends nothing takes no place; uploads wait in the queue of imports instead, and
 * sign-ins in that of passwords.
 */
export const commandSlots = (app: App, { commandLimit }: Pick<Config, 'commandLimit'>): void => {
  let underWay = 0;
  app.addHook('preHandler', (request, reply, done) => {
    if (request.method !== 'POST' || request.isMultipart() || request.routeOptions.config.signsIn) return done();
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

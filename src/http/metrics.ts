import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { App, Context } from './context.ts';
import { answerOf } from './schemas.ts';

/**
 * Measures the process, requests, the ledger and how far the read model lags behind it. Returns a function that adds the
 * route `/metrics` (Prometheus); call it once the documentation listens for routes.
 */
export const metrics = (app: App, { model }: Pick<Context, 'model'>): (() => void) => {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const registers = [registry];
  const durations = new Histogram({
    name: 'registry_http_request_duration_seconds',
    help: 'Time to answer, by route and status',
    labelNames: ['method', 'route', 'status'] as const,
    buckets: [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5],
    registers,
  });
  const commands = new Counter({
    name: 'registry_commands_total',
    help: 'Commands by register, command and status',
    labelNames: ['register', 'command', 'status'] as const,
    registers,
  });
  new Gauge({
    name: 'registry_ledger_size',
    help: 'Events in the ledger, as far as this node has seen',
    registers,
    collect() {
      const { storeSize } = model.health();
      if (storeSize !== undefined) this.set(storeSize);
    },
  });
  new Gauge({
    name: 'registry_read_model_size',
    help: 'Events that this node has folded',
    registers,
    collect() {
      this.set(model.health().size);
    },
  });
  new Gauge({
    name: 'registry_read_model_ready',
    help: '1 while the read model follows the log, else 0',
    registers,
    collect() {
      this.set(model.health().state === 'ready' ? 1 : 0);
    },
  });

  app.addHook('onResponse', async (request, reply) => {
    const route = request.routeOptions.url ?? 'none';
    const status = String(reply.statusCode);
    durations.observe({ method: request.method, route, status }, reply.elapsedTime / 1000);
    const { register, command } = request.routeOptions.config;
    if (command && register) commands.inc({ register: register.name, command: route.split('/').at(-1) ?? '', status });
  });
  return () => {
    app.get(
      '/metrics',
      {
        config: { produces: ['text/plain'], vital: true },
        logLevel: 'warn',
        schema: {
          tags: ['operations'],
          summary: 'Prometheus metrics',
          operationId: 'metrics',
          response: { 200: answerOf('text/plain', 'Metrics') },
        },
      },
      async (_request, reply) => reply.type(registry.contentType).send(await registry.metrics()),
    );
  };
};

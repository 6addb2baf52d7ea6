import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import { standing } from '../ledger/audit-state.ts';
import type { App, Context } from './context.ts';
import { answerOf } from './schemas.ts';

/**
 * Measures the process, requests, the ledger and how far the read model lags behind it. Returns a function that adds the
 * route `/metrics` (Prometheus); call it once the documentation listens for routes.
 */
export const metrics = (
  app: App,
  { model, ledger, audit }: Pick<Context, 'model' | 'ledger' | 'audit'>,
): (() => void) => {
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
  gaugeLedger(registers, model);
  gaugeCheckpoint(registers, ledger);
  gaugeAudit(registers, audit);
  gaugeWitnesses(registers, ledger);

  app.addHook('onResponse', (request, reply, done) => {
    const route = request.routeOptions.url ?? 'none';
    const status = String(reply.statusCode);
    durations.observe({ method: request.method, route, status }, reply.elapsedTime / 1000);
    const { register, command } = request.routeOptions.config;
    if (command && register) commands.inc({ register: register.name, command, status });
    done();
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

/** The ledger, and how far this node has folded and hashed it. */
const gaugeLedger = (registers: Registry[], model: Context['model']): void => {
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
  new Gauge({
    name: 'registry_ledger_hashed',
    help: 'Events that this node has hashed for the ledger’s tree',
    registers,
    collect() {
      const growth = model.ledger();
      if (growth !== undefined) this.set(growth.size);
    },
  });
  new Gauge({
    name: 'registry_ledger_growing',
    help: '1 while the hashes of the ledger grow with it, else 0',
    registers,
    collect() {
      const growth = model.ledger();
      this.set(growth !== undefined && growth.stopped === undefined ? 1 : 0);
    },
  });
};

/** The checkpoint that this node publishes. */
const gaugeCheckpoint = (registers: Registry[], ledger: Context['ledger']): void => {
  new Gauge({
    name: 'registry_checkpoint_size',
    help: 'Events that the checkpoint covers which this node publishes',
    registers,
    collect() {
      this.set(ledger.published()?.size ?? 0);
    },
  });
  new Gauge({
    name: 'registry_checkpoint_fault',
    help: '1 while something keeps this node from signing checkpoints, else 0',
    registers,
    collect() {
      this.set(ledger.fault() === undefined ? 0 : 1);
    },
  });
};

/** How far the self-audit has come, and whether it has found anything. */
const gaugeAudit = (registers: Registry[], audit: Context['audit']): void => {
  new Gauge({
    name: 'registry_audit_checked',
    help: 'Events that the pass of the self-audit which is under way has compared, or else the last one',
    registers,
    collect() {
      const { now, last } = audit.state() ?? {};
      this.set((now ?? last)?.checked ?? 0);
    },
  });
  new Gauge({
    name: 'registry_audit_last_pass_timestamp_seconds',
    help: 'When the last whole pass of the self-audit ended',
    registers,
    collect() {
      const at = audit.state()?.last?.at;
      if (at !== undefined) this.set(Date.parse(at) / 1_000);
    },
  });
  new Gauge({
    name: 'registry_audit_faults',
    help: 'What the self-audit has found; 0 if nothing of the past was changed',
    registers,
    collect() {
      this.set(standing(audit.state()).length);
    },
  });
};

/** What each witness of the settings has answered last. */
const gaugeWitnesses = (registers: Registry[], ledger: Context['ledger']): void => {
  const labelNames = ['witness'] as const;
  new Gauge({
    name: 'registry_witness_cosigned_size',
    help: 'Events of the largest checkpoint that the witness has cosigned',
    labelNames,
    registers,
    collect() {
      for (const { name, cosigned } of ledger.witnesses()) this.set({ witness: name }, cosigned);
    },
  });
  new Gauge({
    name: 'registry_witness_fault',
    help: '1 if the witness has not cosigned the last checkpoint that it was asked for, else 0',
    labelNames,
    registers,
    collect() {
      for (const { name, fault } of ledger.witnesses()) this.set({ witness: name }, fault === undefined ? 0 : 1);
    },
  });
};

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { FastifyInstance, FastifyTypeProvider, RawServerDefault } from 'fastify';
import type { Logger } from 'pino';
import type { z } from 'zod';
import type { Register } from '../../domain/register.ts';
import type { Identity, Role } from '../identity/identity.ts';
import type { Registry } from '../registry.ts';

/** What the routes work with: a node, but for what opens and closes it. */
export type Context = Omit<Registry, 'app' | 'close'>;

/** Requests are typed by their schemas; answers are checked against theirs by the tests. */
interface RequestTypes extends FastifyTypeProvider {
  readonly validator: this['schema'] extends z.ZodType ? z.output<this['schema']> : unknown;
  readonly serializer: unknown;
}

export type App = FastifyInstance<RawServerDefault, IncomingMessage, ServerResponse, Logger, RequestTypes>;

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Any one of these roles is needed; without, the route is open to anyone. */
    roles?: readonly Role[];
    /** The register whose key the path's `key` is. */
    register?: Register;
    /** Media types that the route can answer with; JSON where left out. */
    produces?: readonly string[];
    /** The request's body holds a command whose effective date must not lie in the future. */
    command?: boolean;
    /** Answered however busy the server is: by this it is judged. */
    vital?: boolean;
  }
  interface FastifyInstance {
    /** Aborts when the server begins to close, so that streams end. */
    closing: AbortSignal;
  }
  interface FastifyRequest {
    identity: Identity | undefined;
    /** The body before its schema normalised it. */
    sentBody: unknown;
    /** The path's key in its normal form, on routes of a register. */
    entryKey: string;
  }
}

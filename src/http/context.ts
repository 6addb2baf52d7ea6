import type { IncomingMessage, ServerResponse } from 'node:http';
import type { FastifyInstance, FastifyTypeProvider, RawServerDefault } from 'fastify';
import type { Logger } from 'pino';
import type { z } from 'zod';
import type { Register } from '../../domain/register.ts';
import type { Commands } from '../commands/commands.ts';
import type { Config } from '../config.ts';
import type { Identity, Role } from '../identity/identity.ts';
import type { Tokens } from '../identity/tokens.ts';
import type { Imports } from '../imports/imports.ts';
import type { Questions } from '../readmodel/questions.ts';
import type { ReadModel } from '../readmodel/read-model.ts';
import type { StoreFault } from '../store/recording-faults.ts';

/** What the routes work with: a node, but for its store and what opens and closes it. */
export type Context = {
  readonly config: Config;
  readonly model: ReadModel;
  readonly questions: Questions;
  readonly commands: Commands;
  readonly imports: Imports;
  readonly tokens: Tokens;
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** Why the store failed a command last, until it takes one again. */
  readonly lastFault: () => StoreFault | undefined;
};

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

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { FastifyInstance, FastifyTypeProvider, RawServerDefault } from 'fastify';
import type { Logger } from 'pino';
import type { z } from 'zod';
import type { Register } from '../../domain/register.ts';
import type { Commands } from '../commands/commands.ts';
import type { Config } from '../config.ts';
import type { Identity, Role } from '../identity/identity.ts';
import type { Issuer } from '../identity/issuer.ts';
import type { People } from '../identity/people.ts';
import type { Tokens } from '../identity/tokens.ts';
import type { Imports } from '../imports/imports.ts';
import type { PublishedLedger } from '../ledger/published.ts';
import type { SelfAudit } from '../ledger/self-audit.ts';
import type { Page } from '../page/page.ts';
import type { Questions } from '../readmodel/questions.ts';
import type { ReadModel } from '../readmodel/read-model.ts';
import type { StoreFault } from '../store/recording-faults.ts';
import type { LongReads } from './long-reads.ts';
import type { RequestHeaders } from './parameters.ts';

/** What the routes work with: a node without its store and without what opens and closes it. */
export type Context = {
  readonly config: Config;
  readonly model: ReadModel;
  readonly questions: Questions;
  readonly longReads: LongReads;
  readonly commands: Commands;
  readonly imports: Imports;
  /** Its checkpoint, tiles and proofs. */
  readonly ledger: PublishedLedger;
  readonly audit: SelfAudit;
  readonly people: People;
  readonly tokens: Tokens;
  readonly page: Page;
  /** Whether the entries are invented. */
  readonly isMadeUp: boolean;
  /** The issuer of OpenID Connect; undefined if none is set. */
  readonly issuer: Issuer | undefined;
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** How many events the store holds; rejects with `StoreUnavailable` if it is away. */
  readonly ledgerSize: () => Promise<number>;
  /** The position of the last event that the store holds; rejects as `ledgerSize` does. */
  readonly ledgerEnd: () => Promise<string>;
  /** Why the store last failed to record; undefined once it has recorded again. */
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
    /** One of these roles is needed; a route without roles is open to anyone. */
    roles?: readonly Role[];
    /** The register to which the path's `key` belongs. */
    register?: Register;
    /** Media types in which the route can answer; defaults to JSON. */
    produces?: readonly string[];
    /** The command of the register that the request's body holds; its effective date must not lie in the future. */
    command?: string;
    /** Begins a session, so it must come from the registry's own page. It takes no place among commands. */
    signsIn?: boolean;
    /** A browser comes here by itself and not by a page's script, so refusals are pages too. */
    forBrowsers?: boolean;
    /** What `access.log` says that somebody reads here. */
    reads?: 'trail' | 'history' | 'people' | 'logs' | 'changes' | 'submissions' | 'imports';
    /** The multipart form that the request brings, for the documentation. */
    form?: z.ZodType;
    /** Answered however busy the server is, since operators judge the server by it. */
    vital?: boolean;
  }
  /** Every logger of a request is pino's, which costs less to name the subject in than another child would. */
  interface FastifyBaseLogger extends Pick<Logger, 'setBindings'> {}
  interface FastifyInstance {
    /** Aborts when the server begins to close, so that streams end. */
    closing: AbortSignal;
    /** The path under which a proxy serves the registry; empty if that is the root. */
    basePath: string;
  }
  interface FastifyRequest {
    identity: Identity | undefined;
    /** The body before its schema normalised it. */
    sentBody: unknown;
    /** The headers that the route's schema names, parsed by it. */
    sentHeaders: Partial<RequestHeaders>;
    /** The path's key in its normal form, on routes of a register. */
    entryKey: string;
  }
}

import { hash, randomUUID } from 'node:crypto';
import { parse, v5 } from 'uuid';
import { type Metadata, streamOf } from '../../domain/event.ts';
import { canonicalJson } from '../../domain/json.ts';
import type { CommandRequest, DecisionRequest } from './requests.ts';

/** Namespace of the ids that are made from names (UUIDv5, RFC 9562 §5.5). */
const namespace = parse('5d0f7cf4-52a4-5e43-9d8f-8d4a7c0f6b1e');
const idFrom = (...parts: readonly string[]): string => v5(Buffer.from(JSON.stringify(parts)), namespace);

/** 64 lower-case hex digits. */
export const sha256 = (text: string | Uint8Array): string => hash('sha256', text);

/** What makes a command the same command when it comes again. */
export type CommandIdentity = Pick<Metadata, 'command' | 'bodySha256'>;

export const identityOf = ({ register, key, by, idempotencyKey, name, sent }: CommandRequest): CommandIdentity => ({
  command:
    idempotencyKey === undefined
      ? randomUUID()
      : idFrom('command', idempotencyKey, by, streamOf(register.name, key), name),
  bodySha256: sha256(canonicalJson(sent)),
});

/** The id of the event that a command records. */
export const eventIdOf = ({ command, bodySha256 }: CommandIdentity): string => idFrom('event', command, bodySha256);

/** The id of a decision and of its event: the same person's repeat of the same decision has the same. */
export const decisionIdOf = ({ id, decision, by }: DecisionRequest): string => idFrom('decision', id, decision, by);

/** The id of the plan's adoption that an empty registry starts with, the same on every node. */
export const seedIdOf = (plan: string): string => idFrom('seed', plan);

/** A subject has at most 500 characters of at most 4 bytes each; a submission's id is shorter than this. */
export const longestMetadata = { approvedBy: '\u{10000}'.repeat(500), submission: '~'.repeat(100) } as const;

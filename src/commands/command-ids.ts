import { hash, randomUUID } from 'node:crypto';
import { parse, v5 } from 'uuid';
import { type Metadata, streamOf } from '../../domain/event.ts';
import { withoutFreeTexts } from '../../domain/free-text.ts';
import { canonicalJson, type JsonObject } from '../../domain/json.ts';
import type { CommandRequest } from './requests.ts';

/** Namespace of the ids that are made from names (UUIDv5, RFC 9562 §5.5). */
const namespace = parse('5d0f7cf4-52a4-5e43-9d8f-8d4a7c0f6b1e');
const idFrom = (...parts: readonly string[]): string => v5(Buffer.from(JSON.stringify(parts)), namespace);

/** A new event's id: random, so that nobody can confirm from it a guess about a person or a text. */
export const newEventId = (): string => randomUUID();

/** 64 lower-case hex digits. */
export const sha256 = (text: string | Uint8Array): string => hash('sha256', text);

/**
 * The SHA-256 of what a command or event says, without its free texts: the ledger has it in clear, and it must not
 * confirm a guess of them.
 */
export const bodySha256 = (register: string, said: JsonObject): string =>
  sha256(canonicalJson(withoutFreeTexts(register, said)));

/**
 * What makes a command the same command when it comes again. Only auditors see it, since the id that comes from an
 * idempotency key would confirm a guess of the key and the person.
 */
export type CommandIdentity = Pick<Metadata, 'command' | 'bodySha256'>;

export const identityOf = ({ register, key, by, idempotencyKey, name, sent }: CommandRequest): CommandIdentity => ({
  command:
    idempotencyKey === undefined
      ? randomUUID()
      : idFrom('command', idempotencyKey, by, streamOf(register.name, key), name),
  bodySha256: bodySha256(register.name, sent),
});

/** A subject has at most 500 characters of at most 4 bytes each; a submission's id is shorter than this. */
export const longestMetadata = { approvedBy: '\u{10000}'.repeat(500), submission: '~'.repeat(100) } as const;

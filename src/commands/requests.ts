import type { JsonObject } from '../../domain/json.ts';
import type { Command } from '../../domain/objections.ts';
import type { Register } from '../../domain/register.ts';

/** A command with who gives it and what makes it safe to repeat. */
export type CommandRequest = Command & {
  readonly register: Register;
  readonly key: string;
  readonly by: string;
  /** The body as it was sent, before normalising; its hash tells a repeat from another command. */
  readonly sent: JsonObject;
  readonly idempotencyKey?: string | undefined;
  /** The revision the sender has seen; `unchecked` if the sender need not have seen any, as in a dry run. */
  readonly ifMatch?: number | 'unchecked' | undefined;
  readonly import?: { readonly id: string; readonly row?: number } | undefined;
};

/** What somebody decides about a submission. */
export type DecisionRequest = {
  /** The submission's id. */
  readonly id: string;
  readonly decision: 'approve' | 'return' | 'withdraw';
  readonly by: string;
  readonly reason?: string | undefined;
  readonly ifMatch?: number | undefined;
};

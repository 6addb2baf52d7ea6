import type { AuditFault } from './audit-fault.ts';
import type { CheckpointFault } from './checkpoint.ts';
import type { GrowthFault } from './growing.ts';

/** Why no checkpoint is signed. */
export type SigningFault =
  | GrowthFault
  | AuditFault
  | CheckpointFault
  /** There is a key, but nothing says what it has signed. */
  | { readonly fault: 'forgotten' }
  /** What was signed last cannot be read or replaced, or the hashes cannot be read. */
  | { readonly fault: 'cannot-sign'; readonly reason: string };

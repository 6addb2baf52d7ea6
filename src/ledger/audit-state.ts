import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Audited } from './audit.ts';
import type { AuditFault } from './audit-fault.ts';

/** What is known of the self-audit of a node, also to other processes. */
export type AuditState = {
  /** The pass that is under way; one that was interrupted stays until the next begins. */
  readonly now?: Audited;
  /** The last whole pass, and when it ended. */
  readonly last?: Audited & { readonly at: string };
};

/** Directly in the folder of the hashes. */
export const auditFile = 'audit.json';

/** Undefined if there was no pass yet. */
export const auditIn = (folder: string): AuditState | undefined => {
  try {
    return JSON.parse(readFileSync(join(folder, auditFile), 'utf8'));
  } catch {
    return undefined;
  }
};

/** Keeps what a server or a command has found. Throws if the disk fails. Mere progress need not be on the disk. */
export const keepAudit = (folder: string, state: AuditState): void => {
  const path = join(folder, auditFile);
  const flush = state.now === undefined || state.now.faults.length > 0;
  writeFileSync(`${path}.${process.pid}`, `${JSON.stringify(state)}\n`, { mode: 0o600, flush });
  renameSync(`${path}.${process.pid}`, path);
};

/** What is wrong: what was found stays so until a whole pass has found nothing. */
export const standing = ({ now, last }: AuditState = {}): readonly AuditFault[] =>
  now !== undefined && now.faults.length > 0 ? now.faults : (last?.faults ?? []);

import { z } from 'zod';
import type { Register } from '../../domain/register.ts';
import { registerNamed } from '../../domain/registers/index.ts';
import type { Role } from '../identity/identity.ts';
import { meaning } from './schemas.ts';

/** What the routes of imports share: their parameters and answers. */

/** Who may read some imports. */
export const importReaders: readonly Role[] = ['clerk', 'auditor', 'admin'];

/** Who may read the imports of a register: clerks and auditors those of every one, others those that they may make. */
export const readersOf = ({
  register,
  role = registerNamed(register ?? '')?.role ?? 'clerk',
}: OfRegister): readonly Role[] => [...new Set<Role>(['clerk', 'auditor', role])];

/** A register, or what names one. */
type OfRegister = { readonly register?: string; readonly role?: Register['role'] };

/** An import's id: a UUID, to which case makes no difference. */
export const importIdQuery = z.string().min(1).max(100).toLowerCase();
export const importParams = z.object({ id: importIdQuery });

export const commandQuery = (register: Register) =>
  z
    .enum(register.facts.map(({ command }) => command))
    .optional()
    .meta({ description: 'Defaults to the register’s first command' });

/** The answer to what begins work in the background. */
export const startedAnswer = meaning(
  'Begun: Location leads to its progress',
  z.object({ import: z.object({ id: z.string() }) }).meta({ id: 'ImportStarted' }),
);

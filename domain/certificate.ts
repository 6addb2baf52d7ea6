import type { Day } from './calendar.ts';
import type { Entry } from './history.ts';
import { type Fact, type Step, stepOn } from './path.ts';
import type { CertificateDeclaration, Register } from './register.ts';

/** The status that a register's certificates attest; undefined if it attests none. */
export const attestedStatus = ({ certificate, factOf }: Register): string | undefined =>
  certificate && Object.values(factOf.get(certificate.command)?.moves ?? {})[0];

/** An entry's last step by a day, and the last fact by then on which a certificate would rest; undefined before its first fact. */
export const attestable = (
  { path: { steps } }: Entry,
  { command }: CertificateDeclaration,
  on: Day,
): { readonly step: Step; readonly fact: Fact | undefined } | undefined => {
  const step = stepOn(steps, on);
  const granting = steps.findLast(({ fact }) => fact.kind.command === command && fact.effectiveOn <= on);
  return step && { step, fact: granting?.fact };
};

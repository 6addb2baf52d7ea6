import type { z } from 'zod';
import { type AccountsFile, federatedRow } from './accounts-file.ts';
import type { Role } from './identity.ts';

/** People of an issuer of OpenID Connect, as they were when they last signed in here. The issuer keeps their accounts. */

export type FederatedPerson = {
  /** `<issuer>#<sub>`. */
  readonly subject: string;
  readonly name: string;
  /** Those of ours that the issuer gave; maybe none. */
  readonly roles: readonly Role[];
};

/** Whether a subject is that of an issuer's person: no local account has such a one. */
export const isFederated = (subject: string): boolean => /^https?:\/\/[^#]+#/.test(subject);

export type FederatedPeople = {
  readonly of: (subject: string) => FederatedPerson | undefined;
  /** Keeps what the issuer says of somebody now, for all of their sessions; what it said before. */
  readonly keep: (person: FederatedPerson) => FederatedPerson | undefined;
  /** Removes what is known of somebody, and ends their sessions; false if nothing was. */
  readonly forget: (subject: string) => boolean;
};

export const federatedIn = (file: AccountsFile, now: () => number): FederatedPeople => {
  const of: FederatedPeople['of'] = (subject) => {
    const [row] = file.all('SELECT * FROM federated WHERE subject = ?', subject);
    return row === undefined ? undefined : personOf(federatedRow.parse(row));
  };
  return {
    of,
    keep: ({ subject, name, roles }) => {
      const before = of(subject);
      file.change(true, (run) =>
        run(
          'INSERT OR REPLACE INTO federated (subject, name, roles, signed_in_at) VALUES (?, ?, ?, ?)',
          subject,
          name,
          JSON.stringify(roles),
          now(),
        ),
      );
      return before;
    },
    forget: (subject) =>
      file.change(true, (run) => {
        run('DELETE FROM session WHERE subject = ?', subject);
        return run('DELETE FROM federated WHERE subject = ?', subject) === 1;
      }),
  };
};

const personOf = ({ subject, name, roles }: z.output<typeof federatedRow>): FederatedPerson => ({
  subject,
  name,
  roles,
});

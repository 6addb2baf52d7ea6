import type { z } from 'zod';
import { personOf } from '../../domain/person.ts';
import { type AccountsFile, federatedRow, logChange } from './accounts-file.ts';
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
  /** The name of a subject in any spelling of the same person; that of the very subject first. */
  readonly nameOf: (subject: string) => string | undefined;
  /** Keeps what the issuer says of somebody now, for all of their sessions; what it said before. */
  readonly keep: (person: FederatedPerson) => FederatedPerson | undefined;
  /** Removes what is known of somebody, and ends their sessions; false if nothing was. A change in the accounts’ log. */
  readonly forget: (subject: string, by: string) => boolean;
};

export const federatedIn = (file: AccountsFile, now: () => number): FederatedPeople => {
  const of: FederatedPeople['of'] = (subject) => {
    const [row] = file.all('SELECT * FROM federated WHERE person = ? AND subject = ?', personOf(subject), subject);
    return row === undefined ? undefined : knownAs(federatedRow.parse(row));
  };
  return {
    of,
    nameOf: (subject) => {
      const sql = 'SELECT * FROM federated WHERE person = ? ORDER BY subject <> ? LIMIT 1';
      const [row] = file.all(sql, personOf(subject), subject);
      return row === undefined ? undefined : federatedRow.parse(row).name;
    },
    keep: ({ subject, name, roles }) => {
      const before = of(subject);
      file.change(true, (run) =>
        run(
          'INSERT OR REPLACE INTO federated (person, subject, name, roles, signed_in_at) VALUES (?, ?, ?, ?, ?)',
          personOf(subject),
          subject,
          name,
          JSON.stringify(roles),
          now(),
        ),
      );
      return before;
    },
    forget: (subject, by) => {
      const forgot = file.change(true, (run) => {
        run('DELETE FROM session WHERE subject = ?', subject);
        const wasKnown = run('DELETE FROM federated WHERE subject = ?', subject) === 1;
        if (wasKnown) logChange(run, { at: now(), by, subject, what: 'deleted' });
        return wasKnown;
      });
      file.wipe();
      return forgot;
    },
  };
};

const knownAs = ({ subject, name, roles }: z.output<typeof federatedRow>): FederatedPerson => ({
  subject,
  name,
  roles,
});

import { createHash, randomBytes } from 'node:crypto';
import { z } from 'zod';
import { StoreUnavailable } from '../store/event-store.ts';
import type { AccountsFile } from './accounts-file.ts';
import { isFederated } from './federated.ts';

/** Sessions of the page and one-time links. Who holds the random token is meant; the file keeps only its SHA-256. */

const hourMs = 3_600_000;
/** A session ends after this long without use, and after the second in any case. */
export const idleMs = 8 * hourMs;
export const lifeMs = 7 * 24 * hourMs;
/**
 * How long a session lasts whose person signed in at an issuer, used or not: its roles are those of the sign-in, so one
 * that is taken away at the issuer is gone here after this long.
 */
export const federatedLifeMs = hourMs;
/** How exactly the last use is kept, so that not every request writes. */
const usePrecisionMs = 1_000;
/** An account's sessions; the ones used longest ago end first. */
const sessionsOfAccount = 50;

export type Session = {
  /** The hash of the session's token, which identifies it. */
  readonly hash: string;
  readonly subject: string;
  /** Epoch milliseconds, as the next. */
  readonly beganMs: number;
  /** When it ends unless it is used. */
  readonly expiresMs: number;
};

export type Sessions = {
  /** Begins a session; its token goes to the cookie and is kept nowhere. */
  readonly begin: (subject: string) => { readonly token: string; readonly session: Session };
  /** The session of a token, which is used now; undefined if it has ended or never was one. */
  readonly use: (token: string) => Session | undefined;
  /** Whether a session has not ended; that is no use of it. */
  readonly isOpen: (hash: string) => boolean;
  readonly end: (hash: string) => void;
  /** Ends all sessions of a subject, but for one. */
  readonly endAll: (subject: string, except?: string) => void;
};

const sessionRow = z.object({
  hash: z.string(),
  subject: z.string(),
  created_at: z.number(),
  used_at: z.number(),
});

const newToken = (): string => randomBytes(32).toString('base64url');
const isToken = (text: string): boolean => /^[\w-]{43}$/.test(text);
const hashOf = (token: string): string => createHash('sha256').update(token).digest('hex');

export const sessionsIn = (file: AccountsFile, now: () => number): Sessions => {
  const shown = ({ hash, subject, created_at, used_at }: z.output<typeof sessionRow>): Session => ({
    hash,
    subject,
    beganMs: created_at,
    expiresMs: Math.min(used_at + idleMs, created_at + (isFederated(subject) ? federatedLifeMs : lifeMs)),
  });
  const found = (hash: string) => {
    const [row] = file.all('SELECT * FROM session WHERE hash = ?', hash).map((each) => sessionRow.parse(each));
    return row === undefined || shown(row).expiresMs <= now() ? undefined : row;
  };
  return {
    begin: (subject) => {
      const token = newToken();
      const row = { hash: hashOf(token), subject, created_at: now(), used_at: now() };
      file.change(false, (run) => {
        run('DELETE FROM session WHERE used_at <= ? OR created_at <= ?', now() - idleMs, now() - lifeMs);
        run(
          'DELETE FROM session WHERE hash IN (SELECT hash FROM session WHERE subject = ? ORDER BY used_at DESC LIMIT -1 OFFSET ?)',
          subject,
          sessionsOfAccount - 1,
        );
        run(
          'INSERT INTO session (hash, subject, created_at, used_at) VALUES (?, ?, ?, ?)',
          row.hash,
          subject,
          now(),
          now(),
        );
      });
      return { token, session: shown(row) };
    },
    use: (token) => {
      if (!isToken(token)) return undefined;
      const row = found(hashOf(token));
      if (row === undefined) return undefined;
      if (now() - row.used_at < usePrecisionMs) return shown(row);
      try {
        file.change(false, (run) => run('UPDATE session SET used_at = ? WHERE hash = ?', now(), row.hash));
      } catch (error) {
        if (error instanceof StoreUnavailable) return shown(row); // a full disk stops nobody from reading
        throw error;
      }
      return shown({ ...row, used_at: now() });
    },
    isOpen: (hash) => found(hash) !== undefined,
    end: (hash) => {
      file.change(true, (run) => run('DELETE FROM session WHERE hash = ?', hash));
    },
    endAll: (subject, except = '') => {
      file.change(true, (run) => run('DELETE FROM session WHERE subject = ? AND hash <> ?', subject, except));
    },
  };
};

export type Link = {
  readonly hash: string;
  /** Whose password it lets somebody choose; null for the first administrator, who has no account yet. */
  readonly subject: string | null;
};

export type Links = {
  /** Makes a link's token; an earlier one for the same subject is no longer valid. */
  readonly make: (subject: string | null, lifeMs: number) => { readonly token: string; readonly expiresMs: number };
  readonly find: (token: string) => Link | undefined;
  /** Uses a link up; false if somebody else has just done so. */
  readonly spend: (link: Link) => boolean;
};

/** How long a link to choose a password is valid: the first administrator's, and that of an account. */
export const firstLinkMs = hourMs;
export const accountLinkMs = 72 * hourMs;

/** The token stands behind #, so that browsers send it neither to servers nor as a referrer. */
export const signUpLink = (origin: string, token: string): string => `${origin}/sign-up#${token}`;

const linkRow = z.object({ hash: z.string(), subject: z.string().nullable() });

export const linksIn = (file: AccountsFile, now: () => number): Links => ({
  make: (subject, life) => {
    const token = newToken();
    const expiresMs = now() + life;
    file.change(true, (run) => {
      run('DELETE FROM link WHERE subject IS ? OR expires_at <= ?', subject, now());
      run('INSERT INTO link (hash, subject, expires_at) VALUES (?, ?, ?)', hashOf(token), subject, expiresMs);
    });
    return { token, expiresMs };
  },
  find: (token) => {
    if (!isToken(token)) return undefined;
    const [found] = file.all('SELECT hash, subject FROM link WHERE hash = ? AND expires_at > ?', hashOf(token), now());
    return found === undefined ? undefined : linkRow.parse(found);
  },
  spend: ({ hash }) => file.change(true, (run) => run('DELETE FROM link WHERE hash = ?', hash)) === 1,
});

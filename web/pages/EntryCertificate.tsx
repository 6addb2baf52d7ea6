import { useSearch } from '@tanstack/react-router';
import type { DeclaredRegister, Entry, History } from '../answers.ts';
import { urlOf } from '../api.ts';
import { shanghaiMinute } from '../times.ts';
import { useSpoken } from '../words/words.ts';
import css from './EntryPage.module.css';
import { inOrder } from './set-by.ts';

type Props = { readonly register: DeclaredRegister; readonly entry: Entry };
type LostProps = {
  readonly register: DeclaredRegister;
  readonly entry: Entry | undefined;
  readonly history: History;
};

/** The certificate of what an entry is now; there is none of another day. */
export const CertificateLink = ({ register, entry }: Props) => {
  const { words } = useSpoken();
  const { on, knownAt } = useSearch({ from: '/registers/$register/$key' });
  if (entry.status !== register.certificate?.status || on !== undefined || knownAt !== undefined) return null;
  const path = urlOf(`/${register.name}/${encodeURIComponent(entry.key)}/certificate.pdf`);
  return (
    <a className={css.certificate} href={new URL(path, window.location.href).href}>
      {words.entry.certificate}
    </a>
  );
};

/** That a certificate, with which somebody may have come here, does not hold on the day, and why. */
export const LostCertificate = ({ register, entry, history }: LostProps) => {
  const { words, titled } = useSpoken();
  const { on } = useSearch({ from: '/registers/$register/$key' });
  const { certificate, commands, statuses } = register;
  if (certificate === undefined || entry?.status === certificate.status) return null;
  const granting = commands.find(({ name }) => name === certificate.command);
  const granted = inOrder(register, history.events).filter(
    ({ fact, day }) => fact.type === granting?.event && day <= (on ?? day),
  );
  const last = granted.findLast(({ fact }) => fact.annulledBy === undefined) ?? granted.at(-1);
  if (last === undefined) return null;
  const annulment = history.events.find(({ id }) => id === last.fact.annulledBy);
  const status = statuses.find(({ id }) => id === entry?.status);
  return (
    <p className={css.lost} role="note">
      {annulment === undefined
        ? words.entry.lost(status === undefined ? (entry?.status ?? '') : titled(status.title), entry?.since ?? '')
        : words.entry.voided(shanghaiMinute(annulment.recordedAt).slice(0, 10))}
    </p>
  );
};

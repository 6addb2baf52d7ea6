import { useSearch } from '@tanstack/react-router';
import type { DeclaredRegister, Entry, History } from '../answers.ts';
import { urlOf } from '../api.ts';
import { useSpoken } from '../words/words.ts';
import css from './EntryPage.module.css';

type Props = { readonly register: DeclaredRegister; readonly entry: Entry };

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

/** That a certificate, with which somebody may have come here, does not hold on the day, and since when. */
export const LostCertificate = ({ register, entry, history }: Props & { readonly history: History | undefined }) => {
  const { words, titled } = useSpoken();
  const { certificate, commands, statuses } = register;
  const granting = commands.find(({ name }) => name === certificate?.command);
  const hadOne = history?.events.some(
    ({ type, annulledBy, effectiveOn = '' }) =>
      type === granting?.event && annulledBy === undefined && effectiveOn <= String(entry.on),
  );
  if (certificate === undefined || entry.status === certificate.status || !hadOne) return null;
  const status = statuses.find(({ id }) => id === entry.status);
  return (
    <p className={css.lost} role="note">
      {words.entry.lost(status === undefined ? entry.status : titled(status.title), entry.since ?? '')}
    </p>
  );
};

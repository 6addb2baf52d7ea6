import { useLocation } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import type { Role } from '../../answers.ts';
import { PageLink, timesAndLanguage } from '../../parts/PageLink.tsx';
import { Busy, Empty } from '../../parts/State.tsx';
import { useSession } from '../../session.ts';
import { useSpoken } from '../../words/words.ts';
import { useRolesText } from './roles.ts';
import { peopleWords } from './words.ts';

type Props = { readonly title: string; readonly roles: readonly Role[]; readonly children: ReactNode };

/** A page for people with one of these roles; others are told why they do not see it. */
export const Needs = ({ title, roles, children }: Props) => {
  const { said } = useSpoken();
  const { needs } = said(peopleWords);
  const rolesText = useRolesText();
  const { session, may } = useSession();
  if (session === undefined) return <Busy />;
  if (session !== null && may(...roles)) return children;
  return (
    <>
      <h1>{title}</h1>
      {session === null ? (
        <Empty title={needs.title}>
          <p>{needs.hint}</p>
          <SignInLink />
        </Empty>
      ) : (
        <Empty title={needs.role(rolesText(roles))}>
          <p>{needs.roleHint(rolesText(session.roles))}</p>
        </Empty>
      )}
    </>
  );
};

/** Leads to the sign-in and back here. */
export const SignInLink = () => {
  const { words } = useSpoken();
  const { href } = useLocation();
  return (
    <PageLink to="/sign-in" search={(known: object) => ({ ...timesAndLanguage(known), to: href })}>
      {words.nav.signIn}
    </PageLink>
  );
};

import { useLocation } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import type { Role } from '../../answers.ts';
import { PageLink, timesAndLanguage } from '../../parts/PageLink.tsx';
import { Empty, together } from '../../parts/State.tsx';
import { useSession, useSessionRead } from '../../session.ts';
import { useSpoken } from '../../words/words.ts';
import { useRolesText } from './roles.ts';
import { peopleWords } from './words.ts';

type Props = {
  /** The page's heading, if it is not there already. */
  readonly title?: string;
  readonly roles: readonly Role[];
  readonly children: ReactNode;
};

/** A page for people with one of these roles; others are told why they do not see it. */
export const Needs = ({ title, roles, children }: Props) => {
  const { said } = useSpoken();
  const { needs } = said(peopleWords);
  const rolesText = useRolesText();
  const { may } = useSession();
  const { data, instead } = together({ session: useSessionRead() });
  if (instead) return instead;
  const { session } = data;
  if (session !== null && may(...roles)) return children;
  return (
    <>
      {title !== undefined && <h1>{title}</h1>}
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

import { type ReactNode, useRef } from 'react';
import type { DeclaredRegister, Session } from '../../answers.ts';
import { Busy, Empty } from '../../parts/State.tsx';
import { useSession } from '../../session.ts';
import { useSpoken } from '../../words/words.ts';
import { SignInLink } from '../people/Needs.tsx';
import { useRolesText } from '../people/roles.ts';
import { peopleWords } from '../people/words.ts';

type Props = {
  readonly needs: DeclaredRegister['role'];
  readonly children: (session: Session) => ReactNode;
};

/** A form for those with a role. Once it is shown it stays, even if the session ends: what was typed must not go. */
export const Gate = ({ needs, children }: Props) => {
  const { said } = useSpoken();
  const { needs: words } = said(peopleWords);
  const rolesText = useRolesText();
  const { session, may } = useSession();
  const admitted = useRef<Session>(undefined);
  if (session && may(needs)) admitted.current = session;
  const isOther = session && session.subject !== admitted.current?.subject;
  if (admitted.current !== undefined && !isOther) return children(admitted.current);
  if (session === undefined) return <Busy />;
  return session === null ? (
    <Empty title={words.title}>
      <p>{words.hint}</p>
      <SignInLink />
    </Empty>
  ) : (
    <Empty title={words.role(rolesText([needs]))}>
      <p>{words.roleHint(rolesText(session.roles))}</p>
    </Empty>
  );
};

import { type ReactNode, useRef } from 'react';
import type { DeclaredRegister, Session } from '../../answers.ts';
import { useSession } from '../../session.ts';
import { Needs } from '../people/Needs.tsx';

type Props = {
  readonly needs: DeclaredRegister['role'];
  readonly children: (session: Session) => ReactNode;
};

/** A form for those with a role. Once it is shown it stays, even if the session ends: what was typed must not go. */
export const Gate = ({ needs, children }: Props) => {
  const { session, may } = useSession();
  const admitted = useRef<Session>(undefined);
  if (session && may(needs)) admitted.current = session;
  const isOther = session && session.subject !== admitted.current?.subject;
  if (admitted.current !== undefined && !isOther) return children(admitted.current);
  return <Needs roles={[needs]}>{null}</Needs>;
};

import { useQueryClient } from '@tanstack/react-query';
import { useLocation } from '@tanstack/react-router';
import { type ReactNode, useEffect, useRef } from 'react';
import type { Role, Session } from '../answers.ts';
import { atBase } from '../api.ts';
import { timesAndLanguage } from '../parts/PageLink.tsx';
import { AdmittedSession, useSession } from '../session.ts';
import { useSpoken } from '../words/words.ts';
import css from './Desk.module.css';
import { Needs } from './people/Needs.tsx';

const zh = {
  ended: '登录已失效',
  hint: '已填内容仍在此处。请在新窗口登录，再回到本页继续。',
  signIn: '在新窗口登录',
};
const en: typeof zh = {
  ended: 'Your session has ended',
  hint: 'What you typed is still here. Sign in in a new window, then come back to go on.',
  signIn: 'Sign in in a new window',
};
const deskWords = { zh, en };

type Props = { readonly title: string; readonly roles: readonly Role[]; readonly children: ReactNode };

/** A page for people with one of these roles. Once it is shown it stays, even if the session ends: what was typed must not go. */
export const Desk = ({ title, roles, children }: Props) => {
  const { session, may } = useSession();
  const admitted = useRef<Session>(undefined);
  if (session && may(...roles)) admitted.current = session;
  const isOther = session && session.subject !== admitted.current?.subject;
  if (admitted.current === undefined || isOther)
    return (
      <Needs title={title} roles={roles}>
        {null}
      </Needs>
    );
  return (
    <AdmittedSession value={admitted.current}>
      {session === null && <Ended />}
      {children}
    </AdmittedSession>
  );
};

const Ended = () => {
  const { said, language } = useSpoken();
  const words = said(deskWords);
  const { search } = useLocation();
  const client = useQueryClient();
  useEffect(() => {
    const lookAgain = () => void client.invalidateQueries({ queryKey: ['/session'] });
    addEventListener('focus', lookAgain);
    return () => removeEventListener('focus', lookAgain);
  }, [client]);
  const kept = new URLSearchParams(
    Object.entries(timesAndLanguage({ ...search, lang: language })).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, String(value)]],
    ),
  );
  return (
    <div className={css.ended} role="alert">
      <p>
        <b>{words.ended}</b>
      </p>
      <p>{words.hint}</p>
      <a href={atBase(`/sign-in?${kept}`)} target="_blank" rel="noopener">
        {words.signIn}
      </a>
    </div>
  );
};

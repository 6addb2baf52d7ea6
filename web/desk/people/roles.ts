import type { Role } from '../../answers.ts';
import { useSpoken } from '../../words/words.ts';
import { peopleWords } from './words.ts';

/** Roles by their titles. */
export const useRolesText = (): ((roles: readonly Role[]) => string) => {
  const { said, language } = useSpoken();
  const { roles: titles } = said(peopleWords);
  return (roles) => roles.map((role) => titles[role]).join(language === 'zh' ? '、' : ', ');
};

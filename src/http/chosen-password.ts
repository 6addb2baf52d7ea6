import { passwordFault, TooManyPasswords } from '../identity/passwords.ts';
import type { Context } from './context.ts';
import { invalid, overloaded } from './problem.ts';

/** The hash of a password that may be chosen for an account of this name; a fault is refused at `pointer`. */
export const hashChosen = async (
  { people }: Pick<Context, 'people'>,
  pointer: string,
  password: string,
  accountName: string,
): Promise<string> => {
  await requireGood(pointer, password, accountName);
  return unlessTooMany(people.passwords.hash(password));
};

/** Refuses a password that may not be chosen for an account of this name. */
export const requireGood = async (pointer: string, password: string, accountName: string): Promise<void> => {
  const fault = await passwordFault(password, accountName);
  if (fault !== undefined) throw invalid({ in: 'body', pointer, ...fault });
};

/** Turns the refusal of a full queue of passwords into the problem of a busy server. */
export const unlessTooMany = <T>(work: Promise<T>): Promise<T> =>
  work.catch((error: unknown) => {
    if (!(error instanceof TooManyPasswords)) throw error;
    throw overloaded({
      zh: '同时登录的人数过多，请稍后再试',
      en: 'Too many people are signing in at once; try again in a moment',
    });
  });

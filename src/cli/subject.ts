import { shortText } from '../../domain/field.ts';
import { requireNotEnded, withAccounts } from './opening.ts';
import { Refusal, settings } from './output.ts';

/** Who acts, as an option says: anybody but those whose account is disabled or was deleted. */
export const subjectOf = async (option: string, text: string): Promise<string> => {
  const { data: subject } = shortText.safeParse(text);
  if (subject === undefined) throw new Refusal(`${option}: expected 1 to 500 visible characters`, true);
  await withAccounts(settings(), async (accounts) => requireNotEnded(accounts, subject));
  return subject;
};

import { useQuery } from '@tanstack/react-query';
import type { DeclaredRegister, Entry } from '../../answers.ts';
import { useValueText } from '../../parts/values.ts';
import { registersQuery } from '../../queries.ts';
import { useSpoken } from '../../words/words.ts';

/** All declarations; none until they have come. */
export const useRegisters = (): readonly DeclaredRegister[] => {
  const { language } = useSpoken();
  return useQuery(registersQuery(language)).data?.registers ?? [];
};

/** What an entry of a register is called; its key if it has no name. */
export const useEntryName = (
  name: string,
): ((entry: Pick<Entry, 'key'> & Readonly<Record<string, unknown>>) => string) => {
  const register = useRegisters().find((each) => each.name === name);
  const valueText = useValueText();
  const naming = register?.fields.find((field) => field.name === register.named);
  return (entry) => (naming === undefined ? '' : valueText(naming, entry[naming.name])) || entry.key;
};

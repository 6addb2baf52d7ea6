import { useQuery } from '@tanstack/react-query';
import { registersQuery } from '../../queries.ts';
import { useSpoken } from '../../words/words.ts';
import { auditWords } from './words.ts';

export type Titled = {
  /** What a type of event is called; its name if no declaration has it. */
  readonly event: (register: string, type: string) => string;
  readonly register: (name: string) => string;
};

/** What registers and types of events are called, from the declarations. */
export const useTitles = (): Titled => {
  const { language, titled, said } = useSpoken();
  const { trail } = said(auditWords);
  const { data } = useQuery(registersQuery(language));
  const registerNamed = (name: string) => data?.registers.find((each) => each.name === name);
  return {
    event: (register, type) => {
      const known = [...(registerNamed(register)?.commands ?? []), ...(data?.events ?? [])];
      const title = known.find(({ event }) => event === type)?.title;
      return title === undefined ? type : titled(title);
    },
    register: (name) => {
      const title = registerNamed(name)?.title;
      const others: Readonly<Record<string, string>> = { imports: trail.imports, ledger: trail.ledger };
      return title === undefined ? (others[name] ?? name) : titled(title);
    },
  };
};

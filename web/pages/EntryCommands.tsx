import type { DeclaredRegister, Entry } from '../answers.ts';
import { PageLink, timesAndLanguage } from '../parts/PageLink.tsx';
import { useSession } from '../session.ts';
import { useSpoken } from '../words/words.ts';
import css from './EntryPage.module.css';

type Props = { readonly register: DeclaredRegister; readonly keyText: string };

/** What is possible on the chosen day, and what waits, for those who may record. */
export const EntryCommands = ({ register, keyText, entry }: Props & { readonly entry: Entry }) => {
  const { words, titled } = useSpoken();
  const { may } = useSession();
  const pending = Array.isArray(entry.pending) ? entry.pending : [];
  const possible = register.commands.filter(({ name }) => entry.allowed?.includes(name));
  if (!may(register.role) || (possible.length === 0 && pending.length === 0)) return null;
  return (
    <nav className={css.commands} aria-label={words.entry.may}>
      {possible.map(({ name, title }) => (
        <PageLink
          key={name}
          to="/registers/$register/$key/$command"
          params={{ register: register.name, key: keyText, command: name }}
        >
          {titled(title)}
        </PageLink>
      ))}
      {pending.length > 0 && (
        <PageLink to="/review" search={(known: object) => ({ ...timesAndLanguage(known), id: pending[0] })}>
          {words.entry.pending(pending.length)}
        </PageLink>
      )}
    </nav>
  );
};

/** The commands with which an entry may begin, for those who may record. */
export const BeginningCommands = ({ register, keyText }: { register: DeclaredRegister; keyText?: string }) => {
  const { words, titled } = useSpoken();
  const { may } = useSession();
  const beginning = register.commands.filter(({ moves }) => moves.none !== undefined);
  if (!may(register.role)) return null;
  return (
    <nav className={css.commands} aria-label={words.entry.may}>
      {beginning.map(({ name, title }) => (
        <PageLink
          key={name}
          to="/record/$register/$command"
          params={{ register: register.name, command: name }}
          search={(known: object) => ({ ...timesAndLanguage(known), key: keyText })}
        >
          {words.register.record(titled(title))}
        </PageLink>
      ))}
    </nav>
  );
};

type FactProps = Props & { readonly event: string; readonly what: string };

/** Correcting or annulling one fact, for those who may record. */
export const FactCommands = ({ register, keyText, event, what }: FactProps) => {
  const { titled } = useSpoken();
  const { may } = useSession();
  if (!may(register.role)) return null;
  return (
    <span className={css.corrections}>
      {register.corrections.map(({ name, title }) => (
        <PageLink
          key={name}
          to="/registers/$register/$key/$command"
          params={{ register: register.name, key: keyText, command: name }}
          search={(known: object) => ({ ...timesAndLanguage(known), event })}
          label={`${titled(title)} ${what}`}
        >
          {titled(title)}
        </PageLink>
      ))}
    </span>
  );
};

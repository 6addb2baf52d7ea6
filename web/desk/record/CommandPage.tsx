import { useQuery } from '@tanstack/react-query';
import { useParams, useSearch } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import type { DeclaredRegister } from '../../answers.ts';
import { PageLink } from '../../parts/PageLink.tsx';
import { Empty, together } from '../../parts/State.tsx';
import { registersQuery } from '../../queries.ts';
import { useSpoken } from '../../words/words.ts';
import type { TypedValues } from './body.ts';
import { CommandForm } from './CommandForm.tsx';
import { Gate } from './Gate.tsx';
import { useEntryName } from './names.ts';
import { knownQuery } from './queries.ts';
import css from './record.module.css';
import { recordWords } from './words.ts';

/** A command on an entry that is there: a further fact, a change, a correction or an annulment. */
export const CommandPage = () => {
  const { register, key, command } = useParams({ from: '/registers/$register/$key/$command' });
  const { event, target, on } = useSearch({ from: '/registers/$register/$key/$command' });
  const atFirst: TypedValues = {
    ...(command === 'annul' && event !== undefined ? { events: [event] } : {}),
    ...(target === undefined ? {} : { target }),
    ...(on === undefined || command === 'annul' || command === 'correct' ? {} : { effectiveOn: on }),
  };
  return (
    <Commanded name={register} command={command} keyText={key}>
      {(declared) => (
        <Gate needs={declared.role}>
          {(session) => (
            <CommandForm
              key={[register, key, command, event, session.subject].join('/')}
              register={declared}
              command={command}
              session={session}
              keyText={key}
              event={event}
              atFirst={atFirst}
              on={on}
            />
          )}
        </Gate>
      )}
    </Commanded>
  );
};

type Props = {
  readonly name: string;
  readonly command: string;
  readonly keyText?: string;
  readonly children: (register: DeclaredRegister) => ReactNode;
};

/** The head of a command's page, once the declarations are there. */
export const Commanded = ({ name, command, keyText, children }: Props) => {
  const { language, words, said, titled } = useSpoken();
  const { noCommand, noCommandHint } = said(recordWords);
  const { data, instead } = together({ declared: useQuery(registersQuery(language)) });
  if (instead) return instead;
  const register = data.declared.registers.find((each) => each.name === name);
  const commands = [...(register?.commands ?? []), ...(register?.corrections ?? [])];
  const declared = commands.find((each) => each.name === command);
  if (register === undefined) return <Empty title={words.fault.notFound} />;
  if (declared === undefined)
    return (
      <Empty title={noCommand}>
        <p>{noCommandHint}</p>
      </Empty>
    );
  return (
    <div className={css.page}>
      <p className={css.trail}>
        <PageLink to="/registers/$register" params={{ register: name }}>
          {titled(register.title)}
        </PageLink>
        {keyText !== undefined && <EntryLink register={name} keyText={keyText} />}
      </p>
      <h1>{titled(declared.title)}</h1>
      {children(register)}
    </div>
  );
};

const EntryLink = ({ register, keyText }: { readonly register: string; readonly keyText: string }) => {
  const { language } = useSpoken();
  const nameOf = useEntryName(register);
  const { data } = useQuery(knownQuery(language, register, keyText));
  return (
    <PageLink to="/registers/$register/$key" params={{ register, key: keyText }}>
      {data?.is === 'entry' ? nameOf(data.entry) : keyText}
    </PageLink>
  );
};

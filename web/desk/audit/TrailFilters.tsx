import { useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useEffect, useId, useState } from 'react';
import type { CloudEvent } from '../../answers.ts';
import { Narrowing } from '../../parts/Narrowing.tsx';
import { timesAndLanguage } from '../../parts/PageLink.tsx';
import { registersQuery } from '../../queries.ts';
import { parseDay } from '../../times.ts';
import { useSpoken } from '../../words/words.ts';
import { useNameOf } from '../names.ts';
import css from './audit.module.css';
import { shownEvent } from './shown-event.ts';
import { useTitles } from './titles.ts';
import { auditWords } from './words.ts';

const textNames = ['key', 'importId'] as const;
const dayNames = ['from', 'to', 'effectiveFrom', 'effectiveTo'] as const;
const peopleNames = ['by', 'approvedBy'] as const;

/** Each filter of the trail; all stand in the address. */
export const TrailFilters = ({ events }: { readonly events: readonly CloudEvent[] }) => {
  const { said } = useSpoken();
  const { trail } = said(auditWords);
  const asked = useSearch({ from: '/audit' });
  const navigate = useNavigate({ from: '/audit' });
  const set = (name: string, value: string) =>
    void navigate({
      search: (known) => ({ ...known, [name]: value === '' ? undefined : value }),
      replace: true,
      resetScroll: false,
    });
  const { lang: _lang, on: _on, knownAt: _knownAt, order: _order, ...filters } = asked;
  return (
    <search className={css.filters} aria-label={trail.filters}>
      <TextFilter label={trail.q} value={asked.q ?? ''} onTake={(text) => set('q', text)} />
      <Narrowing chosen={Object.keys(filters).filter((name) => name !== 'q').length}>
        {textNames.map((label) => {
          const name = label === 'importId' ? 'import' : label;
          return (
            <TextFilter key={name} label={trail[label]} value={asked[name] ?? ''} onTake={(text) => set(name, text)} />
          );
        })}
        <Choices value={asked.register ?? ''} type={asked.type ?? ''} set={set} />
        {peopleNames.map((name) => (
          <PersonFilter key={name} name={name} value={asked[name] ?? ''} events={events} set={set} />
        ))}
        {dayNames.map((name) => (
          <TextFilter
            key={name}
            label={trail[name]}
            value={asked[name] ?? ''}
            read={(text) => parseDay(text) ?? (isInstant(text) ? text : undefined)}
            fault={trail.dayFault}
            onTake={(text) => set(name, text)}
          />
        ))}
        <label>
          <span>{trail.order}</span>
          <select
            value={asked.order ?? 'desc'}
            onChange={({ target }) => set('order', target.value === 'desc' ? '' : 'asc')}
          >
            <option value="desc">{trail.newest}</option>
            <option value="asc">{trail.oldest}</option>
          </select>
        </label>
      </Narrowing>
      {Object.keys(filters).length > 0 && (
        <button type="button" onClick={() => void navigate({ search: timesAndLanguage, replace: true })}>
          {trail.clear}
        </button>
      )}
    </search>
  );
};

const isInstant = (text: string): boolean => /^\d{4}-\d{2}-\d{2}T/.test(text) && !Number.isNaN(Date.parse(text));

type ChoicesProps = {
  readonly value: string;
  readonly type: string;
  readonly set: (name: string, value: string) => void;
};

/** The register, and the types of events of that register or of all. */
const Choices = ({ value, type, set }: ChoicesProps) => {
  const { language, said, titled } = useSpoken();
  const { trail } = said(auditWords);
  const titles = useTitles();
  const { data } = useQuery(registersQuery(language));
  const registers = [...(data?.registers.map(({ name }) => name) ?? []), 'imports', 'ledger'];
  const declared = data?.registers.filter(({ name }) => value === '' || name === value) ?? [];
  const types = new Map(
    [...declared.flatMap(({ commands }) => commands), ...(data?.events ?? [])].map(({ event, title }) => [
      event,
      titled(title),
    ]),
  );
  if (type !== '' && !types.has(type)) types.set(type, type);
  return (
    <>
      <label>
        <span>{trail.register}</span>
        <select value={value} onChange={({ target }) => set('register', target.value)}>
          <option value="">{trail.any}</option>
          {registers.map((name) => (
            <option key={name} value={name}>
              {titles.register(name)}
            </option>
          ))}
        </select>
      </label>
      <label>
        <span>{trail.type}</span>
        <select value={type} onChange={({ target }) => set('type', target.value)}>
          <option value="">{trail.any}</option>
          {[...types].map(([event, title]) => (
            <option key={event} value={event}>
              {title}
            </option>
          ))}
        </select>
      </label>
    </>
  );
};

type TextProps = {
  readonly label: string;
  readonly value: string;
  /** What a text means; undefined if it means nothing. */
  readonly read?: (text: string) => string | undefined;
  readonly fault?: string;
  readonly list?: string;
  readonly hint?: string | undefined;
  readonly onTake: (text: string) => void;
};

/** A text that is taken when the field is left or Enter is pressed. */
const TextFilter = ({ label, value, read = (text) => text, fault = '', list, hint, onTake }: TextProps) => {
  const [text, setText] = useState(value);
  const [isWrong, setWrong] = useState(false);
  const noteId = useId();
  useEffect(() => {
    setText(value);
    setWrong(false);
  }, [value]);
  const take = () => {
    const given = text.trim();
    const meant = given === '' ? '' : read(given);
    setWrong(meant === undefined);
    if (meant !== undefined && meant !== value) onTake(meant);
  };
  const note = isWrong ? fault : hint;
  return (
    <label>
      <span>{label}</span>
      <input
        value={text}
        list={list}
        maxLength={200}
        spellCheck={false}
        autoComplete="off"
        aria-invalid={isWrong || undefined}
        aria-describedby={note === undefined ? undefined : noteId}
        onChange={({ target }) => setText(target.value)}
        onBlur={take}
        onKeyDown={({ key }) => {
          if (key === 'Enter') take();
          if (key === 'Escape') setText(value);
        }}
      />
      {note !== undefined && (
        <small id={noteId} className={isWrong ? css.fault : css.quiet}>
          {note}
        </small>
      )}
    </label>
  );
};

type PersonProps = {
  readonly name: (typeof peopleNames)[number];
  readonly value: string;
  readonly events: readonly CloudEvent[];
  readonly set: (name: string, value: string) => void;
};

/** A person by account id; those of the events shown are offered by name. */
const PersonFilter = ({ name, value, events, set }: PersonProps) => {
  const { said } = useSpoken();
  const { trail } = said(auditWords);
  const known = useNameOf(value);
  const listId = useId();
  const subjects = [...new Set(events.map((event) => shownEvent(event)[name]).filter((each) => each !== ''))];
  return (
    <>
      <TextFilter
        label={trail[name]}
        value={value}
        list={listId}
        hint={value === '' || known === value ? undefined : known}
        onTake={(text) => set(name, text)}
      />
      <datalist id={listId}>
        {subjects.map((subject) => (
          <PersonOption key={subject} subject={subject} />
        ))}
      </datalist>
    </>
  );
};

const PersonOption = ({ subject }: { readonly subject: string }) => (
  <option value={subject}>{useNameOf(subject)}</option>
);

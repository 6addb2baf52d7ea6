import { useQuery } from '@tanstack/react-query';
import { type FormEvent, useEffect, useRef, useState } from 'react';
import type { History } from '../../answers.ts';
import { Button } from '../../parts/Button.tsx';
import { together } from '../../parts/State.tsx';
import { useValueText } from '../../parts/values.ts';
import { shanghaiMinute } from '../../times.ts';
import { useSpoken } from '../../words/words.ts';
import { Name } from '../Name.tsx';
import { type FormField, factAsCorrected, type Values } from './body.ts';
import { type Clash, clashesOf, withTheirs } from './conflict.ts';
import own from './controls.module.css';
import { knownQuery, sinceQuery } from './queries.ts';
import css from './record.module.css';
import type { CommandForm } from './useCommandForm.ts';
import { recordWords } from './words.ts';

/** What somebody else did in the entry since the form began, and which values are to hold where both changed one. */
export const Conflict = ({ form }: { readonly form: CommandForm }) => {
  const { language, said } = useSpoken();
  const { conflict } = said(recordWords);
  const { register, key, base } = form;
  const since = useQuery({ ...sinceQuery(language, register.name, key.trim(), base?.revision ?? -1), staleTime: 0 });
  const times = { on: form.entry?.on ?? form.today };
  const now = useQuery({ ...knownQuery(language, register.name, key.trim(), times), staleTime: 0 });
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), []);
  const { data, instead } = together({ since: readNow(since), now: readNow(now) });
  return (
    <section className={css.conflict} aria-labelledby="conflict">
      <h2 id="conflict" ref={heading} tabIndex={-1}>
        {conflict.title}
      </h2>
      {instead}
      {data?.now.is === 'entry' && (
        <>
          <Did form={form} {...data.since} />
          <Choices form={form} history={data.since.history} entry={data.now.entry} />
        </>
      )}
    </section>
  );
};

/** What was read before the conflict is no answer to it. */
const readNow = <Read extends { readonly isFetchedAfterMount: boolean; readonly data: unknown }>(read: Read): Read =>
  read.isFetchedAfterMount ? read : { ...read, data: undefined };

type Since = {
  readonly form: CommandForm;
  readonly events: History['events'];
  readonly submissions: readonly { readonly id: string; readonly by: string; readonly command: string }[];
};

const Did = ({ form, events, submissions }: Since) => {
  const { said, titled } = useSpoken();
  const { conflict, pair, notGiven } = said(recordWords);
  const { register } = form;
  const valueText = useValueText();
  const commands = [...register.commands, ...register.corrections];
  const titleOf = (find: (command: (typeof commands)[number]) => boolean, otherwise: string) => {
    const found = commands.find(find);
    return found === undefined ? otherwise : titled(found.title);
  };
  const declared = [...register.fields, ...register.commands.flatMap(({ fields }) => fields)];
  const saidIn = (data: Values) =>
    Object.entries({ ...data, ...((data.data as Values | undefined) ?? {}) }).flatMap(([name, value]) => {
      const field = declared.find((each) => each.name === name);
      return field === undefined ? [] : [pair(titled(field.title), valueText(field, value) || notGiven)];
    });
  return (
    <>
      <h3>{conflict.did}</h3>
      <ul className={css.did}>
        {events.map(({ id, type, by, recordedAt, effectiveOn, data }) => (
          <li key={id}>
            <b>{by === undefined ? conflict.someone : <Name subject={by} />}</b> · {shanghaiMinute(recordedAt)} ·{' '}
            {titleOf(({ event }) => event === type, type)} {effectiveOn}
            <ul>
              {saidIn(data).map((each) => (
                <li key={each}>{each}</li>
              ))}
            </ul>
          </li>
        ))}
        {submissions.map(({ id, by, command }) => (
          <li key={id}>
            <b>{by === undefined ? conflict.someone : <Name subject={by} />}</b>{' '}
            {conflict.waits(titleOf(({ name }) => name === command, command))}
          </li>
        ))}
      </ul>
    </>
  );
};

type ChoicesProps = {
  readonly form: CommandForm;
  readonly history: History;
  readonly entry: Values & { readonly size: number; readonly revision: number };
};

const Choices = ({ form, history, entry }: ChoicesProps) => {
  const { said } = useSpoken();
  const { conflict } = said(recordWords);
  const { key, kind, event, fields, typed, before } = form;
  const now = kind === 'correct' && event !== undefined ? (factAsCorrected(history, event)?.said ?? {}) : entry;
  const clashes = clashesOf({ fields, typed }, before, now);
  const [chosen, setChosen] = useState<Readonly<Record<string, 'mine' | 'theirs'>>>({});
  const [isPressed, setPressed] = useState(false);
  const goOn = (submitted: FormEvent) => {
    submitted.preventDefault();
    setPressed(true);
    if (clashes.some(({ field }) => chosen[field.name] === undefined)) return;
    form.typeAll(withTheirs(typed, clashes, (name) => chosen[name] === 'theirs'));
    form.setBase(key, { size: entry.size, revision: entry.revision });
    form.goOn();
  };
  return (
    <form onSubmit={goOn} noValidate>
      {clashes.length === 0 ? (
        <p>{conflict.noClash}</p>
      ) : (
        <>
          <h3>{conflict.clashes}</h3>
          {clashes.map((clash) => (
            <OneClash
              key={clash.field.name}
              clash={clash}
              chosen={chosen[clash.field.name]}
              isMissing={isPressed && chosen[clash.field.name] === undefined}
              onChoose={(side) => setChosen((known) => ({ ...known, [clash.field.name]: side }))}
            />
          ))}
        </>
      )}
      <Button type="submit" kind="main">
        {conflict.goOn}
      </Button>
    </form>
  );
};

type OneProps = {
  readonly clash: Clash;
  readonly chosen: 'mine' | 'theirs' | undefined;
  readonly isMissing: boolean;
  readonly onChoose: (side: 'mine' | 'theirs') => void;
};

const OneClash = ({ clash: { field, began, theirs, mine }, chosen, isMissing, onChoose }: OneProps) => {
  const { said, titled } = useSpoken();
  const { conflict, pair } = said(recordWords);
  const text = useFieldText();
  return (
    <fieldset className={css.clash}>
      <legend>{conflict.choose(titled(field.title))}</legend>
      <p className={css.quiet}>{pair(conflict.began, text(field, began))}</p>
      {(['mine', 'theirs'] as const).map((side) => (
        <label key={side} className={own.check}>
          <input type="radio" name={field.name} checked={chosen === side} onChange={() => onChoose(side)} />
          <span>
            {pair(
              side === 'mine' ? conflict.keepMine : conflict.takeTheirs,
              text(field, side === 'mine' ? mine : theirs),
            )}
          </span>
        </label>
      ))}
      {isMissing && (
        <p className={css.refused} role="alert">
          {conflict.must}
        </p>
      )}
    </fieldset>
  );
};

/** A value as people read it, also one that the form alone has; a word for none. */
export const useFieldText = (): ((field: FormField, value: unknown) => string) => {
  const { said } = useSpoken();
  const { notGiven, range } = said(recordWords);
  const valueText = useValueText();
  return (field, value) => {
    if (field.kind === 'range' && value === null) return range.none;
    const { kind } = field;
    const shown = kind === 'note' || kind === 'evidence' || kind === 'events' ? 'text' : kind;
    return valueText({ ...field, kind: shown, optional: true }, value) || notGiven;
  };
};

import { useState } from 'react';
import type { DeclaredField, DeclaredRegister } from '../../answers.ts';
import { urlOf } from '../../api.ts';
import { Field } from '../../parts/Field.tsx';
import { Refusal } from '../../parts/Refusal.tsx';
import { useSpoken } from '../../words/words.ts';
import { DropFile } from './DropFile.tsx';
import css from './imports.module.css';
import { Settling } from './Settling.tsx';
import { useSending } from './sending.ts';
import { importWords } from './words.ts';

/** Where an import begins: which register, what its rows record, what holds for all of them, and the file. */
export const StartForm = ({ registers }: { readonly registers: readonly DeclaredRegister[] }) => {
  const { titled, said, language } = useSpoken();
  const words = said(importWords).start;
  const [name, setName] = useState(registers[0]?.name ?? '');
  const register = registers.find((each) => each.name === name) ?? registers[0];
  const [given, setCommand] = useState<string>();
  const command = register?.commands.find((each) => each.name === given) ?? register?.commands[0];
  const [set, setSet] = useState<Readonly<Record<string, string>>>({});
  const sending = useSending();
  if (register === undefined || command === undefined) return null;
  const send = (file: File) => void sending.send({ register: register.name, command: command.name, file, set });
  return (
    <section className={css.start} aria-labelledby="start">
      <h2 id="start">{words.title}</h2>
      <div className={css.row}>
        <Field label={words.register}>
          {(control) => (
            <select
              {...control}
              value={register.name}
              onChange={({ target }) => {
                setName(target.value);
                setSet({});
              }}
            >
              {registers.map((each) => (
                <option key={each.name} value={each.name}>
                  {titled(each.title)}
                </option>
              ))}
            </select>
          )}
        </Field>
        <Field label={words.command}>
          {(control) => (
            <select
              {...control}
              value={command.name}
              onChange={({ target }) => {
                setCommand(target.value);
                setSet({});
              }}
            >
              {register.commands.map((each) => (
                <option key={each.name} value={each.name}>
                  {titled(each.title)}
                </option>
              ))}
            </select>
          )}
        </Field>
        <a
          href={urlOf(`/imports/${register.name}/template.xlsx`, { command: command.name, lang: language })}
          download
          className={css.template}
        >
          {words.template}
        </a>
      </div>
      <SetValues fields={command.fields} set={set} onSet={setSet} />
      <p className={css.quiet}>{words.hint}</p>
      <DropFile label={words.drop} choose={words.choose} busy={sending.isBusy} onFile={send} />
      {sending.error !== undefined && <Refusal error={sending.error} />}
      <Settling sending={sending} register={register} />
    </section>
  );
};

type SetProps = {
  readonly fields: readonly DeclaredField[];
  readonly set: Readonly<Record<string, string>>;
  readonly onSet: (set: Readonly<Record<string, string>>) => void;
};

/** What the list lacks, given once for all of its rows. */
const SetValues = ({ fields, set, onSet }: SetProps) => {
  const { said, titled, words: page } = useSpoken();
  const words = said(importWords).start;
  const change = (name: string, value: string) => onSet({ ...set, [name]: value });
  const common = (['effectiveOn', 'evidence', 'note'] as const).map((name) => ({ name, label: words[name] }));
  const options = ({ kind, options: declared }: DeclaredField) =>
    kind === 'boolean'
      ? [
          { value: 'true', label: page.yes },
          { value: 'false', label: page.no },
        ]
      : declared?.map(({ value, title }) => ({ value, label: titled(title) }));
  const own = fields
    .filter(({ kind }) => !['targets', 'titles', 'range'].includes(kind))
    .map((field) => ({ name: field.name, label: titled(field.title), options: options(field) }));
  const all: readonly { name: string; label: string; options?: ReturnType<typeof options> }[] = [...common, ...own];
  return (
    <details className={css.set}>
      <summary>{words.set}</summary>
      <p className={css.quiet}>{words.setHint}</p>
      <div className={css.values}>
        {all.map(({ name, label, options: choices }) => (
          <Field key={name} label={label}>
            {(control) =>
              choices === undefined ? (
                <input
                  {...control}
                  value={set[name] ?? ''}
                  autoComplete="off"
                  onChange={({ target }) => change(name, target.value)}
                />
              ) : (
                <select {...control} value={set[name] ?? ''} onChange={({ target }) => change(name, target.value)}>
                  <option value="">{words.notSet}</option>
                  {choices.map((choice) => (
                    <option key={choice.value} value={choice.value}>
                      {choice.label}
                    </option>
                  ))}
                </select>
              )
            }
          </Field>
        ))}
      </div>
      <label className={css.check}>
        <input
          type="checkbox"
          checked={set.duplicates === 'allow'}
          onChange={({ target }) => change('duplicates', target.checked ? 'allow' : '')}
        />
        {words.duplicates}
      </label>
    </details>
  );
};

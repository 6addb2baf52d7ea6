import { useNavigate, useSearch } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import type { DeclaredRegister, EntryList } from '../answers.ts';
import { Narrowing } from '../parts/Narrowing.tsx';
import { choicesOf } from '../parts/places.ts';
import { useSpoken } from '../words/words.ts';
import css from './RegisterPage.module.css';

const typingPauseMs = 250;

type Facets = NonNullable<EntryList['facets']>;
type Props = {
  readonly register: DeclaredRegister;
  readonly registers: readonly DeclaredRegister[];
  readonly facets: Facets;
  readonly isFiltered: boolean;
};

/** Words and choices that narrow a register. */
export const RegisterFilters = ({ register, registers, facets, isFiltered }: Props) => {
  const { words, titled, number } = useSpoken();
  const asked = useSearch({ from: '/registers/$register' });
  const navigate = useNavigate({ from: '/registers/$register' });
  const set = (name: string, value: string) =>
    void navigate({
      search: (known) => ({ ...known, [name]: value === '' ? undefined : value }),
      replace: true,
      resetScroll: false,
    });
  const areas = [
    { value: 'core', label: words.plan.core },
    { value: 'belt', label: words.plan.belt },
    { value: 'other', label: words.plan.other },
  ];
  const optionsOf = (name: string): readonly { readonly value: string; readonly label: string }[] => {
    if (name === 'status') return register.statuses.map(({ id, title }) => ({ value: id, label: titled(title) }));
    if (name === 'area') return areas;
    if (name === 'flag') return [{ value: 'dangling', label: words.register.dangling }];
    return choicesOf(registers, name).map(({ value, title }) => ({ value, label: titled(title) }));
  };
  const labels: Readonly<Record<string, string>> = {
    status: words.register.status,
    sector: words.plan.sector,
    district: words.plan.district,
    area: words.plan.area,
    flag: words.register.flag,
  };
  const choices = register.filters.filter((name) => labels[name] !== undefined);
  const chosen = choices.filter((name) => asked[name as 'status'] !== undefined).length;
  return (
    <search className={css.filters}>
      <WordsField value={asked.q ?? ''} onChange={(value) => set('q', value)} />
      <Narrowing chosen={chosen}>
        {choices.map((name) => (
          <label key={name}>
            <span>{labels[name]}</span>
            <select value={asked[name as 'status'] ?? ''} onChange={(event) => set(name, event.target.value)}>
              <option value="">{words.register.any}</option>
              {optionsOf(name).map(({ value, label }) => {
                const found = facets[name]?.find((facet) => facet.value === value);
                return (
                  <option key={value} value={value}>
                    {found === undefined ? label : `${label} (${number(found.count)})`}
                  </option>
                );
              })}
            </select>
          </label>
        ))}
      </Narrowing>
      {isFiltered && (
        <button
          type="button"
          className={css.clear}
          onClick={() => void navigate({ search: ({ on, knownAt, lang }) => ({ on, knownAt, lang }), replace: true })}
        >
          {words.register.clear}
        </button>
      )}
    </search>
  );
};

/** Words to look for, which are asked for once the typing pauses. */
const WordsField = ({ value, onChange }: { readonly value: string; readonly onChange: (value: string) => void }) => {
  const { words } = useSpoken();
  const [text, setText] = useState(value);
  useEffect(() => setText(value), [value]);
  useEffect(() => {
    if (text === value) return;
    const timer = setTimeout(() => onChange(text.trim() === '' ? '' : text), typingPauseMs);
    return () => clearTimeout(timer);
  });
  return (
    <label>
      <span>{words.register.find}</span>
      <input type="search" value={text} maxLength={200} onChange={(event) => setText(event.target.value)} />
    </label>
  );
};

import { useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useEffect, useRef, useState } from 'react';
import { useSwitch } from '../parts/keys.ts';
import { PageLink } from '../parts/PageLink.tsx';
import { Empty, together } from '../parts/State.tsx';
import { registersQuery, searchQuery } from '../queries.ts';
import { useSpoken } from '../words/words.ts';
import css from './SearchPage.module.css';

/** One search through all registers. */
export const SearchPage = () => {
  const { words } = useSpoken();
  const { q = '' } = useSearch({ from: '/search' });
  const navigate = useNavigate({ from: '/search' });
  const [text, setText] = useState(q);
  const field = useRef<HTMLInputElement>(null);
  const [hasKeys, setKeys] = useSwitch();
  useEffect(() => field.current?.focus(), []);
  useEffect(() => setText(q), [q]);
  return (
    <>
      <h1>{words.search.title}</h1>
      <form
        className={css.form}
        onSubmit={(event) => {
          event.preventDefault();
          const asked = text.trim();
          void navigate({ search: (known) => ({ ...known, q: asked === '' ? undefined : asked }) });
        }}
      >
        <search>
          <input
            ref={field}
            type="search"
            aria-label={words.search.words}
            maxLength={200}
            value={text}
            onChange={(event) => setText(event.target.value)}
          />
          <button type="submit">{words.nav.search}</button>
        </search>
      </form>
      {q === '' ? <p className={css.hint}>{words.search.hint}</p> : <Found words={q} />}
      <label className={css.keys}>
        <input type="checkbox" checked={hasKeys} onChange={({ target }) => setKeys(target.checked)} />
        {words.search.keys}
      </label>
    </>
  );
};

const Found = ({ words: asked }: { readonly words: string }) => {
  const { language, words, titled, number } = useSpoken();
  const registers = useQuery(registersQuery(language));
  const { data, instead } = together({ found: useQuery(searchQuery(language, asked)), registers });
  if (instead) return instead;
  const { items } = data.found;
  const declared = new Map(data.registers.registers.map((register) => [register.name, register]));
  if (items.length === 0)
    return (
      <Empty title={words.search.none(asked)}>
        <p>{words.search.noneHint}</p>
      </Empty>
    );
  return (
    <>
      <p role="status">{words.search.found(number(items.length))}</p>
      <ul className="rows">
        {items.map(({ register, key, name, status }) => {
          const declaration = declared.get(register);
          const title = declaration?.statuses.find(({ id }) => id === status)?.title;
          return (
            <li key={`${register}/${key}`}>
              <PageLink to="/registers/$register/$key" params={{ register, key }}>
                {name}
              </PageLink>
              <span>{declaration === undefined ? register : titled(declaration.title)}</span>
              <span>{title === undefined ? status : titled(title)}</span>
              <code>{key}</code>
            </li>
          );
        })}
      </ul>
    </>
  );
};

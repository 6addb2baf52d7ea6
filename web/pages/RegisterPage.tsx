import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useParams, useSearch } from '@tanstack/react-router';
import type { DeclaredRegister } from '../answers.ts';
import { urlOf } from '../api.ts';
import { More } from '../parts/More.tsx';
import { PageLink } from '../parts/PageLink.tsx';
import { Empty, together } from '../parts/State.tsx';
import { entriesQuery, registersQuery } from '../queries.ts';
import { useSession } from '../session.ts';
import { useSpoken } from '../words/words.ts';
import { BeginningCommands } from './EntryCommands.tsx';
import { RegisterFilters } from './RegisterFilters.tsx';
import css from './RegisterPage.module.css';
import { RegisterTable } from './RegisterTable.tsx';

const facetNames = ['status', 'sector', 'district', 'area'] as const;

/** A register: its entries as of the chosen day, found by words and by what its declaration can be filtered by. */
export const RegisterPage = () => {
  const { language, words, titled } = useSpoken();
  const { register: name } = useParams({ from: '/registers/$register' });
  const { data, instead } = together({ declared: useQuery(registersQuery(language)) });
  if (instead) return instead;
  const { registers } = data.declared;
  const register = registers.find((each) => each.name === name);
  if (register === undefined) return <Empty title={words.fault.notFound} />;
  return (
    <>
      <nav className={css.registers} aria-label={words.register.all}>
        {registers.map((each) => (
          <PageLink key={each.name} to="/registers/$register" params={{ register: each.name }}>
            {titled(each.title)}
          </PageLink>
        ))}
      </nav>
      <Listing register={register} registers={registers} />
    </>
  );
};

const Listing = ({ register, registers }: { register: DeclaredRegister; registers: readonly DeclaredRegister[] }) => {
  const { language, words, titled, number } = useSpoken();
  const { lang: _lang, ...asked } = useSearch({ from: '/registers/$register' });
  const facets = facetNames.filter((name) => register.filters.includes(name));
  const filters = Object.fromEntries(
    Object.entries(asked).filter(([name]) => ['q', 'on', 'knownAt', ...register.filters].includes(name)),
  );
  const query = useInfiniteQuery(entriesQuery(language, register.name, filters, facets));
  const { data } = query;
  const first = data?.pages[0]?.answer;
  const pages = data?.pages.map(({ answer }) => answer.items) ?? [];
  const file = (type: string) => urlOf(`/exports/${register.name}.${type}`, { ...filters, lang: language });
  const isFiltered = Object.keys(filters).some((name) => !['on', 'knownAt'].includes(name));
  return (
    <>
      <h1>{titled(register.title)}</h1>
      <BeginningCommands register={register} />
      <RegisterFilters register={register} registers={registers} facets={first?.facets ?? {}} isFiltered={isFiltered} />
      {together({ query }).instead}
      {first !== undefined && (
        <>
          <p className={css.total}>
            <span role="status">{words.register.total(number(first.total))}</span>
            {['csv', 'xlsx'].map((type) => (
              <a key={type} href={file(type)} download>
                {type.toUpperCase()}
              </a>
            ))}
          </p>
          {first.items.length === 0 ? (
            <Empty title={isFiltered ? words.register.none : words.register.empty}>
              {isFiltered ? <p>{words.register.noneHint}</p> : <First register={register} />}
            </Empty>
          ) : (
            <RegisterTable register={register} pages={pages} total={first.total} />
          )}
        </>
      )}
      <More of={query} />
    </>
  );
};

/** What to do first in a register that has no entries. */
const First = ({ register }: { readonly register: DeclaredRegister }) => {
  const { words } = useSpoken();
  const { may } = useSession();
  if (!may(register.role)) return <p>{words.register.emptyHint}</p>;
  return (
    <>
      <p>{words.register.firstHint}</p>
      {register.role === 'clerk' && <PageLink to="/imports">{words.register.importing}</PageLink>}
    </>
  );
};

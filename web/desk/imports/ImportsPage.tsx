import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { DeclaredRegister, ShownImport } from '../../answers.ts';
import { More } from '../../parts/More.tsx';
import { PageLink } from '../../parts/PageLink.tsx';
import { Empty, together } from '../../parts/State.tsx';
import { registersQuery } from '../../queries.ts';
import { useSession } from '../../session.ts';
import { shanghaiMinute } from '../../times.ts';
import { useSpoken } from '../../words/words.ts';
import { Desk } from '../Desk.tsx';
import { Name } from '../Name.tsx';
import { Choice } from '../review/Queue.tsx';
import css from './imports.module.css';
import { importsQuery } from './queries.ts';
import { StartForm } from './StartForm.tsx';
import { importWords } from './words.ts';

/** Imports: where one begins, and those that there were. */
export const ImportsPage = () => {
  const { said } = useSpoken();
  const words = said(importWords);
  return (
    <Desk title={words.title} roles={['clerk', 'auditor', 'admin']}>
      <h1>{words.title}</h1>
      <Imports />
    </Desk>
  );
};

const Imports = () => {
  const { language } = useSpoken();
  const { may } = useSession();
  const { data, instead } = together({ declared: useQuery(registersQuery(language)) });
  if (instead) return instead;
  const { registers } = data.declared;
  const own = registers.filter(({ role }) => may(role));
  return (
    <>
      {own.length > 0 && <StartForm registers={own} />}
      <Earlier registers={registers} />
    </>
  );
};

const Earlier = ({ registers }: { readonly registers: readonly DeclaredRegister[] }) => {
  const { language, titled, number, said } = useSpoken();
  const { list: words, states } = said(importWords);
  const [asked, setAsked] = useState<{ register?: string | undefined; state?: string | undefined }>({});
  const query = useInfiniteQuery(importsQuery(language, asked));
  const { data } = query;
  const items = data?.pages.flatMap(({ answer }) => answer.items) ?? [];
  const total = data?.pages.at(-1)?.answer.total;
  return (
    <section className={css.list} aria-labelledby="earlier">
      <h2 id="earlier">{words.title}</h2>
      <search className={css.filters}>
        <Choice
          label={words.register}
          value={asked.register}
          any={words.any}
          options={registers.map(({ name, title }) => [name, titled(title)])}
          onChoose={(register) => setAsked({ ...asked, register })}
        />
        <Choice
          label={words.state}
          value={asked.state}
          any={words.any}
          options={Object.entries(states)}
          onChoose={(state) => setAsked({ ...asked, state })}
        />
      </search>
      {together({ query }).instead}
      {total !== undefined && (
        <p className={css.quiet} role="status">
          {words.total(number(total))}
        </p>
      )}
      {total === 0 && <Empty title={words.none} />}
      {items.length > 0 && <Table items={items} registers={registers} />}
      <More of={query} />
    </section>
  );
};

type TableProps = { readonly items: readonly ShownImport[]; readonly registers: readonly DeclaredRegister[] };

const Table = ({ items, registers }: TableProps) => {
  const { titled, number, said } = useSpoken();
  const { list: words, states, outcomes, dryRun } = said(importWords);
  const titleOf = ({ register: name, command }: ShownImport): string => {
    const register = registers.find((each) => each.name === name);
    const kind = register?.commands.find((each) => each.name === command);
    return `${register === undefined ? name : titled(register.title)} · ${kind === undefined ? command : titled(kind.title)}`;
  };
  const counted = ['recorded', 'submitted', 'alreadyThere', 'refused'] as const;
  return (
    <div className="frame">
      <table className={`cards ${css.table}`}>
        <thead>
          <tr>
            <th scope="col">{words.file}</th>
            <th scope="col">{words.register}</th>
            <th scope="col">{words.by}</th>
            <th scope="col">{words.at}</th>
            <th scope="col">{words.state}</th>
            {counted.map((name) => (
              <th key={name} scope="col" className="number">
                {outcomes[name]}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {items.map((item) => (
            <tr key={item.id}>
              <th scope="row">
                <PageLink to="/imports/$id" params={{ id: item.id }}>
                  {item.file || item.id}
                </PageLink>
              </th>
              <td data-label={words.register}>{titleOf(item)}</td>
              <td data-label={words.by}>
                <Name subject={item.by} />
              </td>
              <td data-label={words.at}>
                <time dateTime={item.startedAt}>{shanghaiMinute(item.startedAt)}</time>
              </td>
              <td data-label={words.state} className={css.state}>
                <span>
                  {item.dryRun && <span className={css.badge}>{dryRun}</span>} {states[item.state]}
                </span>
              </td>
              {counted.map((name) => (
                <td key={name} className="number" data-label={outcomes[name]}>
                  {number(item[name])}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
};

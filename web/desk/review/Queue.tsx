import { useInfiniteQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useEffect, useRef } from 'react';
import type { DeclaredRegister, ShownImport, ShownSubmission } from '../../answers.ts';
import { PageLink } from '../../parts/PageLink.tsx';
import { Empty } from '../../parts/State.tsx';
import { useSession } from '../../session.ts';
import { shanghaiMinute } from '../../times.ts';
import { useSpoken } from '../../words/words.ts';
import { signed } from '../Effect.tsx';
import { importsQuery } from '../imports/queries.ts';
import { hasSubmitted } from '../imports/use-import.ts';
import { Name } from '../Name.tsx';
import css from './Queue.module.css';
import { type Asked, orderOf, statuses, statusOf } from './queries.ts';
import { reviewWords } from './words.ts';

/** Which submissions are listed: by status, register, import and person, in which order. */
export const Filters = ({ asked, registers }: { asked: Asked; registers: readonly DeclaredRegister[] }) => {
  const { language, titled, said } = useSpoken();
  const words = said(reviewWords);
  const navigate = useNavigate({ from: '/review' });
  const imports = useInfiniteQuery(importsQuery(language, { state: 'finished' }));
  const batches = imports.data?.pages.flatMap(({ answer }) => answer.items).filter(hasSubmitted) ?? [];
  const set = (change: Asked) =>
    void navigate({ search: (known) => ({ ...known, id: undefined, ...change }), replace: true, resetScroll: false });
  return (
    <>
      <nav className={css.statuses} aria-label={words.statuses.label}>
        {statuses.map((status) => (
          <button
            key={status}
            type="button"
            aria-current={status === statusOf(asked) || undefined}
            onClick={() => set({ status: status === 'pending' ? undefined : status, order: undefined })}
          >
            {words.statuses[status]}
          </button>
        ))}
      </nav>
      <search className={css.filters} aria-label={words.filters}>
        <Choice
          label={words.register}
          value={asked.register}
          any={words.any}
          options={registers.map(({ name, title }) => [name, titled(title)])}
          onChoose={(register) => set({ register })}
        />
        <Choice
          label={words.whose}
          value={asked.whose}
          any={words.any}
          options={[
            ['others', words.others],
            ['mine', words.mine],
          ]}
          onChoose={(whose) => set({ whose })}
        />
        {(batches.length > 0 || asked.import !== undefined) && (
          <Choice
            label={words.import}
            value={asked.import}
            any={words.any}
            options={withChosen(batches.map(batchOption), asked.import)}
            onChoose={(batch) => set({ import: batch })}
          />
        )}
        <Choice
          label={words.order}
          value={orderOf(asked)}
          options={[
            ['asc', words.oldest],
            ['desc', words.newest],
          ]}
          onChoose={(order) => set({ order })}
        />
      </search>
    </>
  );
};

type Option = readonly [value: string, label: string];

const batchOption = ({ id, file, startedAt }: ShownImport): Option => [id, `${file} · ${shanghaiMinute(startedAt)}`];

const withChosen = (options: readonly Option[], chosen: string | undefined): readonly Option[] =>
  chosen === undefined || options.some(([value]) => value === chosen) ? options : [[chosen, chosen], ...options];

type ChoiceProps = {
  readonly label: string;
  readonly value: string | undefined;
  /** What stands for no choice, if one need not be made. */
  readonly any?: string;
  readonly options: readonly Option[];
  readonly onChoose: (value: string | undefined) => void;
};

export const Choice = ({ label, value = '', any, options, onChoose }: ChoiceProps) => (
  <label>
    <span>{label}</span>
    <select value={value} onChange={({ target }) => onChoose(target.value === '' ? undefined : target.value)}>
      {any !== undefined && <option value="">{any}</option>}
      {options.map(([each, title]) => (
        <option key={each} value={each}>
          {title}
        </option>
      ))}
    </select>
  </label>
);

type ListProps = {
  readonly items: readonly ShownSubmission[];
  readonly registers: readonly DeclaredRegister[];
  /** The id of the one whose differences are shown. */
  readonly shown: string | undefined;
};

/** The submissions, each a link to its differences; one's own are greyed out. */
export const List = ({ items, registers, shown }: ListProps) => {
  const { titled, said } = useSpoken();
  const words = said(reviewWords);
  const { session } = useSession();
  const titlesOf = ({ register: name, command }: ShownSubmission) => {
    const register = registers.find((each) => each.name === name);
    const kind = [...(register?.commands ?? []), ...(register?.corrections ?? [])].find(
      (each) => each.name === command,
    );
    return { register: register && titled(register.title), command: kind && titled(kind.title) };
  };
  const list = useRef<HTMLOListElement>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: when another one is shown
  useEffect(() => {
    list.current?.querySelector('[aria-current]')?.scrollIntoView({ block: 'nearest' });
  }, [shown]);
  return (
    <ol className={`rows ${css.list}`} ref={list}>
      {items.map((item) => {
        const { id, by, submittedAt, status, decidedBy, decidedAt, reason } = item;
        const isOwn = by === session?.subject;
        const titles = titlesOf(item);
        return (
          <li key={id} data-own={(isOwn && status === 'pending') || undefined}>
            <PageLink to="/review" search={(known: object) => ({ ...known, id })}>
              <span className={css.name}>{item.name ?? item.key}</span>
              <span className={css.line}>
                <span>{titles.command ?? item.command}</span>
                <span>{titles.register ?? item.register}</span>
                <Moves item={item} />
              </span>
              <span className={css.line}>
                <span>{isOwn ? words.own : <Name subject={by} />}</span>
                {submittedAt !== undefined && <time dateTime={submittedAt}>{shanghaiMinute(submittedAt)}</time>}
              </span>
              {status !== 'pending' && decidedBy !== undefined && (
                <span className={css.line}>
                  <span>
                    {words.decidedBy[status]} <Name subject={decidedBy} />
                  </span>
                  {decidedAt !== undefined && <time dateTime={decidedAt}>{shanghaiMinute(decidedAt)}</time>}
                </span>
              )}
              {reason !== undefined && <span className={css.reason}>{reason}</span>}
            </PageLink>
          </li>
        );
      })}
    </ol>
  );
};

/** The first change of a number that approving would make, in short. */
const Moves = ({ item: { impact = [] } }: { readonly item: ShownSubmission }) => {
  const { number } = useSpoken();
  const changes = [...new Set(impact.map(({ before, after }) => after - before))];
  return changes.length === 0 ? null : <b>{changes.map((change) => signed(change, number)).join(' ')}</b>;
};

export const NothingListed = ({ asked }: { readonly asked: Asked }) => {
  const { said } = useSpoken();
  const words = said(reviewWords);
  const isAll = [asked.status, asked.register, asked.import, asked.whose].every((each) => each === undefined);
  return <Empty title={isAll ? words.none : words.noneSuch}>{isAll && <p>{words.noneHint}</p>}</Empty>;
};

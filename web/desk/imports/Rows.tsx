import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { DeclaredField, DeclaredRegister, ImportRows, ShownImport } from '../../answers.ts';
import { Button } from '../../parts/Button.tsx';
import { PageLink } from '../../parts/PageLink.tsx';
import { Scroll } from '../../parts/Scroll.tsx';
import { Empty, together } from '../../parts/State.tsx';
import { useValueText } from '../../parts/values.ts';
import { useSpoken } from '../../words/words.ts';
import css from './imports.module.css';
import { rowsAtOnce, rowsQuery } from './queries.ts';
import { importWords } from './words.ts';

type Row = ImportRows['items'][number];
type Props = { readonly shown: ShownImport; readonly register: DeclaredRegister | undefined };

const outcomes = ['recorded', 'submitted', 'alreadyThere', 'refused'] as const;

/** What became of each row, or would: a page at a time, of all outcomes or of one. */
export const Rows = ({ shown, register }: Props) => {
  const { language, number, said, words: spoken } = useSpoken();
  const { rows: words, page, ...named } = said(importWords);
  const [outcome, setOutcome] = useState<(typeof outcomes)[number] | undefined>(
    shown.refused > 0 ? 'refused' : undefined,
  );
  const [cursors, setCursors] = useState<readonly string[]>([]);
  const query = useQuery(rowsQuery(language, shown.id, { outcome, cursor: cursors.at(-1) }));
  const { data, isPlaceholderData } = query;
  const choose = (chosen: typeof outcome) => {
    setOutcome(chosen);
    setCursors([]);
  };
  const titles = shown.dryRun ? named.wouldBe : named.outcomes;
  const all = outcomes.reduce((sum, name) => sum + shown[name], 0);
  const items = data?.answer.items ?? [];
  const from = cursors.length * rowsAtOnce;
  return (
    <section className={css.section} aria-labelledby="rows">
      <h2 id="rows">{words.title}</h2>
      <div className={css.outcomes}>
        <button type="button" aria-pressed={outcome === undefined} onClick={() => choose(undefined)}>
          {words.all} {number(all)}
        </button>
        {outcomes.map((name) => (
          <button key={name} type="button" aria-pressed={outcome === name} onClick={() => choose(name)}>
            {titles[name]} {number(shown[name])}
          </button>
        ))}
      </div>
      {shown.rows === 'elsewhere' && <p className={css.quiet}>{page.elsewhere}</p>}
      {together({ query }).instead}
      {data !== undefined && items.length === 0 && <Empty title={words.none} />}
      {items.length > 0 && (
        <>
          <Scroll label={words.table} className={`frame ${css.grid}`}>
            <Table shown={shown} register={register} items={items} />
          </Scroll>
          <p className={css.paging}>
            <span role="status" aria-busy={isPlaceholderData || undefined}>
              {isPlaceholderData
                ? spoken.busy
                : words.range(number(from + 1), number(from + items.length), number(data?.answer.total ?? 0))}
            </span>
            <span className={css.row}>
              <Button
                disabled={cursors.length === 0}
                busy={isPlaceholderData}
                onPress={() => setCursors(cursors.slice(0, -1))}
              >
                {words.previous}
              </Button>
              <Button
                disabled={data?.next === undefined}
                busy={isPlaceholderData}
                onPress={() => data?.next !== undefined && setCursors([...cursors, data.next])}
              >
                {words.next}
              </Button>
            </span>
          </p>
        </>
      )}
    </section>
  );
};

const Table = ({ shown, register, items }: Props & { readonly items: readonly Row[] }) => {
  const { said, titled } = useSpoken();
  const { rows: words } = said(importWords);
  const columns = shown.columns ?? [];
  const hasKey = columns.some(({ field }) => field === 'key');
  const fields = new Map(
    register?.commands.find(({ name }) => name === shown.command)?.fields.map((field) => [field.name, field]),
  );
  return (
    <table className={`cards ${css.table}`}>
      <thead>
        <tr>
          <th scope="col">{words.line}</th>
          <th scope="col">{words.result}</th>
          {!hasKey && <th scope="col">{register === undefined ? words.key : titled(register.key.title)}</th>}
          {columns.map(({ column, header }) => (
            <th key={column} scope="col">
              {header}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {items.map((row) => (
          <tr key={row.row}>
            <th scope="row" data-label={words.line}>
              {row.line ?? row.row}
            </th>
            <Result row={row} shown={shown} />
            {!hasKey && (
              <td data-label={words.key}>
                <code>{row.key}</code>
              </td>
            )}
            {columns.map(({ column, header, field }) => (
              <Cell
                key={column}
                row={row}
                column={column}
                header={header}
                name={field}
                field={fields.get(field ?? '')}
              />
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
};

/** The outcome, with what is wrong with the row as a whole. */
const Result = ({ row, shown }: { readonly row: Row; readonly shown: ShownImport }) => {
  const { said } = useSpoken();
  const { rows: words, outcomes: done, wouldBe } = said(importWords);
  const places = new Set(shown.columns?.map(({ column }) => column));
  const faults = (row.faults ?? []).filter(({ column }) => column === null || !places.has(column));
  const title = (shown.dryRun ? wouldBe : done)[row.outcome];
  return (
    <td data-label={words.result} className={faults.length > 0 ? css.faulty : undefined}>
      <span>
        {row.key !== null && (row.outcome === 'recorded' ? !shown.dryRun : row.outcome === 'alreadyThere') ? (
          <PageLink to="/registers/$register/$key" params={{ register: shown.register, key: row.key }}>
            {title}
          </PageLink>
        ) : (
          title
        )}
        {faults.map(({ reason }) => (
          <span key={reason} className={css.reason}>
            {reason}
          </span>
        ))}
      </span>
    </td>
  );
};

type CellProps = {
  readonly row: Row;
  readonly column: number;
  readonly header: string;
  /** What the column gives, and the field that is declared for it, if it is one. */
  readonly name: string | null;
  readonly field: DeclaredField | undefined;
};

/** A value as it is understood; or, if something is wrong with it, what stands in the file, and what that is. */
const Cell = ({ row, column, header, name, field }: CellProps) => {
  const valueText = useValueText();
  const faults = (row.faults ?? []).filter((fault) => fault.column === column);
  const [first] = faults;
  const value = name === 'key' ? row.key : row.values[name ?? ''];
  if (first === undefined) {
    const text = field === undefined ? plainText(value) : valueText(field, value);
    return <td data-label={header}>{text === '' ? undefined : <span>{text}</span>}</td>;
  }
  return (
    <td data-label={header} className={css.faulty}>
      <span>
        {first.value}
        {faults.map(({ reason }) => (
          <span key={reason} className={css.reason}>
            {reason}
          </span>
        ))}
      </span>
    </td>
  );
};

/** A key, a day, a note, or the titles of evidence. */
const plainText = (value: unknown): string =>
  Array.isArray(value)
    ? value.map((each: { readonly title?: string }) => each.title ?? '').join('; ')
    : value === undefined || value === null
      ? ''
      : String(value);

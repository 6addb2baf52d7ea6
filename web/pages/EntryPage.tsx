import { useQuery } from '@tanstack/react-query';
import { useParams, useSearch } from '@tanstack/react-router';
import type { DeclaredField, DeclaredRegister, History } from '../answers.ts';
import { ApiProblem } from '../api.ts';
import { PageLink } from '../parts/PageLink.tsx';
import { Busy, Empty, Failed } from '../parts/State.tsx';
import { useValueText } from '../parts/values.ts';
import { entryQuery, historyQuery, registersQuery } from '../queries.ts';
import { shanghaiMinute } from '../times.ts';
import { useSpoken } from '../words/words.ts';
import css from './EntryPage.module.css';

/** An entry: its fields on the chosen day, and its history with what was corrected or annulled. */
export const EntryPage = () => {
  const { language, words } = useSpoken();
  const { register: name, key } = useParams({ from: '/registers/$register/$key' });
  const { on, knownAt } = useSearch({ from: '/registers/$register/$key' });
  const registers = useQuery(registersQuery(language));
  const entry = useQuery(entryQuery(language, name, key, { on, knownAt }));
  const history = useQuery(historyQuery(language, name, key, { knownAt }));
  if (registers.error) return <Failed error={registers.error} onAgain={() => registers.refetch()} />;
  if (registers.data === undefined) return <Busy />;
  const register = registers.data.registers.find((each) => each.name === name);
  if (register === undefined) return <Empty title={words.fault.notFound} />;
  if (entry.error && !isMissing(entry.error)) return <Failed error={entry.error} onAgain={() => entry.refetch()} />;
  if (history.error && !isMissing(history.error))
    return <Failed error={history.error} onAgain={() => history.refetch()} />;
  if ((entry.data === undefined && entry.isPending) || (history.data === undefined && history.isPending))
    return <Busy />;
  return (
    <>
      <Head register={register} keyText={key} entry={entry.error ? undefined : entry.data} />
      {history.data !== undefined && history.error === null && <Timeline register={register} history={history.data} />}
    </>
  );
};

const isMissing = (error: Error): boolean => error instanceof ApiProblem && error.status === 404;

type HeadProps = {
  readonly register: DeclaredRegister;
  readonly keyText: string;
  readonly entry: { readonly status: string; readonly on?: unknown; readonly [field: string]: unknown } | undefined;
};

const Head = ({ register, keyText, entry }: HeadProps) => {
  const { words, titled } = useSpoken();
  const valueText = useValueText();
  const fields = [...register.fields, ...register.lasting];
  const naming = fields.find(({ name }) => name === register.named);
  const status = register.statuses.find(({ id }) => id === entry?.status);
  return (
    <>
      <p className={css.trail}>
        <PageLink to="/registers/$register" params={{ register: register.name }}>
          {titled(register.title)}
        </PageLink>
        <code>{keyText}</code>
      </p>
      <div className={css.head}>
        <h1>{(entry !== undefined && naming !== undefined && valueText(naming, entry[naming.name])) || keyText}</h1>
        {status !== undefined && <p className={css.status}>{titled(status.title)}</p>}
      </div>
      {entry === undefined ? (
        <Empty title={words.entry.none}>
          <p>{words.entry.noneHint}</p>
        </Empty>
      ) : (
        <section aria-labelledby="fields">
          <h2 id="fields">
            {words.entry.fields} <small className={css.day}>{words.entry.asOf(String(entry.on ?? ''))}</small>
          </h2>
          <Values fields={fields} values={entry} />
        </section>
      )}
    </>
  );
};

type ValuesProps = { readonly fields: readonly DeclaredField[]; readonly values: Readonly<Record<string, unknown>> };

const Values = ({ fields, values }: ValuesProps) => {
  const { titled } = useSpoken();
  const valueText = useValueText();
  return (
    <dl className={css.values}>
      {fields
        .filter(({ name }) => values[name] !== undefined && values[name] !== null)
        .map((field) => (
          <div key={field.name}>
            <dt>{titled(field.title)}</dt>
            <dd>
              {field.kind === 'reference' && field.register !== undefined ? (
                <PageLink
                  to="/registers/$register/$key"
                  params={{ register: field.register, key: String(values[field.name]) }}
                >
                  <code>{String(values[field.name])}</code>
                </PageLink>
              ) : (
                valueText(field, values[field.name])
              )}
            </dd>
          </div>
        ))}
    </dl>
  );
};

type HistoryEvent = History['events'][number];

/** Facts in the order of their days, each with the corrections and the annulment that came later. */
const Timeline = ({ register, history }: { readonly register: DeclaredRegister; readonly history: History }) => {
  const { words, titled } = useSpoken();
  const kinds = new Map(register.commands.map((command) => [command.event, command]));
  const corrections = new Set(register.corrections.filter(({ name }) => name !== 'amend').map(({ event }) => event));
  const facts = history.events
    .filter(({ type }) => !corrections.has(type))
    .toSorted((a, b) => (a.effectiveOn ?? '').localeCompare(b.effectiveOn ?? '') || a.revision - b.revision);
  const byId = new Map(history.events.map((event) => [event.id, event]));
  const titles = new Map(
    [...register.commands, ...register.corrections].map(({ event, title }) => [event, titled(title)]),
  );
  const fieldsOf = ({ type }: HistoryEvent) => [
    ...(kinds.get(type)?.fields ?? []),
    ...register.fields.filter(({ name }) => !kinds.get(type)?.fields.some((own) => own.name === name)),
  ];
  return (
    <section aria-labelledby="history">
      <h2 id="history">{words.entry.history}</h2>
      <ol className={css.timeline}>
        {facts.map((fact) => (
          <li key={fact.id} data-annulled={fact.annulledBy !== undefined || undefined}>
            <p className={css.fact}>
              <time dateTime={fact.effectiveOn}>{fact.effectiveOn}</time>
              <b>{titles.get(fact.type) ?? fact.type}</b>
              {fact.annulledBy !== undefined && <span className={css.annulled}>{words.entry.annulled}</span>}
            </p>
            <Values fields={fieldsOf(fact)} values={fact.data} />
            <Recording event={fact} />
            {(fact.correctedBy ?? []).map((id) => {
              const correction = byId.get(id);
              return correction && <Correction key={id} correction={correction} fields={fieldsOf(fact)} />;
            })}
          </li>
        ))}
      </ol>
    </section>
  );
};

const Correction = ({ correction, fields }: { correction: HistoryEvent; fields: readonly DeclaredField[] }) => {
  const { words } = useSpoken();
  const { effectiveOn, data } = correction.data as { effectiveOn?: string; data?: Readonly<Record<string, unknown>> };
  return (
    <div className={css.correction}>
      <p className={css.fact}>
        <b>{words.entry.corrected}</b>
        {effectiveOn !== undefined && <time dateTime={effectiveOn}>{effectiveOn}</time>}
      </p>
      {data !== undefined && <Values fields={fields} values={data} />}
      <Recording event={correction} />
    </div>
  );
};

const Recording = ({ event }: { readonly event: HistoryEvent }) => {
  const { words, number } = useSpoken();
  return (
    <p className={css.recording}>
      <span>
        {words.entry.recorded} {shanghaiMinute(event.recordedAt)}
      </span>
      <span>{words.entry.number(number(event.entryNumber))}</span>
      {event.by !== undefined && (
        <span>
          {words.entry.by} {event.by}
        </span>
      )}
      {event.approvedBy !== undefined && (
        <span>
          {words.entry.approvedBy} {event.approvedBy}
        </span>
      )}
    </p>
  );
};

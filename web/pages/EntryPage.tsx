import { useQuery } from '@tanstack/react-query';
import { useParams, useSearch } from '@tanstack/react-router';
import type { DeclaredRegister, Entry, History } from '../answers.ts';
import { PageLink } from '../parts/PageLink.tsx';
import { Empty, together } from '../parts/State.tsx';
import { useValueText } from '../parts/values.ts';
import { entryQuery, historyQuery, registersQuery } from '../queries.ts';
import { useSpoken } from '../words/words.ts';
import { CertificateLink, LostCertificate } from './EntryCertificate.tsx';
import { BeginningCommands, EntryCommands } from './EntryCommands.tsx';
import { EntryCounts } from './EntryCounts.tsx';
import css from './EntryPage.module.css';
import { anchorOf, Person, Timeline, useEventTitles } from './EntryTimeline.tsx';
import { Values } from './EntryValues.tsx';
import { setBy } from './set-by.ts';

/** An entry: its fields on the chosen day, and its history with what was corrected or annulled. */
export const EntryPage = () => {
  const { language, words } = useSpoken();
  const { register: name, key } = useParams({ from: '/registers/$register/$key' });
  const { on, knownAt } = useSearch({ from: '/registers/$register/$key' });
  const { data, instead } = together({
    registers: useQuery(registersQuery(language)),
    entry: useQuery(entryQuery(language, name, key, { on, knownAt })),
    history: useQuery(historyQuery(language, name, key, { knownAt })),
  });
  if (instead) return instead;
  const register = data.registers.registers.find((each) => each.name === name);
  if (register === undefined) return <Empty title={words.fault.notFound} />;
  const shown = data.entry ?? undefined;
  const history = data.history ?? undefined;
  return (
    <>
      <Head register={register} keyText={key} entry={shown} history={history} />
      {shown !== undefined && <EntryCounts register={register} entry={shown} times={{ on, knownAt }} />}
      {history !== undefined && (
        <Timeline
          register={register}
          history={history}
          counting={(shown?.counts ?? []).flatMap(({ events }) => events)}
        />
      )}
    </>
  );
};

type HeadProps = {
  readonly register: DeclaredRegister;
  readonly keyText: string;
  readonly entry: Entry | undefined;
  readonly history: History | undefined;
};

const Head = ({ register, keyText, entry, history }: HeadProps) => {
  const { words, titled } = useSpoken();
  const valueText = useValueText();
  const fields = [...register.fields, ...register.lasting];
  const naming = fields.find(({ name }) => name === register.named);
  const setters = setBy(register, history?.events ?? [], String(entry?.on ?? ''));
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
        {status !== undefined && (
          <p className={css.status}>
            {titled(status.title)} <small>{words.entry.since(entry?.since ?? '')}</small>
          </p>
        )}
        {entry !== undefined && <CertificateLink register={register} entry={entry} />}
      </div>
      {history !== undefined && <LostCertificate register={register} entry={entry} history={history} />}
      {entry !== undefined && <EntryCommands register={register} keyText={keyText} entry={entry} />}
      {entry === undefined ? (
        <Empty title={words.entry.none}>
          <p>{words.entry.noneHint}</p>
          <BeginningCommands register={register} keyText={keyText} />
        </Empty>
      ) : (
        <section aria-labelledby="fields">
          <h2 id="fields">
            {words.entry.fields} <small className={css.day}>{words.entry.asOf(String(entry.on ?? ''))}</small>
          </h2>
          <Values
            fields={fields}
            values={entry}
            aside={({ name, title }) => {
              const event = setters.get(name);
              return event && <Setter event={event} register={register} what={titled(title)} />;
            }}
          />
        </section>
      )}
    </>
  );
};

type SetterProps = {
  readonly event: History['events'][number];
  readonly register: DeclaredRegister;
  readonly what: string;
};

/** What gave a field its value, and who recorded that, for those who may see people. */
const Setter = ({ event, register, what }: SetterProps) => {
  const { words } = useSpoken();
  const titleOf = useEventTitles(register);
  return (
    <small className={css.setter}>
      <a href={`#${anchorOf(event.id)}`} aria-label={words.entry.setBy(what, titleOf(event.type))}>
        {titleOf(event.type)}
      </a>
      {event.effectiveOn !== undefined && <time dateTime={event.effectiveOn}>{event.effectiveOn}</time>}
      {event.by !== undefined && <Person subject={event.by} />}
    </small>
  );
};

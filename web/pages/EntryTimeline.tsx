import { lazy, Suspense } from 'react';
import type { DeclaredField, DeclaredRegister, History } from '../answers.ts';
import { useSession } from '../session.ts';
import { shanghaiMinute } from '../times.ts';
import { erasedWords } from '../words/erased.ts';
import { useSpoken } from '../words/words.ts';
import { FactCommands } from './EntryCommands.tsx';
import css from './EntryPage.module.css';
import { Values } from './EntryValues.tsx';
import { factsIn } from './set-by.ts';

const Name = lazy(async () => ({ default: (await import('../desk/Name.tsx')).Name }));

const HistoryProof = lazy(async () => ({ default: (await import('../desk/audit/ProofCheck.tsx')).HistoryProof }));

/** Who it was, by name for those who may see people; nothing of that is loaded for others. */
export const Person = ({ subject }: { readonly subject: string }) => (
  <Suspense fallback={subject}>
    <Name subject={subject} />
  </Suspense>
);

/** What events of a register are called. */
export const useEventTitles = (register: DeclaredRegister): ((type: string) => string) => {
  const { titled } = useSpoken();
  const declared = [...register.commands, ...register.corrections];
  return (type) => {
    const found = declared.find(({ event }) => event === type);
    return found === undefined ? type : titled(found.title);
  };
};

/** Where an event stands in the timeline. */
export const anchorOf = (id: string): string => `event-${id}`;

type HistoryEvent = History['events'][number];

type TimelineProps = {
  readonly register: DeclaredRegister;
  readonly history: History;
  /** The facts that make the entry count on the chosen day. */
  readonly counting: readonly string[];
};

/** Facts in the order of their days, each with the corrections and the annulment that came later. */
export const Timeline = ({ register, history, counting }: TimelineProps) => {
  const { words } = useSpoken();
  const kinds = new Map(register.commands.map((command) => [command.event, command]));
  const facts = factsIn(register.corrections, history.events).toSorted(
    (a, b) => (a.effectiveOn ?? '').localeCompare(b.effectiveOn ?? '') || a.revision - b.revision,
  );
  const byId = new Map(history.events.map((event) => [event.id, event]));
  const titleOf = useEventTitles(register);
  const fieldsOf = ({ type }: HistoryEvent) => [
    ...(kinds.get(type)?.fields ?? []),
    ...register.fields.filter(({ name }) => !kinds.get(type)?.fields.some((own) => own.name === name)),
  ];
  return (
    <section aria-labelledby="history">
      <h2 id="history">{words.entry.history}</h2>
      <ol className={css.timeline}>
        {facts.map((fact) => (
          <li key={fact.id} id={anchorOf(fact.id)} data-annulled={fact.annulledBy !== undefined || undefined}>
            <p className={css.fact}>
              <time dateTime={fact.effectiveOn}>{fact.effectiveOn}</time>
              <b>{titleOf(fact.type)}</b>
              {fact.annulledBy !== undefined && <span className={css.annulled}>{words.entry.annulled}</span>}
              {counting.includes(fact.id) && <span className={css.counting}>{words.entry.because}</span>}
              {fact.annulledBy === undefined && (
                <FactCommands
                  register={register}
                  keyText={history.key}
                  event={fact.id}
                  what={`${titleOf(fact.type)} ${fact.effectiveOn}`}
                />
              )}
            </p>
            <Values fields={fieldsOf(fact)} values={fact.data} />
            <Recording event={fact} history={history} />
            {(fact.correctedBy ?? []).map((id) => {
              const correction = byId.get(id);
              return (
                correction && <Correction key={id} correction={correction} fields={fieldsOf(fact)} history={history} />
              );
            })}
          </li>
        ))}
      </ol>
    </section>
  );
};

type CorrectionProps = { correction: HistoryEvent; fields: readonly DeclaredField[]; history: History };

const Correction = ({ correction, fields, history }: CorrectionProps) => {
  const { words } = useSpoken();
  const { effectiveOn, data } = correction.data as { effectiveOn?: string; data?: Readonly<Record<string, unknown>> };
  return (
    <div className={css.correction} id={anchorOf(correction.id)}>
      <p className={css.fact}>
        <b>{words.entry.corrected}</b>
        {effectiveOn !== undefined && <time dateTime={effectiveOn}>{effectiveOn}</time>}
      </p>
      {data !== undefined && <Values fields={fields} values={data} />}
      <Recording event={correction} history={history} />
    </div>
  );
};

type RecordingProps = { readonly event: HistoryEvent; readonly history: History };

/** Who recorded an event and when; for auditors, with its proof. */
const Recording = ({ event, history }: RecordingProps) => {
  const { words, number, said } = useSpoken();
  const { may } = useSession();
  const erasedText = said(erasedWords);
  return (
    <>
      <p className={css.recording}>
        <span>
          {words.entry.recorded} {shanghaiMinute(event.recordedAt)}
        </span>
        <span>{words.entry.number(number(event.entryNumber))}</span>
        {event.by !== undefined && (
          <span>
            {words.entry.by} <Person subject={event.by} />
          </span>
        )}
        {event.approvedBy !== undefined && (
          <span>
            {words.entry.approvedBy} <Person subject={event.approvedBy} />
          </span>
        )}
        {event.erased !== undefined && (
          <span>
            {words.entry.erased} {erasedText(event.erased)}
          </span>
        )}
      </p>
      {may('auditor') && (
        <Suspense>
          <HistoryProof history={history} event={event} />
        </Suspense>
      )}
    </>
  );
};

import { useInfiniteQuery } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import type { ShownImport } from '../../answers.ts';
import { ask } from '../../api.ts';
import { Button } from '../../parts/Button.tsx';
import { Field } from '../../parts/Field.tsx';
import { PageLink, timesAndLanguage } from '../../parts/PageLink.tsx';
import { Refusal } from '../../parts/Refusal.tsx';
import { together } from '../../parts/State.tsx';
import { useSession } from '../../session.ts';
import { shanghaiMinute } from '../../times.ts';
import { useSpoken } from '../../words/words.ts';
import { useAct } from '../act.ts';
import { Name } from '../Name.tsx';
import { submissionsQuery } from '../review/queries.ts';
import css from './Batch.module.css';
import { isUnderWay, useImport } from './use-import.ts';
import { importWords } from './words.ts';

/** An import as a whole, for the second person: how many of its submissions wait, and all of them approved or returned. */
export const Batch = ({ id }: { readonly id: string }) => {
  const found = useImport(id);
  const { data, instead } = together({ found });
  return instead ?? <BatchOf shown={data.found} isTitled onBegun={() => found.refetch()} />;
};

type Props = {
  readonly shown: ShownImport;
  /** Whether it says which import it is about. */
  readonly isTitled?: boolean;
  readonly onBegun: () => void;
};

export const BatchOf = ({ shown, isTitled = false, onBegun }: Props) => {
  const { said, number, language } = useSpoken();
  const words = said(importWords).batch;
  const { session, may } = useSession();
  const { id } = shown;
  const pending = useInfiniteQuery(submissionsQuery(language, { import: id }, ''));
  const { data, instead } = together({ pending });
  if (instead) return instead;
  const waiting = data.pending.pages[0]?.answer.total ?? 0;
  const isOwn = session?.subject === shown.by;
  return (
    <section className={css.batch} aria-label={words.label}>
      {isTitled && (
        <>
          <p className={css.title}>
            <PageLink to="/imports/$id" params={{ id }}>
              {words.of(shown.file)}
            </PageLink>
          </p>
          <p className={css.line}>
            <Name subject={shown.by} />
            <time dateTime={shown.startedAt}>{shanghaiMinute(shown.startedAt)}</time>
          </p>
        </>
      )}
      <p className={css.line} role="status">
        <b>{waiting === 0 ? words.noneWaiting : words.waiting(number(waiting))}</b>
      </p>
      {!isTitled && waiting > 0 && (
        <p>
          <PageLink to="/review" search={(known: object) => ({ ...timesAndLanguage(known), import: id })}>
            {words.rowByRow}
          </PageLink>
        </p>
      )}
      <Decisions shown={shown} />
      {may('reviewer') && waiting > 0 && !isUnderWay(shown) && (
        <Whole id={id} waiting={waiting} isOwn={isOwn} onBegun={onBegun} />
      )}
    </section>
  );
};

type WholeProps = {
  readonly id: string;
  readonly waiting: number;
  readonly isOwn: boolean;
  readonly onBegun: () => void;
};

const Whole = ({ id, waiting, isOwn, onBegun }: WholeProps) => {
  const { said, number, language } = useSpoken();
  const { batch: words, decisions } = said(importWords);
  const [asking, setAsking] = useState<'approve' | 'return'>();
  const [reason, setReason] = useState('');
  const { run, isBusy, error } = useAct();
  const decide = (event: FormEvent, name: 'approve' | 'return') => {
    event.preventDefault();
    void run(async () => {
      const body = name === 'return' ? { reason: reason.trim() } : {};
      await ask(`/imports/${encodeURIComponent(id)}/${name}`, { method: 'POST', language, body });
      setAsking(undefined);
      onBegun();
    });
  };
  if (asking === undefined)
    return (
      <>
        {isOwn && (
          <p id="whole-why" className={css.line}>
            {words.own}
          </p>
        )}
        <div className={css.acts}>
          {(['approve', 'return'] as const).map((name) => (
            <Button
              key={name}
              disabled={isOwn}
              describedBy={isOwn ? 'whole-why' : undefined}
              onPress={() => setAsking(name)}
            >
              {decisions[name]}
            </Button>
          ))}
        </div>
      </>
    );
  return (
    <form className={css.form} onSubmit={(event) => decide(event, asking)}>
      {asking === 'approve' ? (
        <p>{words.confirmApprove(number(waiting))}</p>
      ) : (
        <Field label={words.reason} isOptional={false}>
          {(control) => (
            <textarea
              {...control}
              rows={2}
              required
              maxLength={500}
              value={reason}
              onChange={({ target }) => setReason(target.value)}
              ref={(text) => text?.focus()}
            />
          )}
        </Field>
      )}
      <div className={css.acts}>
        <Button kind="main" type="submit" busy={isBusy} disabled={asking === 'return' && reason.trim() === ''}>
          {decisions[asking]}
        </Button>
        <Button onPress={() => setAsking(undefined)}>{words.cancel}</Button>
      </div>
      {error !== undefined && <Refusal error={error} />}
    </form>
  );
};

/** What was decided about an import as a whole, by whom, and what was left. */
export const Decisions = ({ shown }: { readonly shown: Pick<ShownImport, 'decisions'> }) => {
  const { said, number } = useSpoken();
  const { batch: words, decisions: names } = said(importWords);
  if (shown.decisions.length === 0) return null;
  const outcome = ({ decision, state, decided, submitted = 0 }: ShownImport['decisions'][number]) => {
    if (state === 'running') return words.running(number(decided));
    return decision === 'undo' ? words.undone(number(decided), number(submitted)) : words.done(number(decided));
  };
  return (
    <ol className={css.decisions} aria-live="polite">
      {shown.decisions.map((each, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: decisions are only ever added at the end
        <li key={index}>
          <b>{names[each.decision]}</b> <Name subject={each.by} /> <span>{outcome(each)}</span>
          {each.reason !== undefined && <p>{words.reasonGiven(each.reason)}</p>}
          {each.left.length > 0 && (
            <details>
              <summary>{words.left(number(each.left.length))}</summary>
              <ul>
                {each.left.map(({ submission, entry, reason }) => (
                  <li key={submission ?? entry}>
                    <code>{submission ?? entry}</code> {reason}
                  </li>
                ))}
              </ul>
            </details>
          )}
        </li>
      ))}
    </ol>
  );
};

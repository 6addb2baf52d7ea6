import { type FormEvent, useEffect, useRef, useState } from 'react';
import { ApiProblem, ask } from '../../api.ts';
import { Button } from '../../parts/Button.tsx';
import { Field } from '../../parts/Field.tsx';
import { useKeys, useSwitch } from '../../parts/keys.ts';
import { Refusal } from '../../parts/Refusal.tsx';
import { useSession } from '../../session.ts';
import { useSpoken } from '../../words/words.ts';
import { useAct } from '../act.ts';
import css from './Detail.module.css';
import type { Found } from './queries.ts';
import { reviewWords } from './words.ts';

/** What became of a submission: this person decided it, or somebody else had. */
export type Decided = 'approved' | 'returned' | 'withdrawn' | 'elsewhere';

type Act = 'approve' | 'return' | 'withdraw';
const outcomes = { approve: 'approved', return: 'returned', withdraw: 'withdrawn' } as const;

type Props = {
  readonly seen: Found;
  readonly onDecided: (decided: Decided) => void;
  /** It would do something else by now: it must be looked at again. */
  readonly onMismatch: () => Promise<void>;
};

/** The decisions that this person may make, by button and by key; or why they may not. */
export const Decide = ({ seen, onDecided, onMismatch }: Props) => {
  const { said } = useSpoken();
  const words = said(reviewWords);
  const { session, may } = useSession();
  const isOwn = session?.subject === seen.submission.by;
  const mayDecide = may('reviewer') && !isOwn;
  const { decide, isBusy, error } = useDecision({ seen, onDecided, onMismatch });
  const [asking, setAsking] = useState<'return' | 'withdraw'>();
  const stop = () => setAsking(undefined);
  // The button that was pressed is gone: the keyboard goes on from here.
  const group = useRef<HTMLDivElement>(null);
  const asked = useRef(asking);
  useEffect(() => {
    if (asked.current !== asking && asking !== 'return') group.current?.focus();
    asked.current = asking;
  }, [asking]);
  useKeys(mayDecide && asking === undefined ? { a: () => decide('approve'), r: () => setAsking('return') } : {});
  const [hasKeys] = useSwitch();
  const key = (name: string) => (mayDecide && hasKeys ? name : undefined);
  const why = isOwn ? words.ownWhy : words.notReviewer;
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset around the form of a reason would name its field
    <div className={css.decide} ref={group} role="group" aria-label={words.title} tabIndex={-1}>
      {asking === 'return' && (
        <ReturnForm isBusy={isBusy} onReturn={(reason) => decide('return', { reason })} onCancel={stop} />
      )}
      {asking === 'withdraw' && (
        <div className={css.form}>
          <p>{words.confirmWithdraw}</p>
          <div className={css.acts}>
            <Button kind="danger" busy={isBusy} onPress={() => decide('withdraw')}>
              {words.withdraw}
            </Button>
            <Button onPress={stop}>{words.cancel}</Button>
          </div>
        </div>
      )}
      {asking === undefined && (
        <>
          {!mayDecide && (
            <p id="why" className={css.why}>
              {why}
            </p>
          )}
          <div className={css.acts}>
            {(may('reviewer') || isOwn) && (
              <>
                <Button
                  kind="main"
                  disabled={!mayDecide}
                  busy={isBusy}
                  describedBy={mayDecide ? undefined : 'why'}
                  onPress={() => decide('approve')}
                >
                  <span data-key={key('a')}>{words.approve}</span>
                </Button>
                <Button
                  disabled={!mayDecide}
                  describedBy={mayDecide ? undefined : 'why'}
                  onPress={() => setAsking('return')}
                >
                  <span data-key={key('r')}>{words.return}</span>
                </Button>
              </>
            )}
            {isOwn && (
              <Button kind="danger" onPress={() => setAsking('withdraw')}>
                {words.withdraw}
              </Button>
            )}
          </div>
        </>
      )}
      {error !== undefined && <Refusal error={error} />}
    </div>
  );
};

/** Sends a decision, one at a time. */
const useDecision = ({ seen, onDecided, onMismatch }: Props) => {
  const { language } = useSpoken();
  const { run, isBusy, error } = useAct();
  const decide = (act: Act, body?: { readonly reason: string }) =>
    void run(async () => {
      const path = `/submissions/${encodeURIComponent(seen.submission.id)}/${act}`;
      const revision = act === 'approve' ? seen.revision : undefined;
      try {
        await ask(path, { method: 'POST', language, revision, ...(body === undefined ? {} : { body }) });
        onDecided(outcomes[act]);
      } catch (thrown) {
        const code = thrown instanceof ApiProblem ? thrown.code : undefined;
        if (code === 'already-decided') onDecided('elsewhere');
        else if (code === 'revision-mismatch') await onMismatch();
        else throw thrown;
      }
    });
  return { decide, isBusy, error };
};

type FormProps = {
  readonly isBusy: boolean;
  readonly onReturn: (reason: string) => void;
  readonly onCancel: () => void;
};

const longestReason = 500;

const ReturnForm = ({ isBusy, onReturn, onCancel }: FormProps) => {
  const { said } = useSpoken();
  const words = said(reviewWords);
  const [reason, setReason] = useState('');
  const text = useRef<HTMLTextAreaElement>(null);
  useEffect(() => text.current?.focus(), []);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!isBusy) onReturn(reason.trim());
  };
  return (
    <form className={css.form} onSubmit={submit}>
      <Field label={words.returnReason} isOptional={false}>
        {(control) => (
          <textarea
            {...control}
            ref={text}
            rows={2}
            required
            maxLength={longestReason}
            value={reason}
            onChange={(event) => setReason(event.target.value)}
            onKeyDown={(event) => event.key === 'Escape' && !event.nativeEvent.isComposing && onCancel()}
          />
        )}
      </Field>
      <div className={css.acts}>
        <Button kind="main" type="submit" busy={isBusy} disabled={reason.trim() === ''}>
          {words.return}
        </Button>
        <Button onPress={onCancel}>{words.cancel}</Button>
      </div>
    </form>
  );
};

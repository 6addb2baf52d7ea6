import { type FormEvent, useState } from 'react';
import type { ShownImport } from '../../answers.ts';
import { ask } from '../../api.ts';
import { Button } from '../../parts/Button.tsx';
import { Dialog } from '../../parts/Dialog.tsx';
import { Field } from '../../parts/Field.tsx';
import { Refusal } from '../../parts/Refusal.tsx';
import { useSpoken } from '../../words/words.ts';
import { useAct } from '../act.ts';
import css from './imports.module.css';
import { importWords } from './words.ts';

type Props = { readonly shown: ShownImport; readonly onBegun: () => void };

/** Takes back what an import has recorded, once somebody has confirmed it. */
export const Undo = ({ shown, onBegun }: Props) => {
  const { said, language } = useSpoken();
  const words = said(importWords).page;
  const [isAsking, setAsking] = useState(false);
  const [reason, setReason] = useState('');
  const { run, isBusy, error } = useAct();
  const undo = (event: FormEvent) => {
    event.preventDefault();
    void run(async () => {
      const body = reason.trim() === '' ? {} : { reason: reason.trim() };
      await ask(`/imports/${encodeURIComponent(shown.id)}/undo`, { method: 'POST', language, body });
      setAsking(false);
      onBegun();
    });
  };
  return (
    <div>
      <Button kind="danger" onPress={() => setAsking(true)}>
        {words.undo}
      </Button>
      {isAsking && (
        <Dialog title={words.undo} onClose={() => setAsking(false)}>
          {(close) => (
            <form className={css.section} onSubmit={undo}>
              <p>{words.undoHint}</p>
              <Field label={words.undoReason} isOptional>
                {(control) => (
                  <textarea
                    {...control}
                    rows={2}
                    maxLength={500}
                    value={reason}
                    onChange={({ target }) => setReason(target.value)}
                  />
                )}
              </Field>
              <div className={css.row}>
                <Button kind="danger" type="submit" busy={isBusy}>
                  {words.undo}
                </Button>
                <Button onPress={close}>{words.cancel}</Button>
              </div>
              {error !== undefined && <Refusal error={error} />}
            </form>
          )}
        </Dialog>
      )}
    </div>
  );
};

/** Ends an import whose node is gone; the server refuses that while the node works. */
export const End = ({ shown, onBegun }: Props) => {
  const { said, language } = useSpoken();
  const words = said(importWords).page;
  const { run, isBusy, error } = useAct();
  const end = () =>
    run(async () => {
      await ask(`/imports/${encodeURIComponent(shown.id)}/end`, { method: 'POST', language, body: {} });
      onBegun();
    });
  return (
    <details className={css.set}>
      <summary>{words.endTitle}</summary>
      <p className={css.quiet}>{words.endHint}</p>
      {error !== undefined && <Refusal error={error} />}
      <Button kind="danger" busy={isBusy} onPress={() => void end()}>
        {words.end}
      </Button>
    </details>
  );
};

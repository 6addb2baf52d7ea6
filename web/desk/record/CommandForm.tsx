import { type FormEvent, useEffect, useRef, useState } from 'react';
import { ApiProblem } from '../../api.ts';
import { Button } from '../../parts/Button.tsx';
import { PageLink } from '../../parts/PageLink.tsx';
import { Refusal } from '../../parts/Refusal.tsx';
import { Busy, Failed } from '../../parts/State.tsx';
import { shanghaiMinute } from '../../times.ts';
import { useSpoken } from '../../words/words.ts';
import { SignInLink } from '../people/Needs.tsx';
import { type FormField, isPatch, shownIn } from './body.ts';
import { Conflict, useFieldText } from './Conflict.tsx';
import { EventChoices } from './EventChoices.tsx';
import { FieldControl } from './FieldControl.tsx';
import { type FaultText, faultTexts } from './faults.ts';
import { KeyField } from './KeyField.tsx';
import { Outcome } from './Outcome.tsx';
import { Recorded } from './Recorded.tsx';
import css from './record.module.css';
import { isBlank } from './typed.ts';
import { type Asked, useCommandForm } from './useCommandForm.ts';
import { recordWords } from './words.ts';

type Form = ReturnType<typeof useCommandForm>;

/** Any command of any register: its fields, what will happen, and a button named by that. */
export const CommandForm = (asked: Asked) => {
  const { said } = useSpoken();
  const words = said(recordWords);
  const form = useCommandForm(asked);
  const element = useRef<HTMLFormElement>(null);
  const { attempts, done, isStale, keyText, failed } = form;
  const pressedAt = useRef<Element>(null);
  useEffect(() => {
    // Who has gone on elsewhere while the answer came is not taken back.
    const isThere = document.activeElement === pressedAt.current || document.activeElement === document.body;
    if (attempts > 0 && isThere) element.current?.querySelector<HTMLElement>(faulty)?.focus();
  }, [attempts]);
  const goTo = (pointer: string) =>
    element.current?.querySelector<HTMLElement>(`[data-pointer="${CSS.escape(pointer)}"] :is(${controls})`)?.focus();
  const submit = (event: FormEvent) => {
    event.preventDefault();
    pressedAt.current = document.activeElement;
    void form.press();
  };
  if (done !== undefined)
    return (
      <Recorded
        done={done}
        register={asked.register.name}
        onAnother={keyText === undefined ? form.startAgain : undefined}
      />
    );
  if (keyText !== undefined && !form.isRead)
    return failed === null ? <Busy /> : <Failed error={failed} onAgain={form.again} />;
  return (
    <>
      {isStale && <Conflict form={form} />}
      <form
        ref={element}
        className={css.form}
        onSubmit={submit}
        noValidate
        data-compared={isPatch(form.kind) || undefined}
      >
        <div className={css.fields}>
          <DraftNote form={form} />
          <Fields form={form} />
        </div>
        <div className={css.side}>
          <Outcome form={form} onGoTo={goTo} />
          <Problem form={form} />
          <p className={css.acts}>
            <Button type="submit" kind="main" busy={form.isBusy} disabled={isStale}>
              {form.trying.trial.is === 'possible' ? words.act[form.trying.trial.tried.would] : words.act.check}
            </Button>
            {form.isTouched && <Button onPress={form.end}>{words.draft.discard}</Button>}
          </p>
          {form.isTouched && <p className={css.quiet}>{form.hasRoom ? words.draft.kept : words.draft.full}</p>}
        </div>
      </form>
    </>
  );
};

const controls = 'input, select, textarea, button';
const faulty = `[aria-invalid="true"], [data-invalid] :is(${controls})`;

const DraftNote = ({ form }: { readonly form: Form }) => {
  const { said } = useSpoken();
  const { draft } = said(recordWords);
  const { restoredAt } = form;
  return (
    <p className={restoredAt === undefined ? 'visually-hidden' : css.restored} role="status">
      {restoredAt !== undefined && draft.restored(shanghaiMinute(restoredAt))}
    </p>
  );
};

/** Why it was not recorded; a session that has ended is said with the way back. */
const Problem = ({ form }: { readonly form: Form }) => {
  const { said } = useSpoken();
  const { ended, reused, done } = said(recordWords);
  const { error } = form;
  if (error instanceof ApiProblem && error.code === 'unauthorized')
    return (
      <div className={css.ended} role="alert">
        <p>
          <b>{ended.title}</b>
        </p>
        <p>{ended.hint}</p>
        <SignInLink />
      </div>
    );
  const sent = form.sendError;
  if (sent === undefined) return null;
  const isReused = sent instanceof ApiProblem && sent.code === 'idempotency-key-reused';
  return (
    <>
      <Refusal
        error={sent}
        isShownAtField={(pointer) => !form.faults.rest.some((fault) => fault.pointer === pointer)}
      />
      {isReused && (
        <p>
          {reused}{' '}
          <PageLink to="/registers/$register/$key" params={{ register: form.register.name, key: form.key.trim() }}>
            {done.entry}
          </PageLink>
        </p>
      )}
    </>
  );
};

const Fields = ({ form }: { readonly form: Form }) => {
  const { language, said } = useSpoken();
  const words = said(recordWords);
  const { kind, fields, typed, attempts } = form;
  const [left, setLeft] = useState<ReadonlySet<string>>(new Set());
  const texts = faultTexts(form.faults.at, language);
  const isShown = ({ name }: FormField) => attempts > 0 || left.has(name) || !isBlank(typed[name]);
  const leave = (name: string) => setLeft((known) => new Set([...known, name]));
  const control = (field: FormField) => (
    // biome-ignore lint/a11y/noStaticElementInteractions: it only notes that the field was left
    <div
      key={field.name}
      className={css.field}
      data-pointer={field.pointer}
      onBlur={({ currentTarget, relatedTarget }) => {
        if (!currentTarget.contains(relatedTarget)) leave(field.name);
      }}
    >
      <One form={form} field={field} faultText={isShown(field) ? texts : () => undefined} />
    </div>
  );
  const describing = fields.filter(({ part }) => part === 'describes');
  const others = fields.filter(({ part }) => part !== 'describes');
  const isOfDetails = describing.some((field) => !isBlank(typed[field.name]) || (attempts > 0 && texts(field.pointer)));
  return (
    <>
      {form.keyText === undefined && <KeyField form={form} fault={keyFault(form, words.required)} />}
      {isPatch(kind) && <p className={css.quiet}>{kind === 'correct' ? words.correctHint : words.amendHint}</p>}
      {others.filter(({ part }) => part !== 'about').map(control)}
      {describing.length > 0 && (
        <details className={css.details} open={isOfDetails || undefined}>
          <summary>{words.describes}</summary>
          <div className={css.fields}>
            <p className={css.quiet}>{words.describesHint}</p>
            {describing.map(control)}
          </div>
        </details>
      )}
      {others.filter(({ part }) => part === 'about').map(control)}
    </>
  );
};

const keyFault = ({ key, attempts, error }: Form, required: string): string | undefined => {
  if (attempts > 0 && key.trim() === '') return required;
  return error instanceof ApiProblem && error.code === 'check-character' ? error.detail : undefined;
};

type OneProps = { readonly form: Form; readonly field: FormField; readonly faultText: FaultText };

const One = ({ form, field, faultText }: OneProps) => {
  const { said } = useSpoken();
  const words = said(recordWords);
  const fieldText = useFieldText();
  const { kind, typed, before, today } = form;
  const onType = (value: Form['typed'][string]) => {
    form.forgetError();
    form.type(field.name, value);
  };
  const shown = shownIn(kind, field, typed, before);
  if (field.kind === 'events')
    return <EventChoices {...form} field={field} typed={shown} faultText={faultText} onType={onType} />;
  const isCompared = isPatch(kind) && (field.part === 'own' || (kind === 'correct' && field.name === 'effectiveOn'));
  const held = before[field.name];
  const hints = field.part === 'describes' && held !== undefined ? words.holds(fieldText(field, held)) : undefined;
  return (
    <FieldControl
      field={field}
      typed={shown}
      faultText={faultText}
      today={today}
      onType={onType}
      isOptional={isCompared ? undefined : !field.isRequired}
      before={isCompared ? fieldText(field, held) : undefined}
      hint={
        hints ?? (field.part === 'when' ? words.dayHint : field.kind === 'evidence' ? words.evidence.hint : undefined)
      }
    />
  );
};

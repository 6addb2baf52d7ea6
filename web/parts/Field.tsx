import { type ReactNode, useId } from 'react';
import { useSpoken } from '../words/words.ts';
import css from './Field.module.css';

/** What ties a control to its label, its hint and what is wrong with it. */
export type Control = {
  readonly id: string;
  readonly 'aria-describedby': string | undefined;
  readonly 'aria-invalid': true | undefined;
  readonly 'aria-required': true | undefined;
};

type Props = {
  readonly label: string;
  readonly hint?: ReactNode;
  /** What is wrong with the value, as the API says it. */
  readonly fault?: string | undefined;
  /** Says so beside the label; left out where nothing can be left out. */
  readonly isOptional?: boolean | undefined;
  /** What held before, shown beside the control. */
  readonly before?: string | undefined;
};

/** One field of a form: label, control, hint and fault, in the order in which they are read. */
export const Field = ({ children, ...props }: Props & { readonly children: (control: Control) => ReactNode }) => {
  const { id, describedBy, ...texts } = useTexts(props);
  return (
    <div className={css.field} data-compared={props.before === undefined ? undefined : true}>
      <label htmlFor={id}>{texts.label}</label>
      {texts.before}
      {children({
        id,
        'aria-describedby': describedBy,
        'aria-invalid': props.fault === undefined ? undefined : true,
        'aria-required': props.isOptional === false || undefined,
      })}
      {texts.rest}
    </div>
  );
};

/** Several controls that make one field. */
export const FieldGroup = ({ children, ...props }: Props & { readonly children: ReactNode }) => {
  const { describedBy, label, before, rest } = useTexts(props);
  return (
    <fieldset
      className={css.field}
      aria-describedby={describedBy}
      data-compared={props.before === undefined ? undefined : true}
    >
      <legend>{label}</legend>
      {before}
      <div className={css.group} data-invalid={props.fault === undefined ? undefined : true}>
        {children}
      </div>
      {rest}
    </fieldset>
  );
};

const useTexts = ({ label, hint, fault, isOptional, before }: Props) => {
  const { words } = useSpoken();
  const id = useId();
  const [beforeId, hintId, faultId] = [`${id}-before`, `${id}-hint`, `${id}-fault`];
  const given = [before === undefined ? [] : beforeId, hint === undefined ? [] : hintId];
  const describedBy = [...given, fault === undefined ? [] : faultId].flat().join(' ');
  return {
    id,
    describedBy: describedBy === '' ? undefined : describedBy,
    label: (
      <>
        {label}
        {isOptional === true && <small> {words.form.optional}</small>}
      </>
    ),
    before: before !== undefined && (
      <p id={beforeId} className={css.before}>
        <span className="visually-hidden">{words.form.before}</span>
        {before}
      </p>
    ),
    rest: (
      <div className={css.note}>
        {hint !== undefined && (
          <p id={hintId} className={css.hint}>
            {hint}
          </p>
        )}
        {fault !== undefined && (
          <p id={faultId} className={css.fault}>
            {fault}
          </p>
        )}
      </div>
    ),
  };
};

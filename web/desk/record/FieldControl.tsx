import type { ReactNode } from 'react';
import { DayInput } from '../../parts/DayInput.tsx';
import { Field, FieldGroup } from '../../parts/Field.tsx';
import { parseDay } from '../../times.ts';
import { useSpoken } from '../../words/words.ts';
import type { FormField } from './body.ts';
import css from './controls.module.css';
import { EntryCombo } from './EntryCombo.tsx';
import { EvidenceRows } from './EvidenceRows.tsx';
import type { FaultText } from './faults.ts';
import { RangeParts } from './RangeParts.tsx';
import { ReferenceList } from './ReferenceList.tsx';
import { TargetRows } from './TargetRows.tsx';
import { listIn, partOf, type Typed, textIn, withPart } from './typed.ts';
import { recordWords } from './words.ts';

export type FieldProps = {
  readonly field: FormField;
  readonly typed: Typed | undefined;
  readonly faultText: FaultText;
  readonly hint?: ReactNode;
  /** What held before, beside the control. */
  readonly before?: string | undefined;
  /** Whether anything can be left out is said where not all is filled in already. */
  readonly isOptional: boolean | undefined;
  readonly today: string;
  readonly onType: (typed: Typed) => void;
};

const groups: readonly string[] = ['choices', 'titles', 'targets', 'range', 'references', 'evidence'];

/** The control of a field, by its kind. */
export const FieldControl = (props: FieldProps) => {
  const { field, faultText, hint, before, isOptional } = props;
  const { titled } = useSpoken();
  const texts = {
    label: titled(field.title),
    fault: faultText(field.pointer),
    isOptional,
    hint,
    before,
  };
  return groups.includes(field.kind) ? (
    <FieldGroup {...texts}>
      <GroupOf {...props} />
    </FieldGroup>
  ) : (
    <Single {...props} texts={texts} />
  );
};

const GroupOf = ({ field, typed, faultText, onType }: FieldProps) => {
  const { said, titled } = useSpoken();
  const words = said(recordWords);
  const { pointer } = field;
  const rows = { rows: listIn(typed), pointer, faultText, onRows: onType };
  switch (field.kind) {
    case 'choices':
      return <Choices field={field} chosen={listIn(typed)} onType={onType} />;
    case 'titles':
      return (['zh', 'en'] as const).map((part) => (
        <Field key={part} label={words.titlesParts[part]} fault={faultText(`${pointer}/${part}`)}>
          {(control) => (
            <input
              {...control}
              type="text"
              value={textIn(partOf(typed, part))}
              onChange={(event) => onType(withPart(typed, part, event.target.value))}
            />
          )}
        </Field>
      ));
    case 'range':
      return <RangeParts typed={typed} pointer={pointer} faultText={faultText} onType={onType} />;
    case 'references':
      return (
        <ReferenceList
          register={field.register ?? ''}
          label={titled(field.title)}
          keys={listIn(typed).map(textIn)}
          onKeys={onType}
        />
      );
    case 'targets':
      return <TargetRows {...rows} />;
    default:
      return <EvidenceRows {...rows} />;
  }
};

type ChoicesProps = Pick<FieldProps, 'field' | 'onType'> & { readonly chosen: readonly Typed[] };

const Choices = ({ field, chosen, onType }: ChoicesProps) => {
  const { titled } = useSpoken();
  const values = (field.options ?? []).map(({ value }) => value);
  const toggle = (value: string, isChosen: boolean) =>
    onType(values.filter((each) => (each === value ? isChosen : chosen.includes(each))));
  return (
    <div className={css.checks}>
      {field.options?.map(({ value, title }) => (
        <label key={value}>
          <input
            type="checkbox"
            checked={chosen.includes(value)}
            onChange={(event) => toggle(value, event.target.checked)}
          />
          {titled(title)}
        </label>
      ))}
    </div>
  );
};

type SingleProps = FieldProps & { readonly texts: Omit<Parameters<typeof Field>[0], 'children'> };

const Single = ({ field, typed, today, onType, texts }: SingleProps) => {
  const { said, titled, words: page } = useSpoken();
  const words = said(recordWords);
  const text = textIn(typed);
  const blank = <option value="">{field.isRequired ? words.choose : words.notGiven}</option>;
  const select = (options: readonly { readonly value: string; readonly label: string }[]) => (
    <Field {...texts}>
      {(control) => (
        <select {...control} value={text} onChange={(event) => onType(event.target.value)}>
          {blank}
          {options.map(({ value, label }) => (
            <option key={value} value={value}>
              {label}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
  switch (field.kind) {
    case 'choice':
      return select((field.options ?? []).map(({ value, title }) => ({ value, label: titled(title) })));
    case 'boolean':
      return select([
        { value: 'yes', label: page.yes },
        { value: 'no', label: page.no },
      ]);
    case 'day':
      return (
        <Field {...texts}>
          {(control) => (
            <DayInput
              input={control}
              text={text}
              label={texts.label}
              latest={field.part === 'when' ? today : undefined}
              onText={onType}
              // Leaving the field begins no draft; what is no day was told as it was typed.
              onLeave={(left) => {
                const day = parseDay(left);
                if (day !== undefined) onType(day);
              }}
              onChoose={onType}
            />
          )}
        </Field>
      );
    case 'note':
      return (
        <Field {...texts}>
          {(control) => (
            <textarea {...control} rows={3} value={text} onChange={(event) => onType(event.target.value)} />
          )}
        </Field>
      );
    default:
      return field.register === undefined ? (
        <TextField field={field} text={text} onType={onType} texts={texts} />
      ) : (
        <ReferenceField register={field.register} text={text} onType={onType} texts={texts} />
      );
  }
};

const numeric: readonly string[] = ['number', 'integer', 'money'];

const TextField = ({
  field,
  text,
  onType,
  texts,
}: Pick<SingleProps, 'field' | 'onType' | 'texts'> & { text: string }) => {
  const isNumber = numeric.includes(field.kind);
  const { min, max } = field;
  const bounds = min !== undefined && max !== undefined ? `${min}–${max}` : undefined;
  return (
    <Field {...texts} hint={texts.hint ?? bounds}>
      {(control) => (
        <input
          {...control}
          type="text"
          autoComplete="off"
          {...(isNumber ? { inputMode: 'decimal', className: css.number } : {})}
          value={text}
          onChange={(event) => onType(event.target.value)}
        />
      )}
    </Field>
  );
};

type ReferenceProps = Pick<SingleProps, 'onType' | 'texts'> & { readonly register: string; readonly text: string };

const ReferenceField = ({ register, text, onType, texts }: ReferenceProps) => (
  <Field {...texts}>
    {(control) => <EntryCombo control={control} label={texts.label} register={register} text={text} onText={onType} />}
  </Field>
);

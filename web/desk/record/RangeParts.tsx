import { Field } from '../../parts/Field.tsx';
import { useSpoken } from '../../words/words.ts';
import css from './controls.module.css';
import type { FaultText } from './faults.ts';
import { partOf, type Typed, textIn, withPart } from './typed.ts';
import { recordWords } from './words.ts';

type Props = {
  readonly typed: Typed | undefined;
  readonly pointer: string;
  readonly faultText: FaultText;
  readonly onType: (typed: Typed) => void;
};

/** A goal: at least so many, at most so many if there is a limit, or no number at all. */
export const RangeParts = ({ typed, pointer, faultText, onType }: Props) => {
  const { said } = useSpoken();
  const { range } = said(recordWords);
  const hasNone = textIn(partOf(typed, 'none')) === 'yes';
  return (
    <div className={css.range}>
      {(['min', 'max'] as const).map((part) => (
        <Field key={part} label={range[part]} fault={faultText(`${pointer}/${part}`)}>
          {(control) => (
            <input
              {...control}
              type="text"
              inputMode="numeric"
              autoComplete="off"
              className={css.number}
              disabled={hasNone}
              value={textIn(partOf(typed, part))}
              onChange={(event) => onType(withPart(typed, part, event.target.value))}
            />
          )}
        </Field>
      ))}
      <label className={css.check}>
        <input
          type="checkbox"
          checked={hasNone}
          onChange={(event) => onType(withPart(typed, 'none', event.target.checked ? 'yes' : ''))}
        />
        {range.none}
      </label>
    </div>
  );
};

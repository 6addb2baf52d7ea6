import { useEffect, useId, useState } from 'react';
import { parseDay } from '../times.ts';
import { useSpoken } from '../words/words.ts';
import css from './DayField.module.css';

type Props = {
  readonly day: string;
  /** The last day that can be chosen. */
  readonly latest: string;
  readonly label: string;
  readonly onChoose: (day: string) => void;
};

/** A day as a text, year first, so that nobody reads the month as the day; it is taken when the field is left. */
export const DayField = ({ day, latest, label, onChoose }: Props) => {
  const { words } = useSpoken();
  const [text, setText] = useState(day);
  const [fault, setFault] = useState<string>();
  const faultId = useId();
  useEffect(() => {
    setText(day);
    setFault(undefined);
  }, [day]);

  const take = () => {
    const parsed = parseDay(text);
    if (parsed === undefined) return setFault(words.dials.dayFault);
    if (parsed > latest) return setFault(words.dials.dayFuture);
    setFault(undefined);
    setText(parsed);
    if (parsed !== day) onChoose(parsed);
  };
  return (
    <div className={css.field}>
      <input
        className={css.text}
        aria-label={label}
        aria-invalid={fault !== undefined}
        aria-describedby={fault === undefined ? undefined : faultId}
        inputMode="numeric"
        autoComplete="off"
        spellCheck={false}
        value={text}
        onChange={(event) => setText(event.target.value)}
        onBlur={take}
        onKeyDown={(event) => {
          if (event.key === 'Enter') take();
          if (event.key === 'Escape') {
            setText(day);
            setFault(undefined);
          }
        }}
      />
      {fault !== undefined && (
        <p id={faultId} className={css.fault} role="alert">
          {fault}
        </p>
      )}
    </div>
  );
};

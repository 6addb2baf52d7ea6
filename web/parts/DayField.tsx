import { useEffect, useId, useState } from 'react';
import { parseDay } from '../times.ts';
import { useSpoken } from '../words/words.ts';
import css from './DayField.module.css';
import { DayInput } from './DayInput.tsx';

type Props = {
  readonly day: string;
  /** The last day that can be chosen. */
  readonly latest: string;
  readonly label: string;
  readonly onChoose: (day: string) => void;
};

/** A day that is taken when the field is left or when it is chosen in the calendar. */
export const DayField = ({ day, latest, label, onChoose }: Props) => {
  const { words } = useSpoken();
  const [text, setText] = useState(day);
  const [fault, setFault] = useState<string>();
  const faultId = useId();
  useEffect(() => {
    setText(day);
    setFault(undefined);
  }, [day]);

  const take = (given: string) => {
    const parsed = parseDay(given);
    if (parsed === undefined) return setFault(words.dials.dayFault);
    if (parsed > latest) return setFault(words.dials.dayFuture);
    setFault(undefined);
    setText(parsed);
    if (parsed !== day) onChoose(parsed);
  };
  return (
    <div className={css.field}>
      <DayInput
        text={text}
        label={label}
        latest={latest}
        onText={setText}
        onLeave={take}
        onChoose={take}
        onEscape={() => {
          setText(day);
          setFault(undefined);
        }}
        input={{
          'aria-label': label,
          'aria-invalid': fault !== undefined,
          'aria-describedby': fault === undefined ? undefined : faultId,
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

import { lazy, type RefObject, Suspense, useRef, useState } from 'react';
import { parseDay } from '../times.ts';
import { useSpoken } from '../words/words.ts';
import css from './DayField.module.css';

const DayCalendar = lazy(async () => ({ default: (await import('./DayCalendar.tsx')).DayCalendar }));

type Props = {
  readonly text: string;
  /** What the day is, for the names of the controls. */
  readonly label: string;
  /** The last day that can be chosen; any if it is left out. */
  readonly latest?: string | undefined;
  readonly onText: (text: string) => void;
  /** The field is left, or Enter is pressed in it. */
  readonly onLeave: (text: string) => void;
  /** A day is chosen in the calendar. */
  readonly onChoose: (day: string) => void;
  readonly onEscape?: () => void;
  readonly input: {
    readonly id?: string;
    readonly 'aria-label'?: string;
    readonly 'aria-invalid'?: boolean | undefined;
    readonly 'aria-describedby'?: string | undefined;
    readonly 'aria-required'?: boolean | undefined;
  };
};

/** A day as a text, year first, so that nobody reads the month as the day; or chosen in a calendar. */
export const DayInput = ({ text, label, latest, onText, onLeave, onChoose, onEscape, input }: Props) => {
  const { words } = useSpoken();
  const [isOpen, setOpen] = useState(false);
  const button: RefObject<HTMLButtonElement | null> = useRef(null);
  return (
    <span className={css.input}>
      <input
        {...input}
        className={css.text}
        inputMode="numeric"
        autoComplete="off"
        spellCheck={false}
        value={text}
        onChange={(event) => onText(event.target.value)}
        onBlur={(event) => onLeave(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === 'Enter') onLeave(event.currentTarget.value);
          if (event.key === 'Escape') onEscape?.();
        }}
      />
      <button
        ref={button}
        type="button"
        className={css.calendar}
        aria-label={words.form.calendar(label)}
        aria-haspopup="dialog"
        aria-expanded={isOpen}
        onClick={() => setOpen(true)}
      >
        <svg viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
          <path d="M2 3.5h12v10H2zM2 6.5h12M5 1.5v3M11 1.5v3" fill="none" stroke="currentColor" />
        </svg>
      </button>
      {isOpen && (
        <Suspense>
          <DayCalendar
            day={parseDay(text)}
            label={label}
            latest={latest}
            button={button}
            onClose={() => setOpen(false)}
            onChoose={(day) => {
              setOpen(false);
              onChoose(day);
            }}
          />
        </Suspense>
      )}
    </span>
  );
};

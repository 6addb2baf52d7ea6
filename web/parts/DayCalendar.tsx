import '../desk/trusted-types.ts';
import { type CalendarDate, parseDate } from '@internationalized/date';
import type { RefObject } from 'react';
import { Button } from 'react-aria-components/Button';
import {
  Calendar,
  CalendarCell,
  CalendarGrid,
  CalendarGridBody,
  CalendarGridHeader,
  CalendarHeaderCell,
  CalendarMonthPicker,
  CalendarYearPicker,
} from 'react-aria-components/Calendar';
import { Dialog } from 'react-aria-components/Dialog';
import { I18nProvider } from 'react-aria-components/I18nProvider';
import { Popover } from 'react-aria-components/Popover';
import { useSpoken } from '../words/words.ts';
import css from './DayCalendar.module.css';

/** The first year that the list of years offers. */
const firstYear = 1990;

type Props = {
  readonly day: string | undefined;
  readonly label: string;
  readonly latest: string | undefined;
  readonly button: RefObject<HTMLButtonElement | null>;
  readonly onClose: () => void;
  readonly onChoose: (day: string) => void;
};

/** A month at a time, Monday first; days after the latest one cannot be chosen. Loaded once somebody opens it. */
export const DayCalendar = ({ day, label, latest, button, onClose, onChoose }: Props) => {
  const { words, language } = useSpoken();
  const last = latest === undefined ? undefined : parseDate(latest);
  const shown = day === undefined ? last : parseDate(day);
  return (
    <I18nProvider locale={language === 'zh' ? 'zh-CN' : 'en-GB'}>
      <Popover
        triggerRef={button}
        isOpen
        onOpenChange={(isOpen) => isOpen || onClose()}
        placement="bottom end"
        className={css.popover ?? ''}
      >
        <Dialog aria-label={words.form.calendar(label)} className={css.dialog ?? ''}>
          <Calendar<CalendarDate>
            aria-label={label}
            autoFocus
            firstDayOfWeek="mon"
            {...(day === undefined ? {} : { defaultValue: parseDate(day) })}
            {...(shown === undefined ? {} : { defaultFocusedValue: shown })}
            {...(last === undefined ? {} : { maxValue: last })}
            minValue={parseDate(`${firstYear}-01-01`)}
            onChange={(chosen) => onChoose(chosen.toString())}
          >
            <div className={css.head}>
              <Button slot="previous" aria-label={words.form.previous}>
                ‹
              </Button>
              <CalendarYearPicker visibleYears={200}>
                {({ items, value, onChange }) => (
                  <Choice label={words.form.year} items={items} value={value} onChange={onChange} />
                )}
              </CalendarYearPicker>
              <CalendarMonthPicker>
                {({ items, value, onChange }) => (
                  <Choice label={words.form.month} items={items} value={value} onChange={onChange} />
                )}
              </CalendarMonthPicker>
              <Button slot="next" aria-label={words.form.next}>
                ›
              </Button>
            </div>
            <CalendarGrid weekdayStyle="narrow" className={css.grid ?? ''}>
              <CalendarGridHeader>{(weekday) => <CalendarHeaderCell>{weekday}</CalendarHeaderCell>}</CalendarGridHeader>
              <CalendarGridBody>{(date) => <CalendarCell date={date} className={css.cell ?? ''} />}</CalendarGridBody>
            </CalendarGrid>
          </Calendar>
        </Dialog>
      </Popover>
    </I18nProvider>
  );
};

type ChoiceProps = {
  readonly label: string;
  readonly items: readonly { readonly id: number; readonly formatted: string }[];
  readonly value: string | number;
  readonly onChange: (id: number) => void;
};

const Choice = ({ label, items, value, onChange }: ChoiceProps) => (
  <select aria-label={label} value={value} onChange={(event) => onChange(Number(event.target.value))}>
    {items.map(({ id, formatted }) => (
      <option key={id} value={id}>
        {formatted}
      </option>
    ))}
  </select>
);

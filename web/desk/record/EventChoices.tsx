import type { DeclaredRegister, History } from '../../answers.ts';
import { FieldGroup } from '../../parts/Field.tsx';
import { shanghaiMinute } from '../../times.ts';
import { useSpoken } from '../../words/words.ts';
import type { FormField } from './body.ts';
import css from './controls.module.css';
import type { FaultText } from './faults.ts';
import { listIn, type Typed } from './typed.ts';
import { recordWords } from './words.ts';

type Props = {
  readonly field: FormField;
  readonly register: DeclaredRegister;
  readonly history: History | undefined;
  readonly typed: Typed | undefined;
  readonly faultText: FaultText;
  readonly onType: (typed: Typed) => void;
};

/** The facts of an entry that hold, to be annulled together. */
export const EventChoices = ({ field, register, history, typed, faultText, onType }: Props) => {
  const { said, titled } = useSpoken();
  const { events: words } = said(recordWords);
  const titles = new Map(register.commands.map(({ event, title }) => [event, titled(title)]));
  const facts = (history?.events ?? [])
    .filter(({ type, annulledBy }) => titles.has(type) && annulledBy === undefined)
    .toSorted((a, b) => (a.effectiveOn ?? '').localeCompare(b.effectiveOn ?? '') || a.revision - b.revision);
  const chosen = listIn(typed);
  const ids = facts.map(({ id }) => id);
  return (
    <FieldGroup label={titled(field.title)} hint={words.hint} fault={faultText(field.pointer)}>
      {facts.length === 0 && <p>{words.none}</p>}
      {facts.map(({ id, type, effectiveOn, recordedAt }) => (
        <label key={id} className={css.check}>
          <input
            type="checkbox"
            checked={chosen.includes(id)}
            onChange={(event) =>
              onType(ids.filter((each) => (each === id ? event.target.checked : chosen.includes(each))))
            }
          />
          <span>
            {effectiveOn} <b>{titles.get(type)}</b> <small>{shanghaiMinute(recordedAt)}</small>
          </span>
        </label>
      ))}
    </FieldGroup>
  );
};

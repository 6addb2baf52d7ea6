import { useState } from 'react';
import type { CloudEvent } from '../../answers.ts';
import { PagedRows } from '../../parts/PagedRows.tsx';
import { PageLink } from '../../parts/PageLink.tsx';
import { shanghaiMinute } from '../../times.ts';
import { useSpoken } from '../../words/words.ts';
import css from './audit.module.css';
import { EventDetails } from './EventDetails.tsx';
import { Person } from './Person.tsx';
import { shownEvent } from './shown-event.ts';
import { useTitles } from './titles.ts';
import { auditWords } from './words.ts';

type Props = {
  readonly pages: readonly (readonly CloudEvent[])[];
  /** Whether there are no more than these. */
  readonly isWhole: boolean;
};

/** Events, each of which opens to all that it holds. */
export const EventTable = ({ pages, isWhole }: Props) => {
  const { said } = useSpoken();
  const { trail } = said(auditWords);
  const [opened, setOpened] = useState<ReadonlySet<number>>(new Set());
  const toggle = (entryNumber: number) => setOpened((known) => known.symmetricDifference(new Set([entryNumber])));
  const count = pages.reduce((sum, { length }) => sum + length, 0);
  return (
    <div className="frame">
      <table className={`cards ${css.table}`} aria-rowcount={isWhole ? count + 1 : -1}>
        <thead>
          <tr>
            <th scope="col">{trail.number}</th>
            <th scope="col">{trail.recorded}</th>
            <th scope="col">{trail.type}</th>
            <th scope="col">{trail.entry}</th>
            <th scope="col">{trail.effective}</th>
            <th scope="col">{trail.by}</th>
            <th scope="col">{trail.approvedBy}</th>
          </tr>
        </thead>
        <PagedRows pages={pages}>
          {(event, rowIndex) => (
            <EventRow
              key={event.entrynumber}
              event={event}
              rowIndex={rowIndex}
              isOpen={opened.has(event.entrynumber)}
              onToggle={toggle}
            />
          )}
        </PagedRows>
      </table>
    </div>
  );
};

type RowProps = {
  readonly event: CloudEvent;
  readonly rowIndex: number;
  readonly isOpen: boolean;
  readonly onToggle: (entryNumber: number) => void;
};

const EventRow = ({ event, rowIndex, isOpen, onToggle }: RowProps) => {
  const { said, number } = useSpoken();
  const { trail } = said(auditWords);
  const titles = useTitles();
  const { type, time, entrynumber } = event;
  const { register, key, effectiveOn, by, approvedBy } = shownEvent(event);
  return (
    <>
      <tr data-open={isOpen || undefined} aria-rowindex={rowIndex}>
        <th scope="row" data-label={trail.number}>
          <button
            type="button"
            className={css.open}
            aria-expanded={isOpen}
            aria-label={trail.open(number(entrynumber))}
            onClick={() => onToggle(entrynumber)}
          >
            <span aria-hidden="true">{isOpen ? '▾' : '▸'}</span> {number(entrynumber)}
          </button>
        </th>
        <td data-label={trail.recorded}>
          <time dateTime={time}>{shanghaiMinute(time)}</time>
        </td>
        <td data-label={trail.type}>{titles.event(register, type)}</td>
        <td data-label={trail.entry}>
          <span>
            {titles.register(register)} <EntryLink register={register} keyText={key} />
          </span>
        </td>
        <td data-label={trail.effective}>
          {effectiveOn === '' ? undefined : <time dateTime={effectiveOn}>{effectiveOn}</time>}
        </td>
        <td data-label={trail.by}>
          <Person subject={by} />
        </td>
        <td data-label={trail.approvedBy}>{approvedBy === '' ? '' : <Person subject={approvedBy} />}</td>
      </tr>
      {isOpen && (
        <tr>
          <td colSpan={7} className={css.details}>
            <EventDetails event={event} />
          </td>
        </tr>
      )}
    </>
  );
};

const EntryLink = ({ register, keyText }: { readonly register: string; readonly keyText: string }) =>
  register === 'ledger' ? (
    <code>{keyText}</code>
  ) : register === 'imports' ? (
    <PageLink to="/imports/$id" params={{ id: keyText }}>
      <code>{keyText}</code>
    </PageLink>
  ) : (
    <PageLink to="/registers/$register/$key" params={{ register, key: keyText }}>
      <code>{keyText}</code>
    </PageLink>
  );

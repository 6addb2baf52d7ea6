import { useState } from 'react';
import type { CloudEvent } from '../../answers.ts';
import { PageLink } from '../../parts/PageLink.tsx';
import { shanghaiMinute } from '../../times.ts';
import { useSpoken } from '../../words/words.ts';
import css from './audit.module.css';
import { EventDetails } from './EventDetails.tsx';
import { Person } from './Person.tsx';
import { shownEvent } from './shown-event.ts';
import { useTitles } from './titles.ts';
import { auditWords } from './words.ts';

/** Events, each of which opens to all that it holds. */
export const EventTable = ({ events }: { readonly events: readonly CloudEvent[] }) => {
  const { said } = useSpoken();
  const { trail } = said(auditWords);
  return (
    <div className="frame">
      <table className={`cards ${css.table}`}>
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
        <tbody>
          {events.map((event) => (
            <EventRow key={event.entrynumber} event={event} />
          ))}
        </tbody>
      </table>
    </div>
  );
};

const EventRow = ({ event }: { readonly event: CloudEvent }) => {
  const { said, number } = useSpoken();
  const { trail } = said(auditWords);
  const titles = useTitles();
  const [isOpen, setOpen] = useState(false);
  const { type, time, entrynumber } = event;
  const { register, key, effectiveOn, by, approvedBy } = shownEvent(event);
  return (
    <>
      <tr data-open={isOpen || undefined}>
        <th scope="row" data-label={trail.number}>
          <button
            type="button"
            className={css.open}
            aria-expanded={isOpen}
            aria-label={trail.open(number(entrynumber))}
            onClick={() => setOpen(!isOpen)}
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

import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import type { CloudEvent, DeclaredRegister } from '../../answers.ts';
import { useValueText } from '../../parts/values.ts';
import { registersQuery } from '../../queries.ts';
import { erasedWords } from '../../words/erased.ts';
import { useSpoken } from '../../words/words.ts';
import css from './audit.module.css';
import { TrailProof } from './ProofCheck.tsx';
import { shownEvent } from './shown-event.ts';
import { auditWords } from './words.ts';

/** All that an event holds: its data by the titles of the declaration, and as it is recorded. */
export const EventDetails = ({ event }: { readonly event: CloudEvent }) => {
  const { language, said, number, words: page } = useSpoken();
  const words = said(auditWords).event;
  const { data: declared } = useQuery(registersQuery(language));
  const shown = shownEvent(event);
  const register = declared?.registers.find(({ name }) => name === shown.register);
  const about: readonly (readonly [string, unknown])[] = [
    [words.type, event.type],
    [words.id, event.id],
    [words.revision, shown.revision],
    [words.recordedAt, event.time],
    [words.submission, shown.submission],
    [words.importId, shown.importId],
    [words.row, shown.row],
    [words.note, shown.note],
    [page.entry.erased, said(erasedWords)(shown.erased)],
  ];
  return (
    <div className={css.event}>
      <dl className={css.values}>
        {about
          .filter(([, value]) => value !== undefined && value !== '')
          .map(([label, value]) => (
            <Value key={label} label={label}>
              {typeof value === 'number' ? number(value) : String(value)}
            </Value>
          ))}
        {shown.evidence.length > 0 && (
          <Value label={words.evidence}>
            <Evidence documents={shown.evidence} />
          </Value>
        )}
      </dl>
      <DataOf data={shown.data} register={register} type={event.type} />
      <TrailProof event={event} />
      <details>
        <summary>{words.raw}</summary>
        <pre className={css.raw}>{JSON.stringify(event, null, 2)}</pre>
      </details>
    </div>
  );
};

const Value = ({ label, children }: { readonly label: string; readonly children: ReactNode }) => (
  <div>
    <dt>{label}</dt>
    <dd>{children}</dd>
  </div>
);

type DataProps = { readonly data: object; readonly register: DeclaredRegister | undefined; readonly type: string };

const DataOf = ({ data, register, type }: DataProps) => {
  const { said, titled } = useSpoken();
  const words = said(auditWords).event;
  const valueText = useValueText();
  const entries = Object.entries(data);
  if (entries.length === 0) return null;
  const own = register?.commands.find(({ event }) => event === type)?.fields ?? [];
  const fields = [...own, ...(register?.fields ?? []), ...(register?.lasting ?? [])];
  return (
    <section aria-label={words.data}>
      <dl className={css.values}>
        {entries.map(([name, value]) => {
          const field = fields.find((each) => each.name === name);
          return (
            <Value key={name} label={field === undefined ? name : titled(field.title)}>
              {field === undefined ? plain(value) : valueText(field, value)}
            </Value>
          );
        })}
      </dl>
    </section>
  );
};

const plain = (value: unknown): string => (typeof value === 'object' ? JSON.stringify(value) : String(value));

/** Only an address of the web is a link; what else stands there is text. */
const Evidence = ({ documents }: { readonly documents: readonly Readonly<Record<string, unknown>>[] }) => (
  <ul>
    {documents.map((document) => {
      const { title, uri } = document;
      const isLink = typeof uri === 'string' && /^https?:\/\//i.test(uri);
      return (
        <li key={JSON.stringify(document)}>
          {isLink ? (
            <a href={uri} rel="noreferrer" target="_blank">
              {String(title)}
            </a>
          ) : (
            [title, uri].filter((each) => each !== undefined).join(' ')
          )}
        </li>
      );
    })}
  </ul>
);

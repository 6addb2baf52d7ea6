import type { ReactNode } from 'react';
import type { DeclaredField } from '../answers.ts';
import { PageLink } from '../parts/PageLink.tsx';
import { useValueText } from '../parts/values.ts';
import { useSpoken } from '../words/words.ts';
import css from './EntryPage.module.css';

type Props = {
  readonly fields: readonly DeclaredField[];
  readonly values: Readonly<Record<string, unknown>>;
  /** Stands below a value. */
  readonly aside?: (field: DeclaredField) => ReactNode;
};

/** The values that are given, by title; nothing if there are none. */
export const Values = ({ fields, values, aside }: Props) => {
  const { titled } = useSpoken();
  const valueText = useValueText();
  const given = fields.filter(({ name }) => values[name] !== undefined && values[name] !== null);
  if (given.length === 0) return null;
  return (
    <dl className={css.values}>
      {given.map((field) => (
        <div key={field.name}>
          <dt>{titled(field.title)}</dt>
          <dd>
            {field.kind === 'reference' && field.register !== undefined ? (
              <PageLink
                to="/registers/$register/$key"
                params={{ register: field.register, key: String(values[field.name]) }}
              >
                <code>{String(values[field.name])}</code>
              </PageLink>
            ) : (
              valueText(field, values[field.name])
            )}
            {aside?.(field)}
          </dd>
        </div>
      ))}
    </dl>
  );
};

import { useEffect, useRef } from 'react';
import { Button } from '../../parts/Button.tsx';
import { PageLink, timesAndLanguage } from '../../parts/PageLink.tsx';
import { useSpoken } from '../../words/words.ts';
import type { Done } from './queries.ts';
import css from './record.module.css';
import { recordWords } from './words.ts';

type Props = { readonly done: Done; readonly register: string; readonly onAnother?: (() => void) | undefined };

/** What became of a form, and where to go from here. */
export const Recorded = ({ done, register, onAnother }: Props) => {
  const { said } = useSpoken();
  const words = said(recordWords);
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), []);
  return (
    <section className={css.done} aria-labelledby="done">
      <h2 id="done" ref={heading} tabIndex={-1}>
        {words.done[done.is]}
      </h2>
      {done.is === 'submitted' && <p>{words.done.submittedHint}</p>}
      <p className={css.ways}>
        <PageLink to="/registers/$register/$key" params={{ register, key: done.key }}>
          {words.done.entry}
        </PageLink>
        {done.is === 'submitted' && (
          <PageLink to="/review" search={(known: object) => ({ ...timesAndLanguage(known), id: done.submission.id })}>
            {words.done.review}
          </PageLink>
        )}
        {onAnother !== undefined && <Button onPress={onAnother}>{words.done.another}</Button>}
      </p>
    </section>
  );
};

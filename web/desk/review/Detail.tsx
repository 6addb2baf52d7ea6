import { useQuery } from '@tanstack/react-query';
import { type RefObject, useEffect, useRef, useState } from 'react';
import type { DeclaredRegister, ShownSubmission } from '../../answers.ts';
import { Button } from '../../parts/Button.tsx';
import { PageLink } from '../../parts/PageLink.tsx';
import { together } from '../../parts/State.tsx';
import { registersQuery } from '../../queries.ts';
import { useSpoken } from '../../words/words.ts';
import { ContributionTable, ImpactTable } from '../Effect.tsx';
import { Decide, type Decided } from './Decide.tsx';
import css from './Detail.module.css';
import { Differences } from './Differences.tsx';
import { sameEffect } from './differences.ts';
import { Provenance } from './Provenance.tsx';
import { type Found, submissionQuery } from './queries.ts';
import { reviewWords } from './words.ts';

type Props = {
  readonly id: string;
  /** Whether the heading takes the focus when it appears; it sets this back. */
  readonly wantsFocus: RefObject<boolean>;
  readonly onDecided: (decided: Decided, submission: ShownSubmission) => void;
};

/** One submission: what it would change, in the fields, in the numbers and in what counts, and what to decide. */
export const Detail = ({ id, wantsFocus, onDecided }: Props) => {
  const { language } = useSpoken();
  const found = useQuery(submissionQuery(language, id));
  const { data, instead } = together({ found, declared: useQuery(registersQuery(language)) });
  if (instead) return instead;
  const { found: latest, declared } = data;
  const register = declared.registers.find(({ name }) => name === latest.submission.register);
  if (register === undefined) return null;
  const readAgain = async () => (await found.refetch({ throwOnError: true })).data ?? latest;
  return <Seen key={id} {...{ register, latest, readAgain, wantsFocus, onDecided }} />;
};

type SeenProps = Omit<Props, 'id'> & {
  readonly register: DeclaredRegister;
  readonly latest: Found;
  readonly readAgain: () => Promise<Found>;
};

/** Keeps showing what the person looks at until they ask for what is new, so that nobody approves what they have not seen. */
const Seen = ({ register, latest, readAgain, wantsFocus, onDecided }: SeenProps) => {
  const { titled, said } = useSpoken();
  const words = said(reviewWords);
  const [seen, setSeen] = useState(latest);
  const [hasChanged, setChanged] = useState(false);
  const heading = useRef<HTMLHeadingElement>(null);
  const isStale = latest.submission.status === 'pending' && !sameEffect(seen.submission, latest.submission);
  if (seen !== latest && !isStale) setSeen(latest);
  useEffect(() => {
    if (wantsFocus.current) heading.current?.focus();
    wantsFocus.current = false;
  }, [wantsFocus]);

  const showAnew = (found: Found) => {
    setSeen(found);
    setChanged(true);
    heading.current?.focus();
  };
  const { submission } = seen;
  const command = [...register.commands, ...register.corrections].find(({ name }) => name === submission.command);
  return (
    <article className={css.detail} aria-labelledby="submission">
      <h2 id="submission" ref={heading} tabIndex={-1}>
        {submission.name ?? submission.key}
      </h2>
      <p className={css.kind}>
        <b>{command === undefined ? submission.command : titled(command.title)}</b>
        <span>{titled(register.title)}</span>
        <code>{submission.key}</code>
        <PageLink
          to="/registers/$register/$key"
          params={{ register: submission.register, key: submission.key }}
          label={`${words.entry}: ${submission.name ?? submission.key}`}
        >
          {words.entry}
        </PageLink>
      </p>
      {hasChanged && (
        <p className={css.changed} role="alert">
          {words.changed}
        </p>
      )}
      {isStale && (
        <div className={css.changed} role="alert">
          <p>{words.stale}</p>
          <Button onPress={() => showAnew(latest)}>{words.refresh}</Button>
        </div>
      )}
      <Provenance submission={submission} />
      <section aria-labelledby="changes">
        <h3 id="changes">{words.changes}</h3>
        <Differences register={register} submission={submission} />
      </section>
      {submission.status === 'pending' && <Effects submission={submission} />}
      {submission.status === 'pending' && (
        <Decide
          seen={seen}
          onDecided={(decided) => onDecided(decided, submission)}
          onMismatch={async () => showAnew(await readAgain())}
        />
      )}
    </article>
  );
};

const Effects = ({ submission: { impact = [], contribution = [] } }: { readonly submission: ShownSubmission }) => {
  const { said } = useSpoken();
  const words = said(reviewWords);
  return (
    <>
      <section aria-labelledby="impact">
        <h3 id="impact">{words.impact}</h3>
        {impact.length === 0 ? <p className={css.quiet}>{words.noImpact}</p> : <ImpactTable impact={impact} />}
      </section>
      <section aria-labelledby="contribution">
        <h3 id="contribution">{words.contribution}</h3>
        {contribution.length === 0 ? (
          <p className={css.quiet}>{words.noContribution}</p>
        ) : (
          <ContributionTable contribution={contribution} />
        )}
      </section>
    </>
  );
};

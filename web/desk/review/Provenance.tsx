import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import type { ShownSubmission } from '../../answers.ts';
import { PageLink } from '../../parts/PageLink.tsx';
import { shanghaiMinute } from '../../times.ts';
import { erasedWords } from '../../words/erased.ts';
import { useSpoken } from '../../words/words.ts';
import { importQuery } from '../imports/queries.ts';
import { Name } from '../Name.tsx';
import css from './Detail.module.css';
import { reviewWords } from './words.ts';

type Evidence = { readonly title: string; readonly sha256?: string; readonly uri?: string };

/** Where a submission comes from: who made it and when, on which evidence, and who decided it. */
export const Provenance = ({ submission }: { readonly submission: ShownSubmission }) => {
  const { said, words: page } = useSpoken();
  const words = said(reviewWords);
  const { status, body, by, submittedAt, decidedBy, decidedAt, reason } = submission;
  const evidence = Array.isArray(body.evidence) ? (body.evidence as readonly Evidence[]) : [];
  const closed = status === 'pending' ? undefined : status;
  const facts: readonly Fact[] = [
    { term: words.day, value: submission.command === 'correct' ? undefined : text(body.effectiveOn) },
    { term: words.submittedBy, value: <Name subject={by} /> },
    { term: words.submittedAt, value: submittedAt && shanghaiMinute(submittedAt) },
    { term: closed && words.decidedBy[closed], value: decidedBy && <Name subject={decidedBy} /> },
    { term: closed && words.decidedAt[closed], value: decidedAt && shanghaiMinute(decidedAt) },
    { term: words.returnReason, value: reason },
    { term: words.reason, value: text(body.reason) },
    { term: words.evidence, value: evidence.length === 0 ? words.noEvidence : evidenceList(evidence, words.sha256) },
    { term: words.note, value: text(body.note) },
    { term: page.entry.erased, value: submission.erased && said(erasedWords)(submission.erased) },
  ];
  return (
    <>
      <dl className={css.facts}>
        {facts
          .filter(({ value }) => value !== undefined)
          .map(({ term, value }) => (
            <div key={term}>
              <dt>{term}</dt>
              <dd>{value}</dd>
            </div>
          ))}
      </dl>
      {submission.import !== undefined && <FromImport id={submission.import} row={submission.row} />}
    </>
  );
};

type Fact = { readonly term: string | undefined; readonly value: ReactNode };

const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

const evidenceList = (evidence: readonly Evidence[], sha256Label: string): ReactNode => (
  <ul>
    {evidence.map(({ title, sha256, uri }) => (
      <li key={`${title} ${uri} ${sha256}`}>
        {uri !== undefined && /^https?:\/\//i.test(uri) ? (
          <a href={uri} target="_blank" rel="noreferrer noopener">
            {title}
          </a>
        ) : (
          title
        )}
        {sha256 !== undefined && (
          <small>
            {sha256Label} <code>{sha256}</code>
          </small>
        )}
      </li>
    ))}
  </ul>
);

const FromImport = ({ id, row = 0 }: { readonly id: string; readonly row?: number | undefined }) => {
  const { language, number, said } = useSpoken();
  const { data } = useQuery(importQuery(language, id));
  return (
    <p className={css.kind}>
      <PageLink to="/imports/$id" params={{ id }}>
        {said(reviewWords).imported(data?.file ?? id, number(row))}
      </PageLink>
    </p>
  );
};

import { useQuery } from '@tanstack/react-query';
import { useNavigate, useParams } from '@tanstack/react-router';
import { useEffect, useRef } from 'react';
import type { DeclaredRegister, ShownImport } from '../../answers.ts';
import { ask, urlOf } from '../../api.ts';
import { Button } from '../../parts/Button.tsx';
import { PageLink, timesAndLanguage } from '../../parts/PageLink.tsx';
import { Refusal } from '../../parts/Refusal.tsx';
import { together } from '../../parts/State.tsx';
import { registersQuery } from '../../queries.ts';
import { useSession } from '../../session.ts';
import { useSpoken } from '../../words/words.ts';
import { useAct } from '../act.ts';
import { Desk } from '../Desk.tsx';
import { ImpactTable } from '../Effect.tsx';
import { BatchOf, Decisions } from './Batch.tsx';
import { Facts, Notes } from './Facts.tsx';
import css from './imports.module.css';
import { Rows } from './Rows.tsx';
import { FixedFile, Remapping } from './SendAgain.tsx';
import { End, Undo } from './Undo.tsx';
import { hasSubmitted, isUnderWay, useImport } from './use-import.ts';
import { importWords } from './words.ts';

/** An import or its dry run: how the file is understood, what becomes of each row, and what to do next. */
export const ImportPage = () => {
  const { said } = useSpoken();
  const { id } = useParams({ from: '/imports/$id' });
  return (
    <Desk title={said(importWords).title} roles={['clerk', 'auditor', 'admin']}>
      <OneImport key={id} id={id} />
    </Desk>
  );
};

const OneImport = ({ id }: { readonly id: string }) => {
  const { language, said } = useSpoken();
  const words = said(importWords).page;
  const found = useImport(id);
  const { data: both, instead } = together({ found, declared: useQuery(registersQuery(language)) });
  const heading = useRef<HTMLHeadingElement>(null);
  const isRead = found.data !== undefined;
  useEffect(() => {
    if (isRead) heading.current?.focus();
  }, [isRead]);
  if (instead) return instead;
  const { found: data, declared } = both;
  const register = declared.registers.find(({ name }) => name === data.register);
  return (
    <>
      <div className={css.head}>
        <p>
          <PageLink to="/imports">{words.back}</PageLink>
        </p>
        <h1 ref={heading} tabIndex={-1}>
          {data.file || data.id}
        </h1>
        <Facts shown={data} register={register} />
      </div>
      <Progress shown={data} />
      {data.problem !== undefined && (
        <div role="alert" className={css.section}>
          <p>
            <b>{data.problem.title}</b>
          </p>
          <p>{data.problem.detail}</p>
        </div>
      )}
      <Notes shown={data} register={register} />
      <Remapping shown={data} register={register} />
      <WhatNext shown={data} register={register} onBegun={() => found.refetch()} />
      {hasEnded(data) && <Rows shown={data} register={register} />}
    </>
  );
};

const hasEnded = ({ state }: ShownImport): boolean => state === 'finished' || state === 'failed';

const Progress = ({ shown }: { readonly shown: ShownImport }) => {
  const { said, number } = useSpoken();
  const { page: words } = said(importWords);
  if (hasEnded(shown)) return null;
  const rows = shown.rows === 'elsewhere' ? 0 : shown.rows;
  const title = shown.state === 'waiting' ? words.waiting : shown.dryRun ? words.checking : words.recording;
  return (
    <div className={css.progress}>
      <p>
        {title}: {words.progress(number(rows), number(shown.total))}
      </p>
      <progress aria-label={title} max={Math.max(1, shown.total)} value={rows} />
    </div>
  );
};

type NextProps = {
  readonly shown: ShownImport;
  readonly register: DeclaredRegister | undefined;
  readonly onBegun: () => void;
};

/** What can be done with an import: run it for real, fix its rejected rows, decide about it, undo it, or end it. */
const WhatNext = ({ shown, register, onBegun }: NextProps) => {
  const { said, language } = useSpoken();
  const words = said(importWords).page;
  const { may } = useSession();
  const mayImport = register !== undefined && may(register.role);
  const has = shown.recorded + shown.submitted > 0;
  if (!hasEnded(shown)) {
    const mayEnd = !shown.dryRun && (mayImport || may('reviewer'));
    return mayEnd ? <End shown={shown} onBegun={onBegun} /> : null;
  }
  return (
    <>
      {shown.dryRun && <Run shown={shown} mayRun={mayImport} />}
      {!shown.dryRun && hasSubmitted(shown) && <BatchOf shown={shown} onBegun={onBegun} />}
      {!shown.dryRun && !hasSubmitted(shown) && <Decisions shown={shown} />}
      {!shown.dryRun && mayImport && has && !isUnderWay(shown) && <Undo shown={shown} onBegun={onBegun} />}
      {shown.refused > 0 && shown.rows !== 'elsewhere' && (
        <section className={css.section} aria-labelledby="fix">
          <h2 id="fix">{words.fix}</h2>
          <p className={css.quiet}>{words.fixHint}</p>
          <p>
            <a href={urlOf(`/imports/${encodeURIComponent(shown.id)}/refused.xlsx`, { lang: language })} download>
              {words.refusedFile}
            </a>
          </p>
          {mayImport && <FixedFile shown={shown} register={register} />}
        </section>
      )}
    </>
  );
};

/** What the dry run found in all, and the button that does it for real. */
const Run = ({ shown, mayRun }: { readonly shown: ShownImport; readonly mayRun: boolean }) => {
  const { said, number, language } = useSpoken();
  const words = said(importWords).page;
  const navigate = useNavigate();
  const { run, isBusy, error } = useAct();
  const rows = shown.recorded + shown.submitted;
  const forReal = () =>
    run(async () => {
      const path = `/imports/${encodeURIComponent(shown.id)}/run`;
      const { answer } = await ask<{ readonly import: { readonly id: string } }>(path, {
        ...{ method: 'POST', language, body: {} },
      });
      await navigate({ to: '/imports/$id', params: { id: answer.import.id }, search: timesAndLanguage });
    });
  const { impact = [] } = shown;
  return (
    <section className={css.section} aria-labelledby="moves">
      <h2 id="moves">{words.impact}</h2>
      {impact.length === 0 ? <p className={css.quiet}>{words.noImpact}</p> : <ImpactTable impact={impact} />}
      {error !== undefined && <Refusal error={error} />}
      {mayRun && (
        <div className={css.act}>
          <Button kind="main" busy={isBusy} disabled={rows === 0} onPress={() => void forReal()}>
            {rows === 0 ? words.nothingToRun : words.run(number(rows))}
          </Button>
          {rows > 0 && <span className={css.quiet}>{words.runHint}</span>}
        </div>
      )}
    </section>
  );
};

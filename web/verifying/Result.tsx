import { useEffect, useRef } from 'react';
import { useSpoken } from '../words/words.ts';
import type { State } from './useVerifying.ts';
import css from './verifying.module.css';
import { verifyingWords } from './words.ts';
import type { ToldVerdict } from './worker.ts';

/** The answer, which takes the focus, so that it is read out and seen. */
export const Result = ({ state }: { readonly state: State }) => {
  const { said } = useSpoken();
  const words = said(verifyingWords);
  const heading = useRef<HTMLHeadingElement>(null);
  const isThere = state.state === 'done' || state.state === 'failed';
  useEffect(() => {
    if (isThere) heading.current?.focus();
  }, [isThere]);
  if (state.state === 'cancelled') return <p role="status">{words.cancelled}</p>;
  if (!isThere) return null;
  return (
    <section className={css.result} aria-labelledby="result">
      <h2 id="result" ref={heading} tabIndex={-1}>
        {words.result}
      </h2>
      {state.state === 'failed' ? (
        <p className={css.bad}>{words.failed(state.reason)}</p>
      ) : (
        <Verdict {...state.verdict} />
      )}
    </section>
  );
};

const Verdict = ({ isVerified, told, checked, faults }: ToldVerdict) => {
  const { titled, said } = useSpoken();
  const words = said(verifyingWords);
  const isWrong = faults.length > 0;
  return (
    <>
      <p className={isVerified ? css.good : isWrong ? css.bad : css.warn} data-verified={isVerified}>
        {isVerified ? '✓ ' : isWrong ? '✗ ' : '! '}
        {titled(told)}
      </p>
      {!isVerified && !isWrong && <p>{words.anchor}</p>}
      <ul className={css.list}>
        {checked.map((each) => (
          <li key={each.en}>{titled(each)}</li>
        ))}
        {faults.map(({ fault, ...each }) => (
          <li key={`${fault} ${each.en}`} data-fault={fault}>
            {titled(each)}
          </li>
        ))}
      </ul>
    </>
  );
};

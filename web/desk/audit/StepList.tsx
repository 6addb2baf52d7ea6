import { useRef } from 'react';
import { useFar } from '../../parts/far.ts';
import { useSpoken } from '../../words/words.ts';
import css from './audit.module.css';
import { type Change, ChangeText } from './ChangeList.tsx';
import own from './replay.module.css';
import { auditWords } from './words.ts';

type Props = {
  readonly changes: readonly Change[];
  /** The count before the first step and after each. */
  readonly counts: readonly number[];
  readonly step: number;
  readonly onStep: (step: number) => void;
};

const blockSize = 100;
/** The height of a step, about; a block that was never near the window is not measured. */
const stepPx = 62;

/** All steps, in blocks of which only those near the window are drawn. */
export const StepList = (props: Props) => (
  <div className={`frame ${own.steps}`}>
    {props.changes.flatMap(({ entryNumber }, index) =>
      index % blockSize === 0 ? [<Block key={entryNumber} first={index} {...props} />] : [],
    )}
  </div>
);

const Block = ({ first, changes, counts, step, onStep }: Props & { readonly first: number }) => {
  const { said, number } = useSpoken();
  const { replay } = said(auditWords);
  const list = useRef<HTMLOListElement>(null);
  const shown = changes.slice(first, first + blockSize);
  const farPx = useFar(list, first === 0 ? undefined : shown.length * stepPx);
  if (farPx !== undefined) return <ol ref={list} aria-hidden="true" style={{ height: farPx }} />;
  return (
    <ol ref={list} className={css.changes} start={first + 1}>
      {shown.map((change, index) => {
        const at = first + index + 1;
        return (
          <li key={change.entryNumber} aria-current={at === step ? 'step' : undefined}>
            <button type="button" aria-label={replay.at(number(at), number(changes.length))} onClick={() => onStep(at)}>
              {at}
            </button>
            <ChangeText change={change} />
            <b className={own.after}>{number(counts[at] ?? 0)}</b>
          </li>
        );
      })}
    </ol>
  );
};

import { useSpoken } from '../../words/words.ts';
import css from './audit.module.css';
import { auditWords } from './words.ts';

/** How far a second number is from a first: a sign, a word and a colour. Neither is good nor bad. */
export const Difference = ({ change }: { readonly change: number }) => {
  const { said, number } = useSpoken();
  const { compare } = said(auditWords);
  if (change === 0) return <span className={css.quiet}>= {compare.same}</span>;
  const size = number(Math.abs(change));
  return (
    <span className={css.differs}>
      <span aria-hidden="true">{change > 0 ? '▲' : '▼'}</span> {change > 0 ? compare.more(size) : compare.fewer(size)}
    </span>
  );
};

import type { Figure } from '../answers.ts';
import { useSpoken } from '../words/words.ts';
import css from './Pace.module.css';

const signs = { reached: '✓', ahead: '▲', 'on-track': '●', behind: '▼', missed: '✕' } as const;

/** How a target is doing: a sign, a word and a colour. Behind is amber, for red means up on a Chinese chart. */
export const Pace = ({ pace }: { readonly pace: Figure['pace'] }) => {
  const { words } = useSpoken();
  if (pace === null)
    return (
      <span className={css.none}>
        —<span className="visually-hidden">{words.pace.none}</span>
      </span>
    );
  return (
    <span className={css[pace]}>
      <span aria-hidden="true">{signs[pace]}</span> {words.pace[pace]}
    </span>
  );
};

import type { Changes } from '../../answers.ts';
import { PageLink } from '../../parts/PageLink.tsx';
import { shanghaiMinute } from '../../times.ts';
import { useSpoken } from '../../words/words.ts';
import { signed } from '../Effect.tsx';
import css from './audit.module.css';
import { Person } from './Person.tsx';
import { useTitles } from './titles.ts';
import { auditWords } from './words.ts';

export type Change = Changes['changes'][number];

/** An event that moved a count: what it was, of which entry, when it holds from and was recorded, and by whom. */
export const ChangeText = ({ change }: { readonly change: Change }) => {
  const { words, said, number } = useSpoken();
  const texts = said(auditWords).changes;
  const titles = useTitles();
  const { register, key, type, effectiveOn, recordedAt, entryNumber, by, approvedBy } = change;
  return (
    <span className={css.change}>
      <span>
        <b className={css.move}>{signed(change.change, number)}</b> {titles.event(register, type)} ·{' '}
        {titles.register(register)}{' '}
        <PageLink to="/registers/$register/$key" params={{ register, key }}>
          <code>{key}</code>
        </PageLink>
      </span>
      <span className={css.quiet}>
        {effectiveOn !== undefined && (
          <span>
            {texts.effective} {effectiveOn}
          </span>
        )}
        <span>
          {texts.recorded} {shanghaiMinute(recordedAt)}
        </span>
        <span>
          {texts.by} <Person subject={by} />
        </span>
        {approvedBy !== undefined && (
          <span>
            {texts.approvedBy} <Person subject={approvedBy} />
          </span>
        )}
        <span>{words.entry.number(number(entryNumber))}</span>
      </span>
    </span>
  );
};

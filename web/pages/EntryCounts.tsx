import { useQuery } from '@tanstack/react-query';
import type { Counts, DeclaredRegister, Entry, PlanEntry } from '../answers.ts';
import { PageLink } from '../parts/PageLink.tsx';
import { plansQuery } from '../queries.ts';
import type { Times } from '../times.ts';
import { useSpoken } from '../words/words.ts';
import css from './EntryPage.module.css';

type Props = {
  readonly register: DeclaredRegister;
  readonly entry: Entry & { readonly counts?: Counts };
  readonly times: Times;
};

/** What an entry counts toward on the chosen day: its measures, and the targets that count them. */
export const EntryCounts = ({ register, entry, times }: Props) => {
  const { language, words, titled } = useSpoken();
  const { data } = useQuery(plansQuery(language, times));
  const counts = entry.counts ?? [];
  if (register.measures.length === 0) return null;
  return (
    <section aria-labelledby="counts">
      <h2 id="counts">{words.entry.counts}</h2>
      {counts.length === 0 ? (
        <p className={css.none}>{words.entry.countsNone}</p>
      ) : (
        <ul className={css.counts}>
          {counts.map(({ measure, since }) => {
            const declared = register.measures.find(({ id }) => id === measure);
            return (
              <li key={measure} className={css.count}>
                <b>{declared === undefined ? measure : titled(declared.title)}</b>
                <span className={css.day}>
                  {words.target.since} {since}
                </span>
                {targetsOf(data?.items ?? [], measure, entry).map(({ id, plan, title }) => (
                  <PageLink key={`${plan}/${id}`} to="/targets/$id" params={{ id }}>
                    {titled(title)}
                  </PageLink>
                ))}
              </li>
            );
          })}
        </ul>
      )}
    </section>
  );
};

/** The targets of all plans that count a measure where the entry is. */
const targetsOf = (plans: readonly PlanEntry[], measure: string, entry: Entry) =>
  plans.flatMap(({ key: plan, targets }) =>
    targets
      .filter(
        (target) =>
          target.measure === measure &&
          (target.sector ?? entry.sector) === entry.sector &&
          (target.district ?? entry.district) === entry.district,
      )
      .map(({ id, title }) => ({ id, plan, title })),
  );

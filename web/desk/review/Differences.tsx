import { useQuery } from '@tanstack/react-query';
import type { DeclaredField, DeclaredRegister, ShownSubmission } from '../../answers.ts';
import { historyQuery } from '../../queries.ts';
import { useSpoken } from '../../words/words.ts';
import css from './Differences.module.css';
import { type Difference, differencesOf, factIds, fieldsOf } from './differences.ts';
import { Value } from './Value.tsx';
import { reviewWords } from './words.ts';

type Props = { readonly register: DeclaredRegister; readonly submission: ShownSubmission };

/** What a submission would change: the fact that it is about, if it is about one, and field by field. */
export const Differences = ({ register, submission }: Props) => {
  const { said } = useSpoken();
  const words = said(reviewWords);
  const rows = differencesOf(register, submission, { zh: reviewWords.zh.day, en: reviewWords.en.day });
  return (
    <>
      <Facts register={register} submission={submission} />
      {rows.length > 0 && (
        <div className="frame">
          <table className="cards">
            <thead>
              <tr>
                <th scope="col">{words.field}</th>
                {submission.present !== undefined && <th scope="col">{words.now}</th>}
                <th scope="col">{submission.present === undefined ? words.given : words.proposed}</th>
              </tr>
            </thead>
            <tbody>
              {rows.map((row) => (
                <Row key={row.field.name} row={row} isCompared={submission.present !== undefined} />
              ))}
            </tbody>
          </table>
        </div>
      )}
    </>
  );
};

const Row = ({ row, isCompared }: { readonly row: Difference; readonly isCompared: boolean }) => {
  const { titled, said } = useSpoken();
  const words = said(reviewWords);
  const { field, now, proposed, isSame } = row;
  return (
    <tr data-same={isSame || undefined}>
      <th scope="row">{titled(field.title)}</th>
      {isCompared && (
        <td data-label={words.now}>
          <Held field={field} value={now} none={now === undefined ? '—' : words.nothing} />
        </td>
      )}
      <td data-label={isCompared ? words.proposed : words.given}>
        <span className={isSame ? undefined : css.proposed}>
          <Held field={field} value={proposed} none={words.cleared} />
        </span>
        {isSame && <small className={css.same}>{words.unchanged}</small>}
      </td>
    </tr>
  );
};

type HeldProps = { readonly field: DeclaredField; readonly value: unknown; readonly none: string };

const Held = ({ field, value, none }: HeldProps) =>
  value === undefined || (value === null && field.kind !== 'range') ? (
    <span className={css.none}>{none}</span>
  ) : (
    <Value field={field} value={value} />
  );

/** The facts that a correction or an annulment is about, as they were recorded. */
const Facts = ({ register, submission }: Props) => {
  const { language, titled, said } = useSpoken();
  const words = said(reviewWords);
  const ids = factIds(submission);
  const { data } = useQuery({
    ...historyQuery(language, submission.register, submission.key, {}),
    enabled: ids.length > 0,
  });
  const facts = data?.events.filter(({ id }) => ids.includes(id)) ?? [];
  if (facts.length === 0) return null;
  const fields = fieldsOf(register);
  return (
    <div className={css.facts}>
      <h4>{submission.command === 'annul' ? words.annulled : words.corrected}</h4>
      <ul>
        {facts.map(({ id, type, effectiveOn, data: held }) => (
          <li key={id}>
            <p>
              <time dateTime={effectiveOn}>{effectiveOn}</time>{' '}
              <b>{titled(register.commands.find(({ event }) => event === type)?.title ?? { zh: type, en: type })}</b>
            </p>
            <dl>
              {fields
                .filter(({ name }) => held[name] !== undefined && held[name] !== null)
                .map((field) => (
                  <div key={field.name}>
                    <dt>{titled(field.title)}</dt>
                    <dd>
                      <Value field={field} value={held[field.name]} />
                    </dd>
                  </div>
                ))}
            </dl>
          </li>
        ))}
      </ul>
    </div>
  );
};

import type { Figure } from '../answers.ts';
import { useSpoken } from '../words/words.ts';
import { useGoalText, useProjectedText } from './goal.ts';
import { Pace } from './Pace.tsx';
import { PageLink } from './PageLink.tsx';

/** All targets of a plan as a table: what their cards draw, in numbers. */
export const TargetTable = ({ figures }: { readonly figures: readonly Figure[] }) => {
  const { words, titled, number } = useSpoken();
  const goalText = useGoalText();
  const projectedText = useProjectedText();
  const { plan, target, pace: paces } = words;
  return (
    <div className="frame">
      <table className="cards">
        <thead>
          <tr>
            <th scope="col">{plan.target}</th>
            <th scope="col" className="number">
              {target.count}
            </th>
            <th scope="col" className="number">
              {plan.goalNumber}
            </th>
            <th scope="col" className="number">
              {plan.expected}
            </th>
            <th scope="col">{paces.title}</th>
            <th scope="col" className="number">
              {plan.projected}
            </th>
          </tr>
        </thead>
        <tbody>
          {figures.map(({ id, title, count, goal, expected, pace, projected }) => (
            <tr key={id}>
              <th scope="row">
                <PageLink to="/targets/$id" params={{ id }}>
                  {titled(title)}
                </PageLink>
              </th>
              <td className="number" data-label={target.count}>
                <b>{number(count)}</b>
              </td>
              <td className="number" data-label={plan.goalNumber}>
                {goalText(goal)}
              </td>
              <td className="number" data-label={plan.expected}>
                {expected === null ? '—' : number(expected)}
              </td>
              <td data-label={paces.title}>
                <Pace pace={pace} />
              </td>
              <td className="number" data-label={plan.projected}>
                {projected === null ? '—' : projectedText(projected)}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
};

import { useQuery } from '@tanstack/react-query';
import type { PlanEntry, PlanTarget } from '../../answers.ts';
import { useGoalText } from '../../parts/goal.ts';
import { PageLink, timesAndLanguage } from '../../parts/PageLink.tsx';
import { choicesOf } from '../../parts/places.ts';
import { Empty, together } from '../../parts/State.tsx';
import { useValueText } from '../../parts/values.ts';
import { plansQuery } from '../../queries.ts';
import { useSpoken } from '../../words/words.ts';
import { Gate } from './Gate.tsx';
import { useRegisters } from './names.ts';
import css from './PlansPage.module.css';
import { recordWords } from './words.ts';

/** The plans as adopted; a new one, and other goals, are submitted from here. */
export const PlansPage = () => {
  const { said } = useSpoken();
  const { plans } = said(recordWords);
  return (
    <div className={css.page}>
      <h1>{plans.title}</h1>
      <Gate needs="admin">{() => <Plans />}</Gate>
    </div>
  );
};

const Plans = () => {
  const { language, said } = useSpoken();
  const { plans: words } = said(recordWords);
  const { data, instead } = together({ plans: useQuery(plansQuery(language, {})) });
  if (instead) return instead;
  const { items } = data.plans;
  return (
    <>
      <p>
        <PageLink to="/record/$register/$command" params={{ register: 'plans', command: 'adopt' }}>
          {words.submit}
        </PageLink>
      </p>
      {items.length === 0 && <Empty title={words.none} />}
      {items.map((plan) => (
        <Plan key={plan.key} plan={plan} />
      ))}
    </>
  );
};

const Plan = ({ plan }: { readonly plan: PlanEntry }) => {
  const { said, titled } = useSpoken();
  const { plans: words } = said(recordWords);
  const valueText = useValueText();
  const registers = useRegisters();
  const fields = registers.find(({ name }) => name === 'plans')?.fields ?? [];
  const waiting = typeof plan.pending === 'number' ? plan.pending : 0;
  return (
    <section className={css.plan} aria-labelledby={plan.key}>
      <h2 id={plan.key}>{titled(plan.title)}</h2>
      <p className={css.ways}>
        <code>{plan.key}</code>
        <PageLink to="/registers/$register/$key" params={{ register: 'plans', key: plan.key }}>
          {words.entry}
        </PageLink>
        {waiting > 0 && <PageLink to="/review">{words.waiting(waiting)}</PageLink>}
      </p>
      <dl className={css.facts}>
        {fields
          .filter(({ kind }) => kind !== 'titles' && kind !== 'targets')
          .map((field) => (
            <div key={field.name}>
              <dt>{titled(field.title)}</dt>
              <dd>{valueText(field, plan[field.name])}</dd>
            </div>
          ))}
      </dl>
      <Targets plan={plan} />
    </section>
  );
};

const Targets = ({ plan }: { readonly plan: PlanEntry }) => {
  const { said, titled } = useSpoken();
  const { plans: words } = said(recordWords);
  const goalText = useGoalText();
  const registers = useRegisters();
  const measures = registers.flatMap((register) => register.measures);
  const only = ({ sector, district }: PlanTarget) =>
    [...choicesOf(registers, 'sector'), ...choicesOf(registers, 'district')]
      .filter(({ value }) => value === sector || value === district)
      .map(({ title }) => titled(title))
      .join(' · ');
  return (
    <table className={`cards ${css.targets}`}>
      <thead>
        <tr>
          <th scope="col">{words.target}</th>
          <th scope="col">{words.measure}</th>
          <th scope="col">{words.only}</th>
          <th scope="col" className="number">
            {words.goal}
          </th>
          <td />
        </tr>
      </thead>
      <tbody>
        {plan.targets.map((target) => {
          const measure = measures.find(({ id }) => id === target.measure);
          return (
            <tr key={target.id}>
              <th scope="row">
                {titled(target.title)} <code>{target.id}</code>
              </th>
              <td data-label={words.measure}>{measure === undefined ? target.measure : titled(measure.title)}</td>
              <td data-label={words.only}>{only(target)}</td>
              <td className="number" data-label={words.goal}>
                {goalText(target.goal)}
              </td>
              <td>
                <PageLink
                  to="/registers/$register/$key/$command"
                  params={{ register: 'plans', key: plan.key, command: 'revise' }}
                  search={(known: object) => ({ ...timesAndLanguage(known), target: target.id })}
                  label={words.reviseLabel(titled(target.title))}
                >
                  {words.revise}
                </PageLink>
              </td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
};

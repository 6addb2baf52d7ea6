import { useQuery } from '@tanstack/react-query';
import type { Contribution, Impact } from '../answers.ts';
import { choicesOf } from '../parts/places.ts';
import { registersQuery, targetsQuery } from '../queries.ts';
import { useSpoken } from '../words/words.ts';
import css from './Effect.module.css';

const zh = {
  target: '目标',
  on: '日期',
  before: '办理前',
  after: '办理后',
  from: '自',
  notCounted: '不计入',
};
const en: typeof zh = {
  target: 'Target',
  on: 'On',
  before: 'Before',
  after: 'After',
  from: 'From',
  notCounted: 'nothing',
};
const effectWords = { zh, en };

/** The targets that would move, each on which day, from which number to which. */
export const ImpactTable = ({ impact }: { readonly impact: Impact }) => {
  const { language, titled, number, said } = useSpoken();
  const words = said(effectWords);
  const { data } = useQuery(targetsQuery(language, {}));
  const titleOf = ({ target, plan }: Impact[number]) => {
    const figure = data?.targets.find((each) => each.id === target && each.plan === plan);
    return figure === undefined ? target : titled(figure.title);
  };
  return (
    <div className={`frame ${css.panel}`}>
      <table className="cards">
        <thead>
          <tr>
            <th scope="col">{words.target}</th>
            <th scope="col">{words.on}</th>
            <th scope="col" className="number">
              {words.before}
            </th>
            <th scope="col" className="number">
              {words.after}
            </th>
          </tr>
        </thead>
        <tbody>
          {impact.map((each) => (
            <tr key={`${each.plan} ${each.target} ${each.on}`}>
              <th scope="row">{titleOf(each)}</th>
              <td data-label={words.on}>{each.on}</td>
              <td className="number" data-label={words.before}>
                {number(each.before)}
              </td>
              <td className="number" data-label={words.after}>
                <span>
                  <b>{number(each.after)}</b> <small>{signed(each.after - each.before, number)}</small>
                </span>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
};

export const signed = (change: number, number: (value: number) => string): string =>
  `${change < 0 ? '−' : '+'}${number(Math.abs(change))}`;

/** From which day on the entry would count toward something else: toward what, in which sector, district and area. */
export const ContributionTable = ({ contribution }: { readonly contribution: Contribution }) => {
  const { said } = useSpoken();
  const words = said(effectWords);
  return (
    <div className={`frame ${css.panel}`}>
      <table className="cards">
        <thead>
          <tr>
            <th scope="col">{words.from}</th>
            <th scope="col">{words.before}</th>
            <th scope="col">{words.after}</th>
          </tr>
        </thead>
        <tbody>
          {contribution.map(({ from, before, after }) => (
            <tr key={from}>
              <th scope="row">{from}</th>
              <td data-label={words.before}>
                <Places places={before} />
              </td>
              <td data-label={words.after}>
                <Places places={after} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
};

const Places = ({ places }: { readonly places: Contribution[number]['before'] }) => {
  const { language, words, titled, said } = useSpoken();
  const { data } = useQuery(registersQuery(language));
  const registers = data?.registers ?? [];
  const measures = new Map(registers.flatMap(({ measures }) => measures.map(({ id, title }) => [id, titled(title)])));
  const choice = (name: string, value: string | null) => {
    const title = choicesOf(registers, name).find((each) => each.value === value)?.title;
    return title === undefined ? value : titled(title);
  };
  if (places.length === 0) return <span>{said(effectWords).notCounted}</span>;
  return (
    <ul className={css.places}>
      {places.map(({ measure, sector, district, area }) => (
        <li key={measure}>
          {[
            measures.get(measure) ?? measure,
            choice('sector', sector),
            choice('district', district),
            area === null ? null : words.plan[area],
          ]
            .filter((each) => each !== null)
            .join(language === 'zh' ? '，' : ', ')}
        </li>
      ))}
    </ul>
  );
};

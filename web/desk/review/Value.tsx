import { useQuery } from '@tanstack/react-query';
import type { DeclaredField, Titles } from '../../answers.ts';
import { useGoalLine, useGoalText } from '../../parts/goal.ts';
import { PageLink } from '../../parts/PageLink.tsx';
import { choicesOf } from '../../parts/places.ts';
import { useValueText } from '../../parts/values.ts';
import { registersQuery } from '../../queries.ts';
import { useSpoken } from '../../words/words.ts';
import css from './Differences.module.css';

type Goal = { readonly min: number; readonly max?: number } | null;
type DeclaredTarget = {
  readonly id: string;
  readonly title: Titles;
  readonly measure: string;
  readonly goal: Goal;
  readonly sector?: string;
  readonly district?: string;
};

/** A field's value as somebody who answers for it must see it: titles in both languages, targets with their goals. */
export const Value = ({ field, value }: { readonly field: DeclaredField; readonly value: unknown }) => {
  const valueText = useValueText();
  const goalText = useGoalText();
  if (field.kind === 'range') return goalText(value as Goal);
  if (field.kind === 'targets' && Array.isArray(value)) return <DeclaredTargets targets={value} />;
  if (field.kind === 'titles' && typeof value === 'object' && value !== null) return Object.values(value).join(' / ');
  if (field.kind === 'reference' && field.register !== undefined && typeof value === 'string')
    return (
      <PageLink to="/registers/$register/$key" params={{ register: field.register, key: value }}>
        <code>{value}</code>
      </PageLink>
    );
  return valueText(field, value);
};

const DeclaredTargets = ({ targets }: { readonly targets: readonly DeclaredTarget[] }) => {
  const { language, titled } = useSpoken();
  const goalLine = useGoalLine();
  const { data } = useQuery(registersQuery(language));
  const registers = data?.registers ?? [];
  const measures = new Map(registers.flatMap(({ measures }) => measures.map(({ id, title }) => [id, titled(title)])));
  const choice = (name: string, given: string | undefined) => {
    const title = choicesOf(registers, name).find(({ value }) => value === given)?.title;
    return title === undefined ? given : titled(title);
  };
  return (
    <ul className={css.targets}>
      {targets.map(({ id, title, measure, goal, sector, district }) => (
        <li key={id}>
          {[
            `${title.zh} / ${title.en}`,
            measures.get(measure) ?? measure,
            goalLine(goal),
            choice('sector', sector),
            choice('district', district),
          ]
            .filter((each) => each !== undefined)
            .join(' · ')}
        </li>
      ))}
    </ul>
  );
};

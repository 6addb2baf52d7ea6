import type { Impact, Tried } from '../../answers.ts';
import { ApiProblem } from '../../api.ts';
import { useSpoken } from '../../words/words.ts';
import { ContributionTable, ImpactTable } from '../Effect.tsx';
import { missingOf } from './body.ts';
import { usePaused } from './paused.ts';
import css from './record.module.css';
import type { CommandForm } from './useCommandForm.ts';
import { recordWords } from './words.ts';

/** A screen reader hears of an outcome once it has stood for so long. */
const announceMs = 900;

type Props = { readonly form: CommandForm; readonly onGoTo: (pointer: string) => void };

/** What will happen: what is still missing or wrong, or which numbers move and whether a second person is needed. */
export const Outcome = ({ form, onGoTo }: Props) => {
  const { said } = useSpoken();
  const { outcome } = said(recordWords);
  const { trial, isAsking } = form.trying;
  return (
    <section className={css.outcome} aria-labelledby="outcome" aria-busy={isAsking || undefined}>
      <h2 id="outcome">{outcome.title}</h2>
      {trial.is === 'nothing' && <p className={css.quiet}>{isAsking ? outcome.asking : outcome.nothing}</p>}
      {trial.is === 'possible' && <Possible tried={trial.tried} />}
      {trial.is === 'refused' && <Refused form={form} error={trial.error} onGoTo={onGoTo} />}
      <Announced form={form} />
    </section>
  );
};

const Announced = ({ form }: Pick<Props, 'form'>) => {
  const { said } = useSpoken();
  const { outcome } = said(recordWords);
  const { trial, isAsking } = form.trying;
  const spoken = () => {
    if (trial.is === 'possible') return `${outcome[trial.tried.would]}. ${outcome.moves(moved(trial.tried.impact))}`;
    if (trial.is === 'nothing') return '';
    const missing = missingOf(form.fields, form.typed, form.faults).length;
    if (missing > 0) return outcome.missing(missing);
    return trial.error instanceof ApiProblem && trial.error.status !== 400 ? trial.error.message : outcome.refused;
  };
  const message = usePaused(isAsking ? undefined : spoken(), announceMs);
  return (
    <p className="visually-hidden" role="status">
      {message}
    </p>
  );
};

/** How many targets have numbers that move. */
const moved = (impact: Impact): number => new Set(impact.map(({ plan, target }) => `${plan}/${target}`)).size;

const Possible = ({ tried: { would, impact, contribution } }: { readonly tried: Tried }) => {
  const { said } = useSpoken();
  const { outcome } = said(recordWords);
  return (
    <>
      <p className={css.would} data-would={would}>
        {outcome[would]}
      </p>
      <p className={css.quiet}>{would === 'record' ? outcome.recordHint : outcome.submitHint}</p>
      <h3>{outcome.moves(moved(impact))}</h3>
      {impact.length > 0 && <ImpactTable impact={impact} />}
      {contribution.length > 0 && <h3>{outcome.contributes}</h3>}
      {contribution.length > 0 && <ContributionTable contribution={contribution} />}
    </>
  );
};

type RefusedProps = Props & { readonly error: Error };

const Refused = ({ form, error, onGoTo }: RefusedProps) => {
  const { said, titled, words } = useSpoken();
  const { outcome } = said(recordWords);
  if (!(error instanceof ApiProblem)) return <p className={css.refused}>{words.fault.offline}</p>;
  const missing = missingOf(form.fields, form.typed, form.faults);
  const wrong = form.fields.filter((field) => !missing.includes(field) && isFaulty(form, field.pointer));
  if (error.status !== 400)
    return (
      <>
        <p className={css.refused}>{error.message}</p>
        <p>{error.detail}</p>
      </>
    );
  const links = (fields: typeof missing) => (
    <ul className={css.links}>
      {fields.map(({ name, title, pointer }) => (
        <li key={name}>
          <button type="button" className={css.link} onClick={() => onGoTo(pointer)}>
            {titled(title)}
          </button>
        </li>
      ))}
    </ul>
  );
  return (
    <>
      {missing.length > 0 && <p>{outcome.missing(missing.length)}</p>}
      {missing.length > 0 && links(missing)}
      {wrong.length > 0 && <p className={css.refused}>{outcome.faults(wrong.length)}</p>}
      {wrong.length > 0 && links(wrong)}
      {form.faults.rest.map(({ message }) => (
        <p key={message} className={css.refused}>
          {message}
        </p>
      ))}
    </>
  );
};

const isFaulty = ({ faults }: CommandForm, pointer: string): boolean =>
  [...faults.at.keys()].some((each) => each === pointer || each.startsWith(`${pointer}/`));

import { ApiProblem, Offline } from '../api.ts';
import { useSpoken } from '../words/words.ts';
import css from './Refusal.module.css';

type Props = {
  readonly error: Error;
  /** Faults that stand at their fields already are not said twice. */
  readonly isShownAtField?: (pointer: string) => boolean;
};

/** Why something was not done, in the words of the API, for a screen reader at once. */
export const Refusal = ({ error, isShownAtField = () => false }: Props) => {
  const { words } = useSpoken();
  const isRefused = error instanceof ApiProblem;
  const rest = isRefused ? error.faults.filter(({ pointer = '' }) => !isShownAtField(pointer)) : [];
  const wait = isRefused ? error.retryAfterSeconds : undefined;
  const seconds = isRefused && error.detail.includes(String(wait)) ? undefined : wait;
  return (
    <div className={css.box} role="alert">
      <p className={css.title}>{isRefused ? error.message : words.fault.title}</p>
      {isRefused && error.detail !== '' && <p>{error.detail}</p>}
      {seconds !== undefined && <p>{words.fault.retryAfter(seconds)}</p>}
      {error instanceof Offline && <p>{words.fault.offline}</p>}
      {rest.length > 0 && (
        <ul>
          {rest.map(({ pointer, name, message }) => (
            <li key={`${pointer ?? name}${message}`}>{message}</li>
          ))}
        </ul>
      )}
    </div>
  );
};

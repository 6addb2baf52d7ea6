import { Button } from '../../parts/Button.tsx';
import { Dialog } from '../../parts/Dialog.tsx';
import { useSwitch } from '../../parts/keys.ts';
import { useSpoken } from '../../words/words.ts';
import css from './KeysHelp.module.css';
import { reviewWords } from './words.ts';

/** Which keys there are, and the switch for people whom single keys disturb. */
export const KeysHelp = ({ onClose }: { readonly onClose: () => void }) => {
  const { said } = useSpoken();
  const words = said(reviewWords).keys;
  const [isOn, setOn] = useSwitch();
  const keys = [
    ['j', words.next],
    ['k', words.previous],
    ['a', words.approve],
    ['r', words.return],
    ['/', words.search],
    ['?', words.help],
  ] as const;
  return (
    <Dialog title={words.title} onClose={onClose}>
      {(close) => (
        <>
          <dl className={css.keys}>
            {keys.map(([key, does]) => (
              <div key={key}>
                <dt>
                  <kbd>{key}</kbd>
                </dt>
                <dd>{does}</dd>
              </div>
            ))}
          </dl>
          <label className={css.switch}>
            <input type="checkbox" checked={isOn} onChange={({ target }) => setOn(target.checked)} />
            {words.on}
          </label>
          <p className={css.hint}>{words.hint}</p>
          <div>
            <Button onPress={close}>{words.close}</Button>
          </div>
        </>
      )}
    </Dialog>
  );
};

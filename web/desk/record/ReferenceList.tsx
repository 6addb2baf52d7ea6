import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Button } from '../../parts/Button.tsx';
import { Field } from '../../parts/Field.tsx';
import { useSpoken } from '../../words/words.ts';
import css from './controls.module.css';
import { EntryCombo } from './EntryCombo.tsx';
import { useEntryName } from './names.ts';
import { offeredQuery } from './queries.ts';
import { recordWords } from './words.ts';

type Props = {
  readonly register: string;
  readonly label: string;
  readonly keys: readonly string[];
  readonly onKeys: (keys: readonly string[]) => void;
};

/** Entries of another register, one by one. */
export const ReferenceList = ({ register, label, keys, onKeys }: Props) => {
  const { said } = useSpoken();
  const words = said(recordWords);
  const [text, setText] = useState('');
  const add = (key: string) => {
    const given = key.trim();
    if (given !== '' && !keys.includes(given)) onKeys([...keys, given]);
    setText('');
  };
  return (
    <>
      {keys.length > 0 && (
        <ul className={css.chips}>
          {keys.map((key) => (
            <li key={key}>
              <Named register={register} keyText={key} />
              <button
                type="button"
                aria-label={words.remove(key)}
                onClick={() => onKeys(keys.filter((each) => each !== key))}
              >
                ✕
              </button>
            </li>
          ))}
        </ul>
      )}
      <Field label={words.pair(words.add, label)}>
        {(control) => (
          <div className={css.adding}>
            <EntryCombo
              control={control}
              label={words.pair(words.add, label)}
              register={register}
              text={text}
              onText={setText}
              onChoose={add}
            />
            <Button onPress={() => add(text)} disabled={text.trim() === ''}>
              {words.add}
            </Button>
          </div>
        )}
      </Field>
    </>
  );
};

const Named = ({ register, keyText }: { readonly register: string; readonly keyText: string }) => {
  const { language } = useSpoken();
  const nameOf = useEntryName(register);
  const { data = [] } = useQuery(offeredQuery(language, register, keyText));
  const entry = data.find(({ key }) => key === keyText);
  return (
    <span>
      {entry !== undefined && nameOf(entry)} <code>{keyText}</code>
    </span>
  );
};

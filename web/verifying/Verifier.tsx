import { type DragEvent, type FormEvent, type RefObject, useEffect, useRef, useState } from 'react';
import { Button } from '../parts/Button.tsx';
import { Field } from '../parts/Field.tsx';
import { useSpoken } from '../words/words.ts';
import { type ChosenFolder, chosenIn, droppedIn } from './dropped.ts';
import { Result } from './Result.tsx';
import { useVerifying } from './useVerifying.ts';
import css from './verifying.module.css';
import { verifyingWords } from './words.ts';

const trimmedLines = (text: string): readonly string[] =>
  text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');

/** The form: a folder, and what vouches for it from elsewhere. */
export const Verifier = () => {
  const { language, said } = useSpoken();
  const words = said(verifyingWords);
  const [folder, setFolder] = useState<ChosenFolder>();
  const [fault, setFault] = useState<string>();
  const [key, setKey] = useState('');
  const [older, setOlder] = useState('');
  const [witnesses, setWitnesses] = useState('');
  const { state, verify, cancel } = useVerifying();
  const folderInput = useRef<HTMLInputElement>(null);
  const isBusy = state.state === 'busy';
  const refusedAt = (field: string) =>
    state.state === 'refused' && state.field === field ? state.told[language] : undefined;

  const send = (event: FormEvent) => {
    event.preventDefault();
    setFault(folder === undefined ? words.noFolder : undefined);
    if (folder === undefined) folderInput.current?.focus();
    // A note ends with one line feed, which is easily lost or doubled on the way through a clipboard.
    const checkpoint = older.trim() === '' ? '' : `${older.trimEnd()}\n`;
    if (folder !== undefined && !isBusy)
      verify({
        ...folder,
        keys: key.split(/\s+/).filter((each) => each !== ''),
        older: checkpoint,
        witnesses: trimmedLines(witnesses),
      });
  };
  const choose = (chosen: ChosenFolder) => {
    setFolder(chosen);
    setFault(undefined);
  };

  return (
    <>
      <form className={css.form} noValidate onSubmit={send}>
        <FolderChoice folder={folder} fault={fault} input={folderInput} onChoose={choose} onFault={setFault} />
        <Field label={words.key} hint={words.keyHint} fault={refusedAt('key')}>
          {(control) => (
            <input
              {...control}
              className={css.code}
              value={key}
              spellCheck={false}
              onChange={({ target }) => setKey(target.value)}
            />
          )}
        </Field>
        <Older text={older} onChange={setOlder} />
        <Field label={words.witnesses} isOptional hint={words.witnessesHint} fault={refusedAt('witnesses')}>
          {(control) => (
            <textarea
              {...control}
              className={css.code}
              rows={2}
              value={witnesses}
              spellCheck={false}
              onChange={({ target }) => setWitnesses(target.value)}
            />
          )}
        </Field>
        <p className={css.acts}>
          <Button kind="main" type="submit" busy={isBusy}>
            {words.verify}
          </Button>
          {isBusy && <Button onPress={cancel}>{words.cancel}</Button>}
          {state.state === 'busy' && <Progress share={state.share} />}
        </p>
      </form>
      <Result state={state} />
    </>
  );
};

type Choice = {
  readonly folder: ChosenFolder | undefined;
  readonly fault: string | undefined;
  readonly input: RefObject<HTMLInputElement | null>;
  readonly onChoose: (folder: ChosenFolder) => void;
  readonly onFault: (fault: string) => void;
};

const FolderChoice = ({ folder, fault, input, onChoose, onFault }: Choice) => {
  const { said } = useSpoken();
  const words = said(verifyingWords);
  const drop = async (event: DragEvent) => {
    event.preventDefault();
    const dropped = await droppedIn(event.dataTransfer.items);
    if (dropped === undefined) onFault(words.notFolder);
    else onChoose(dropped);
  };
  return (
    <section
      className={css.drop}
      aria-label={words.folder}
      onDragOver={(event) => event.preventDefault()}
      onDrop={(event) => void drop(event)}
    >
      <Field label={words.folder} hint={words.folderHint} fault={fault}>
        {(control) => (
          <input
            {...control}
            ref={(element) => {
              input.current = element;
              element?.setAttribute('webkitdirectory', ''); // React knows no such attribute
            }}
            type="file"
            multiple
            onChange={({ target: { files } }) => files?.length && onChoose(chosenIn(files))}
          />
        )}
      </Field>
      <p role="status">{folder && words.chosen(folder.name, folder.files.length)}</p>
    </section>
  );
};

const Older = ({ text, onChange }: { readonly text: string; readonly onChange: (text: string) => void }) => {
  const { said } = useSpoken();
  const words = said(verifyingWords);
  return (
    <div className={css.pair}>
      <Field label={words.older} isOptional hint={words.olderHint}>
        {(control) => (
          <textarea
            {...control}
            className={css.code}
            rows={4}
            value={text}
            spellCheck={false}
            onChange={({ target }) => onChange(target.value)}
          />
        )}
      </Field>
      <Field label={words.olderFile}>
        {(control) => (
          <input
            {...control}
            type="file"
            onChange={({ target: { files } }) => void files?.[0]?.text().then(onChange)}
          />
        )}
      </Field>
    </div>
  );
};

const saidEveryPercent = 10;

const Progress = ({ share }: { readonly share: number }) => {
  const { said } = useSpoken();
  const words = said(verifyingWords);
  const percent = Math.floor(share * 100);
  const [spoken, setSpoken] = useState(0);
  useEffect(() => setSpoken(percent - (percent % saidEveryPercent)), [percent]);
  return (
    <>
      <progress value={share} max={1} aria-label={words.progress} />
      <span aria-hidden="true">{percent}%</span>
      <span role="status" className="visually-hidden">
        {words.percent(spoken)}
      </span>
    </>
  );
};

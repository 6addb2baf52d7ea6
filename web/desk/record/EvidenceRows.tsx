import { Button } from '../../parts/Button.tsx';
import { Field } from '../../parts/Field.tsx';
import { useSpoken } from '../../words/words.ts';
import css from './controls.module.css';
import type { FaultText } from './faults.ts';
import { partOf, type Typed, textIn, withPart } from './typed.ts';
import { recordWords } from './words.ts';

export type RowsProps = {
  readonly rows: readonly Typed[];
  readonly pointer: string;
  readonly faultText: FaultText;
  readonly onRows: (rows: readonly Typed[]) => void;
};

/** The documents that a record rests on. */
export const EvidenceRows = ({ rows, pointer, faultText, onRows }: RowsProps) => {
  const { said } = useSpoken();
  const words = said(recordWords);
  return (
    <>
      {rows.map((row, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a row is known by its place, as the API names it
        <fieldset key={index} className={css.row} aria-label={words.row(index + 1)}>
          {(['title', 'uri'] as const).map((part) => (
            <Field
              key={part}
              label={words.evidence[part]}
              fault={faultText(`${pointer}/${index}/${part}`)}
              isOptional={part === 'uri'}
            >
              {(control) => (
                <input
                  {...control}
                  type={part === 'uri' ? 'url' : 'text'}
                  value={textIn(partOf(row, part))}
                  onChange={(event) => onRows(rows.with(index, withPart(row, part, event.target.value)))}
                />
              )}
            </Field>
          ))}
          <RemoveRow index={index} onRemove={() => onRows(rows.toSpliced(index, 1))} />
        </fieldset>
      ))}
      <div>
        <Button onPress={() => onRows([...rows, {}])}>{words.evidence.add}</Button>
      </div>
    </>
  );
};

export const RemoveRow = ({ index, onRemove }: { readonly index: number; readonly onRemove: () => void }) => {
  const { said } = useSpoken();
  return (
    <button type="button" className={css.remove} aria-label={said(recordWords).removeRow(index + 1)} onClick={onRemove}>
      ✕
    </button>
  );
};

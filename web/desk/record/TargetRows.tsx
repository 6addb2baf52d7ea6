import { Button } from '../../parts/Button.tsx';
import { Field, FieldGroup } from '../../parts/Field.tsx';
import { choicesOf } from '../../parts/places.ts';
import { useSpoken } from '../../words/words.ts';
import css from './controls.module.css';
import { RemoveRow, type RowsProps } from './EvidenceRows.tsx';
import { useRegisters } from './names.ts';
import { RangeParts } from './RangeParts.tsx';
import { partOf, type Typed, textIn, withPart } from './typed.ts';
import { recordWords } from './words.ts';

/** The targets of a plan: what is counted, how much is wanted, and where. */
export const TargetRows = ({ rows, pointer, faultText, onRows }: RowsProps) => {
  const { said } = useSpoken();
  const words = said(recordWords);
  return (
    <>
      {rows.map((row, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a row is known by its place, as the API names it
        <fieldset key={index} className={css.target} aria-label={words.row(index + 1)}>
          <TargetParts
            row={row}
            pointer={`${pointer}/${index}`}
            faultText={faultText}
            onRow={(changed) => onRows(rows.with(index, changed))}
          />
          <RemoveRow index={index} onRemove={() => onRows(rows.toSpliced(index, 1))} />
        </fieldset>
      ))}
      <div>
        <Button onPress={() => onRows([...rows, {}])}>{words.targets.add}</Button>
      </div>
    </>
  );
};

type PartsProps = Pick<RowsProps, 'pointer' | 'faultText'> & {
  readonly row: Typed;
  readonly onRow: (row: Typed) => void;
};

const TargetParts = ({ row, pointer, faultText, onRow }: PartsProps) => {
  const { said, titled } = useSpoken();
  const { targets, titlesParts, choose, aside } = said(recordWords);
  const registers = useRegisters();
  const measures = registers.flatMap((register) => register.measures);
  const select = (
    part: 'measure' | 'sector' | 'district',
    options: readonly { readonly value: string; readonly label: string }[],
  ) => (
    <Field label={targets[part]} fault={faultText(`${pointer}/${part}`)} isOptional={part !== 'measure'}>
      {(control) => (
        <select
          {...control}
          value={textIn(partOf(row, part))}
          onChange={(event) => onRow(withPart(row, part, event.target.value))}
        >
          <option value="">{part === 'measure' ? choose : targets.any}</option>
          {options.map(({ value, label }) => (
            <option key={value} value={value}>
              {label}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
  const places = (name: string) =>
    choicesOf(registers, name).map(({ value, title }) => ({ value, label: titled(title) }));
  const title = partOf(row, 'title');
  return (
    <div className={css.targetParts}>
      <Field label={targets.id} fault={faultText(`${pointer}/id`)} isOptional={false}>
        {(control) => (
          <input
            {...control}
            type="text"
            spellCheck={false}
            value={textIn(partOf(row, 'id'))}
            onChange={(event) => onRow(withPart(row, 'id', event.target.value))}
          />
        )}
      </Field>
      {(['zh', 'en'] as const).map((part) => (
        <Field
          key={part}
          label={aside(targets.title, titlesParts[part])}
          fault={faultText(`${pointer}/title/${part}`)}
          isOptional={false}
        >
          {(control) => (
            <input
              {...control}
              type="text"
              value={textIn(partOf(title, part))}
              onChange={(event) => onRow(withPart(row, 'title', withPart(title, part, event.target.value)))}
            />
          )}
        </Field>
      ))}
      {select(
        'measure',
        measures.map((each) => ({ value: each.id, label: titled(each.title) })),
      )}
      <FieldGroup label={targets.goal} fault={faultText(`${pointer}/goal`)} isOptional={false}>
        <RangeParts
          typed={partOf(row, 'goal')}
          pointer={`${pointer}/goal`}
          faultText={faultText}
          onType={(goal) => onRow(withPart(row, 'goal', goal))}
        />
      </FieldGroup>
      {select('sector', places('sector'))}
      {select('district', places('district'))}
    </div>
  );
};

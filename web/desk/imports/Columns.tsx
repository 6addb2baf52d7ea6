import type { DeclaredRegister } from '../../answers.ts';
import { useSpoken } from '../../words/words.ts';
import css from './imports.module.css';
import type { Column, Mapping } from './sending.ts';
import { importWords } from './words.ts';

/** What a column can give: the fields of a command, and what every command takes, each with its title. */
export const useColumnTitles = (
  register: DeclaredRegister | undefined,
  command: string,
): readonly (readonly [name: string, title: string])[] => {
  const { titled, said } = useSpoken();
  const words = said(importWords).start;
  if (register === undefined) return [];
  const fields = register.commands.find(({ name }) => name === command)?.fields ?? [];
  return [
    ['key', titled(register.key.title)],
    ...fields.map(({ name, title }) => [name, titled(title)] as const),
    ...(['effectiveOn', 'evidence', 'note'] as const).map((name) => [name, words[name]] as const),
    ...(fields.some(({ kind }) => kind === 'money') ? [['unit', words.unit] as const] : []),
  ];
};

type Props = {
  readonly columns: readonly Column[];
  readonly titles: ReturnType<typeof useColumnTitles>;
  readonly chosen: Mapping;
  /** Left out if what the columns give is settled. */
  readonly onChoose?: (chosen: Mapping) => void;
};

/** The columns of a file as they are understood, each with the field that it gives, which can be changed. */
export const Columns = ({ columns, titles, chosen, onChoose }: Props) => {
  const { said, number } = useSpoken();
  const words = said(importWords).columns;
  const titleOf = (field: string | null) => titles.find(([name]) => name === field)?.[1] ?? field ?? words.none;
  return (
    <div className="frame">
      <table className={`cards ${css.table}`}>
        <thead>
          <tr>
            <th scope="col">{words.column}</th>
            <th scope="col">{words.header}</th>
            <th scope="col">{words.field}</th>
            <th scope="col">{words.why}</th>
          </tr>
        </thead>
        <tbody>
          {columns.map(({ column, header, field, why }) => (
            <tr key={column}>
              <td data-label={words.column}>{number(column)}</td>
              <th scope="row">{header}</th>
              <td data-label={words.field}>
                {onChoose === undefined ? (
                  titleOf(field)
                ) : (
                  <select
                    aria-label={words.of(number(column), header.slice(0, 80))}
                    value={chosen.get(column) ?? field ?? ''}
                    onChange={({ target }) => onChoose(new Map([...chosen, [column, target.value]]))}
                  >
                    <option value="">{words.none}</option>
                    {titles.map(([name, title]) => (
                      <option key={name} value={name}>
                        {title}
                      </option>
                    ))}
                  </select>
                )}
              </td>
              <td data-label={words.why}>{why}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
};

import { useSpoken } from '../words/words.ts';
import css from './Matrix.module.css';
import { type Cell, type Choice, heatOf, sumOf } from './places.ts';
import { Scroll } from './Scroll.tsx';

type Props = {
  readonly sectors: readonly Choice[];
  readonly districts: readonly Choice[];
  readonly cells: readonly Cell[];
};

type Place = { readonly value: string | null; readonly label: string };

/** A target's count by sector and district, with sums at both edges. */
export const Matrix = ({ sectors, districts, cells }: Props) => {
  const { words, titled, number } = useSpoken();
  const places = (choices: readonly Choice[], name: 'sector' | 'district'): readonly Place[] => {
    const isMissing = cells.some((cell) => cell[name] == null);
    const known = choices.map(({ value, title }) => ({ value, label: titled(title) }));
    return isMissing ? [...known, { value: null, label: words.plan.notGiven }] : known;
  };
  const columns = places(sectors, 'sector');
  const rows = places(districts, 'district');
  const of = (row: Place, column: Place) =>
    sumOf(cells, ({ sector = null, district = null }) => sector === column.value && district === row.value);
  const highest = Math.max(0, ...rows.flatMap((row) => columns.map((column) => of(row, column))));
  const shown = (count: number) => (count === 0 ? '·' : number(count));
  return (
    <Scroll className="frame" label={words.plan.matrix}>
      <table className={css.matrix}>
        <thead>
          <tr>
            <th scope="col">{words.plan.district}</th>
            {columns.map(({ value, label }) => (
              <th key={value} scope="col">
                {label}
              </th>
            ))}
            <th scope="col">{words.plan.total}</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.value}>
              <th scope="row">{row.label}</th>
              {columns.map((column) => {
                const count = of(row, column);
                return (
                  <td key={column.value} data-heat={heatOf(count, highest)}>
                    {shown(count)}
                  </td>
                );
              })}
              <td className={css.sum}>{number(sumOf(cells, ({ district = null }) => district === row.value))}</td>
            </tr>
          ))}
        </tbody>
        <tfoot>
          <tr>
            <th scope="row">{words.plan.total}</th>
            {columns.map((column) => (
              <td key={column.value} className={css.sum}>
                {number(sumOf(cells, ({ sector = null }) => sector === column.value))}
              </td>
            ))}
            <td className={css.sum}>{number(sumOf(cells, () => true))}</td>
          </tr>
        </tfoot>
      </table>
    </Scroll>
  );
};

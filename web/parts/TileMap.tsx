import { useSpoken } from '../words/words.ts';
import { breakable, type Cell, type Choice, heatOf, sumOf, tiles } from './places.ts';
import css from './TileMap.module.css';

type Props = {
  readonly districts: readonly Choice[];
  readonly belt: readonly string[];
  /** Counts by sector and district. */
  readonly cells: readonly Cell[];
  /** The count in the core. */
  readonly core: number;
};

/** A tile for each district, roughly where it lies, with its count. */
export const TileMap = ({ districts, belt, cells, core }: Props) => {
  const { words, titled, number } = useSpoken();
  const counts = new Map(districts.map(({ value }) => [value, sumOf(cells, ({ district }) => district === value)]));
  const highest = Math.max(0, ...counts.values());
  const unplaced = sumOf(cells, ({ district }) => district == null);
  return (
    <figure className={css.figure}>
      <ul className={css.map}>
        {districts.map(({ value, title }) => {
          const [column, row, height = 1] = tiles[value] ?? [1, 1];
          const count = counts.get(value) ?? 0;
          return (
            <li
              key={value}
              className={css.tile}
              data-heat={heatOf(count, highest)}
              data-belt={belt.includes(value) || undefined}
              style={{ gridColumn: column, gridRow: `${row} / span ${height}` }}
            >
              <span className={css.name}>{breakable(titled(title).replace(/(新区|区| New Area)$/, ''))}</span>
              <span className={css.count}>{number(count)}</span>
              {value === 'pudong' && (
                <span className={css.core}>
                  <span aria-hidden="true" className={css.diamond} />
                  {breakable(words.plan.lingang)} {number(core)}
                </span>
              )}
            </li>
          );
        })}
      </ul>
      <figcaption className={css.legend}>
        <span>
          <span aria-hidden="true" className={css.beltKey} /> {words.plan.belt}
        </span>
        <span>
          <span aria-hidden="true" className={css.coreKey} /> {words.plan.core}
        </span>
        {unplaced > 0 && (
          <span>
            {words.plan.notGiven} {number(unplaced)}
          </span>
        )}
      </figcaption>
    </figure>
  );
};

import type { DeclaredRegister, Entry } from '../answers.ts';
import { PagedRows } from '../parts/PagedRows.tsx';
import { PageLink } from '../parts/PageLink.tsx';
import { useValueText } from '../parts/values.ts';
import { useSpoken } from '../words/words.ts';
import css from './RegisterPage.module.css';

/** Fields that a table shows at most, beside name, key, status and day. */
const shownFields = 4;

type Props = {
  readonly register: DeclaredRegister;
  readonly pages: readonly (readonly Entry[])[];
  /** How many entries there are, shown or not. */
  readonly total: number;
};

/** The entries of a register that have been read, page by page. */
export const RegisterTable = ({ register, pages, total }: Props) => {
  const { words, titled } = useSpoken();
  const valueText = useValueText();
  const fields = [...register.fields, ...register.lasting].filter(
    ({ name, kind, free }) => name !== register.named && kind !== 'targets' && kind !== 'titles' && !free,
  );
  const given = fields.filter(({ name }) => pages[0]?.some((item) => item[name] !== undefined));
  const shown = given.slice(0, shownFields);
  const naming = [...register.fields, ...register.lasting].find(({ name }) => name === register.named);
  const statuses = new Map(register.statuses.map(({ id, title }) => [id, titled(title)]));
  return (
    <div className="frame">
      <table className={`cards ${css.table}`} aria-rowcount={total + 1}>
        <thead>
          <tr>
            <th scope="col">{naming === undefined ? words.register.key : titled(naming.title)}</th>
            <th scope="col">{titled(register.key.title)}</th>
            <th scope="col">{words.register.status}</th>
            <th scope="col">{words.register.since}</th>
            {shown.map(({ name, title }) => (
              <th key={name} scope="col">
                {titled(title)}
              </th>
            ))}
          </tr>
        </thead>
        <PagedRows pages={pages}>
          {(item, rowIndex) => (
            <tr key={item.key} aria-rowindex={rowIndex}>
              <th scope="row">
                <PageLink to="/registers/$register/$key" params={{ register: register.name, key: item.key }}>
                  {naming === undefined ? item.key : valueText(naming, item[register.named]) || item.key}
                </PageLink>
              </th>
              <td data-label={titled(register.key.title)}>
                <code>{item.key}</code>
              </td>
              <td data-label={words.register.status}>{statuses.get(item.status) ?? item.status}</td>
              <td data-label={words.register.since}>
                {item.since !== undefined && <time dateTime={item.since}>{item.since}</time>}
              </td>
              {shown.map((field) => (
                <td key={field.name} data-label={titled(field.title)}>
                  {valueText(field, item[field.name])}
                </td>
              ))}
            </tr>
          )}
        </PagedRows>
      </table>
    </div>
  );
};

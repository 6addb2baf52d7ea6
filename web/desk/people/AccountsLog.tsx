import { useInfiniteQuery } from '@tanstack/react-query';
import type { AccountsLog as Log } from '../../answers.ts';
import { Button } from '../../parts/Button.tsx';
import { Empty, together } from '../../parts/State.tsx';
import { shanghaiMinute } from '../../times.ts';
import { useSpoken } from '../../words/words.ts';
import { useNameOf } from '../names.ts';
import css from './people.module.css';
import { accountsLogQuery } from './queries.ts';
import { useRolesText } from './roles.ts';
import { peopleWords } from './words.ts';

/** Every change of the accounts, oldest first, with people by name. */
export const AccountsLog = () => {
  const { language, said } = useSpoken();
  const { accounts } = said(peopleWords);
  const query = useInfiniteQuery(accountsLogQuery(language));
  const { data, hasNextPage, fetchNextPage, isFetchingNextPage } = query;
  const items = data?.pages.flatMap(({ answer }) => answer.items) ?? [];
  return (
    <section className={css.form} aria-labelledby="accounts-log">
      <h2 id="accounts-log">{accounts.log}</h2>
      {together({ query }).instead}
      {data !== undefined && items.length === 0 && <Empty title={accounts.logNone} />}
      {items.length > 0 && (
        <div className="frame">
          <table className={`cards ${css.table}`}>
            <thead>
              <tr>
                <th scope="col">{accounts.at}</th>
                <th scope="col">{accounts.whom}</th>
                <th scope="col">{accounts.what}</th>
                <th scope="col">{accounts.by}</th>
              </tr>
            </thead>
            <tbody>
              {items.map((change, index) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: the log only grows at its end
                <Change key={index} change={change} />
              ))}
            </tbody>
          </table>
        </div>
      )}
      {hasNextPage && (
        <div className={css.act}>
          <Button busy={isFetchingNextPage} onPress={() => void fetchNextPage()}>
            {accounts.more}
          </Button>
        </div>
      )}
    </section>
  );
};

const Change = ({ change: { at, by, subject, what, roles = [] } }: { readonly change: Log['items'][number] }) => {
  const { said } = useSpoken();
  const { accounts } = said(peopleWords);
  const rolesText = useRolesText();
  const whom = useNameOf(subject);
  const who = useNameOf(by);
  return (
    <tr>
      <td data-label={accounts.at}>{shanghaiMinute(at)}</td>
      <td data-label={accounts.whom}>{whom}</td>
      <td data-label={accounts.what}>
        {accounts.whats[what] ?? what} {rolesText(roles)}
      </td>
      <td data-label={accounts.by}>{accounts.bys[by] ?? who}</td>
    </tr>
  );
};

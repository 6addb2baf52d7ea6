import { useInfiniteQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { Button } from '../../parts/Button.tsx';
import { together } from '../../parts/State.tsx';
import { useSession } from '../../session.ts';
import { shanghaiMinute } from '../../times.ts';
import { useSpoken } from '../../words/words.ts';
import { AccountEditing } from './AccountEditing.tsx';
import { AccountMaking } from './AccountMaking.tsx';
import { AccountsLog } from './AccountsLog.tsx';
import { Needs } from './Needs.tsx';
import css from './people.module.css';
import { type Account, accountsQuery } from './queries.ts';
import { useRolesText } from './roles.ts';
import { peopleWords } from './words.ts';

/** The local accounts for administrators, and their log for auditors. */
export const AccountsPage = () => {
  const { said } = useSpoken();
  const { accounts } = said(peopleWords);
  const { may } = useSession();
  return (
    <Needs title={accounts.title} roles={['admin', 'auditor']}>
      {may('admin') ? <AccountsList /> : <h1>{accounts.title}</h1>}
      {may('auditor') && <AccountsLog />}
    </Needs>
  );
};

/** What a change of an account makes stale; it may be one's own. */
const changed = ['/accounts', '/accounts/log', '/people', '/session'];

const AccountsList = () => {
  const { language, said, number } = useSpoken();
  const { accounts } = said(peopleWords);
  const [open, setOpen] = useState<'making' | { readonly subject: string }>();
  const [done, setDone] = useState('');
  const client = useQueryClient();
  const query = useInfiniteQuery(accountsQuery(language));
  const { data, hasNextPage, fetchNextPage, isFetchingNextPage } = query;
  const items = data?.pages.flatMap(({ answer }) => answer.items) ?? [];
  const edited = typeof open === 'object' ? items.find(({ subject }) => subject === open.subject) : undefined;
  const finish = (what: string) => {
    setDone(what);
    void client.invalidateQueries({ predicate: ({ queryKey: [path] }) => changed.includes(String(path)) });
  };
  return (
    <>
      <div className={css.head}>
        <h1>{accounts.title}</h1>
        <p className={css.done} role="status">
          {done}
        </p>
        <Button kind="main" onPress={() => setOpen('making')}>
          {accounts.add}
        </Button>
      </div>
      {together({ query }).instead}
      {data !== undefined && (
        <section className={css.listed} aria-label={accounts.title}>
          <Table items={items} onEdit={(subject) => setOpen({ subject })} />
          <p className={css.hint}>{accounts.total(number(items.length))}</p>
        </section>
      )}
      {hasNextPage && (
        <Button busy={isFetchingNextPage} onPress={() => void fetchNextPage()}>
          {accounts.more}
        </Button>
      )}
      {open === 'making' && <AccountMaking onClose={() => setOpen(undefined)} onDone={finish} />}
      {edited !== undefined && <AccountEditing account={edited} onClose={() => setOpen(undefined)} onDone={finish} />}
    </>
  );
};

const Table = ({ items, onEdit }: { items: readonly Account[]; onEdit: (subject: string) => void }) => {
  const { said } = useSpoken();
  const { accounts } = said(peopleWords);
  const rolesText = useRolesText();
  return (
    <div className="frame">
      <table className={`cards ${css.table}`}>
        <thead>
          <tr>
            <th scope="col">{accounts.name}</th>
            <th scope="col">{accounts.roles}</th>
            <th scope="col">{accounts.status}</th>
            <th scope="col">{accounts.lastSignIn}</th>
            <th scope="col">
              <span className="visually-hidden">{accounts.edit}</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {items.map((account) => (
            <tr key={account.subject}>
              <th scope="row">{account.name}</th>
              <td data-label={accounts.roles}>{rolesText(account.roles)}</td>
              <td data-label={accounts.status}>
                {account.disabled ? <span className={css.off}>{accounts.disabled}</span> : accounts.active}
              </td>
              <td data-label={accounts.lastSignIn}>
                {account.lastSignInAt === undefined ? (
                  accounts.never
                ) : (
                  <time dateTime={account.lastSignInAt}>{shanghaiMinute(account.lastSignInAt)}</time>
                )}
              </td>
              <td>
                <button
                  type="button"
                  aria-label={accounts.editOf(account.name)}
                  onClick={() => onEdit(account.subject)}
                >
                  {accounts.edit}
                </button>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
};

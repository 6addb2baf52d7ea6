import { notifyManager, type QueryClient, useQueryClient } from '@tanstack/react-query';
import { useCallback, useSyncExternalStore } from 'react';
import { isMissing } from '../api.ts';
import { useSpoken } from '../words/words.ts';
import css from './Outdated.module.css';

/** What is shown although it could not be read again. */
const outdatedIn = (client: QueryClient) =>
  client
    .getQueryCache()
    .findAll({ type: 'active' })
    .filter(({ state }) => state.status === 'error' && state.data !== undefined && !isMissing(state.error));

/** Says that something on the page could not be brought up to date, and offers to try again; what is shown stays. */
export const Outdated = () => {
  const { words } = useSpoken();
  const client = useQueryClient();
  const subscribe = useCallback(
    (onChange: () => void) => client.getQueryCache().subscribe(notifyManager.batchCalls(onChange)),
    [client],
  );
  const isOutdated = useSyncExternalStore(subscribe, () => outdatedIn(client).length > 0);
  return (
    <div className={css.place} role="status">
      {isOutdated && (
        <p className={css.notice}>
          {words.fault.outdated}
          <button type="button" onClick={() => outdatedIn(client).forEach((query) => void query.fetch())}>
            {words.fault.again}
          </button>
        </p>
      )}
    </div>
  );
};

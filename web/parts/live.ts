import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import type { Figure } from '../answers.ts';
import { urlOf } from '../api.ts';
import type { Times } from '../times.ts';
import { type Spoken, useSpoken } from '../words/words.ts';
import { type Announcer, announcer } from './announcer.ts';

/** What no event of the ledger changes, or what has news of its own, so that live messages need not read it again. */
const lasting = new Set([
  '/registers',
  '/session',
  '/session/ways',
  '/people',
  '/accounts',
  '/accounts/log',
  '/import',
]);

/** A list of more pages stays as somebody has read it: they would all be read again, one after the other. */
const mostPages = 5;

const pagesOf = (data: unknown): number => (data as { pages?: readonly unknown[] } | undefined)?.pages?.length ?? 0;

/**
 * One stream of the registry's news: when a number moves, everything that is shown is read again. The moved numbers are
 * announced, but not to somebody who looks at the past: theirs are others.
 */
export const useLive = ({ on, knownAt }: Times): { readonly isConnected: boolean; readonly message: string } => {
  const client = useQueryClient();
  const spoken = useSpoken();
  const speaking = useRef(spoken);
  speaking.current = spoken;
  const isPast = on !== undefined || knownAt !== undefined;
  const looksAtPast = useRef(isPast);
  looksAtPast.current = isPast;
  const announcing = useRef<Announcer>(undefined);
  const [isConnected, setConnected] = useState(true);
  const [message, setMessage] = useState('');

  // biome-ignore lint/correctness/useExhaustiveDependencies: every move of a dial counts, wherever it moves to
  useEffect(() => {
    announcing.current?.dialMoved();
    if (looksAtPast.current) announcing.current?.forget();
  }, [on, knownAt]);

  useEffect(() => {
    const source = new EventSource(urlOf('/live'));
    const announce = announcer((figures) => setMessage(sayMoved(figures, speaking.current)));
    announcing.current = announce;
    let isFirst = true;
    const readAgain = () =>
      client.invalidateQueries({
        predicate: ({ queryKey: [path], state }) => !lasting.has(String(path)) && pagesOf(state.data) <= mostPages,
      });
    source.addEventListener('open', () => setConnected(true));
    source.addEventListener('error', () => setConnected(false));
    source.addEventListener('targets', ({ data }: MessageEvent<string>) => {
      if (isFirst) {
        isFirst = false;
        return;
      }
      void readAgain();
      if (!looksAtPast.current) announce.moved((JSON.parse(data) as { targets: readonly Figure[] }).targets);
    });
    source.addEventListener('position', () => void readAgain());
    return () => {
      announce.forget();
      source.close();
    };
  }, [client]);
  return { isConnected, message };
};

const sayMoved = (targets: readonly Figure[], { words, titled, number, language }: Spoken): string =>
  words.live.moved(
    targets.map(({ title, count }) => `${titled(title)} ${number(count)}`).join(language === 'zh' ? '，' : ', '),
  );
